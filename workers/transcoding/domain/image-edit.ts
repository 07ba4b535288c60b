// A picture as its owner wants it shown: a part of it, with a look.
import { aspectLimits } from '#subgraphs/content/domain/media-edits.ts'
import type { MediaCrop, MediaFilter } from '#subgraphs/content/model.ts'
import { applyFilter } from './filters.ts'
import type { Size } from './image-sizes.ts'
import { fromRaw, type Raw, toRaw } from './image-source.ts'

/** What is done to a picture before its renditions are drawn. */
export type ImageEdit = { filter: MediaFilter; crop: MediaCrop | null }

type Area = { left: number; top: number; width: number; height: number }

/** A crop in whole pixels, brought within the aspect limits by taking away evenly on both sides of what is too long. */
export function cropArea(size: Size, crop: MediaCrop): Area {
  const left = Math.min(size.width - 1, Math.max(0, Math.round(crop.x * size.width)))
  const top = Math.min(size.height - 1, Math.max(0, Math.round(crop.y * size.height)))
  const width = Math.max(1, Math.min(size.width - left, Math.round(crop.width * size.width)))
  const height = Math.max(1, Math.min(size.height - top, Math.round(crop.height * size.height)))
  const fitWidth = Math.max(1, Math.min(width, Math.round(height * aspectLimits.max)))
  const fitHeight = Math.max(1, Math.min(height, Math.round(width / aspectLimits.min)))
  return {
    left: left + Math.floor((width - fitWidth) / 2),
    top: top + Math.floor((height - fitHeight) / 2),
    width: fitWidth,
    height: fitHeight,
  }
}

/** The part that is shown. */
export async function crop(source: Raw, area: MediaCrop | null): Promise<Raw> {
  return area ? await toRaw(fromRaw(source).extract(cropArea(source.info, area))) : source
}

/** The picture with its look; `source` stays as it is. */
export function withFilter(source: Raw, filter: MediaFilter): Raw {
  if (filter === 'ORIGINAL') return source
  const data = Buffer.from(source.data)
  applyFilter(data, source.info.channels, filter)
  return { data, info: source.info }
}
