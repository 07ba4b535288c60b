// Things on a table, in a room.
import {
  type Colour,
  circle,
  curve,
  ellipse,
  group,
  mix,
  path,
  polygon,
  rect,
  type Sketch,
  stroke,
} from '../sketch.ts'

function shadow(sketch: Sketch, x: number, y: number, rx: number, ry: number, opacity = 0.35): string {
  return ellipse(
    x,
    y,
    rx,
    ry,
    '#1a0c08',
    `opacity="${opacity}" filter="${sketch.blur(Math.max(6, rx * 0.07))}"`,
  )
}

export interface CupLook {
  table: readonly [light: Colour, dark: Colour]
  wood?: boolean
  cup: Colour
  saucer: Colour
  coffee: Colour
  milk: Colour
}

/** A cup of coffee from above. */
export function coffee(sketch: Sketch, look: CupLook): void {
  const { width, height, random } = sketch
  sketch.add(
    rect(
      0,
      0,
      width,
      height,
      sketch.linear(
        [
          [0, look.table[0]],
          [1, look.table[1]],
        ],
        [0, 0],
        [1, 1],
      ),
    ),
  )
  if (look.wood) {
    for (let x = 0; x < width; x += width / 6) {
      for (let i = 0; i < 26; i++) {
        const px = x + random.next() * (width / 6)
        const bend = random.between(-14, 14)
        sketch.add(
          stroke(
            `M${px} 0C${px + bend} ${height * 0.3} ${px - bend} ${height * 0.7} ${px + bend * 0.5} ${height}`,
            look.table[1],
            random.between(0.8, 4),
            `opacity="${random.between(0.08, 0.35).toFixed(2)}"`,
          ),
        )
      }
      sketch.add(rect(x, 0, 3, height, mix(look.table[1], '#000000', 0.5), 'opacity="0.5"'))
    }
  }
  const [cx, cy, r] = [width * 0.5, height * 0.52, width * 0.25]
  sketch.add(shadow(sketch, cx + r * 0.28, cy + r * 0.34, r * 1.5, r * 1.48, 0.5))
  sketch.add(
    circle(
      cx,
      cy,
      r * 1.5,
      sketch.linear(
        [
          [0, mix(look.saucer, '#ffffff', 0.45)],
          [1, mix(look.saucer, '#302018', 0.28)],
        ],
        [0, 0],
        [1, 1],
      ),
    ),
  )
  sketch.add(
    circle(cx, cy, r * 1.36, mix(look.saucer, '#ffffff', 0.12)),
    circle(cx, cy, r * 1.02, mix(look.saucer, '#302018', 0.1)),
  )
  sketch.add(shadow(sketch, cx + r * 0.13, cy + r * 0.16, r * 1.02, r * 1.02, 0.45))
  const handle = (colour: Colour, w: number) =>
    stroke(
      `M${cx + r * 0.75} ${cy - r * 0.52}C${cx + r * 1.5} ${cy - r * 1.05} ${cx + r * 1.72} ${cy - r * 0.3} ${cx + r * 0.93} ${cy - r * 0.14}`,
      colour,
      w,
    )
  sketch.add(handle(mix(look.cup, '#201410', 0.3), r * 0.2), handle(look.cup, r * 0.15))
  sketch.add(
    circle(
      cx,
      cy,
      r,
      sketch.linear(
        [
          [0, mix(look.cup, '#ffffff', 0.5)],
          [1, mix(look.cup, '#201410', 0.3)],
        ],
        [0, 0],
        [1, 1],
      ),
    ),
  )
  sketch.add(circle(cx, cy, r * 0.91, mix(look.cup, '#201410', 0.35)))
  sketch.add(
    circle(
      cx,
      cy,
      r * 0.87,
      sketch.radial([
        [0, mix(look.coffee, '#f0c080', 0.3)],
        [0.7, look.coffee],
        [1, mix(look.coffee, '#100400', 0.55)],
      ]),
    ),
  )
  const leaf: string[] = []
  for (let i = 0; i < 6; i++) {
    const y = cy - r * 0.5 + i * r * 0.18
    const half = r * (0.2 + 0.095 * i) * (i === 5 ? 0.86 : 1)
    const thick = r * 0.15
    leaf.push(
      path(
        `M${cx} ${y + thick}C${cx - half * 0.5} ${y + thick} ${cx - half} ${y - thick * 0.2} ${cx - half * 1.02} ${y - thick * 1.1}C${cx - half * 0.7} ${y - thick * 0.4} ${cx - half * 0.3} ${y - thick * 0.1} ${cx} ${y + thick * 0.05}C${cx + half * 0.3} ${y - thick * 0.1} ${cx + half * 0.7} ${y - thick * 0.4} ${cx + half * 1.02} ${y - thick * 1.1}C${cx + half} ${y - thick * 0.2} ${cx + half * 0.5} ${y + thick} ${cx} ${y + thick}Z`,
        look.milk,
        'opacity="0.94"',
      ),
    )
  }
  leaf.push(
    path(
      `M${cx} ${cy - r * 0.72}C${cx - r * 0.12} ${cy - r * 0.84} ${cx - r * 0.24} ${cy - r * 0.66} ${cx} ${cy - r * 0.46}C${cx + r * 0.24} ${cy - r * 0.66} ${cx + r * 0.12} ${cy - r * 0.84} ${cx} ${cy - r * 0.72}Z`,
      look.milk,
    ),
    stroke(`M${cx} ${cy - r * 0.6}L${cx} ${cy + r * 0.7}`, look.milk, r * 0.03, 'opacity="0.9"'),
  )
  sketch.add(group(`transform="rotate(-28 ${cx} ${cy})"`, ...leaf))
  sketch.add(
    ellipse(
      cx - r * 0.35,
      cy - r * 0.5,
      r * 0.32,
      r * 0.12,
      '#ffffff',
      `opacity="0.3" transform="rotate(-38 ${cx - r * 0.35} ${cy - r * 0.5})" filter="${sketch.blur(7)}"`,
    ),
  )
  const spoon = group(
    `transform="rotate(38 ${cx - r * 1.15} ${cy + r * 0.75})"`,
    ellipse(
      cx - r * 1.15,
      cy + r * 0.2,
      r * 0.13,
      r * 0.24,
      sketch.linear(
        [
          [0, '#f4f4f0'],
          [1, '#8c8c88'],
        ],
        [0, 0],
        [1, 1],
      ),
    ),
    rect(
      cx - r * 1.185,
      cy + r * 0.4,
      r * 0.07,
      r * 1.05,
      sketch.linear(
        [
          [0, '#e4e4e0'],
          [1, '#9a9a96'],
        ],
        [0, 0],
        [1, 0],
      ),
      `rx="${r * 0.03}"`,
    ),
  )
  sketch.add(spoon)
  for (let i = 0; i < 9; i++) {
    const [x, y] = [
      random.between(0.06, 0.94) * width,
      (random.next() < 0.5 ? random.between(0.04, 0.12) : random.between(0.9, 0.97)) * height,
    ]
    const turn = random.whole(0, 180)
    sketch.add(
      shadow(sketch, x + 6, y + 7, 26, 18, 0.4),
      group(
        `transform="rotate(${turn} ${x} ${y})"`,
        ellipse(
          x,
          y,
          27,
          19,
          sketch.linear([
            [0, '#6a3d20'],
            [1, '#2a1408'],
          ]),
        ),
        stroke(`M${x - 24} ${y}Q${x - 8} ${y - 6} ${x} ${y}T${x + 24} ${y}`, '#1c0c04', 4),
      ),
    )
  }
}

export interface CitrusLook {
  ground: Colour
  fruits: readonly Colour[]
  leaf: Colour
}

/** Sliced and whole citrus fruits with hard shadows. */
export function citrus(sketch: Sketch, look: CitrusLook): void {
  const { width, height, random } = sketch
  sketch.add(
    rect(
      0,
      0,
      width,
      height,
      sketch.linear(
        [
          [0, mix(look.ground, '#ffffff', 0.14)],
          [1, look.ground],
        ],
        [0, 0],
        [1, 1],
      ),
    ),
  )
  const columns = 4
  const cell = width / columns
  const rows = Math.ceil(height / cell)
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const x = (column + (row % 2 === 0 ? 0.5 : 0)) * cell
      const y = (row + 0.45) * cell * 0.97
      const r = cell * random.between(0.3, 0.36)
      const colour = random.pick(look.fruits)
      sketch.add(
        group(
          `transform="translate(${(r * 0.42).toFixed(1)} ${(r * 0.42).toFixed(1)})"`,
          circle(x, y, r, mix(look.ground, '#30100a', 0.42), 'opacity="0.6"'),
        ),
      )
      if (random.next() < 0.62) {
        const turn = random.between(0, Math.PI)
        sketch.add(circle(x, y, r, colour), circle(x, y, r * 0.9, mix(colour, '#fffdf0', 0.8)))
        for (let k = 0; k < 9; k++) {
          const [a, b] = [turn + (k / 9) * Math.PI * 2 + 0.06, turn + ((k + 1) / 9) * Math.PI * 2 - 0.06]
          const at = (angle: number, reach: number) =>
            `${(x + Math.cos(angle) * r * reach).toFixed(1)} ${(y + Math.sin(angle) * r * reach).toFixed(1)}`
          const flesh = sketch.radial([
            [0, mix(colour, '#fff2b0', 0.25)],
            [1, mix(colour, '#ff8800', 0.06)],
          ])
          sketch.add(
            path(
              `M${at((a + b) / 2, 0.09)}L${at(a, 0.78)}Q${at((a + b) / 2, 0.9)} ${at(b, 0.78)}Z`,
              flesh,
              `stroke="${mix(colour, '#ffffff', 0.1)}" stroke-width="6" stroke-linejoin="round"`,
            ),
          )
        }
      } else {
        sketch.add(
          circle(
            x,
            y,
            r,
            sketch.radial([
              [0, mix(colour, '#ffffff', 0.25)],
              [0.65, colour],
              [1, mix(colour, '#7a2400', 0.3)],
            ]),
          ),
        )
        for (let k = 0; k < 46; k++) {
          const [angle, reach] = [random.between(0, 6.28), Math.sqrt(random.next()) * r * 0.9]
          sketch.add(
            circle(
              x + Math.cos(angle) * reach,
              y + Math.sin(angle) * reach,
              1.8,
              mix(colour, '#7a2400', 0.35),
              'opacity="0.5"',
            ),
          )
        }
        sketch.add(
          ellipse(
            x - r * 0.35,
            y - r * 0.4,
            r * 0.2,
            r * 0.13,
            '#ffffff',
            `opacity="0.5" transform="rotate(-40 ${x - r * 0.35} ${y - r * 0.4})"`,
          ),
        )
        sketch.add(
          group(
            `transform="rotate(${random.whole(-60, 60)} ${x} ${y})"`,
            path(
              `M${x} ${y - r * 0.2}C${x + r * 0.1} ${y - r * 0.9} ${x + r * 0.6} ${y - r * 1.1} ${x + r * 0.95} ${y - r * 1.15}C${x + r * 0.9} ${y - r * 0.6} ${x + r * 0.5} ${y - r * 0.2} ${x} ${y - r * 0.2}Z`,
              look.leaf,
            ),
            stroke(
              `M${x} ${y - r * 0.2}Q${x + r * 0.4} ${y - r * 0.7} ${x + r * 0.9} ${y - r * 1.1}`,
              mix(look.leaf, '#ffffff', 0.35),
              3,
            ),
          ),
        )
      }
    }
  }
}

export interface VasesLook {
  wall: readonly [light: Colour, dark: Colour]
  table: Colour
  vases: readonly Colour[]
  blossom: Colour
  stem: Colour
}

/** Vases with branches before a wall. */
export function vases(sketch: Sketch, look: VasesLook): void {
  const { width, height, random } = sketch
  const edge = height * 0.74
  sketch.add(
    rect(
      0,
      0,
      width,
      height,
      sketch.linear(
        [
          [0, look.wall[0]],
          [1, look.wall[1]],
        ],
        [0, 0],
        [1, 0.6],
      ),
    ),
  )
  sketch.add(
    polygon(
      [
        [width * 0.08, 0],
        [width * 0.5, 0],
        [width * 0.92, edge],
        [width * 0.5, edge],
      ],
      '#fff8e4',
      `opacity="0.24" filter="${sketch.blur(8)}"`,
    ),
  )
  sketch.add(
    rect(
      0,
      edge,
      width,
      height - edge,
      sketch.linear([
        [0, look.table],
        [1, mix(look.table, '#1a0c08', 0.3)],
      ]),
    ),
  )
  const places = [
    { x: 0.24, tall: 0.3, wide: 0.1, neck: 0.45 },
    { x: 0.5, tall: 0.44, wide: 0.13, neck: 0.28 },
    { x: 0.77, tall: 0.22, wide: 0.13, neck: 0.75 },
  ]
  places.forEach(({ x, tall, wide, neck }, i) => {
    const colour = look.vases[i % look.vases.length] as Colour
    const [cx, foot, h, w] = [x * width, edge + height * (0.05 + 0.03 * (i % 2)), tall * height, wide * width]
    const top = foot - h
    if (i !== 2) {
      for (let k = 0; k < 5; k++) {
        const lean = (k - 2) * width * 0.055 + random.between(-20, 20)
        const rise = height * random.between(0.14, 0.28)
        const tip = [cx + lean * 1.6, top - rise] as const
        const bend = curve([[cx, top + 20], [cx + lean * 0.4, top - rise * 0.4], tip])
        sketch.add(stroke(bend, look.stem, 5))
        for (let b = 0; b < 12; b++) {
          const t = 0.3 + (0.7 * b) / 11
          const [px, py] = [
            cx + (tip[0] - cx) * t ** 1.2 + random.between(-18, 18),
            top - rise * t + random.between(-12, 12),
          ]
          const petal = random.between(7, 15)
          for (let p = 0; p < 5; p++) {
            const a = (p / 5) * Math.PI * 2 + b
            sketch.add(
              circle(
                px + Math.cos(a) * petal,
                py + Math.sin(a) * petal,
                petal * 0.85,
                mix(look.blossom, random.pick(['#ffffff', look.blossom, look.stem]), 0.25),
                'opacity="0.95"',
              ),
            )
          }
          sketch.add(circle(px, py, petal * 0.45, mix(look.blossom, '#ffe080', 0.7)))
        }
      }
    }
    sketch.add(shadow(sketch, cx + w * 0.9, foot + 4, w * 1.6, height * 0.018, 0.4))
    const n = w * neck
    const body = `M${cx - n} ${top}L${cx + n} ${top}C${cx + n * 0.8} ${top + h * 0.25} ${cx + w} ${top + h * 0.3} ${cx + w} ${top + h * 0.65}C${cx + w} ${foot - h * 0.05} ${cx + w * 0.7} ${foot} ${cx + w * 0.55} ${foot}L${cx - w * 0.55} ${foot}C${cx - w * 0.7} ${foot} ${cx - w} ${foot - h * 0.05} ${cx - w} ${top + h * 0.65}C${cx - w} ${top + h * 0.3} ${cx - n * 0.8} ${top + h * 0.25} ${cx - n} ${top}Z`
    sketch.add(
      path(
        body,
        sketch.linear(
          [
            [0, mix(colour, '#ffffff', 0.3)],
            [0.4, colour],
            [1, mix(colour, '#201018', 0.5)],
          ],
          [0, 0],
          [1, 0.1],
        ),
      ),
    )
    sketch.add(ellipse(cx, top, n, n * 0.16, mix(colour, '#201018', 0.55)))
  })
  const [px, py, r] = [width * 0.64, edge + height * 0.13, width * 0.05]
  for (const [dx, colour] of [
    [0, '#e08a3c'],
    [2.1, '#d9623b'],
  ] as const) {
    sketch.add(
      shadow(sketch, px + r * dx + r * 0.5, py + r * 0.85, r * 1.2, r * 0.25, 0.45),
      circle(
        px + r * dx,
        py,
        r,
        sketch.radial([
          [0, mix(colour, '#fff0c0', 0.35)],
          [0.7, colour],
          [1, mix(colour, '#401008', 0.4)],
        ]),
      ),
      ellipse(px + r * dx, py - r * 0.8, r * 0.16, r * 0.06, '#4a5a28'),
    )
  }
}

/** Layered leaves in two lights. */
export function leaves(sketch: Sketch, look: { ground: Colour; greens: readonly Colour[] }): void {
  const { width, height, random } = sketch
  sketch.add(rect(0, 0, width, height, look.ground))
  const count = 44
  for (let i = 0; i < count; i++) {
    const t = i / count
    const [x, y] = [random.between(-0.1, 1.1) * width, random.between(-0.05, 1.1) * height]
    const long = width * random.between(0.26, 0.46)
    const turn = random.whole(0, 360)
    const colour = mix(mix(random.pick(look.greens), look.ground, 0.75 * (1 - t)), '#ffffff', 0.04 * t)
    const half = long * random.between(0.17, 0.26)
    const shape = `M0 0C${half} ${-long * 0.25} ${half} ${-long * 0.75} 0 ${-long}C${-half} ${-long * 0.75} ${-half} ${-long * 0.25} 0 0Z`
    const right = `M0 0C${half} ${-long * 0.25} ${half} ${-long * 0.75} 0 ${-long}Z`
    const veins: string[] = []
    for (let k = 1; k < 9; k++) {
      const py = (-long * k) / 9.5
      const reach = half * 0.75 * Math.sin((k / 9.5) * Math.PI) + 4
      veins.push(`M0 ${py}L${reach} ${py - reach * 0.6}M0 ${py}L${-reach} ${py - reach * 0.6}`)
    }
    sketch.add(
      group(
        `transform="translate(${x + 14} ${y + 18}) rotate(${turn})" opacity="0.3"`,
        path(shape, '#020806'),
      ),
      group(
        `transform="translate(${x} ${y}) rotate(${turn})"`,
        path(shape, colour),
        path(right, mix(colour, '#02140c', 0.22)),
        stroke(`M0 0L0 ${-long * 0.97}${veins.join('')}`, mix(colour, '#f0ffe0', 0.3), 2.2, 'opacity="0.6"'),
      ),
    )
  }
}
