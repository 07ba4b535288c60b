/** One size and format of a picture, as the API gives it. */
export interface Rendition {
  readonly url: string
  readonly width: number
  readonly height: number
  readonly contentType: string
}

/** The 150-pixel square is cropped: it stands for the whole picture only where a square is shown. */
function isCroppedSquare(rendition: Rendition, ratio: number): boolean {
  return rendition.width === rendition.height && Math.abs(ratio - 1) > 0.02
}

/**
 * `srcset` of all renditions of one type, by width. Empty when there are none.
 *
 * @param ratio width over height of the picture, to leave out the cropped square
 */
export function srcSet(renditions: readonly Rendition[], contentType: string, ratio: number): string {
  return renditions
    .filter((rendition) => rendition.contentType === contentType && !isCroppedSquare(rendition, ratio))
    .map(({ url, width }) => `${url} ${width}w`)
    .join(', ')
}

/** The smallest rendition that is at least `width` pixels wide, else the widest, JPEG for choice; undefined when there are none. */
export function pickRendition(
  renditions: readonly Rendition[],
  width: number,
  ratio: number,
): Rendition | undefined {
  const whole = renditions.filter((rendition) => !isCroppedSquare(rendition, ratio))
  const jpeg = whole.filter((rendition) => rendition.contentType === 'image/jpeg')
  const sorted = (jpeg.length > 0 ? jpeg : whole).toSorted((a, b) => a.width - b.width)
  return sorted.find((rendition) => rendition.width >= width) ?? sorted.at(-1)
}

/** A ratio of width to height that a feed can bear: no taller than 4:5, no flatter than 1.91:1. */
export function clampRatio(width: number | null, height: number | null): number {
  if (!width || !height) return 1
  return Math.min(1.91, Math.max(0.8, width / height))
}
