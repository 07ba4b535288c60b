// Houses, and a window.
import { type Colour, circle, group, mix, path, polygon, rect, type Sketch, stroke } from '../sketch.ts'

export interface HousesLook {
  sky: readonly Colour[]
  walls: readonly Colour[]
  lit: Colour
  ground: Colour
}

/** A row of narrow gabled houses. */
export function houses(sketch: Sketch, look: HousesLook): void {
  const { width, height, random } = sketch
  const street = height * 0.78
  const stops = look.sky.map((colour, i) => [i / (look.sky.length - 1), colour] as const)
  sketch.add(rect(0, 0, width, height, sketch.linear(stops)))
  const row: string[] = []
  const count = 5
  const wide = width / count
  for (let i = 0; i < count; i++) {
    const colour = look.walls[i % look.walls.length] as Colour
    const x = i * wide
    const top = height * random.between(0.24, 0.36)
    row.push(
      rect(
        x,
        top,
        wide,
        street - top,
        sketch.linear([
          [0, colour],
          [1, mix(colour, '#180c10', 0.25)],
        ]),
      ),
    )
    const gable = random.whole(0, 2)
    const rise = wide * 0.5
    if (gable === 0)
      row.push(
        polygon(
          [
            [x, top],
            [x + wide / 2, top - rise],
            [x + wide, top],
          ],
          colour,
        ),
      )
    else if (gable === 1)
      row.push(
        path(
          `M${x} ${top}C${x} ${top - rise * 0.5} ${x + wide * 0.3} ${top - rise * 0.3} ${x + wide * 0.32} ${top - rise * 0.9}L${x + wide * 0.68} ${top - rise * 0.9}C${x + wide * 0.7} ${top - rise * 0.3} ${x + wide} ${top - rise * 0.5} ${x + wide} ${top}Z`,
          colour,
        ),
      )
    else
      for (let k = 0; k < 4; k++)
        row.push(
          rect(
            x + wide * 0.12 * k,
            top - rise * 0.25 * (k + 1),
            wide - wide * 0.24 * k,
            rise * 0.26 + 1,
            colour,
          ),
        )
    row.push(rect(x + wide - 3, top, 3, street - top, '#180c10', 'opacity="0.35"'))
    const floors = 4
    for (let floor = 0; floor < floors; floor++) {
      const y = top + wide * 0.12 + (floor * (street - top - wide * 0.45)) / floors
      const tall = ((street - top) / floors) * 0.52
      for (let w = 0; w < 3; w++) {
        const wx = x + wide * (0.14 + 0.265 * w)
        const isLit = random.next() < 0.42
        const glass = isLit ? look.lit : mix(look.sky[0] ?? '#334455', '#101828', 0.45)
        row.push(
          rect(wx - 4, y - 4, wide * 0.19 + 8, tall + 8, '#f4ece0'),
          rect(wx, y, wide * 0.19, tall, glass),
          stroke(`M${wx} ${y + tall * 0.4}h${wide * 0.19}M${wx + wide * 0.095} ${y}v${tall}`, '#f4ece0', 4),
        )
        if (floor === 2) {
          for (let f = 0; f < 8; f++)
            row.push(
              circle(
                wx + random.between(0, wide * 0.19),
                y + tall + random.between(0, 8),
                random.between(5, 9),
                random.pick(['#e0405a', '#f2a0b0', '#4a8a4a', '#6aa05a']),
              ),
            )
        }
      }
    }
    const door = street - wide * 0.42
    row.push(
      rect(x + wide * 0.38, door, wide * 0.25, wide * 0.42, mix(colour, '#10141c', 0.65), 'rx="10"'),
      circle(x + wide * 0.59, door + wide * 0.22, 4, '#e8c060'),
    )
  }
  sketch.add(...row)
  sketch.add(
    rect(
      0,
      street,
      width,
      height - street,
      sketch.linear([
        [0, look.ground],
        [1, mix(look.ground, '#04080c', 0.5)],
      ]),
    ),
  )
  sketch.add(
    group(
      `transform="translate(0 ${2 * street}) scale(1 -1)" opacity="0.42" filter="${sketch.blur(5)}" clip-path="${sketch.clip(rect(0, street - (height - street), width, height - street, '#000000'))}"`,
      ...row,
    ),
  )
  for (let i = 0; i < 150; i++) {
    const depth = random.next()
    sketch.add(
      rect(
        random.between(-0.05, 1) * width,
        street + depth * (height - street),
        random.between(20, 150),
        1.5 + depth * 3,
        random.pick([look.lit, look.ground, '#ffffff']),
        `opacity="${random.between(0.05, 0.2).toFixed(2)}" rx="2"`,
      ),
    )
  }
}

/** A cat on a window sill before the moon. */
export function catAtWindow(
  sketch: Sketch,
  look: { wall: Colour; sky: readonly Colour[]; moon: Colour; frame: Colour },
): void {
  const { width, height, random } = sketch
  const [x, y, w, h] = [width * 0.14, height * 0.08, width * 0.72, height * 0.7]
  sketch.add(
    rect(
      0,
      0,
      width,
      height,
      sketch.linear([
        [0, look.wall],
        [1, mix(look.wall, '#000000', 0.35)],
      ]),
    ),
  )
  const stops = look.sky.map((colour, i) => [i / (look.sky.length - 1), colour] as const)
  sketch.add(rect(x, y, w, h, sketch.linear(stops)))
  const pane: string[] = []
  for (let i = 0; i < 130; i++)
    pane.push(
      circle(
        x + random.next() * w,
        y + random.next() * h * 0.8,
        random.between(0.8, 2.8),
        '#ffffff',
        `opacity="${random.between(0.3, 0.95).toFixed(2)}"`,
      ),
    )
  const [mx, my, mr] = [x + w * 0.66, y + h * 0.3, w * 0.16]
  pane.push(
    circle(
      mx,
      my,
      mr * 4,
      sketch.radial([
        [0, look.moon, 0.55],
        [1, look.moon, 0],
      ]),
    ),
    circle(mx, my, mr, look.moon),
  )
  for (const [dx, dy, r] of [
    [-0.3, -0.2, 0.2],
    [0.35, 0.15, 0.15],
    [-0.1, 0.4, 0.24],
    [0.1, -0.5, 0.1],
  ] as const)
    pane.push(circle(mx + dx * mr, my + dy * mr, r * mr, mix(look.moon, '#806040', 0.16)))
  for (let bx = x; bx < x + w; ) {
    const wide = random.between(40, 100)
    const tall = h * random.between(0.06, 0.2)
    pane.push(rect(bx, y + h - tall, wide, tall, mix(look.sky[0] ?? '#000000', '#000000', 0.35)))
    for (let k = 0; k < 5; k++)
      if (random.next() < 0.6)
        pane.push(
          rect(bx + random.between(6, wide - 14), y + h - tall + random.between(10, tall), 8, 11, '#ffd580'),
        )
    bx += wide
  }
  sketch.add(group(`clip-path="${sketch.clip(rect(x, y, w, h, '#000000'))}"`, ...pane))
  sketch.add(rect(x + w / 2 - 9, y, 18, h, look.frame), rect(x, y + h * 0.5 - 9, w, 18, look.frame))
  sketch.add(
    `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="none" stroke="${look.frame}" stroke-width="34"/>`,
  )
  const sill = y + h + 10
  sketch.add(
    rect(x - width * 0.06, sill, w + width * 0.12, height * 0.045, mix(look.frame, '#ffffff', 0.12)),
    rect(
      x - width * 0.06,
      sill + height * 0.045,
      w + width * 0.12,
      height * 0.012,
      mix(look.frame, '#000000', 0.5),
    ),
  )
  const [cx, s] = [x + w * 0.3, w * 0.12]
  const fur = '#12101a'
  sketch.add(
    path(
      `M${cx - s * 1.15} ${sill}C${cx - s * 1.5} ${sill - s * 1.6} ${cx - s * 0.9} ${sill - s * 2.3} ${cx - s * 0.45} ${sill - s * 2.7}L${cx + s * 0.45} ${sill - s * 2.7}C${cx + s * 0.9} ${sill - s * 2.2} ${cx + s * 1.3} ${sill - s * 1.4} ${cx + s * 1.1} ${sill}Z`,
      fur,
    ),
    circle(cx, sill - s * 3.1, s * 0.86, fur),
    polygon(
      [
        [cx - s * 0.82, sill - s * 3.25],
        [cx - s * 0.78, sill - s * 4.35],
        [cx - s * 0.1, sill - s * 3.85],
      ],
      fur,
    ),
    polygon(
      [
        [cx + s * 0.82, sill - s * 3.25],
        [cx + s * 0.78, sill - s * 4.35],
        [cx + s * 0.1, sill - s * 3.85],
      ],
      fur,
    ),
    stroke(
      `M${cx + s * 0.9} ${sill - 14}C${cx + s * 2.6} ${sill + s * 0.1} ${cx + s * 2.9} ${sill + s * 1.2} ${cx + s * 2.2} ${sill + s * 1.5}`,
      fur,
      s * 0.36,
    ),
    stroke(
      `M${cx + s * 0.75} ${sill - s * 3.5}C${cx + s * 1.2} ${sill - s * 2.6} ${cx + s * 1.15} ${sill - s * 1.4} ${cx + s * 1.12} ${sill - s * 0.3}`,
      look.moon,
      5,
      'opacity="0.45"',
    ),
  )
}
