// The looks that a picture can be drawn with: one row each. A look changes colours only. It is a matrix over a pixel's three
// values (how much colour is left) and a curve for each of them, so it costs the same whatever it does.
import type { MediaFilter } from '#subgraphs/content/model.ts'

/** What a look does; what is left out changes nothing. */
interface Look {
  /** 0 is grey, 1 as it was. */
  saturation?: number
  /** Steepness of the curve in its middle; 1 as it was. */
  contrast?: number
  /** Added to all, in shares of the whole range. */
  brightness?: number
  /** Above 0 more red and less blue, below 0 the other way; in shares of the range. */
  warmth?: number
  /** How far black is lifted to grey, in shares of the range. */
  fade?: number
  /** Added to dark parts, by red, green and blue; in shares of the range. */
  shadows?: readonly [number, number, number]
  /** The same for bright parts. */
  highlights?: readonly [number, number, number]
}

const looks: Readonly<Record<MediaFilter, Look>> = {
  ORIGINAL: {},
  AURORA: { contrast: 1.2, brightness: 0.04, saturation: 1.15, shadows: [-0.02, 0.03, 0.08] },
  AMBER: { warmth: 0.06, fade: 0.06, saturation: 0.95 },
  BLUSH: { highlights: [0.06, -0.01, 0.03], contrast: 0.95, brightness: 0.03 },
  BRISK: { warmth: -0.05, contrast: 1.08, brightness: 0.03 },
  CANYON: { contrast: 1.25, warmth: 0.08, saturation: 1.1, shadows: [0.03, 0, -0.03] },
  CINDER: { contrast: 1.18, saturation: 0.6, brightness: -0.04 },
  CIRRUS: { highlights: [-0.02, 0.02, 0.07], brightness: 0.05, saturation: 0.9 },
  CORAL: { saturation: 1.4, contrast: 1.05 },
  DRIFT: { fade: 0.12, contrast: 0.85, saturation: 0.85 },
  DUSK: { warmth: 0.1, brightness: -0.04, shadows: [0.03, -0.01, 0.05] },
  FERN: { shadows: [-0.02, 0.05, 0], saturation: 0.9, contrast: 0.97 },
  FROST: { saturation: 0.7, brightness: 0.1, contrast: 0.9, warmth: -0.04 },
  HARVEST: { saturation: 1.25, warmth: 0.07, brightness: 0.03 },
  HELIO: { saturation: 0, shadows: [0.08, 0.03, -0.04], highlights: [0.05, 0.02, -0.06] },
  INK: { saturation: 0 },
  LINEN: { saturation: 0, fade: 0.12, contrast: 0.85, brightness: 0.03 },
  LUNAR: { saturation: 0.8, warmth: -0.1, brightness: -0.03, shadows: [-0.02, 0, 0.06] },
  NOCTURNE: { contrast: 1.3, brightness: -0.1, saturation: 0.9 },
  ONYX: { saturation: 0, contrast: 1.45 },
  TIDE: { saturation: 1.25, warmth: -0.06, contrast: 1.1 },
  VELLUM: { fade: 0.15, warmth: 0.07, contrast: 0.8, saturation: 0.75 },
  VIOLA: { shadows: [0.06, -0.02, 0.1], saturation: 1.05 },
}

/** Names of all looks. */
export const filterNames: readonly MediaFilter[] = Object.keys(looks) as MediaFilter[]

/** Luminance of the three values (ITU-R BT.709). */
const luma = [0.2126, 0.7152, 0.0722] as const

/** The curve of one of the three values: 256 entries. */
function curveOf(look: Look, channel: 0 | 1 | 2): Uint8Array {
  const { contrast = 1, brightness = 0, warmth = 0, fade = 0 } = look
  const shift = [warmth, 0, -warmth][channel] ?? 0
  const curve = new Uint8Array(256)
  for (let at = 0; at < 256; at++) {
    const given = at / 255
    let value = (given - 0.5) * contrast + 0.5 + brightness + shift
    value += (look.shadows?.[channel] ?? 0) * (1 - given) + (look.highlights?.[channel] ?? 0) * given
    value = fade + Math.min(1, Math.max(0, value)) * (1 - fade)
    curve[at] = Math.round(Math.min(1, Math.max(0, value)) * 255)
  }
  return curve
}

/** Draws raw pixels of 3 or 4 values each with a look, in place. Opacity stays. */
export function applyFilter(pixels: Uint8Array, channels: 3 | 4, filter: MediaFilter): void {
  const look = looks[filter]
  const saturation = look.saturation ?? 1
  const curves = ([0, 1, 2] as const).map((channel) => curveOf(look, channel))
  const [red, green, blue] = curves as [Uint8Array, Uint8Array, Uint8Array]
  const mixed = (value: number, grey: number) => {
    const wanted = grey + (value - grey) * saturation
    return wanted < 0 ? 0 : wanted > 255 ? 255 : Math.round(wanted)
  }
  for (let at = 0; at + 2 < pixels.length; at += channels) {
    const r = pixels[at] ?? 0
    const g = pixels[at + 1] ?? 0
    const b = pixels[at + 2] ?? 0
    const grey = luma[0] * r + luma[1] * g + luma[2] * b
    pixels[at] = red[mixed(r, grey)] ?? 0
    pixels[at + 1] = green[mixed(g, grey)] ?? 0
    pixels[at + 2] = blue[mixed(b, grey)] ?? 0
  }
}
