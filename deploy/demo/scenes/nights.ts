// Night skies, and cities that light them.
import { createOutline } from '../random.ts'
import {
  type Colour,
  circle,
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

export interface GalaxyLook {
  sky: readonly Colour[]
  /** Colours of the band's clouds. */
  dust: readonly Colour[]
  ground: Colour
  tent?: Colour
}

/** The Milky Way over hills, perhaps with a lit tent. */
export function galaxy(sketch: Sketch, look: GalaxyLook): void {
  const { width, height, random } = sketch
  paintSky(sketch, look.sky)
  const [cx, cy] = [width * 0.55, height * 0.42]
  const angle = -58
  const band: string[] = []
  for (let i = 0; i < 60; i++) {
    const along = random.between(-0.75, 0.75) * height
    const r = width * random.between(0.06, 0.2)
    const colour = random.pick(look.dust)
    band.push(
      circle(
        cx + along,
        cy + random.between(-1, 1) * width * 0.09,
        r,
        sketch.radial([
          [0, colour, 0.2],
          [1, colour, 0],
        ]),
      ),
    )
  }
  for (let i = 0; i < 26; i++) {
    const along = random.between(-0.6, 0.6) * height
    const r = width * random.between(0.02, 0.08)
    band.push(
      ellipse(
        cx + along,
        cy + random.between(-0.3, 0.3) * width * 0.1,
        r * 1.9,
        r * 0.6,
        sketch.radial([
          [0, look.sky[0] ?? '#000000', 0.45],
          [1, look.sky[0] ?? '#000000', 0],
        ]),
      ),
    )
  }
  for (let i = 0; i < 1500; i++) {
    const away = (random.next() + random.next() + random.next() - 1.5) * width * 0.16
    band.push(
      circle(
        cx + random.between(-0.8, 0.8) * height,
        cy + away,
        random.next() ** 3 * 2.2 + 0.5,
        '#ffffff',
        `opacity="${random.between(0.25, 0.95).toFixed(2)}"`,
      ),
    )
  }
  sketch.add(group(`transform="rotate(${angle} ${cx} ${cy})"`, ...band))
  paintStars(sketch, 420, 0.85)
  for (const t of [0, 1]) {
    const outline = createOutline(random, 6)
    const points: [number, number][] = []
    for (let x = -6; x <= width + 6; x += 6)
      points.push([
        x,
        height * (0.82 + 0.06 * t) + outline((x / width) * 2.4 + t * 20) * height * (0.09 - 0.05 * t),
      ])
    sketch.add(
      path(
        `${lines(points)}L${width + 6} ${height}L-6 ${height}Z`,
        mix(look.ground, look.sky.at(-1) as Colour, 0.3 * (1 - t)),
      ),
    )
  }
  if (look.tent) {
    const [x, y, s] = [width * 0.36, height * 0.925, width * 0.085]
    sketch.add(
      circle(
        x,
        y - s * 0.4,
        s * 3.2,
        sketch.radial([
          [0, look.tent, 0.55],
          [1, look.tent, 0],
        ]),
      ),
      polygon(
        [
          [x - s, y],
          [x, y - s * 1.15],
          [x + s * 1.1, y],
        ],
        sketch.linear([
          [0, mix(look.tent, '#ffffff', 0.35)],
          [1, look.tent],
        ]),
      ),
      polygon(
        [
          [x, y - s * 1.15],
          [x + s * 1.1, y],
          [x + s * 0.25, y],
        ],
        mix(look.tent, '#401808', 0.35),
      ),
      polygon(
        [
          [x, y - s * 1.15],
          [x + s * 0.08, y],
          [x - s * 0.22, y],
        ],
        mix(look.tent, '#fff4c0', 0.7),
      ),
    )
  }
}

/** The same sky over hours: stars drawn out around the pole. */
export function starTrails(
  sketch: Sketch,
  look: { sky: readonly Colour[]; trails: readonly Colour[]; ground: Colour },
): void {
  const { width, height, random } = sketch
  paintSky(sketch, look.sky)
  const [cx, cy] = [width * 0.46, height * 0.44]
  const reach = Math.hypot(width, height) * 0.72
  for (let r = 10; r < reach; r += random.between(3.5, 9)) {
    for (let k = 0; k < 3; k++) {
      const from = random.between(0, Math.PI * 2)
      const to = from + random.between(0.25, 0.85)
      const at = (a: number) => `${(cx + Math.cos(a) * r).toFixed(1)} ${(cy + Math.sin(a) * r).toFixed(1)}`
      sketch.add(
        stroke(
          `M${at(from)}A${r.toFixed(1)} ${r.toFixed(1)} 0 0 1 ${at(to)}`,
          random.pick(look.trails),
          random.between(0.7, 2.6),
          `opacity="${random.between(0.2, 0.95).toFixed(2)}"`,
        ),
      )
    }
  }
  const outline = createOutline(random, 6)
  const points: [number, number][] = []
  for (let x = -6; x <= width + 6; x += 6)
    points.push([x, height * 0.86 + outline((x / width) * 2.2) * height * 0.1])
  sketch.add(path(`${lines(points)}L${width + 6} ${height}L-6 ${height}Z`, look.ground))
  for (const [x, tall] of [
    [0.13, 0.3],
    [0.2, 0.22],
    [0.9, 0.26],
  ] as const) {
    const [px, foot] = [x * width, height * 0.93]
    for (let i = 0; i < 9; i++) {
      const y = foot - tall * height + (tall * height * i) / 9
      const half = (width * 0.008 + width * 0.05 * (i / 9)) * (tall / 0.26)
      sketch.add(
        polygon(
          [
            [px, y - 20],
            [px + half, y + tall * height * 0.15],
            [px - half, y + tall * height * 0.15],
          ],
          look.ground,
        ),
      )
    }
  }
}

export interface AuroraLook {
  sky: readonly Colour[]
  lights: readonly Colour[]
  ground: readonly [far: Colour, near: Colour]
}

/** Northern lights over snow. */
export function aurora(sketch: Sketch, look: AuroraLook): void {
  const { width, height, random } = sketch
  paintSky(sketch, look.sky)
  paintStars(sketch, 420, 0.75)
  const soft = sketch.blur(13)
  look.lights.forEach((colour, i) => {
    const outline = createOutline(random, 3)
    const curtain: string[] = []
    for (let x = -30; x < width + 30; x += 9) {
      const foot = height * (0.58 - 0.09 * i) + outline((x / width) * 2.6 + i * 5) * height * 0.13
      const tall = height * (0.2 + 0.24 * Math.abs(outline((x / width) * 9 + 50 + i)))
      curtain.push(
        rect(
          x,
          foot - tall,
          11,
          tall,
          sketch.linear([
            [0, mix(colour, '#7a3cff', 0.55), 0],
            [0.6, colour, 0.4],
            [0.95, mix(colour, '#f4fff0', 0.35), 0.8],
            [1, colour, 0],
          ]),
        ),
      )
    }
    sketch.add(group(`filter="${soft}" opacity="${0.95 - i * 0.2}"`, ...curtain))
  })
  for (const t of [0, 0.5, 1]) {
    const outline = createOutline(random, 7)
    const points: [number, number][] = []
    for (let x = -6; x <= width + 6; x += 6)
      points.push([
        x,
        height * (0.68 + 0.16 * t) + outline((x / width) * 2.5 + t * 30) * height * (0.11 - 0.07 * t),
      ])
    const colour = mix(look.ground[0], look.ground[1], t)
    sketch.add(
      path(
        `${lines(points)}L${width + 6} ${height}L-6 ${height}Z`,
        sketch.linear([
          [0, mix(colour, look.lights[0] ?? colour, 0.2)],
          [1, colour],
        ]),
      ),
    )
  }
}

export interface SkylineLook {
  sky: readonly Colour[]
  far: Colour
  near: Colour
  windows: readonly Colour[]
  moon?: Colour
  /** Whether the city stands at the water. */
  water?: boolean
}

/** A city after dark. */
export function skyline(sketch: Sketch, look: SkylineLook): void {
  const { width, height, random } = sketch
  const ground = height * (look.water ? 0.72 : 1.02)
  paintSky(sketch, look.sky)
  paintStars(sketch, 120, 0.4)
  if (look.moon) paintSun(sketch, { x: 0.24, y: 0.18, r: 0.055, colour: look.moon, glow: 0.5 })
  const city: string[] = []
  for (let layer = 0; layer < 4; layer++) {
    const t = layer / 3
    const colour = mix(look.far, look.near, t)
    for (let x = -30; x < width; ) {
      const wide = width * random.between(0.045, 0.11)
      const bell = 0.55 + 0.45 * Math.exp(-(((x + wide / 2) / width - 0.6) ** 2) / 0.08)
      const tall = height * random.between(0.24, 0.56) * bell * (1 - t * 0.36)
      const top = ground - tall
      const fill = sketch.linear([
        [0, colour],
        [1, mix(colour, look.sky.at(-1) as Colour, 0.45 * (1 - t))],
      ])
      city.push(rect(x, top, wide, tall, fill))
      const roof = random.next()
      if (roof < 0.22)
        city.push(
          rect(x + wide * 0.47, top - tall * 0.22, wide * 0.04, tall * 0.22, colour),
          circle(x + wide * 0.49, top - tall * 0.22, 3, '#ff5a4a'),
        )
      else if (roof < 0.4)
        city.push(
          polygon(
            [
              [x, top],
              [x + wide / 2, top - wide * 0.55],
              [x + wide, top],
            ],
            colour,
          ),
        )
      else if (roof < 0.6) city.push(rect(x + wide * 0.2, top - wide * 0.22, wide * 0.6, wide * 0.23, colour))
      const [cell, gap] = [width * 0.0078, width * 0.0155]
      const lit = random.between(0.12, 0.5) * (0.4 + 0.6 * t)
      for (let wx = x + gap * 0.7; wx < x + wide - gap * 0.7; wx += gap) {
        for (let wy = top + gap; wy < ground - gap; wy += gap * 1.35) {
          if (random.next() < lit)
            city.push(
              rect(
                wx,
                wy,
                cell,
                cell * 1.45,
                random.pick(look.windows),
                `opacity="${random.between(0.35 + 0.3 * t, 0.7 + 0.3 * t).toFixed(2)}"`,
              ),
            )
        }
      }
      x += wide * random.between(0.75, 1.15)
    }
  }
  const glow = look.windows[0] ?? '#ffd080'
  sketch.add(
    ellipse(
      width * 0.6,
      ground,
      width * 0.8,
      height * 0.4,
      sketch.radial([
        [0, glow, 0.4],
        [1, glow, 0],
      ]),
    ),
    ...city,
  )
  if (!look.water) return
  sketch.add(
    rect(
      0,
      ground,
      width,
      height - ground,
      sketch.linear([
        [0, mix(look.near, look.sky.at(-1) as Colour, 0.25)],
        [1, mix(look.near, '#000000', 0.3)],
      ]),
    ),
  )
  sketch.add(
    group(
      `transform="translate(0 ${2 * ground}) scale(1 -1)" opacity="0.5" filter="${sketch.blur(6)}" clip-path="${sketch.clip(rect(0, ground - (height - ground), width, height - ground, '#000000'))}"`,
      ...city,
    ),
  )
  for (let i = 0; i < 260; i++) {
    const depth = random.next() ** 1.3
    sketch.add(
      rect(
        random.between(-0.05, 1) * width,
        ground + depth * (height - ground),
        (20 + 120 * depth) * random.between(0.3, 1),
        1 + depth * 3,
        random.next() < 0.45 ? random.pick(look.windows) : look.near,
        `rx="2" opacity="${random.between(0.06, 0.28).toFixed(2)}"`,
      ),
    )
  }
}

/** Lights out of focus behind a wet window. */
export function bokeh(
  sketch: Sketch,
  look: { ground: readonly Colour[]; lights: readonly Colour[]; drops?: boolean },
): void {
  const { width, height, random } = sketch
  paintSky(sketch, look.ground)
  for (let i = 0; i < 95; i++) {
    const colour = random.pick(look.lights)
    const middle = (random.next() + random.next()) / 2
    const [x, y, r] = [
      random.next() * width,
      height * (0.1 + middle * 0.8),
      width * random.between(0.02, 0.095),
    ]
    const disc = sketch.radial([
      [0, colour, 0.5],
      [0.84, colour, 0.44],
      [0.95, mix(colour, '#ffffff', 0.25), 0.5],
      [1, colour, 0],
    ])
    sketch.add(circle(x, y, r, disc, `opacity="${random.between(0.3, 0.9).toFixed(2)}"`))
  }
  if (!look.drops) return
  for (let i = 0; i < 260; i++) {
    const [x, y] = [random.next() * width, random.next() * height]
    const r = 2 + random.next() ** 4 * 24
    const colour = random.pick(look.lights)
    sketch.add(
      ellipse(
        x,
        y,
        r,
        r * random.between(1.05, 1.35),
        sketch.linear([
          [0, '#05070d', 0.5],
          [0.5, mix(colour, '#101820', 0.4), 0.4],
          [1, mix(colour, '#ffffff', 0.4), 0.85],
        ]),
      ),
      ellipse(x - r * 0.3, y - r * 0.45, r * 0.2, r * 0.14, '#ffffff', 'opacity="0.8"'),
    )
  }
}
