// Captions of videos, as WebVTT (https://www.w3.org/TR/webvtt1/).
import { createHash } from 'node:crypto'
import type { Transact } from '#platform/mongo.ts'
import type { Storage } from '#platform/storage.ts'
import { textOf } from '#platform/validate.ts'
import { AppError } from '#schema/errors.ts'
import type { MediaRow } from '../model.ts'
import type { Store } from '../store.ts'
import { captionsPlaylistKey, writeCaptionedMaster } from './captioned-playlist.ts'

const maxCharacters = 200_000
const maxCues = 5_000
const maxLanguages = 20

const invalid = (message: string, field: string) =>
  new AppError('INVALID', message, { field: ['input', field] })

/** `mm:ss.ttt` or `hh:mm:ss.ttt` in milliseconds; null when it is neither. */
function readTime(text: string): number | null {
  const match = /^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})$/.exec(text)
  if (!match) return null
  const [hours, minutes, seconds, rest] = match.slice(1).map((part) => Number(part ?? 0))
  return (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000 + (rest ?? 0)
}

/**
 * Checks a WebVTT file and answers it with plain line ends. Style sheets and regions are refused: they are the parts of the format
 * that could fetch something. Throws INVALID with the number of the line at fault.
 */
export function readWebVtt(text: string): string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n')
  const fail = (at: number, what: string) => invalid(`Line ${at + 1}: ${what}`, 'webVtt')
  if (!/^WEBVTT(?:[ \t].*)?$/.test(lines[0] ?? '')) throw fail(0, 'a WebVTT file begins with WEBVTT.')
  let cues = 0
  let last = 0
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (/^(STYLE|REGION)\b/.test(line) && (lines[at - 1] ?? '') === '')
      throw fail(at, 'no styles, no regions.')
    if (!line.includes('-->')) continue
    const [start = '', end = ''] = line.split('-->').map((part) => part.trim().split(/[ \t]/)[0] ?? '')
    const [from, to] = [readTime(start), readTime(end)]
    if (from === null || to === null || line.split('-->').length !== 2) throw fail(at, 'a cue has two times.')
    if (from >= to) throw fail(at, 'a cue ends after it begins.')
    if (from < last) throw fail(at, 'cues come in order of time.')
    if (++cues > maxCues) throw fail(at, `at most ${maxCues} cues.`)
    last = from
  }
  if (cues === 0) throw fail(lines.length - 1, 'there is no cue.')
  return `${lines.join('\n').trimEnd()}\n`
}

/** Puts captions in one language on a video of the viewer's, or takes them away. Throws INVALID, TOO_LONG, TOO_MANY, CONFLICT. */
export async function setCaptions(
  deps: Pick<Store, 'getMedia' | 'setCaptions'> & {
    ownMedia: (mediaId: string) => Promise<MediaRow>
    storage: Pick<Storage, 'readText' | 'write' | 'removePrefix'>
    transact: Transact<'content'>
    now: () => Date
  },
  input: { mediaId: string; language: string; webVtt?: string | null },
): Promise<string> {
  const { mediaId } = input
  const language = languageOf(input.language)
  const given = input.webVtt ?? null
  const text = given === null ? null : readWebVtt(textOf(given, { field: 'webVtt', max: maxCharacters }))
  const media = await deps.ownMedia(mediaId)
  if (media.kind !== 'VIDEO') throw invalid('Only videos have captions.', 'mediaId')
  if (media.status !== 'READY' || media.prefix === null) {
    throw new AppError('CONFLICT', 'The video is not READY yet.', { field: ['input', 'mediaId'] })
  }
  const before = media.captions ?? []
  const others = before.filter((one) => one.language !== language)
  if (text !== null && others.length >= maxLanguages) {
    throw new AppError('TOO_MANY', `At most ${maxLanguages} languages.`, { field: ['input', 'language'] })
  }
  const captions =
    text === null ? others : [...others, { language, key: await store(deps, media, language, text) }]
  const captionedHlsKey = await writeCaptionedMaster(deps.storage, media, captions)
  const set = await deps.transact(async (tx) => {
    const change = { captions, captionedHlsKey }
    if (!(await deps.setCaptions(media, change, deps.now(), tx.session))) return null
    tx.emit('media.changed', { mediaId, ownerId: media.ownerId, status: 'READY' })
    return mediaId
  })
  // Its objects are on the move, or other captions came at the same moment.
  if (set === null)
    throw new AppError('CONFLICT', 'The video just changed: try again.', { field: ['input', 'mediaId'] })
  // The master playlist that named them stays: who was shown it a moment ago can still play the video.
  const kept = new Set(captions.map(({ key }) => key))
  for (const key of before.map((one) => one.key).filter((one) => !kept.has(one)))
    for (const part of [key, captionsPlaylistKey(key)]) await deps.storage.removePrefix(part).catch(() => {})
  return mediaId
}

function languageOf(value: string): string {
  const language = textOf(value, { field: 'language', min: 1, max: 35 })
  try {
    return Intl.getCanonicalLocales(language)[0] ?? language
  } catch {
    throw invalid('A BCP 47 language tag, such as `en` or `pt-BR`.', 'language')
  }
}

/** The key holds the hash of the text: other words never get the same address. */
async function store(
  deps: { storage: Pick<Storage, 'write'> },
  media: MediaRow,
  language: string,
  text: string,
): Promise<string> {
  const bytes = Buffer.from(text)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const key = `${media.prefix}captions/${language}-${hash}.vtt`
  await deps.storage.write(key, bytes, { contentType: 'text/vtt', byteSize: bytes.length })
  return key
}
