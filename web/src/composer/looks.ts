// The looks of pictures, for a preview before the server draws them. The numbers are the server's; a test compares them.
import type { MediaFilter } from '../operations.gen.ts'

type Three = readonly [red: number, green: number, blue: number]

interface Look {
  /** 0 is grey, 1 as it was. */
  readonly saturation?: number
  readonly contrast?: number
  readonly brightness?: number
  readonly warmth?: number
  readonly fade?: number
  readonly shadows?: Three
  readonly highlights?: Three
}

export const looks: Readonly<Record<MediaFilter, Look>> = {
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

export const filterNames = Object.keys(looks) as MediaFilter[]

/** What people call a look: `Aurora`. */
export const nameOfFilter = (filter: MediaFilter) => filter[0] + filter.slice(1).toLowerCase()

/** A look as SVG's filters say it: a colour matrix, a line for each of the three values, and a line that lifts black. */
export interface Drawing {
  /** `values` of `feColorMatrix`. */
  readonly matrix: string
  /** Of red, green and blue. */
  readonly lines: readonly { readonly slope: number; readonly intercept: number }[]
  readonly fade: number
}

/** Luminance of the three values (ITU-R BT.709). */
const luma: Three = [0.2126, 0.7152, 0.0722]

export function drawingOf(filter: MediaFilter): Drawing {
  const {
    saturation = 1,
    contrast = 1,
    brightness = 0,
    warmth = 0,
    fade = 0,
    shadows,
    highlights,
  } = looks[filter]
  const row = (channel: number) => [
    ...luma.map((share, from) => share * (1 - saturation) + (from === channel ? saturation : 0)),
    0,
    0,
  ]
  const lines = [warmth, 0, -warmth].map((shift, channel) => {
    const shadow = shadows?.[channel] ?? 0
    return {
      slope: contrast - shadow + (highlights?.[channel] ?? 0),
      intercept: 0.5 - 0.5 * contrast + brightness + shift + shadow,
    }
  })
  return { matrix: [...row(0), ...row(1), ...row(2), 0, 0, 0, 1, 0].join(' '), lines, fade }
}
