// Looking at what was drawn: a picture, or a video's poster and frames of it.
import { buffer } from 'node:stream/consumers'
import sharp from 'sharp'
import perceptualHashOf from 'sharp-phash'
import type { Storage } from '#platform/storage.ts'
import type { Look } from '#subgraphs/content/domain/media-labels.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import type { PictureClassifier } from './classifier.ts'

/** Frames of a video that are looked at beside its poster. */
const maxFrames = 12

/** Pixels that are enough to look at. */
const enough = 256

/** The parts of a sprite that a video's track of small pictures names: spread over its time, at most 12. */
export function framesOf(track: string): { left: number; top: number; width: number; height: number }[] {
  const cues = [...track.matchAll(/#xywh=(\d+),(\d+),(\d+),(\d+)/g)].map((cue) => cue.slice(1).map(Number))
  const step = Math.max(1, cues.length / maxFrames)
  return Array.from({ length: Math.min(cues.length, maxFrames) }, (_, i) => {
    const [left = 0, top = 0, width = 0, height = 0] = cues[Math.floor(i * step)] ?? []
    return { left, top, width, height }
  })
}

/** Pictures of an item, the one that stands for it first. */
export async function picturesOf(
  storage: Pick<Storage, 'read' | 'readText'>,
  media: Pick<MediaRow, 'renditions' | 'thumbnailsKey'>,
): Promise<Buffer[]> {
  const sizes = media.renditions.toSorted((a, b) => a.width - b.width)
  const picture = sizes.find(({ width, height }) => Math.min(width, height) >= enough) ?? sizes.at(-1)
  if (!picture) return []
  const bytes = async (key: string) => buffer(await storage.read(key))
  const pictures = [await bytes(picture.key)]
  if (!media.thumbnailsKey) return pictures
  const track = await storage.readText(media.thumbnailsKey)
  const name = /^(\S+)#xywh=/m.exec(track)?.[1]
  if (name === undefined) return pictures
  const sprite = await bytes(media.thumbnailsKey.replace(/[^/]*$/, name))
  for (const part of framesOf(track)) pictures.push(await sharp(sprite).extract(part).png().toBuffer())
  return pictures
}

/** Pixels a side that a hash is of. */
const hashed = 32

/** Brightness may vary so little in a picture with nothing in it: its hash would be that of every such picture. */
const flat = 3

/** The hashes of a picture from every side: turned by quarters, and mirrored. None of a picture with nothing in it. */
export async function hashesOf(picture: Buffer): Promise<string[]> {
  const grey = sharp(picture).flatten({ background: '#ffffff' }).greyscale()
  const pixels = await grey.resize(hashed, hashed, { fit: 'fill' }).raw().toBuffer()
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length
  const variance = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length
  if (Math.sqrt(variance) < flat) return []
  const hashes = new Set<string>()
  let turned: Buffer = pixels
  for (let quarter = 0; quarter < 4; quarter++) {
    for (const side of [turned, transposed(turned)]) {
      const bits = await perceptualHashOf(side, { raw: { width: hashed, height: hashed, channels: 1 } })
      hashes.add(BigInt(`0b${bits}`).toString(16).padStart(16, '0'))
    }
    turned = upsideDown(transposed(turned))
  }
  return [...hashes]
}

const rearranged = (pixels: Buffer, from: (x: number, y: number) => number): Buffer =>
  Buffer.from(pixels.map((_, at) => pixels[from(at % hashed, Math.floor(at / hashed))] ?? 0))
const transposed = (pixels: Buffer): Buffer => rearranged(pixels, (x, y) => x * hashed + y)
const upsideDown = (pixels: Buffer): Buffer => rearranged(pixels, (x, y) => (hashed - 1 - y) * hashed + x)

/** Looks at the pictures of an item. Without a classifier they are only compared with what was taken down. */
export async function lookAt(
  pictures: readonly Buffer[],
  classifier: PictureClassifier | null,
): Promise<Look> {
  const hashes: string[] = []
  let score: number | null = classifier && 0
  for (const picture of pictures) {
    hashes.push(...(await hashesOf(picture)))
    if (classifier) score = Math.max(score ?? 0, await classifier.score(picture))
  }
  return { score, hashes }
}
