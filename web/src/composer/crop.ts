// Which part of a picture is shown, chosen by shape, closeness and place.
import type { MediaCropInput } from '../operations.gen.ts'

/** Width by height; AS_IS keeps the picture whole. */
export const shapes = { AS_IS: null, SQUARE: 1, PORTRAIT: 4 / 5, LANDSCAPE: 1.91 } as const
export type Shape = keyof typeof shapes

export interface Framing {
  readonly shape: Shape
  /** 1 shows as much as the shape allows, 3 a third of that. */
  readonly zoom: number
  /** Where the part lies in what is left over, from 0 to 1. */
  readonly x: number
  readonly y: number
}

export const wholePicture: Framing = { shape: 'AS_IS', zoom: 1, x: 0.5, y: 0.5 }

/** The part of a picture of this size; null for all of it. */
export function cropOf({ shape, zoom, x, y }: Framing, width: number, height: number): MediaCropInput | null {
  const ratio = shapes[shape]
  if (ratio === null || !(width > 0 && height > 0)) return null
  const own = width / height
  const wide = (own > ratio ? ratio / own : 1) / zoom
  const high = (own > ratio ? 1 : own / ratio) / zoom
  return { x: (1 - wide) * x, y: (1 - high) * y, width: wide, height: high }
}
