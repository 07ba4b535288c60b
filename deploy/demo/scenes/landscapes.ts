// Mountains, hills, forests and fields.
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

interface Sun {
  x: number
  y: number
  r: number
  colour: Colour
  glow?: number
}

export interface MountainsLook {
  sky: readonly Colour[]
  sun?: Sun
  /** Colour of the farthest and of the nearest ridge. */
  ridges: readonly [far: Colour, near: Colour]
  /** What fills the valleys. */
  haze: Colour
  count?: number
  /** Share of the height where the farthest ridge begins. */
  top?: number
  stars?: number
  pines?: boolean
  balloons?: readonly Colour[]
  birds?: boolean
}

function ridge(sketch: Sketch, baseline: number, amplitude: number, octaves: number, stretch: number) {
  const outline = createOutline(sketch.random, octaves)
  const shift = sketch.random.between(0, 300)
  return (x: number) => baseline + outline(shift + (x / sketch.width) * stretch) * amplitude
}

function below(sketch: Sketch, heightAt: (x: number) => number, step = 6): string {
  const { width, height } = sketch
  const points: [number, number][] = []
  for (let x = -step; x <= width + step; x += step) points.push([x, heightAt(x)])
  return `${lines(points)}L${width + step} ${height + 5}L${-step} ${height + 5}Z`
}

function pine(x: number, foot: number, size: number, fill: Colour, random: Sketch['random']): string {
  const tiers = 6
  const points: [number, number][] = [[x, foot - size]]
  const other: [number, number][] = []
  for (let i = 1; i <= tiers; i++) {
    const y = foot - size + (size * i) / tiers
    const half = size * 0.05 + (size * 0.19 * i) / tiers
    const jitter = random.between(0.85, 1.15)
    points.push([x + half * jitter, y], [x + half * 0.45, y - size * 0.015])
    other.unshift([x - half * 0.45, y - size * 0.015], [x - half * (2 - jitter), y])
  }
  return polygon([...points, ...other], fill)
}

function balloon(sketch: Sketch, x: number, y: number, r: number, colour: Colour): string {
  const shade = sketch.radial([
    [0, mix(colour, '#ffffff', 0.45)],
    [0.6, colour],
    [1, mix(colour, '#201030', 0.35)],
  ])
  const envelope = `M${x - r} ${y}C${x - r} ${y - r * 1.35} ${x + r} ${y - r * 1.35} ${x + r} ${y}C${x + r} ${y + r * 0.65} ${x + r * 0.35} ${y + r * 1.1} ${x + r * 0.22} ${y + r * 1.35}L${x - r * 0.22} ${y + r * 1.35}C${x - r * 0.35} ${y + r * 1.1} ${x - r} ${y + r * 0.65} ${x - r} ${y}Z`
  const gores = [0.62, 0.22].map((share) =>
    stroke(
      `M${x - r * 0.02} ${y - r}C${x - r * share * 1.5} ${y - r * 0.6} ${x - r * share * 1.4} ${y + r * 0.5} ${x - r * 0.12} ${y + r * 1.33}M${x + r * 0.02} ${y - r}C${x + r * share * 1.5} ${y - r * 0.6} ${x + r * share * 1.4} ${y + r * 0.5} ${x + r * 0.12} ${y + r * 1.33}`,
      mix(colour, '#ffffff', 0.55),
      r * 0.06,
      'opacity="0.6"',
    ),
  )
  const basket = rect(x - r * 0.14, y + r * 1.6, r * 0.28, r * 0.22, '#4a3020')
  const ropes = stroke(
    `M${x - r * 0.18} ${y + r * 1.35}L${x - r * 0.12} ${y + r * 1.6}M${x + r * 0.18} ${y + r * 1.35}L${x + r * 0.12} ${y + r * 1.6}`,
    '#4a3020',
    r * 0.02,
  )
  return path(envelope, shade) + gores.join('') + ropes + basket
}

/** Ridges one behind the other, paler with distance. */
export function mountains(sketch: Sketch, look: MountainsLook): void {
  const { width, height, random } = sketch
  const { count = 6, top = 0.42 } = look
  paintSky(sketch, look.sky)
  if (look.stars) paintStars(sketch, look.stars, 0.7)
  if (look.sun) paintSun(sketch, look.sun)
  if (look.birds) {
    for (let i = 0; i < 7; i++) {
      const [x, y, s] = [
        width * random.between(0.2, 0.6),
        height * random.between(0.16, 0.32),
        random.between(8, 18),
      ]
      sketch.add(
        stroke(
          `M${x - s} ${y - s * 0.4}Q${x - s * 0.4} ${y - s * 0.6} ${x} ${y}Q${x + s * 0.4} ${y - s * 0.6} ${x + s} ${y - s * 0.4}`,
          look.ridges[1],
          2.4,
        ),
      )
    }
  }
  for (let i = 0; i < count; i++) {
    const t = i / (count - 1)
    const baseline = height * (top + (0.94 - top) * t ** 1.15)
    const heightAt = ridge(sketch, baseline, height * (0.13 - 0.03 * t), 7, 2.2 + t * 1.6)
    const colour = mix(look.ridges[0], look.ridges[1], t ** 0.85)
    const foot = mix(colour, look.haze, 0.75 * (1 - t))
    sketch.add(
      path(
        below(sketch, heightAt),
        sketch.linear([
          [0, colour],
          [0.55, foot],
          [1, foot],
        ]),
      ),
    )
    if (look.balloons && i === 1) {
      look.balloons.forEach((colour_, n) => {
        const r = width * random.between(0.025, 0.075)
        const slot = (n + 0.5) / (look.balloons?.length ?? 1)
        sketch.add(
          balloon(
            sketch,
            Math.round(width * (slot + random.between(-0.05, 0.05))),
            Math.round(height * random.between(0.12, 0.48)),
            Math.round(r),
            colour_,
          ),
        )
      })
    }
    if (look.pines && i === count - 1) {
      for (let x = -20; x < width + 20; x += random.between(18, 60)) {
        sketch.add(pine(x, heightAt(x) + 26, height * random.between(0.05, 0.17), look.ridges[1], random))
      }
    }
  }
}

export interface LakeLook {
  sky: readonly Colour[]
  ridges: readonly [far: Colour, near: Colour]
  haze: Colour
  sun?: Sun
  stars?: number
  cabin?: boolean
}

/** A lake that doubles the mountains behind it. */
export function lake(sketch: Sketch, look: LakeLook): void {
  const { width, height, random } = sketch
  const shore = height * 0.58
  paintSky(sketch, look.sky, 0.6)
  if (look.stars) paintStars(sketch, look.stars, 0.5)
  const upper: string[] = []
  for (let i = 0; i < 4; i++) {
    const t = i / 3
    const heightAt = ridge(
      sketch,
      shore - height * (0.25 - 0.21 * t),
      height * (0.13 - 0.075 * t),
      7,
      2 + t * 2,
    )
    const points: [number, number][] = []
    for (let x = -6; x <= width + 6; x += 6) points.push([x, Math.min(heightAt(x), shore)])
    const colour = mix(look.ridges[0], look.ridges[1], t)
    const fill = sketch.linear([
      [0, colour],
      [1, mix(colour, look.haze, 0.6 * (1 - t))],
    ])
    upper.push(path(`${lines(points)}L${width + 6} ${shore}L-6 ${shore}Z`, fill))
  }
  for (let x = 0; x < width; x += random.between(10, 30)) {
    const rise = (0.4 + 0.6 * Math.abs(x / width - 0.5) * 2) * random.between(0.03, 0.13)
    upper.push(pine(x, shore + 2, height * rise, look.ridges[1], random))
  }
  if (look.sun) paintSun(sketch, look.sun)
  sketch.add(...upper)
  const water = [...look.sky].reverse().map((colour) => mix(colour, look.ridges[1], 0.25))
  const stops = water.map((colour, i) => [i / (water.length - 1), colour] as const)
  sketch.add(rect(0, shore, width, height - shore, sketch.linear(stops)))
  sketch.add(
    group(
      `transform="translate(0 ${2 * shore}) scale(1 -1)" opacity="0.55" filter="${sketch.blur(3)}"`,
      ...upper,
    ),
  )
  if (look.sun) {
    sketch.add(
      ellipse(
        look.sun.x * width,
        shore + (shore - look.sun.y * height),
        look.sun.r * width,
        look.sun.r * width * 1.3,
        look.sun.colour,
        `opacity="0.5" filter="${sketch.blur(7)}"`,
      ),
    )
  }
  if (look.cabin) {
    const [x, s] = [width * 0.68, height * 0.05]
    for (const [sign, opacity] of [
      [1, 1],
      [-1, 0.5],
    ] as const) {
      sketch.add(
        group(
          `transform="translate(${x} ${shore}) scale(1 ${sign})" opacity="${opacity}"`,
          polygon(
            [
              [0, 0],
              [0, -s],
              [s * 0.9, -s * 1.9],
              [s * 1.8, -s],
              [s * 1.8, 0],
            ],
            '#1c1420',
          ),
          polygon(
            [
              [-s * 0.2, -s * 0.85],
              [s * 0.9, -s * 2],
              [s * 2, -s * 0.85],
              [s * 1.9, -s * 0.7],
              [s * 0.9, -s * 1.7],
              [-s * 0.1, -s * 0.7],
            ],
            mix('#1c1420', look.haze, 0.35),
          ),
          rect(s * 0.35, -s * 0.75, s * 0.4, s * 0.42, '#ffcf70'),
          rect(s * 1.05, -s * 0.75, s * 0.4, s * 0.42, '#ffcf70'),
          circle(
            s * 0.9,
            -s * 0.5,
            s * 2.2,
            sketch.radial([
              [0, '#ffb850', 0.5],
              [1, '#ffb850', 0],
            ]),
          ),
        ),
      )
    }
  }
  for (let i = 0; i < 90; i++) {
    const depth = random.next() ** 1.6
    const y = shore + 6 + depth * (height - shore)
    const long = (30 + 190 * depth) * random.between(0.4, 1)
    const x = random.between(-50, width)
    sketch.add(
      rect(
        x,
        y,
        long,
        1.2 + depth * 2,
        random.pick([look.haze, look.ridges[1]]),
        `opacity="${random.between(0.06, 0.22).toFixed(2)}" rx="2"`,
      ),
    )
  }
}

export interface ForestLook {
  /** Fog, from above to below. */
  fog: readonly Colour[]
  far: Colour
  near: Colour
  layers?: number
}

/** Pines that fade into fog. */
export function forest(sketch: Sketch, look: ForestLook): void {
  const { width, height, random } = sketch
  const layers = look.layers ?? 6
  paintSky(sketch, look.fog)
  paintSun(sketch, {
    x: 0.62,
    y: 0.2,
    r: 0.05,
    colour: mix(look.fog[0] ?? '#ffffff', '#ffffff', 0.6),
    glow: 0.9,
  })
  for (let i = 0; i < layers; i++) {
    const t = i / (layers - 1)
    const heightAt = ridge(sketch, height * (0.42 + 0.55 * t), height * 0.07, 4, 2)
    const colour = mix(look.far, look.near, t ** 1.2)
    const bottom = look.fog.at(-1) as Colour
    const trees: string[] = []
    const size = height * (0.1 + 0.27 * t)
    for (let x = -40; x < width + 40; x += size * random.between(0.1, 0.34)) {
      trees.push(pine(x, heightAt(x) + size * 0.35, size * random.between(0.65, 1.2), colour, random))
    }
    sketch.add(...trees)
    sketch.add(
      path(
        below(sketch, (x) => heightAt(x) + size * 0.12),
        sketch.linear([
          [0, colour, 1],
          [0.4, mix(colour, bottom, 0.8 * (1 - t)), 1],
          [1, mix(colour, bottom, 0.8 * (1 - t)), 1],
        ]),
      ),
    )
    if (i < layers - 1) {
      sketch.add(
        rect(
          -50,
          height * (0.4 + 0.52 * t),
          width + 100,
          height * 0.2,
          bottom,
          `opacity="${(0.42 * (1 - t) + 0.08).toFixed(2)}" filter="${sketch.blur(50)}"`,
        ),
      )
    }
  }
}

export interface FieldsLook {
  sky: readonly Colour[]
  sun?: Sun
  hills: readonly [far: Colour, near: Colour]
  /** Colours of the rows, side by side. */
  rows: readonly Colour[]
  soil: Colour
  tree?: Colour
}

/** Rows of flowers that meet at the horizon. */
export function fields(sketch: Sketch, look: FieldsLook): void {
  const { width, height, random } = sketch
  const horizon = height * 0.46
  paintSky(sketch, look.sky, 0.5)
  if (look.sun) paintSun(sketch, look.sun)
  for (let i = 0; i < 9; i++) {
    const [x, y, s] = [
      random.between(0, width),
      random.between(0.08, 0.34) * height,
      random.between(0.1, 0.34) * width,
    ]
    sketch.add(ellipse(x, y, s, s * 0.07, '#ffffff', `opacity="0.28" filter="${sketch.blur(14)}"`))
  }
  for (const t of [0, 0.5, 1]) {
    const heightAt = ridge(sketch, horizon - height * (0.07 - 0.055 * t), height * (0.05 - 0.025 * t), 3, 1.8)
    sketch.add(path(below(sketch, heightAt), mix(look.hills[0], look.hills[1], t)))
  }
  sketch.add(rect(0, horizon, width, height - horizon, look.soil))
  const vanishing = width * random.between(0.42, 0.58)
  const count = 46
  for (let i = -count; i < count; i++) {
    const spread = width * 0.17
    const colour = look.rows[((i % look.rows.length) + look.rows.length) % look.rows.length] as Colour
    const [left, right] = [vanishing + i * spread, vanishing + (i + 0.66) * spread]
    const near = (x: number) => vanishing + (x - vanishing) * 0.045
    sketch.add(
      polygon(
        [
          [near(left), horizon],
          [near(right), horizon],
          [right, height],
          [left, height],
        ],
        sketch.linear([
          [0, mix(colour, look.hills[0], 0.45)],
          [0.35, colour],
          [1, mix(colour, '#1a0a20', 0.22)],
        ]),
      ),
    )
  }
  for (let i = 0; i < 4200; i++) {
    const depth = random.next() ** 0.8
    const y = horizon + depth ** 1.7 * (height - horizon)
    const scale = 0.045 + 0.955 * ((y - horizon) / (height - horizon))
    const row = random.whole(-count, count)
    const x = vanishing + (row + random.next() * 0.66) * width * 0.17 * scale
    if (x < -10 || x > width + 10) continue
    const colour = look.rows[((row % look.rows.length) + look.rows.length) % look.rows.length] as Colour
    sketch.add(
      circle(
        x,
        y - scale * 8,
        1 + scale * random.between(4, 10),
        mix(colour, random.pick(['#ffffff', '#2a1030']), random.between(0.05, 0.35)),
        'opacity="0.8"',
      ),
    )
  }
  if (look.tree) {
    const [x, foot, s] = [width * 0.76, horizon + 6, height * 0.14]
    sketch.add(stroke(`M${x} ${foot}L${x} ${foot - s * 0.6}`, mix(look.tree, '#201008', 0.6), s * 0.07))
    for (let i = 0; i < 70; i++) {
      const angle = random.between(0, Math.PI * 2)
      const reach = Math.sqrt(random.next()) * s * 0.42
      const [px, py] = [x + Math.cos(angle) * reach * 1.15, foot - s * 0.78 + Math.sin(angle) * reach * 0.85]
      sketch.add(
        circle(
          px,
          py,
          s * random.between(0.05, 0.13),
          mix(look.tree, py < foot - s * 0.8 ? '#fff0c0' : '#0c1410', random.between(0, 0.3)),
        ),
      )
    }
  }
}

export interface DunesLook {
  sky: readonly Colour[]
  sun?: Sun
  light: Colour
  shade: Colour
}

/** Dunes with a bright and a dark side. */
export function dunes(sketch: Sketch, look: DunesLook): void {
  const { width, height, random } = sketch
  paintSky(sketch, look.sky)
  if (look.sun) paintSun(sketch, look.sun)
  const count = 6
  for (let i = 0; i < count; i++) {
    const t = i / (count - 1)
    const baseline = height * (0.5 + 0.4 * t)
    const peak = width * random.between(0.15, 0.85)
    const rise = height * (0.06 + 0.12 * t) * random.between(0.7, 1.2)
    const swing = random.between(0.6, 1.3)
    const crest = (x: number) =>
      baseline -
      rise * Math.exp(-(((x - peak) / (width * (0.22 + 0.14 * t))) ** 2)) +
      Math.sin((x / width) * 3 * swing + i * 2) * height * 0.02
    const [light, shade] = [
      mix(look.light, look.sky.at(-1) as Colour, 0.55 * (1 - t)),
      mix(look.shade, look.sky.at(-1) as Colour, 0.5 * (1 - t)),
    ]
    sketch.add(
      path(
        below(sketch, crest, 10),
        sketch.linear([
          [0, light],
          [1, mix(light, shade, 0.75)],
        ]),
      ),
    )
    const ridgeLine: [number, number][] = []
    for (let k = 0; k <= 12; k++) {
      const y = crest(peak) + ((height - crest(peak)) * k) / 12
      ridgeLine.push([peak + Math.sin(k * 0.42 + i) * width * 0.045 * k * 0.5 + k * width * 0.012, y])
    }
    const side: [number, number][] = []
    for (let x = width + 10; x >= peak; x -= 10) side.push([x, crest(x)])
    sketch.add(
      path(
        `${curve(ridgeLine)}L${width + 10} ${height}${lines(side).replace('M', 'L')}Z`,
        sketch.linear([
          [0, shade],
          [1, mix(shade, light, 0.3)],
        ]),
        'opacity="0.9"',
      ),
    )
  }
}
