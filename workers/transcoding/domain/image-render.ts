import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { rgbaToThumbHash } from 'thumbhash'
import { MediaFailure } from './failure.ts'
import { fitInside, MAX_PIXELS, MAX_SIDE, renditionSizes, type Size, SQUARE, WIDTHS } from './image-sizes.ts'
import type { Rendition } from './manifest.ts'

/** What the child process is asked to draw. A POSTER has neither the largest width nor an `original`. */
export type ImageJob = { inputPath: string; outDir: string; plan: 'IMAGE' | 'POSTER' }

export type DrawnImage = {
  /** The source's size, turned upright. */
  width: number
  height: number
  /** ThumbHash in base64. */
  placeholder: string
  /** `#rrggbb` */
  dominantColor: string
  /** Mean brightness, 0 to 255: tells a black frame from a picture. */
  brightness: number
  /** Ascending by width; WebP and JPEG of each size. The square comes first. */
  renditions: Rendition[]
  original?: Rendition
}

type Raw = { data: Buffer; info: { width: number; height: number; channels: 3 | 4 } }

const WHITE = '#ffffff'

/** Only the loaders of the formats that are sniffed: libvips would read SVG, PDF, TIFF and more. */
export function restrictLoaders(): void {
  sharp.cache(false)
  sharp.block({ operation: ['VipsForeignLoad'] })
  const loaders = ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadHeif']
  sharp.unblock({ operation: [...loaders, 'VipsForeignLoadNsgif'] })
}

const corrupt = (error: unknown) => new MediaFailure('CORRUPT', String(error), { cause: error })

/** Reads the header only. The pixel count is judged here, before a single pixel is decoded. */
async function readUprightSize(inputPath: string): Promise<Size> {
  const metadata = await sharp(inputPath, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw corrupt(error)
    })
  const { width, height } = metadata.autoOrient
  if (!(width > 0 && height > 0)) throw new MediaFailure('CORRUPT', 'no dimensions')
  if (width * height > MAX_PIXELS) throw new MediaFailure('TOO_MANY_PIXELS', `${width}x${height}`)
  return { width, height }
}

const fromRaw = ({ data, info }: Raw): Sharp => sharp(data, { raw: info, limitInputPixels: MAX_PIXELS })

async function toRaw(picture: Sharp): Promise<Raw> {
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  if (info.channels !== 3 && info.channels !== 4)
    throw new MediaFailure('CORRUPT', `${info.channels} channels`)
  return { data, info: { width: info.width, height: info.height, channels: info.channels } }
}

/** The one decode: first frame, upright, sRGB of 8 bits, at most `MAX_SIDE` a side. Raw pixels carry no metadata. */
async function decode(inputPath: string, upright: Size): Promise<Raw> {
  const size = fitInside(upright, MAX_SIDE)
  const picture = sharp(inputPath, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true })
    .autoOrient()
    .resize(size.width, size.height, { fit: 'fill', withoutEnlargement: true })
    .toColourspace('srgb')
  const raw = await toRaw(picture).catch((error: unknown) => {
    throw corrupt(error)
  })
  if (raw.info.channels === 3) return raw
  const { isOpaque } = await fromRaw(raw).stats()
  return isOpaque ? await toRaw(fromRaw(raw).removeAlpha()) : raw
}

/** Placeholder, dominant colour and brightness, all from one picture of at most 100 px a side. */
async function summarise(
  picture: Raw,
): Promise<Pick<DrawnImage, 'placeholder' | 'dominantColor' | 'brightness'>> {
  const size = fitInside(picture.info, 100)
  const small = await toRaw(fromRaw(picture).resize(size.width, size.height, { fit: 'fill' }).ensureAlpha())
  const placeholder = Buffer.from(rgbaToThumbHash(size.width, size.height, small.data)).toString('base64')
  const flat = await toRaw(fromRaw(small).flatten({ background: WHITE }))
  const { dominant, channels } = await fromRaw(flat).stats()
  const hex = [dominant.r, dominant.g, dominant.b].map((value) =>
    Math.round(value).toString(16).padStart(2, '0'),
  )
  const brightness = channels.reduce((sum, channel) => sum + channel.mean, 0) / channels.length
  return { placeholder, dominantColor: `#${hex.join('')}`, brightness }
}

async function writeWebp(picture: Raw, outDir: string, name: string, quality = 80): Promise<Rendition> {
  const path = `${name}.webp`
  const { width, height } = await fromRaw(picture).webp({ quality, effort: 2 }).toFile(join(outDir, path))
  return { path, width, height, contentType: 'image/webp' }
}

async function writeJpeg(picture: Raw, outDir: string, name: string, quality = 82): Promise<Rendition> {
  const path = `${name}.jpg`
  const flat = fromRaw(picture).flatten({ background: WHITE })
  const { width, height } = await flat.jpeg({ quality, progressive: true }).toFile(join(outDir, path))
  return { path, width, height, contentType: 'image/jpeg' }
}

/**
 * Draws every rendition of one picture into `outDir`, which must exist. Runs inside the child process.
 * @param onProgress percent done, rising to 100
 * @throws MediaFailure TOO_MANY_PIXELS or CORRUPT
 */
export async function drawImage(job: ImageJob, onProgress: (percent: number) => void): Promise<DrawnImage> {
  const { inputPath, outDir, plan } = job
  const upright = await readUprightSize(inputPath)
  const source = await decode(inputPath, upright)
  const sizes = renditionSizes(source.info, WIDTHS[plan])
  const steps = sizes.length + (plan === 'IMAGE' ? 3 : 2)
  let done = 0
  const advance = () => onProgress(Math.round((100 * ++done) / steps))
  advance()

  const side = Math.min(SQUARE, source.info.width, source.info.height)
  const square = await toRaw(fromRaw(source).resize(side, side, { fit: 'cover', position: 'centre' }))
  const renditions = [await writeWebp(square, outDir, 'square'), await writeJpeg(square, outDir, 'square')]
  advance()

  for (const { width, height } of sizes) {
    const resized = await toRaw(fromRaw(source).resize(width, height, { fit: 'fill' }))
    const name = `w${width}`
    renditions.push(
      ...(await Promise.all([writeWebp(resized, outDir, name), writeJpeg(resized, outDir, name)])),
    )
    advance()
  }

  const drawn: DrawnImage = { ...upright, ...(await summarise(source)), renditions }
  if (plan === 'POSTER') return drawn
  const write = source.info.channels === 4 ? writeWebp : writeJpeg
  drawn.original = await write(source, outDir, 'original', 90)
  advance()
  return drawn
}
