// The one decode of a picture: first frame, upright, sRGB of 8 bits, at most `MAX_SIDE` a side, as raw pixels, which carry no
// metadata.
import { open, readFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import { MediaFailure } from './failure.ts'
import { fitInside, MAX_PIXELS, MAX_SIDE, type Size } from './image-sizes.ts'
import { sniffHead } from './sniff.ts'

export type Raw = { data: Buffer; info: { width: number; height: number; channels: 3 | 4 } }

/** Only the loaders of the formats that are sniffed: libvips would read SVG, PDF, TIFF and more. */
export function restrictLoaders(): void {
  sharp.cache(false)
  sharp.block({ operation: ['VipsForeignLoad'] })
  const loaders = ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadHeif']
  sharp.unblock({ operation: [...loaders, 'VipsForeignLoadNsgif'] })
}

const corrupt = (error: unknown) =>
  error instanceof MediaFailure ? error : new MediaFailure('CORRUPT', String(error), { cause: error })

/** A picture of raw pixels. */
export const fromRaw = ({ data, info }: Raw): Sharp =>
  sharp(data, { raw: info, limitInputPixels: MAX_PIXELS })

/** The raw pixels of a picture, 8 bits each. */
export async function toRaw(picture: Sharp): Promise<Raw> {
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  if (info.channels !== 3 && info.channels !== 4)
    throw new MediaFailure('CORRUPT', `${info.channels} channels`)
  return { data, info: { width: info.width, height: info.height, channels: info.channels } }
}

function checkSize({ width, height }: Size): Size {
  if (!(width > 0 && height > 0)) throw new MediaFailure('CORRUPT', 'no dimensions')
  if (width * height > MAX_PIXELS) throw new MediaFailure('TOO_MANY_PIXELS', `${width}x${height}`)
  return { width, height }
}

async function isHeic(inputPath: string): Promise<boolean> {
  await using file = await open(inputPath, 'r')
  const head = Buffer.alloc(256)
  const { bytesRead } = await file.read(head, 0, head.length, 0)
  const sniffed = sniffHead(head.subarray(0, bytesRead))
  return sniffed?.kind === 'IMAGE' && sniffed.format === 'HEIC'
}

/** libvips comes without HEVC; this decoder turns the picture upright itself. */
async function readHeic(inputPath: string): Promise<{ upright: Size; picture: Sharp }> {
  // Loading it takes longer than drawing a small picture, so only who needs it does.
  const { default: heic } = await import('heic-decode')
  const images = await heic.all({ buffer: await readFile(inputPath) })
  try {
    const [first] = images
    if (!first) throw new MediaFailure('CORRUPT', 'no picture')
    const upright = checkSize(first)
    const { data, width, height } = await first.decode()
    return { upright, picture: sharp(Buffer.from(data.buffer), { raw: { width, height, channels: 4 } }) }
  } finally {
    images.dispose()
  }
}

async function readOther(inputPath: string): Promise<{ upright: Size; picture: Sharp }> {
  // The header only: the pixel count is judged before a single pixel is decoded.
  const { autoOrient } = await sharp(inputPath, { limitInputPixels: false }).metadata()
  const upright = checkSize(autoOrient)
  const options = { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true } as const
  return { upright, picture: sharp(inputPath, options).autoOrient() }
}

/**
 * Decodes a picture. `upright` is the size of the source, turned upright.
 * @throws MediaFailure TOO_MANY_PIXELS or CORRUPT
 */
export async function decodeImage(inputPath: string): Promise<{ upright: Size; source: Raw }> {
  try {
    const { upright, picture } = (await isHeic(inputPath))
      ? await readHeic(inputPath)
      : await readOther(inputPath)
    const size = fitInside(upright, MAX_SIDE)
    const source = await toRaw(
      picture
        .resize(size.width, size.height, { fit: 'fill', withoutEnlargement: true })
        .toColourspace('srgb'),
    )
    if (source.info.channels === 3) return { upright, source }
    const { isOpaque } = await fromRaw(source).stats()
    return { upright, source: isOpaque ? await toRaw(fromRaw(source).removeAlpha()) : source }
  } catch (error) {
    throw corrupt(error)
  }
}
