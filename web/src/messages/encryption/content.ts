// What an encrypted message says, and how it becomes bytes: a key, the length, the content as JSON, zeroes. The key opens the
// commitment that the server keeps ("message franking"): HMAC-SHA-256 of the content. Zeroes fill it up to one of a few sizes,
// so that the length of the ciphertext says little.
import { type Bytes, concat, equal, fromBase64, fromUtf8, random, toBase64, utf8 } from './bytes.ts'

/** A file of an encrypted message: where its ciphertext is, and how it becomes readable. */
export interface Attachment {
  /** The media item of kind CIPHERTEXT. */
  mediaId: string
  /** AES-256-GCM key and nonce, and SHA-256 of the ciphertext, base64. */
  key: string
  nonce: string
  hash: string
  contentType: string
  name: string
  /** Of the file itself. */
  byteSize: number
}

/** What someone says, or how he changes what was said. */
export interface Content {
  /** At most 4,000 characters. */
  text?: string
  /** Id of a message of his own that `text` takes the place of. */
  edits?: string
  /** What he thinks of a message: one emoji, or null when he takes that back. */
  reaction?: { messageId: string; emoji: string | null }
  /** Id of the message that it answers. */
  replyToId?: string
  /** Id of a post that it shares: each member's client looks for itself what it may see of it. */
  sharedPostId?: string
  attachment?: Attachment
}

/** A content ready to be encrypted. */
interface Sealed {
  plaintext: Bytes
  /** What the server gets of it, base64. */
  commitment: string
  body: Bytes
  key: Bytes
}

/** A message that is not what its sender sent. */
export class Tampered extends Error {}

const keyBytes = 32
const headBytes = keyBytes + 4
const leastBytes = 256
/** The largest plaintext whose ciphertext the server takes. */
const mostBytes = 65_536

async function commit(key: Bytes, body: Bytes): Promise<Bytes> {
  const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmac, body))
}

/** The next power of two. */
function paddedLength(length: number): number {
  let padded = leastBytes
  while (padded < length) padded *= 2
  return padded
}

/** Makes a content into what is encrypted, and the commitment to it. Throws RangeError for one that is too long. */
export async function sealContent(content: Content): Promise<Sealed> {
  const key = random(keyBytes)
  const body = utf8(JSON.stringify(content))
  const length = headBytes + body.length
  if (length > mostBytes) throw new RangeError('A message has at most 64 KB.')
  const plaintext = new Uint8Array(paddedLength(length))
  plaintext.set(key)
  new DataView(plaintext.buffer).setUint32(keyBytes, body.length)
  plaintext.set(body, headBytes)
  return { plaintext, commitment: toBase64(await commit(key, body)), body, key }
}

/** Reads what was decrypted. Throws Tampered when it is malformed, or not what the sender committed to. */
export async function openContent(
  plaintext: Uint8Array,
  commitment: string | null,
): Promise<{ content: Content; body: Bytes; key: Bytes }> {
  const bytes = concat(plaintext)
  if (bytes.length < headBytes) throw new Tampered('It is too short.')
  const length = new DataView(bytes.buffer).getUint32(keyBytes)
  if (length > bytes.length - headBytes) throw new Tampered('It is too short.')
  const key = bytes.slice(0, keyBytes)
  const body = bytes.slice(headBytes, headBytes + length)
  // Without a commitment that opens nobody could report it, so nobody shall see it.
  if (commitment === null || !equal(fromBase64(commitment), await commit(key, body)))
    throw new Tampered('It is not what its sender committed to.')
  return { content: readContent(body), body, key }
}

function readContent(body: Uint8Array): Content {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(fromUtf8(body))
  } catch {
    throw new Tampered('It is no message.')
  }
  const { text, edits, reaction, replyToId, sharedPostId, attachment } = value ?? {}
  const content: Content = {}
  if (typeof text === 'string') content.text = text
  if (typeof edits === 'string') content.edits = edits
  if (isReaction(reaction)) content.reaction = reaction
  if (typeof replyToId === 'string') content.replyToId = replyToId
  if (typeof sharedPostId === 'string') content.sharedPostId = sharedPostId
  if (isAttachment(attachment)) content.attachment = attachment
  return content
}

function isReaction(value: unknown): value is NonNullable<Content['reaction']> {
  if (typeof value !== 'object' || value === null) return false
  const { messageId, emoji } = value as Record<string, unknown>
  return typeof messageId === 'string' && (emoji === null || (typeof emoji === 'string' && isEmoji(emoji)))
}

const emojiPattern = /^\p{RGI_Emoji}$/v

/** Whether a text is one emoji as Unicode recommends them for interchange. */
export const isEmoji = (text: string): boolean => text.length <= 40 && emojiPattern.test(text)

function isAttachment(value: unknown): value is Attachment {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Record<string, unknown>
  const texts = ['mediaId', 'key', 'nonce', 'hash', 'contentType', 'name']
  return texts.every((name) => typeof fields[name] === 'string') && Number.isSafeInteger(fields.byteSize)
}
