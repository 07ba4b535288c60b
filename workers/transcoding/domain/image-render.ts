import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import perceptualHashOf from 'sharp-phash'
import { rgbaToThumbHash } from 'thumbhash'
import { MediaFailure } from './failure.ts'
import { crop, type ImageEdit, withFilter } from './image-edit.ts'
import { fitInside, renditionSizes, type Size, SQUARE, WIDTHS } from './image-sizes.ts'
import { decodeImage, fromRaw, type Raw, toRaw } from './image-source.ts'
import type { Rendition } from './manifest.ts'

/**
 * What the child process is asked to draw. A POSTER has neither the largest width nor an `original`. `keep`: the input is an
 * `original` of ours, which is kept as it is.
 */
export type ImageJob = {
  inputPath: string
  outDir: string
  plan: 'IMAGE' | 'POSTER'
  edit?: ImageEdit | undefined
  keep?: boolean | undefined
}

export type DrawnImage = {
  /** The size of what is shown: the source's, turned upright, or of the part of it. */
  width: number
  height: number
  /** The source's size, turned upright. */
  source: Size
  /** ThumbHash in base64. */
  placeholder: string
  /** `#rrggbb` */
  dominantColor: string
  /** 64 bits in hexadecimal, of the source. */
  perceptualHash: string
  /** Mean brightness, 0 to 255: tells a black frame from a picture. */
  brightness: number
  /** Ascending by width; WebP and JPEG of each size. The square comes first. */
  renditions: Rendition[]
  original?: Rendition
}

const WHITE = '#ffffff'

type Summary = Pick<DrawnImage, 'placeholder' | 'dominantColor' | 'brightness' | 'perceptualHash'>

/** Placeholder, dominant colour, brightness and perceptual hash, all from one picture of at most 100 px a side. */
async function summarise(picture: Raw): Promise<Summary> {
  const size = fitInside(picture.info, 100)
  const small = await toRaw(fromRaw(picture).resize(size.width, size.height, { fit: 'fill' }).ensureAlpha())
  const placeholder = Buffer.from(rgbaToThumbHash(size.width, size.height, small.data)).toString('base64')
  const flat = await toRaw(fromRaw(small).flatten({ background: WHITE }))
  const { dominant, channels } = await fromRaw(flat).stats()
  const hex = [dominant.r, dominant.g, dominant.b].map((value) =>
    Math.round(value).toString(16).padStart(2, '0'),
  )
  const brightness = channels.reduce((sum, channel) => sum + channel.mean, 0) / channels.length
  const bits = await perceptualHashOf(flat.data, { raw: flat.info })
  const perceptualHash = BigInt(`0b${bits}`).toString(16).padStart(16, '0')
  return { placeholder, dominantColor: `#${hex.join('')}`, brightness, perceptualHash }
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

/** The picture at full size without an edit, from which another edit can be drawn later. */
async function writeOriginal({ inputPath, outDir, keep }: ImageJob, source: Raw): Promise<Rendition> {
  if (!keep) return (source.info.channels === 4 ? writeWebp : writeJpeg)(source, outDir, 'original', 90)
  const { format } = await sharp(inputPath).metadata()
  const kind = format === 'webp' ? 'webp' : 'jpg'
  const path = `original.${kind}`
  await copyFile(inputPath, join(outDir, path))
  const { width, height } = source.info
  return { path, width, height, contentType: kind === 'webp' ? 'image/webp' : 'image/jpeg' }
}

/**
 * Draws every rendition of one picture into `outDir`, which must exist. Runs inside the child process.
 * @param onProgress percent done, rising to 100
 * @throws MediaFailure TOO_MANY_PIXELS or CORRUPT
 */
export async function drawImage(job: ImageJob, onProgress: (percent: number) => void): Promise<DrawnImage> {
  const { inputPath, outDir, plan, edit } = job
  const { upright, source } = await decodeImage(inputPath)
  const part = await crop(source, edit?.crop ?? null)
  const sizes = renditionSizes(part.info, WIDTHS[plan])
  const largest = sizes.at(-1)
  if (!largest) throw new MediaFailure('INTERNAL', 'no sizes')
  const steps = sizes.length + (plan === 'IMAGE' ? 3 : 2)
  let done = 0
  const advance = () => onProgress(Math.round((100 * ++done) / steps))
  advance()

  // The look is drawn once, on the largest size that is shown.
  const filter = edit?.filter ?? 'ORIGINAL'
  const shown =
    filter === 'ORIGINAL'
      ? part
      : withFilter(await toRaw(fromRaw(part).resize(largest.width, largest.height, { fit: 'fill' })), filter)
  const side = Math.min(SQUARE, shown.info.width, shown.info.height)
  const square = await toRaw(fromRaw(shown).resize(side, side, { fit: 'cover', position: 'centre' }))
  const renditions = [await writeWebp(square, outDir, 'square'), await writeJpeg(square, outDir, 'square')]
  advance()

  for (const { width, height } of sizes) {
    const resized = await toRaw(fromRaw(shown).resize(width, height, { fit: 'fill' }))
    const name = `w${width}`
    renditions.push(
      ...(await Promise.all([writeWebp(resized, outDir, name), writeJpeg(resized, outDir, name)])),
    )
    advance()
  }

  const size = edit?.crop ? { width: part.info.width, height: part.info.height } : upright
  const summary = await summarise(shown)
  const drawn: DrawnImage = { ...size, source: upright, ...summary, renditions }
  if (plan === 'POSTER') return drawn
  drawn.original = await writeOriginal(job, source)
  advance()
  return drawn
}
