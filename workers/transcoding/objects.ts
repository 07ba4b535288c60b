// A rendered folder and the object store.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { inParallel } from '#platform/parallel.ts'
import type { Exposure, Storage } from '#platform/storage.ts'
import type { MediaResult } from '#subgraphs/content/model.ts'
import type { MediaFile, MediaManifest, Rendition } from './domain/manifest.ts'

const parallelUploads = 4

/** Fetches an object into a file. */
export async function download(
  storage: Pick<Storage, 'read'>,
  key: string,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  await pipeline(await storage.read(key), createWriteStream(path), { signal })
}

/** SHA-256 over the names and bytes of files, 32 hexadecimal characters of it: other bytes never get the same address. */
export async function contentHash(dir: string, files: readonly MediaFile[]): Promise<string> {
  const whole = createHash('sha256')
  for (const { path } of files) {
    const one = createHash('sha256')
    await pipeline(createReadStream(join(dir, path)), one)
    whole.update(`${path}\0${one.digest('hex')}\n`)
  }
  return whole.digest('hex').slice(0, 32)
}

/** Sends files to the store under a prefix, a few at a time. `onFile` is told how many are there. */
export async function upload(
  storage: Pick<Storage, 'write'>,
  prefix: string,
  dir: string,
  files: readonly MediaFile[],
  signal: AbortSignal,
  onFile: (done: number) => void,
): Promise<void> {
  let done = 0
  await inParallel(files, parallelUploads, async ({ path, contentType, byteSize }) => {
    signal.throwIfAborted()
    // The largest is a segment of a few seconds, so it may be held in memory, and can be sent again.
    await storage.write(prefix + path, await readFile(join(dir, path)), { contentType, byteSize })
    onFile(++done)
  })
}

/** What the item's row says of what was rendered. */
export function resultOf(manifest: MediaManifest, exposure: Exposure, prefix: string): MediaResult {
  const { width, height, placeholder, dominantColor, perceptualHash, durationMs } = manifest
  const { original, hls, poster, preview, thumbnails, file } = manifest
  const keyOf = (stored_: { path: string } | undefined) => (stored_ ? prefix + stored_.path : null)
  const stored = ({ path, ...rendition }: Rendition) => ({ key: prefix + path, ...rendition })
  const bySize = (a: Rendition, b: Rendition) =>
    a.width - b.width || a.height - b.height || (a.contentType < b.contentType ? 1 : -1)
  return {
    width,
    height,
    durationMs: durationMs ?? null,
    placeholder,
    dominantColor,
    perceptualHash,
    source: manifest.source ?? null,
    exposure,
    prefix,
    renditions: manifest.renditions.toSorted(bySize).map(stored),
    originalKey: keyOf(original),
    isWarm: original !== undefined,
    hlsKey: hls ? prefix + hls.master : null,
    posterKey: keyOf(poster),
    previewKey: keyOf(preview),
    thumbnailsKey: keyOf(thumbnails),
    fileKey: keyOf(file),
  }
}

/** What the row of an encrypted file says: where it lies, and nothing of what is in it. */
export function opaqueResult(prefix: string, fileKey: string): MediaResult {
  return {
    ...{ width: null, height: null, durationMs: null, placeholder: null, dominantColor: null },
    ...{ exposure: 'private' as const, prefix, renditions: [], fileKey },
    ...{ originalKey: null, hlsKey: null, posterKey: null },
  }
}
