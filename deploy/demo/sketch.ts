// A drawing under way: shapes in the order in which they are painted, and the gradients that they use.
import { createRandom, type Random } from './random.ts'

/** A colour, `#rrggbb`. */
export type Colour = string

export type Stop = readonly [at: number, colour: Colour, opacity?: number]
type Point = readonly [x: number, y: number]

export interface Sketch {
  readonly width: number
  readonly height: number
  readonly random: Random
  add(...shapes: string[]): void
  /** A gradient from one point of the shape's box to another (0–1), as a paint. */
  linear(stops: readonly Stop[], from?: Point, to?: Point): string
  /** A gradient around the middle of the shape's box, as a paint. */
  radial(stops: readonly Stop[]): string
  /** A Gaussian blur, as a filter. */
  blur(pixels: number): string
  /** A region that shapes can be cut to, as a clip path. */
  clip(shape: string): string
  /** The drawing as an SVG document. */
  svg(): string
}

/** An empty sheet; without a background it is transparent. */
export function createSketch(width: number, height: number, seed: string): Sketch {
  const shapes: string[] = []
  const definitions: string[] = []
  const define = (make: (id: string) => string) => {
    const id = `d${definitions.length}`
    definitions.push(make(id))
    return `url(#${id})`
  }
  const stopsOf = (stops: readonly Stop[]) =>
    stops
      .map(
        ([at, colour, opacity = 1]) =>
          `<stop offset="${at}" stop-color="${colour}" stop-opacity="${opacity}"/>`,
      )
      .join('')
  return {
    width,
    height,
    random: createRandom(seed),
    add: (...more) => void shapes.push(...more),
    linear: (stops, [x1, y1] = [0, 0], [x2, y2] = [0, 1]) =>
      define(
        (id) =>
          `<linearGradient id="${id}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">${stopsOf(stops)}</linearGradient>`,
      ),
    radial: (stops) => define((id) => `<radialGradient id="${id}">${stopsOf(stops)}</radialGradient>`),
    blur: (pixels) =>
      define(
        (id) =>
          `<filter id="${id}" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="${pixels}"/></filter>`,
      ),
    clip: (shape) => define((id) => `<clipPath id="${id}">${shape}</clipPath>`),
    svg: () =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><defs>${definitions.join('')}</defs>${shapes.join('')}</svg>`,
  }
}

const round = (value: number) => Math.round(value * 10) / 10

/** Further attributes of a shape, such as `opacity="0.5"`. */
type More = string

export const rect = (x: number, y: number, width: number, height: number, fill: string, more: More = '') =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}" ${more}/>`

export const circle = (x: number, y: number, r: number, fill: string, more: More = '') =>
  `<circle cx="${round(x)}" cy="${round(y)}" r="${round(r)}" fill="${fill}" ${more}/>`

export const ellipse = (x: number, y: number, rx: number, ry: number, fill: string, more: More = '') =>
  `<ellipse cx="${round(x)}" cy="${round(y)}" rx="${round(rx)}" ry="${round(ry)}" fill="${fill}" ${more}/>`

export const path = (d: string, fill: string, more: More = '') => `<path d="${d}" fill="${fill}" ${more}/>`

/** An open line of a width and colour. */
export const stroke = (d: string, colour: string, width: number, more: More = '') =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${round(width)}" stroke-linecap="round" ${more}/>`

/** A group with attributes in common. */
export const group = (more: More, ...shapes: string[]) => `<g ${more}>${shapes.join('')}</g>`

/** Straight lines through points. */
export const lines = (points: readonly Point[]) =>
  points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')

/** A closed figure with straight sides. */
export const polygon = (points: readonly Point[], fill: string, more: More = '') =>
  path(`${lines(points)}Z`, fill, more)

/** A smooth line through points (Catmull–Rom as Bézier curves). */
export function curve(points: readonly Point[]): string {
  const at = (i: number) => points[Math.max(0, Math.min(points.length - 1, i))] as Point
  let d = `M${round(at(0)[0])} ${round(at(0)[1])}`
  for (let i = 0; i < points.length - 1; i++) {
    const [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)]
    const handles = [
      from[0] + (to[0] - before[0]) / 6,
      from[1] + (to[1] - before[1]) / 6,
      to[0] - (after[0] - from[0]) / 6,
      to[1] - (after[1] - from[1]) / 6,
      to[0],
      to[1],
    ]
    d += `C${handles.map(round).join(' ')}`
  }
  return d
}

/** The colour between two, `t` from 0 to 1. */
export function mix(from: Colour, to: Colour, t: number): Colour {
  const channel = (colour: Colour, i: number) => Number.parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16)
  const blended = [0, 1, 2].map((i) => Math.round(channel(from, i) * (1 - t) + channel(to, i) * t))
  return `#${blended.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** A vertical gradient over the whole sheet. */
export function paintSky(sketch: Sketch, colours: readonly Colour[], share = 1): void {
  const stops = colours.map((colour, i) => [i / (colours.length - 1), colour] as const)
  sketch.add(rect(0, 0, sketch.width, sketch.height * share + 1, sketch.linear(stops)))
}

/** A shining disc with its glow. `x`, `y` are shares of the sheet, `r` of its width. */
export function paintSun(
  sketch: Sketch,
  sun: { x: number; y: number; r: number; colour: Colour; glow?: number },
): void {
  const { width, height } = sketch
  const [x, y, r] = [sun.x * width, sun.y * height, sun.r * width]
  const glow = sun.glow ?? 0.75
  const halo = sketch.radial([
    [0, sun.colour, glow],
    [0.25, sun.colour, glow * 0.45],
    [0.6, sun.colour, glow * 0.12],
    [1, sun.colour, 0],
  ])
  sketch.add(circle(x, y, r * 6, halo), circle(x, y, r, sun.colour))
}

/** Stars down to a share of the height, the brighter ones rarer. */
export function paintStars(sketch: Sketch, count: number, share: number, colour: Colour = '#ffffff'): void {
  const { width, height, random } = sketch
  for (let i = 0; i < count; i++) {
    const brightness = random.next() ** 3
    const y = random.next() ** 1.3 * height * share
    const fade = 1 - 0.7 * (y / (height * share))
    const opacity = Math.round((0.3 + 0.7 * brightness) * fade * 100) / 100
    sketch.add(circle(random.next() * width, y, 0.8 + brightness * 2.6, colour, `opacity="${opacity}"`))
  }
}
