// One rung out of its pieces.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MediaFailure } from './failure.ts'
import { moveFragment, timescaleOf } from './fragments.ts'
import type { FrameRate } from './ladder.ts'
import { pieceFrames, pieceSegments } from './pieces.ts'
import { parseMediaPlaylist, type Segment } from './playlist.ts'

const initName = 'init.mp4'

/** Playlist of a whole rung (RFC 8216 §4.3.3). */
function rungPlaylist(segments: readonly Segment[]): string {
  const longest = Math.ceil(Math.max(...segments.map((segment) => segment.seconds)))
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${longest}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    `#EXT-X-MAP:URI="${initName}"`,
    ...segments.flatMap(({ seconds, path }) => [`#EXTINF:${seconds.toFixed(6)},`, path]),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n')
}

/**
 * Puts the pieces of a rung behind each other in `outDir/<rung>`, as if they had been encoded in one go. `folders` hold the
 * pieces' folders of that rung, in order.
 * @throws MediaFailure CORRUPT when a piece lacks pictures, INTERNAL when pieces do not fit together
 */
export async function assembleRung(
  folders: readonly string[],
  outDir: string,
  rate: FrameRate,
): Promise<void> {
  await mkdir(outDir, { recursive: true })
  const all: Segment[] = []
  let shared: Buffer | undefined
  for (const [at, folder] of folders.entries()) {
    const playlist = await readFile(join(folder, 'index.m3u8'), 'utf8')
    const initPath = /^#EXT-X-MAP:URI="([^"]+)"/m.exec(playlist)?.[1]
    const segments = parseMediaPlaylist(playlist)
    const last = at === folders.length - 1
    if (!initPath || segments.length === 0 || (!last && segments.length !== pieceSegments)) {
      throw new MediaFailure('CORRUPT', `a piece has ${segments.length} segments`)
    }
    const init = await readFile(join(folder, initPath))
    if (!shared) {
      shared = init
      await rename(join(folder, initPath), join(outDir, initName))
    } else if (!shared.equals(init)) throw new MediaFailure('INTERNAL', 'pieces differ in their settings')
    const ticks = (at * pieceFrames(rate) * timescaleOf(init) * rate.seconds) / rate.frames
    if (!Number.isInteger(ticks)) throw new MediaFailure('INTERNAL', 'a piece begins between two ticks')
    for (const { path, seconds } of segments) {
      const name = `${String(all.length).padStart(5, '0')}.m4s`
      const moved = moveFragment(await readFile(join(folder, path)), BigInt(ticks), all.length + 1)
      await writeFile(join(outDir, name), moved)
      all.push({ path: name, seconds })
    }
  }
  await writeFile(join(outDir, 'index.m3u8'), rungPlaylist(all))
}
