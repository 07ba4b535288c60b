// Profile pictures: flat portraits and patterns.
import { type Colour, circle, ellipse, mix, path, rect, type Sketch, stroke } from '../sketch.ts'

export interface FaceLook {
  ground: Colour
  skin: Colour
  hair: Colour
  shirt: Colour
  style: 'bob' | 'bun' | 'short' | 'curls' | 'long' | 'cap'
  glasses?: boolean
  beard?: boolean
}

/** A person in few shapes. */
export function face(sketch: Sketch, look: FaceLook): void {
  const { width: w, random } = sketch
  const { ground, skin, hair, shirt, style } = look
  sketch.add(
    rect(
      0,
      0,
      w,
      w,
      sketch.linear(
        [
          [0, mix(ground, '#ffffff', 0.22)],
          [1, ground],
        ],
        [0, 0],
        [1, 1],
      ),
    ),
  )
  sketch.add(circle(w * 0.5, w * 0.5, w * 0.4, mix(ground, '#ffffff', 0.3), 'opacity="0.5"'))
  const [cx, cy] = [w * 0.5, w * 0.44]
  const shade = mix(skin, '#5a1e10', 0.24)
  if (style === 'long')
    sketch.add(
      path(
        `M${cx - w * 0.22} ${cy}C${cx - w * 0.27} ${cy + w * 0.3} ${cx - w * 0.24} ${cy + w * 0.4} ${cx - w * 0.2} ${cy + w * 0.42}L${cx + w * 0.2} ${cy + w * 0.42}C${cx + w * 0.24} ${cy + w * 0.4} ${cx + w * 0.27} ${cy + w * 0.3} ${cx + w * 0.22} ${cy}Z`,
        hair,
      ),
    )
  if (style === 'bob')
    sketch.add(rect(cx - w * 0.225, cy - w * 0.1, w * 0.45, w * 0.32, hair, `rx="${w * 0.08}"`))
  if (style === 'bun') sketch.add(circle(cx, cy - w * 0.25, w * 0.085, hair))
  if (style === 'curls')
    for (let i = 0; i < 20; i++) {
      const a = Math.PI * (0.9 + (1.2 * i) / 19)
      sketch.add(
        circle(
          cx + Math.cos(a) * w * 0.185,
          cy + Math.sin(a) * w * 0.18,
          w * random.between(0.062, 0.085),
          hair,
        ),
      )
    }
  sketch.add(
    path(
      `M${w * 0.12} ${w * 1.02}C${w * 0.14} ${w * 0.76} ${w * 0.32} ${w * 0.72} ${cx} ${w * 0.72}C${w * 0.68} ${w * 0.72} ${w * 0.86} ${w * 0.76} ${w * 0.88} ${w * 1.02}Z`,
      sketch.linear([
        [0, shirt],
        [1, mix(shirt, '#000018', 0.25)],
      ]),
    ),
  )
  sketch.add(
    path(
      `M${cx - w * 0.07} ${cy + w * 0.1}V${w * 0.72}C${cx - w * 0.04} ${w * 0.79} ${cx + w * 0.04} ${w * 0.79} ${cx + w * 0.07} ${w * 0.72}V${cy + w * 0.1}Z`,
      shade,
    ),
  )
  sketch.add(
    ellipse(cx, cy, w * 0.165, w * 0.205, skin),
    circle(cx - w * 0.165, cy + w * 0.02, w * 0.035, skin),
    circle(cx + w * 0.165, cy + w * 0.02, w * 0.035, shade),
  )
  if (look.beard)
    sketch.add(
      path(
        `M${cx - w * 0.166} ${cy}C${cx - w * 0.17} ${cy + w * 0.28} ${cx + w * 0.17} ${cy + w * 0.28} ${cx + w * 0.166} ${cy}C${cx + w * 0.13} ${cy + w * 0.1} ${cx + w * 0.08} ${cy + w * 0.075} ${cx} ${cy + w * 0.08}C${cx - w * 0.08} ${cy + w * 0.075} ${cx - w * 0.13} ${cy + w * 0.1} ${cx - w * 0.166} ${cy}Z`,
        hair,
      ),
    )
  const fringe: Record<FaceLook['style'], string> = {
    bob: `M${cx - w * 0.2} ${cy + w * 0.02}C${cx - w * 0.22} ${cy - w * 0.3} ${cx + w * 0.22} ${cy - w * 0.3} ${cx + w * 0.2} ${cy + w * 0.02}C${cx + w * 0.16} ${cy - w * 0.09} ${cx - w * 0.12} ${cy - w * 0.08} ${cx - w * 0.2} ${cy + w * 0.02}Z`,
    bun: `M${cx - w * 0.18} ${cy - w * 0.01}C${cx - w * 0.2} ${cy - w * 0.29} ${cx + w * 0.2} ${cy - w * 0.29} ${cx + w * 0.18} ${cy - w * 0.01}C${cx + w * 0.14} ${cy - w * 0.13} ${cx - w * 0.14} ${cy - w * 0.13} ${cx - w * 0.18} ${cy - w * 0.01}Z`,
    short: `M${cx - w * 0.175} ${cy - w * 0.02}C${cx - w * 0.22} ${cy - w * 0.27} ${cx + w * 0.05} ${cy - w * 0.31} ${cx + w * 0.17} ${cy - w * 0.2}C${cx + w * 0.2} ${cy - w * 0.16} ${cx + w * 0.18} ${cy - w * 0.08} ${cx + w * 0.172} ${cy - w * 0.02}C${cx + w * 0.14} ${cy - w * 0.14} ${cx - w * 0.02} ${cy - w * 0.1} ${cx - w * 0.12} ${cy - w * 0.13}Z`,
    curls: `M${cx - w * 0.17} ${cy - w * 0.05}C${cx - w * 0.18} ${cy - w * 0.26} ${cx + w * 0.18} ${cy - w * 0.26} ${cx + w * 0.17} ${cy - w * 0.05}C${cx + w * 0.1} ${cy - w * 0.15} ${cx - w * 0.1} ${cy - w * 0.15} ${cx - w * 0.17} ${cy - w * 0.05}Z`,
    long: `M${cx - w * 0.2} ${cy + w * 0.12}C${cx - w * 0.24} ${cy - w * 0.3} ${cx + w * 0.24} ${cy - w * 0.3} ${cx + w * 0.2} ${cy + w * 0.12}C${cx + w * 0.19} ${cy - w * 0.05} ${cx + w * 0.06} ${cy - w * 0.11} ${cx - w * 0.03} ${cy - w * 0.19}C${cx - w * 0.08} ${cy - w * 0.08} ${cx - w * 0.18} ${cy - w * 0.06} ${cx - w * 0.2} ${cy + w * 0.12}Z`,
    cap: `M${cx - w * 0.18} ${cy - w * 0.07}C${cx - w * 0.19} ${cy - w * 0.29} ${cx + w * 0.19} ${cy - w * 0.29} ${cx + w * 0.18} ${cy - w * 0.07}L${cx + w * 0.3} ${cy - w * 0.045}C${cx + w * 0.28} ${cy - w * 0.085} ${cx + w * 0.24} ${cy - w * 0.11} ${cx + w * 0.18} ${cy - w * 0.11}Z`,
  }
  sketch.add(path(fringe[style], style === 'cap' ? mix(shirt, '#ffffff', 0.2) : hair))
  const eye = '#22161c'
  sketch.add(
    circle(cx - w * 0.065, cy + w * 0.01, w * 0.014, eye),
    circle(cx + w * 0.065, cy + w * 0.01, w * 0.014, eye),
  )
  sketch.add(
    stroke(
      `M${cx - w * 0.09} ${cy - w * 0.04}q${w * 0.025} ${-w * 0.018} ${w * 0.05} 0M${cx + w * 0.04} ${cy - w * 0.04}q${w * 0.025} ${-w * 0.018} ${w * 0.05} 0`,
      mix(hair, '#201010', 0.3),
      w * 0.011,
    ),
  )
  sketch.add(
    stroke(`M${cx} ${cy + w * 0.02}q${w * 0.022} ${w * 0.035} ${-w * 0.004} ${w * 0.05}`, shade, w * 0.01),
  )
  sketch.add(
    stroke(
      `M${cx - w * 0.05} ${cy + w * 0.112}q${w * 0.05} ${w * 0.042} ${w * 0.1} 0`,
      look.beard ? mix(skin, '#c0403a', 0.4) : mix(skin, '#a02a2a', 0.6),
      w * 0.014,
    ),
  )
  sketch.add(
    circle(cx - w * 0.105, cy + w * 0.07, w * 0.03, '#e8584a', 'opacity="0.18"'),
    circle(cx + w * 0.105, cy + w * 0.07, w * 0.03, '#e8584a', 'opacity="0.18"'),
  )
  if (look.glasses) {
    const ring = (x: number) =>
      `<circle cx="${x}" cy="${cy + w * 0.012}" r="${w * 0.05}" fill="#ffffff" fill-opacity="0.16" stroke="#2a2028" stroke-width="${w * 0.01}"/>`
    sketch.add(
      ring(cx - w * 0.067),
      ring(cx + w * 0.067),
      stroke(
        `M${cx - w * 0.018} ${cy + w * 0.005}q${w * 0.018} ${-w * 0.014} ${w * 0.036} 0`,
        '#2a2028',
        w * 0.01,
      ),
    )
  }
}
