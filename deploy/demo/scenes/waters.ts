// Seas and coasts.
import { createOutline } from '../random.ts'
import {
  type Colour,
  circle,
  curve,
  ellipse,
  group,
  lines,
  mix,
  paintSky,
  paintStars,
  paintSun,
  path,
  polygon,
  rect,
  type Sketch,
  stroke,
} from '../sketch.ts'

export interface SeaLook {
  sky: readonly Colour[]
  sun: { x: number; y: number; r: number; colour: Colour; glow?: number }
  water: readonly [far: Colour, near: Colour]
  clouds?: Colour
  boat?: Colour
  stars?: number
  horizon?: number
}

function clouds(sketch: Sketch, colour: Colour, from: number, to: number): void {
  const { width, height, random } = sketch
  const soft = sketch.blur(10)
  for (let i = 0; i < 12; i++) {
    const y = height * random.between(from, to)
    const x = random.between(-0.1, 1.1) * width
    const long = width * random.between(0.08, 0.4)
    const puffs: string[] = []
    for (let k = 0; k < 7; k++)
      puffs.push(
        ellipse(
          x + random.between(-1, 1) * long,
          y + random.between(-8, 8),
          long * random.between(0.3, 0.8),
          random.between(4, 16),
          colour,
        ),
      )
    sketch.add(group(`opacity="${random.between(0.15, 0.5).toFixed(2)}" filter="${soft}"`, ...puffs))
  }
}

function glitter(sketch: Sketch, horizon: number, x: number, colour: Colour, r: number): void {
  const { width, height, random } = sketch
  for (let i = 0; i < 420; i++) {
    const depth = random.next() ** 1.25
    const y = horizon + 3 + depth * (height - horizon)
    const spread = r * (0.8 + depth * 3.2)
    const away = (random.next() + random.next() + random.next() - 1.5) / 1.5
    const long = (6 + 74 * depth) * random.between(0.3, 1)
    sketch.add(
      rect(
        x + away * spread - long / 2,
        y,
        long,
        1.2 + depth * 4.5,
        colour,
        `rx="3" opacity="${(0.85 * (1 - Math.abs(away)) * random.between(0.4, 1)).toFixed(2)}"`,
      ),
    )
  }
  for (let i = 0; i < 240; i++) {
    const depth = random.next() ** 1.4
    const y = horizon + 3 + depth * (height - horizon)
    const long = (14 + 170 * depth) * random.between(0.3, 1)
    const dark = random.next() < 0.5
    sketch.add(
      rect(
        random.between(-0.05, 1) * width,
        y,
        long,
        1 + depth * 3,
        dark ? '#06121f' : colour,
        `rx="3" opacity="${random.between(0.04, 0.16).toFixed(2)}"`,
      ),
    )
  }
}

/** The sun over open water. */
export function sea(sketch: Sketch, look: SeaLook): void {
  const { width, height } = sketch
  const horizon = height * (look.horizon ?? 0.56)
  paintSky(sketch, look.sky, look.horizon ?? 0.56)
  if (look.stars) paintStars(sketch, look.stars, 0.5)
  paintSun(sketch, look.sun)
  if (look.clouds) clouds(sketch, look.clouds, 0.1, 0.5)
  sketch.add(
    rect(
      0,
      horizon,
      width,
      height - horizon,
      sketch.linear([
        [0, look.water[0]],
        [1, look.water[1]],
      ]),
    ),
  )
  glitter(sketch, horizon, look.sun.x * width, look.sun.colour, look.sun.r * width)
  if (look.boat) {
    const [x, y, s] = [width * 0.3, horizon + height * 0.06, width * 0.11]
    const hull = path(
      `M${x - s * 0.55} ${y}Q${x} ${y + s * 0.1} ${x + s * 0.6} ${y}L${x + s * 0.42} ${y + s * 0.2}Q${x} ${y + s * 0.26} ${x - s * 0.4} ${y + s * 0.2}Z`,
      look.boat,
    )
    const sails =
      path(
        `M${x + s * 0.03} ${y - s * 0.06}L${x + s * 0.03} ${y - s * 1.3}Q${x + s * 0.5} ${y - s * 0.6} ${x + s * 0.5} ${y - s * 0.1}Z`,
        mix(look.boat, '#fff4e4', 0.85),
      ) +
      path(
        `M${x - s * 0.04} ${y - s * 0.06}L${x - s * 0.04} ${y - s * 1.15}Q${x - s * 0.4} ${y - s * 0.5} ${x - s * 0.45} ${y - s * 0.1}Z`,
        mix(look.boat, '#ffe4c8', 0.65),
      )
    sketch.add(
      group(
        `transform="translate(0 ${2 * (y + s * 0.2)}) scale(1 -1)" opacity="0.25" filter="${sketch.blur(5)}"`,
        hull,
        sails,
      ),
      hull,
      sails,
    )
  }
}

export interface LighthouseLook {
  sky: readonly Colour[]
  water: readonly [far: Colour, near: Colour]
  rock: Colour
  stripe: Colour
  stars?: number
}

/** A lighthouse at nightfall. */
export function lighthouse(sketch: Sketch, look: LighthouseLook): void {
  const { width, height, random } = sketch
  const horizon = height * 0.66
  paintSky(sketch, look.sky, 0.68)
  if (look.stars) paintStars(sketch, look.stars, 0.55)
  clouds(sketch, mix(look.sky.at(-1) as Colour, '#ffffff', 0.2), 0.38, 0.6)
  sketch.add(
    rect(
      0,
      horizon,
      width,
      height - horizon,
      sketch.linear([
        [0, look.water[0]],
        [1, look.water[1]],
      ]),
    ),
  )
  const [x, foot, tall] = [width * 0.66, height * 0.68, height * 0.4]
  const lamp = foot - tall - height * 0.02
  for (const [dx, dy, opacity] of [
    [-1, -0.12, 0.5],
    [1, 0.1, 0.3],
  ] as const) {
    const far = width * 1.1
    sketch.add(
      polygon(
        [
          [x, lamp],
          [x + dx * far, lamp + dy * far - far * 0.09],
          [x + dx * far, lamp + dy * far + far * 0.09],
        ],
        sketch.linear(
          [
            [0, '#fff2c0', opacity],
            [1, '#fff2c0', 0],
          ],
          [dx < 0 ? 1 : 0, 0],
          [dx < 0 ? 0 : 1, 0],
        ),
      ),
    )
  }
  glitter(sketch, horizon, x, '#ffe9b0', width * 0.09)
  const rocks = createOutline(random, 5)
  for (const [t, shade] of [
    [0, 0.25],
    [1, 0],
  ] as const) {
    const points: [number, number][] = []
    for (let px = width * (0.3 + 0.08 * t); px <= width + 10; px += 8) {
      const from = (px - width * (0.3 + 0.08 * t)) / (width * 0.7)
      points.push([
        px,
        horizon +
          height * (0.1 + 0.07 * t) -
          Math.sin(Math.min(1, from * 1.7) * (Math.PI / 2)) * height * 0.11 +
          rocks(px / 90 + t * 50) * height * 0.018,
      ])
    }
    sketch.add(
      path(
        `${lines(points)}L${width + 10} ${height}L${width * (0.22 + 0.1 * t)} ${height}Z`,
        sketch.linear([
          [0, mix(look.rock, look.sky.at(-1) as Colour, shade + 0.1)],
          [0.5, look.rock],
          [1, mix(look.rock, '#000000', 0.4)],
        ]),
      ),
    )
  }
  const half = (share: number) => width * (0.052 - 0.02 * share)
  const tower = (from: number, to: number) =>
    [
      [x - half(from), foot - tall * from],
      [x + half(from), foot - tall * from],
      [x + half(to), foot - tall * to],
      [x - half(to), foot - tall * to],
    ] as [number, number][]
  for (let i = 0; i < 5; i++) {
    const colour = i % 2 === 0 ? '#f6efe4' : look.stripe
    sketch.add(
      polygon(
        tower(i / 5, (i + 1) / 5),
        sketch.linear(
          [
            [0, mix(colour, '#101828', 0.15)],
            [0.35, colour],
            [1, mix(colour, '#101828', 0.6)],
          ],
          [0, 0],
          [1, 0],
        ),
      ),
    )
  }
  const s = width * 0.034
  sketch.add(
    rect(x - s * 1.5, foot - tall - s * 0.3, s * 3, s * 0.4, '#1a2230'),
    rect(x - s * 0.8, lamp - s * 0.9, s * 1.6, s * 1.7, '#ffeeb0'),
    stroke(
      `M${x - s * 0.25} ${lamp - s * 0.9}V${lamp + s * 0.8}M${x + s * 0.25} ${lamp - s * 0.9}V${lamp + s * 0.8}`,
      '#1a2230',
      3,
    ),
    path(
      `M${x - s * 1.15} ${lamp - s * 0.85}Q${x} ${lamp - s * 2.6} ${x + s * 1.15} ${lamp - s * 0.85}Z`,
      look.stripe,
    ),
    circle(
      x,
      lamp,
      width * 0.2,
      sketch.radial([
        [0, '#fff3c4', 0.95],
        [0.2, '#ffe9a0', 0.5],
        [1, '#ffe9a0', 0],
      ]),
    ),
    rect(x - s * 0.3, foot - tall * 0.52, s * 0.55, s * 0.8, '#ffd98a', 'rx="8"'),
    rect(x - s * 0.35, foot - s * 1.3, s * 0.8, s * 1.4, '#2a2030', 'rx="10"'),
  )
}

export interface WavesLook {
  /** From the deep to the foam. */
  colours: readonly Colour[]
  foam: Colour
  sand?: Colour
}

/** A beach from above: water in layers over sand. */
export function shore(sketch: Sketch, look: WavesLook): void {
  const { width, height, random } = sketch
  const sand = look.sand ?? '#ecd6b0'
  sketch.add(
    rect(
      0,
      0,
      width,
      height,
      sketch.linear([
        [0, mix(sand, '#ffffff', 0.15)],
        [1, mix(sand, '#a07040', 0.25)],
      ]),
    ),
  )
  for (let i = 0; i < 900; i++)
    sketch.add(
      circle(
        random.next() * width,
        random.next() * height,
        random.between(0.8, 2.2),
        mix(sand, random.pick(['#ffffff', '#7a5a30']), 0.4),
        'opacity="0.6"',
      ),
    )
  const layers = [...look.colours].reverse()
  layers.forEach((colour, i) => {
    const outline = createOutline(random, 3)
    const edge = height * (0.68 - (0.58 * i) / layers.length)
    const points: [number, number][] = []
    for (let x = -60; x <= width + 60; x += 60)
      points.push([
        x,
        edge + outline((x / width) * 2.4 + i * 9) * height * 0.05 + (x / width - 0.5) * height * 0.14,
      ])
    const top = `L${width + 60} -60L-60 -60Z`
    const shape = `${curve(points)}${top}`
    for (let wide = 6; wide <= 42; wide += 6) {
      sketch.add(stroke(curve(points), '#06283a', wide, 'opacity="0.045" transform="translate(0 10)"'))
    }
    sketch.add(path(shape, colour, i === 0 ? 'opacity="0.75"' : ''))
    if (i < 3) {
      sketch.add(stroke(curve(points), look.foam, 15 - i * 4, `opacity="${0.95 - i * 0.25}"`))
      for (let k = 0; k < 190; k++) {
        const x = random.between(0, width)
        const at =
          edge + outline((x / width) * 2.4 + i * 9) * height * 0.05 + (x / width - 0.5) * height * 0.14
        sketch.add(
          circle(
            x,
            at - random.next() ** 2 * height * 0.055,
            random.between(1.5, 7),
            look.foam,
            `opacity="${random.between(0.2, 0.75).toFixed(2)}"`,
          ),
        )
      }
    }
  })
  const umbrellas: readonly (readonly [number, number, Colour])[] = [
    [0.22, 0.84, '#e4572e'],
    [0.55, 0.9, '#2e86ab'],
    [0.82, 0.93, '#f2b705'],
  ]
  for (const [ux, uy, colour] of umbrellas) {
    const [x, y, r] = [ux * width, uy * height, width * 0.062]
    sketch.add(
      ellipse(x + r * 0.5, y + r * 0.45, r, r * 0.95, '#5a3a18', `opacity="0.3" filter="${sketch.blur(5)}"`),
    )
    for (let k = 0; k < 10; k++) {
      const [a, b] = [(k / 10) * Math.PI * 2, ((k + 1) / 10) * Math.PI * 2]
      sketch.add(
        polygon(
          [
            [x, y],
            [x + Math.cos(a) * r, y + Math.sin(a) * r],
            [x + Math.cos(b) * r, y + Math.sin(b) * r],
          ],
          k % 2 === 0 ? colour : '#fff6ea',
        ),
      )
    }
    sketch.add(circle(x, y, 4, '#fff6ea'))
    sketch.add(rect(x - r * 0.45, y + r * 1.25, r * 0.5, r * 1.1, mix(colour, '#ffffff', 0.4), 'rx="6"'))
    sketch.add(rect(x + r * 0.2, y + r * 1.2, r * 0.5, r * 1.1, mix(colour, '#ffffff', 0.65), 'rx="6"'))
  }
}
