// Playlists of private videos. A player cannot sign the addresses inside a playlist, so one is made for whoever holds a signed
// address: sub-playlists get such an address too, which ends at the same time, and segments get a presigned one.
import { posix } from 'node:path'
import { S3ServiceException } from '@aws-sdk/client-s3'
import { z } from 'zod'
import type { Signer } from './secrets.ts'
import type { Platform } from './service.ts'
import type { Storage } from './storage.ts'

/** Path under which the gateway serves `handlePlaylist`, followed by the token. */
export const playlistPath = '/media/hls/'
/** MIME types of a playlist (RFC 8216 §4) and of a track that names pictures. */
const contentTypes = { m3u8: 'application/vnd.apple.mpegurl', vtt: 'text/vtt' } as const
type Ending = keyof typeof contentTypes
const endingOf = (key: string): Ending => (key.endsWith('.vtt') ? 'vtt' : 'm3u8')

const payloadSchema = z.object({ key: z.string().min(1), expiresAt: z.number() })

/** What a token stands for: a playlist's key in the object store, and until when, in milliseconds since 1970. */
export type PlaylistPayload = z.infer<typeof payloadSchema>

/** `<base64url JSON>.<signature>.m3u8`, or `.vtt`; players tell a playlist by the end of its name. */
function playlistToken(signer: Signer, payload: PlaylistPayload): string {
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
  return `${body}.${signer.sign(body)}.${endingOf(payload.key)}`
}

/** What a token stands for; null when it is forged or has ended. `signer` is that of purpose `playlist`. */
export function readPlaylistToken(
  signer: Signer,
  token: string,
  now: number = Date.now(),
): PlaylistPayload | null {
  const [body = '', signature = '', ending, ...rest] = token.split('.')
  if (!ending || !(ending in contentTypes) || rest.length > 0 || !signer.verify(body, signature)) return null
  const payload = payloadSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
  return now < payload.expiresAt ? payload : null
}

/** Where a player fetches a private playlist. */
export function playlistUrl(signer: Signer, publicUrl: string, payload: PlaylistPayload): string {
  return publicUrl.replace(/\/$/, '') + playlistPath + playlistToken(signer, payload)
}

/**
 * A playlist with every address in it replaced: the lines that are no tags, and the `URI` attributes of tags (RFC 8216 §4.3).
 * `addressOf` gets the key that the address names. Throws when it names anything outside the playlist's own folder.
 */
export async function rewritePlaylist(
  text: string,
  key: string,
  addressOf: (key: string) => Promise<string>,
): Promise<string> {
  const folder = `${posix.dirname(key)}/`
  const replace = async (address: string) => {
    const named = posix.join(folder, address)
    if (!named.startsWith(folder)) throw new Error('a playlist names something outside its folder')
    return addressOf(named)
  }
  const lines = text.split('\n').map(async (line) => {
    if (line.trim() === '') return line
    if (!line.startsWith('#')) return replace(line.trim())
    const address = /URI="([^"]*)"/.exec(line)?.[1]
    return address === undefined ? line : line.replace(`URI="${address}"`, `URI="${await replace(address)}"`)
  })
  return (await Promise.all(lines)).join('\n')
}

/** A track of small pictures with the address of each replaced; its cues name `<file>#xywh=…`, in the track's own folder. */
export function rewriteTrack(text: string, key: string, addressOf: (key: string) => string): string {
  const folder = `${posix.dirname(key)}/`
  return text.replace(
    /^([\w.-]+)(#xywh=[\d,]+)$/gm,
    (_, name: string, part: string) => addressOf(folder + name) + part,
  )
}

/** The playlist or track that a token stands for, made for its holder. */
export async function renderPlaylist(
  deps: { storage: Pick<Storage, 'readText' | 'urlOf'>; signer: Signer },
  { key, expiresAt }: PlaylistPayload,
): Promise<string> {
  const text = await deps.storage.readText(key)
  if (endingOf(key) === 'vtt') return rewriteTrack(text, key, deps.storage.urlOf)
  return rewritePlaylist(text, key, async (named) =>
    // Relative: every playlist is served under the same path.
    named.endsWith('.m3u8')
      ? playlistToken(deps.signer, { key: named, expiresAt })
      : deps.storage.urlOf(named),
  )
}

/** Answers `GET /media/hls/<token>`. */
export async function handlePlaylist(
  platform: Pick<Platform, 'storage' | 'signer'>,
  token: string,
): Promise<{ status: number; contentType: string; body: string }> {
  const absent = {
    status: 404,
    contentType: 'text/plain; charset=utf-8',
    body: 'There is no such playlist.\n',
  }
  const signer = platform.signer('playlist')
  const payload = readPlaylistToken(signer, token)
  if (!payload) return absent
  try {
    const body = await renderPlaylist({ storage: platform.storage, signer }, payload)
    return { status: 200, contentType: contentTypes[endingOf(payload.key)], body }
  } catch (error) {
    // The video was deleted since.
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return absent
    throw error
  }
}
