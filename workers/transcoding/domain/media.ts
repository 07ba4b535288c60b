import { renderAudio } from './audio.ts'
import { MediaFailure } from './failure.ts'
import { renderImage } from './image.ts'
import type { ImageEdit } from './image-edit.ts'
import { listFiles, type MediaManifest } from './manifest.ts'
import type { PieceStore } from './pieces.ts'
import type { Binaries } from './probe.ts'
import { identify } from './sniff.ts'
import { renderVideo } from './video.ts'

export type MediaOptions = {
  /** What the uploader declared; must agree with the bytes. */
  contentType: string
  binaries: Binaries
  /** Percent done, rising to 100. */
  onProgress?: (percent: number) => void
  signal?: AbortSignal
  /** Of a picture: the part that is shown, and its look. */
  edit?: ImageEdit
  /** The file is an `original` of ours, to be kept as it is. */
  keep?: boolean
  /** Of a video: where pieces that are done are kept. */
  pieces?: PieceStore
  /** Of a video: told when something can be played that is not all yet. */
  onFirst?: (manifest: MediaManifest) => Promise<void>
}

async function render(inputPath: string, outDir: string, options: MediaOptions): Promise<MediaManifest> {
  const { contentType, binaries, onProgress = () => {}, signal, edit, keep, pieces, onFirst } = options
  const sniffed = await identify(inputPath, contentType)
  if (sniffed.kind === 'AUDIO') {
    return await renderAudio(inputPath, outDir, onProgress, { format: sniffed.format, binaries, signal })
  }
  if (sniffed.kind === 'VIDEO') {
    return await renderVideo(inputPath, outDir, onProgress, {
      ...{ format: sniffed.format, binaries, signal },
      ...(pieces ? { pieces } : {}),
      ...(onFirst ? { onFirst } : {}),
    })
  }
  const { brightness: _, ...drawn } = await renderImage(inputPath, outDir, onProgress, { signal, edit, keep })
  return { kind: 'IMAGE', ...drawn, files: await listFiles(outDir) }
}

/**
 * Turns one uploaded file into everything that is served of it, in `outDir`, which must be empty or absent and is the caller's to
 * remove, after a failure too.
 * @throws MediaFailure, whatever happens; on abort the signal's reason
 */
export async function renderMedia(
  inputPath: string,
  outDir: string,
  options: MediaOptions,
): Promise<MediaManifest> {
  try {
    return await render(inputPath, outDir, options)
  } catch (error) {
    if (error instanceof MediaFailure) throw error
    options.signal?.throwIfAborted()
    throw new MediaFailure('INTERNAL', String(error), { cause: error })
  }
}
