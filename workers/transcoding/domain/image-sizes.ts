export type Size = { width: number; height: number }

/** The largest picture that is decoded, from its header: 50 megapixels. */
export const MAX_PIXELS = 50_000_000

/** No drawn picture is longer than this on any side, `original` included. */
export const MAX_SIDE = 4096

/** Side of the square rendition, in pixels. */
export const SQUARE = 150

/** Widths of a picture's renditions and of a video poster's, in pixels. */
export const WIDTHS = { IMAGE: [320, 640, 1080, 1440], POSTER: [320, 640, 1080] } as const

/** Fits `source` into a square of `side` without enlarging it; no side is below one pixel. */
export function fitInside(source: Size, side: number): Size {
  const scale = Math.min(1, side / Math.max(source.width, source.height))
  return {
    width: Math.max(1, Math.round(source.width * scale)),
    height: Math.max(1, Math.round(source.height * scale)),
  }
}

/**
 * The sizes of the renditions that keep the aspect ratio, ascending: each standard width up to the source's, and the source's own
 * width when it lies below the largest, so that a small picture has a rendition at all and a medium one loses nothing.
 */
export function renditionSizes(source: Size, widths: readonly number[]): Size[] {
  const largest = Math.min(source.width, Math.max(...widths))
  const chosen = [...widths.filter((width) => width < largest), largest]
  return chosen.map((width) => ({
    width,
    height: Math.max(1, Math.round((source.height * width) / source.width)),
  }))
}
