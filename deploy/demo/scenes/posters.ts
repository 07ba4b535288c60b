// Geometry and colour without a subject.
import { createOutline } from '../random.ts'
import {
  type Colour,
  circle,
  curve,
  group,
  lines,
  mix,
  paintSky,
  path,
  polygon,
  rect,
  type Sketch,
  stroke,
} from '../sketch.ts'

/** A grid of quarter circles, squares and rings, after the Bauhaus. */
export function bauhaus(
  sketch: Sketch,
  look: { ground: Colour; colours: readonly Colour[]; columns?: number },
): void {
  const { width, height, random } = sketch
  const margin = width * 0.06
  const columns = look.columns ?? 5
  const cell = (width - 2 * margin) / columns
  const rows = Math.floor((height - 2 * margin) / cell)
  const top = (height - rows * cell) / 2
  sketch.add(rect(0, 0, width, height, look.ground))
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [margin + column * cell, top + row * cell]
      const back = random.pick([...look.colours, look.ground])
      const others = look.colours.filter((colour) => colour !== back)
      const front = random.pick(others)
      const third = random.pick(others)
      const shapes: string[] = [rect(x, y, cell + 0.5, cell + 0.5, back)]
      const kind = random.whole(0, 6)
      if (kind === 0) shapes.push(path(`M${x} ${y}h${cell}a${cell} ${cell} 0 0 1 ${-cell} ${cell}Z`, front))
      else if (kind === 1)
        shapes.push(
          circle(x + cell / 2, y + cell / 2, cell * 0.5, front),
          circle(x + cell / 2, y + cell / 2, cell * 0.22, third),
        )
      else if (kind === 2)
        shapes.push(
          polygon(
            [
              [x, y + cell],
              [x + cell, y],
              [x + cell, y + cell],
            ],
            front,
          ),
        )
      else if (kind === 3)
        shapes.push(
          path(`M${x} ${y + cell / 2}a${cell / 2} ${cell / 2} 0 0 1 ${cell} 0Z`, front),
          path(`M${x} ${y + cell}a${cell / 2} ${cell / 2} 0 0 1 ${cell} 0Z`, third),
        )
      else if (kind === 4)
        for (let k = 4; k > 0; k--)
          shapes.push(
            path(
              `M${x} ${y}h${(cell * k) / 4}a${(cell * k) / 4} ${(cell * k) / 4} 0 0 1 ${(-cell * k) / 4} ${(cell * k) / 4}Z`,
              k % 2 === 0 ? front : back,
            ),
          )
      else if (kind === 5)
        for (let k = 0; k < 4; k++) shapes.push(rect(x, y + (cell * k) / 4, cell, cell / 8, front))
      else
        shapes.push(
          path(
            `M${x} ${y}a${cell} ${cell} 0 0 1 ${cell} ${cell}a${cell} ${cell} 0 0 1 ${-cell} ${-cell}Z`,
            front,
          ),
        )
      sketch.add(
        group(`transform="rotate(${random.whole(0, 3) * 90} ${x + cell / 2} ${y + cell / 2})"`, ...shapes),
      )
    }
  }
}

/** Arches within arches, as on posters of the seventies. */
export function arches(
  sketch: Sketch,
  look: { ground: Colour; bands: readonly Colour[]; sun: Colour },
): void {
  const { width, height } = sketch
  sketch.add(rect(0, 0, width, height, look.ground))
  sketch.add(circle(width * 0.74, height * 0.2, width * 0.11, look.sun))
  const foot = height * 1.02
  for (const [x, size] of [
    [0.72, 0.62],
    [0.24, 0.92],
  ] as const) {
    const count = look.bands.length
    look.bands.forEach((colour, i) => {
      const r = width * 0.52 * size * (1 - i / (count + 0.6))
      const spring = height * (1 - 0.52 * size)
      sketch.add(
        path(`M${width * x - r} ${foot}V${spring + r * 0.2}a${r} ${r} 0 0 1 ${2 * r} 0V${foot}Z`, colour),
      )
    })
  }
}

/** Paper cut in layers, one above the other, with their shadows. */
export function paperCut(sketch: Sketch, look: { colours: readonly Colour[] }): void {
  const { width, height, random } = sketch
  const [cx, cy] = [width * random.between(0.42, 0.58), height * random.between(0.4, 0.55)]
  sketch.add(rect(0, 0, width, height, look.colours[0] ?? '#ffffff'))
  look.colours.slice(1).forEach((colour, i, all) => {
    const outline = createOutline(random, 3)
    const points: [number, number][] = []
    const reach = Math.max(width, height) * (0.66 - (0.58 * i) / all.length)
    for (let k = 0; k < 36; k++) {
      const angle = (k / 36) * Math.PI * 2
      const wobble =
        1 + 0.34 * outline(Math.cos(angle) * 1.3 + 10) + 0.2 * outline(Math.sin(angle) * 1.5 + 60)
      points.push([cx + Math.cos(angle) * reach * wobble, cy + Math.sin(angle) * reach * wobble])
    }
    const hole = `${curve([...points, points[0] as [number, number]])}Z`
    const clip = sketch.clip(path(hole, '#000000'))
    // The layer below shows through the hole, shaded by the edge above it: strokes of growing width, much cheaper than a blur.
    const edge: string[] = []
    for (let wide = 8; wide <= 88; wide += 8) {
      edge.push(path(hole, 'none', `stroke="#05060c" stroke-width="${wide}" stroke-opacity="0.075"`))
    }
    sketch.add(path(hole, colour))
    sketch.add(group(`clip-path="${clip}"`, group('transform="translate(10 16)"', ...edge)))
  })
}

/** Lines that flow along a field. */
export function flow(
  sketch: Sketch,
  look: { ground: readonly Colour[]; threads: readonly Colour[]; scale?: number },
): void {
  const { width, height, random } = sketch
  paintSky(sketch, look.ground)
  const [a, b] = [createOutline(random, 2), createOutline(random, 2)]
  const scale = look.scale ?? 1.6
  const angleAt = (x: number, y: number) =>
    (a((x / width) * scale + (y / width) * 0.7) + b((y / width) * scale - (x / width) * 0.5)) * Math.PI * 0.9
  for (let i = 0; i < 900; i++) {
    let [x, y] = [random.between(-0.1, 1.1) * width, random.between(-0.1, 1.1) * height]
    const share = Math.min(
      0.999,
      Math.max(0, (x / width + random.between(-0.15, 0.15)) * 0.6 + (y / height) * 0.4),
    )
    const position = share * (look.threads.length - 1)
    const colour = mix(
      look.threads[Math.floor(position)] as Colour,
      look.threads[Math.ceil(position)] as Colour,
      position % 1,
    )
    const points: [number, number][] = []
    for (let k = 0; k < 26; k++) {
      points.push([x, y])
      const angle = angleAt(x, y)
      x += Math.cos(angle) * 17
      y += Math.sin(angle) * 17
    }
    sketch.add(
      stroke(
        lines(points),
        colour,
        random.between(1.2, 6.5),
        `opacity="${random.between(0.3, 0.9).toFixed(2)}" stroke-linejoin="round"`,
      ),
    )
  }
}

/** Large soft clouds of colour. */
export function blush(sketch: Sketch, look: { ground: Colour; clouds: readonly Colour[] }): void {
  const { width, height, random } = sketch
  sketch.add(rect(0, 0, width, height, look.ground))
  for (let i = 0; i < 16; i++) {
    const colour = look.clouds[i % look.clouds.length] as Colour
    const r = width * random.between(0.3, 0.72)
    sketch.add(
      circle(
        random.between(-0.1, 1.1) * width,
        random.between(-0.1, 1.1) * height,
        r,
        sketch.radial([
          [0, colour, 0.85],
          [0.5, colour, 0.4],
          [1, colour, 0],
        ]),
      ),
    )
  }
  const r = width * 0.27
  const [first, second] = [look.clouds[0] ?? look.ground, look.clouds[1] ?? look.ground]
  sketch.add(
    circle(
      width / 2,
      height * 0.47,
      r,
      sketch.linear(
        [
          [0, mix(first, '#ffffff', 0.35)],
          [1, mix(second, '#ffffff', 0.05)],
        ],
        [0.15, 0],
        [0.85, 1],
      ),
    ),
  )
}

/** The signal of a far star, line under line. */
export function pulses(sketch: Sketch, look: { ground: Colour; from: Colour; to: Colour }): void {
  const { width, height, random } = sketch
  sketch.add(rect(0, 0, width, height, look.ground))
  const count = 58
  for (let i = 0; i < count; i++) {
    const t = i / (count - 1)
    const y = height * (0.2 + 0.64 * t)
    const outline = createOutline(random, 5)
    const points: [number, number][] = []
    for (let x = width * 0.12; x <= width * 0.88; x += 6) {
      const from = (x / width - 0.5) / 0.17
      points.push([
        x,
        y -
          Math.exp(-(from ** 2)) * (0.25 + Math.abs(outline((x / width) * 16))) * height * 0.105 -
          Math.abs(outline(x / 14)) * 3,
      ])
    }
    sketch.add(
      path(`${lines(points)}L${width * 0.88} ${y + 30}L${width * 0.12} ${y + 30}Z`, look.ground),
      stroke(lines(points), mix(look.from, look.to, t), 3.2, 'stroke-linejoin="round"'),
    )
  }
}

/** A striped sun over a grid that runs to the horizon. */
export function retroSun(
  sketch: Sketch,
  look: { sky: readonly Colour[]; sun: readonly [Colour, Colour]; grid: Colour; hills: Colour },
): void {
  const { width, height, random } = sketch
  const horizon = height * 0.62
  paintSky(sketch, look.sky)
  for (let i = 0; i < 150; i++)
    sketch.add(
      circle(
        random.next() * width,
        random.next() * horizon * 0.8,
        random.between(0.8, 2.4),
        '#ffffff',
        `opacity="${random.between(0.2, 0.9).toFixed(2)}"`,
      ),
    )
  const [cx, cy, r] = [width / 2, height * 0.42, width * 0.29]
  sketch.add(
    circle(
      cx,
      cy,
      r * 1.9,
      sketch.radial([
        [0, look.sun[1], 0.6],
        [1, look.sun[1], 0],
      ]),
    ),
  )
  const slices: string[] = []
  for (let i = 0; i < 7; i++)
    slices.push(rect(cx - r, cy + r * (0.02 + i * 0.15), r * 2, r * (0.14 - 0.018 * (7 - i)), '#000000'))
  const bars: string[] = [rect(cx - r, cy - r, r * 2, r * 1.02, '#000000')]
  for (let i = 0; i < 7; i++)
    bars.push(
      rect(
        cx - r,
        cy + r * (0.02 + i * 0.15) + r * (0.025 + i * 0.011),
        r * 2,
        r * (0.13 - 0.012 * i),
        '#000000',
      ),
    )
  sketch.add(
    group(
      `clip-path="${sketch.clip(bars.join(''))}"`,
      circle(
        cx,
        cy,
        r,
        sketch.linear([
          [0, look.sun[0]],
          [1, look.sun[1]],
        ]),
      ),
    ),
  )
  for (const t of [0, 1]) {
    const outline = createOutline(random, 6)
    const points: [number, number][] = []
    for (let x = -6; x <= width + 6; x += 12)
      points.push([
        x,
        Math.min(
          horizon,
          horizon -
            height * 0.02 -
            Math.abs(outline((x / width) * 3 + t * 9)) * height * 0.16 * Math.abs(x / width - 0.5) * 2.4,
        ),
      ])
    sketch.add(
      path(
        `${lines(points)}L${width + 6} ${horizon}L-6 ${horizon}Z`,
        mix(look.hills, look.sky.at(-1) as Colour, 0.35 * (1 - t)),
      ),
    )
  }
  sketch.add(
    rect(
      0,
      horizon,
      width,
      height - horizon,
      sketch.linear([
        [0, mix(look.hills, look.grid, 0.35)],
        [1, look.hills],
      ]),
    ),
  )
  for (let i = -30; i <= 30; i++)
    sketch.add(
      stroke(
        `M${cx + i * width * 0.018} ${horizon}L${cx + i * width * 0.22} ${height}`,
        look.grid,
        2.6,
        'opacity="0.75"',
      ),
    )
  for (let i = 0; i < 15; i++) {
    const y = horizon + (height - horizon) * (i / 14) ** 2.1
    sketch.add(stroke(`M0 ${y}H${width}`, look.grid, 1.5 + i * 0.22, 'opacity="0.75"'))
  }
}

/** Waves as overlapping scales, after the Japanese pattern. */
export function scales(
  sketch: Sketch,
  look: { ground: Colour; rings: readonly Colour[]; accent: Colour },
): void {
  const { width, height, random } = sketch
  sketch.add(rect(0, 0, width, height, look.ground))
  const r = width / 9
  for (let row = -1, y = 0; y < height + r * 2; row++, y = row * r * 0.5) {
    for (let column = -1; column <= 6; column++) {
      const x = (column + (row % 2 === 0 ? 0 : 0.5)) * r * 2
      const bright = random.next() < 0.05
      for (let k = 0; k < 5; k++) {
        const colour = bright && k % 2 === 0 ? look.accent : (look.rings[k % look.rings.length] as Colour)
        sketch.add(circle(x, y, r * (1 - k * 0.2), k % 2 === 0 ? colour : mix(colour, look.ground, 0.1)))
      }
    }
  }
}
