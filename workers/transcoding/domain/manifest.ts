import { readdir, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { z } from 'zod'
import { mediaContentTypes } from '#platform/media-types.ts'
import { MediaFailure } from './failure.ts'

const dimension = z.int().positive()

/** One drawn picture. `path` is relative to the output folder, with `/` on every system. */
export const renditionSchema = z.object({
  path: z.string().min(1),
  width: dimension,
  height: dimension,
  contentType: z.enum(['image/jpeg', 'image/webp']),
})
export type Rendition = z.infer<typeof renditionSchema>

/** One file to upload. */
export type MediaFile = { path: string; contentType: string; byteSize: number }

/**
 * Everything one upload became. Width and height are the source's, turned upright. `placeholder` is a ThumbHash in base64,
 * `dominantColor` is `#rrggbb`. A video's renditions are those of its poster. `files` lists every file in the output folder.
 */
export type MediaManifest = {
  kind: 'IMAGE' | 'VIDEO' | 'AUDIO'
  /** Null for sound, with the next three. */
  width: number | null
  height: number | null
  placeholder: string | null
  dominantColor: string | null
  /** 64 bits in hexadecimal. */
  perceptualHash: string | null
  /** Pictures only: the size before it was cropped. */
  source?: { width: number; height: number }
  renditions: Rendition[]
  files: MediaFile[]
  /** Pictures only: the source at full size (at most 4096 px a side), upright and without metadata. */
  original?: Rendition
  /** Videos and sound. */
  durationMs?: number
  /** Sound only: the whole of it. */
  file?: { path: string }
  /** Videos only, from here on. */
  preview?: { path: string }
  thumbnails?: { path: string }
  hls?: { master: string }
  poster?: Rendition
}

/**
 * Lists every file under `outDir`, in order of path.
 * @throws MediaFailure INTERNAL when a file is of a type that nobody should have written
 */
export async function listFiles(outDir: string): Promise<MediaFile[]> {
  const entries = await readdir(outDir, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    // Scratch folders begin with a dot.
    .filter((path) => !relative(outDir, path).startsWith('.'))
  const files = paths.map(async (path) => {
    const contentType = mediaContentTypes[extname(path)]
    if (!contentType) throw new MediaFailure('INTERNAL', `unexpected output ${path}`)
    const { size: byteSize } = await stat(path)
    return { path: relative(outDir, path).split(sep).join('/'), contentType, byteSize }
  })
  return (await Promise.all(files)).sort((a, b) => (a.path < b.path ? -1 : 1))
}
