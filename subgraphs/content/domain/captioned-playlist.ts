// Captions inside a video's HLS: a master playlist that names a playlist for each language (RFC 8216 §3.5, §4.3.4.1). The one
// without captions stays, for captions may go again.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Storage } from '#platform/storage.ts'
import type { MediaRow } from '../model.ts'

type Captions = NonNullable<MediaRow['captions']>

/** Where the playlist of a caption file is. */
export const captionsPlaylistKey = (key: string): string => key.replace(/\.vtt$/, '.m3u8')

/** What people call a language, in that language; a quoted string of a playlist holds neither quotes nor line ends. */
const nameOf = (language: string): string =>
  (new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language).replace(/["\r\n]/g, '')

/** A playlist of one segment: the whole WebVTT file, which lies beside it. */
export function captionsPlaylist(file: string, durationMs: number): string {
  const seconds = durationMs / 1000
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${Math.max(1, Math.ceil(seconds))}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXTINF:${seconds.toFixed(6)},`,
    file,
    '#EXT-X-ENDLIST',
    '',
  ].join('\n')
}

/** A master playlist with a group of subtitles that every variant refers to. None is shown unasked. */
export function captionedMaster(
  master: string,
  tracks: readonly { language: string; path: string }[],
): string {
  const media = tracks.map(
    ({ language, path }) =>
      `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="${nameOf(language)}",LANGUAGE="${language}",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="${path}"`,
  )
  const lines = master
    .split('\n')
    .map((line) => (line.startsWith('#EXT-X-STREAM-INF:') ? `${line},SUBTITLES="captions"` : line))
  const at = lines.findIndex((line) => line.startsWith('#EXT-X-STREAM-INF:'))
  return lines.toSpliced(at, 0, ...media).join('\n')
}

/**
 * Writes the playlists of a video with these captions, and answers the master's key; null when there is nothing to name. Other
 * captions have another key, as its name holds the hash of what it says.
 */
export async function writeCaptionedMaster(
  storage: Pick<Storage, 'readText' | 'write'>,
  { prefix, hlsKey, durationMs }: Pick<MediaRow, 'prefix' | 'hlsKey' | 'durationMs'>,
  captions: Captions,
): Promise<string | null> {
  if (!prefix || !hlsKey || durationMs === null || captions.length === 0) return null
  const write = async (key: string, text: string) => {
    const bytes = Buffer.from(text)
    const contentType = 'application/vnd.apple.mpegurl'
    await storage.write(key, bytes, { contentType, byteSize: bytes.length })
  }
  const tracks = captions.map(({ language, key }) => ({
    language,
    path: captionsPlaylistKey(key).slice(prefix.length),
  }))
  const text = captionedMaster(await storage.readText(hlsKey), tracks)
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const master = `${prefix}captioned-${hash}.m3u8`
  for (const { key } of captions)
    await write(captionsPlaylistKey(key), captionsPlaylist(posix.basename(key), durationMs))
  await write(master, text)
  return master
}
