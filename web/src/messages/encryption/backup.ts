// What a device knows, encrypted under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM encrypts. The server keeps it
// and learns nothing; whoever has it must guess the passphrase at the price of 64 MB and a good part of a second each.
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { type Bytes, concat, fromBase64, fromUtf8, random, toBase64, utf8 } from './bytes.ts'

/** A backup that another passphrase made, or that was changed. */
export class WrongPassphrase extends Error {}

export const minPassphrase = 12
const magic = utf8('HGB1')
const logCost = 16
const saltBytes = 16
const nonceBytes = 12
const headBytes = magic.length + 1 + saltBytes + nonceBytes

async function keyOf(passphrase: string, salt: Bytes, cost: number, use: 'encrypt' | 'decrypt') {
  const secret = await scryptAsync(utf8(passphrase.normalize('NFKC')), salt, {
    N: 2 ** cost,
    r: 8,
    p: 1,
    dkLen: 32,
  })
  return crypto.subtle.importKey('raw', concat(secret), 'AES-GCM', false, [use])
}

async function through(bytes: Bytes, stream: CompressionStream | DecompressionStream): Promise<Bytes> {
  const piped = new Blob([bytes]).stream().pipeThrough(stream)
  return new Uint8Array(await new Response(piped).arrayBuffer())
}

/** Bytes among JSON, both ways. */
const asJson = (_: string, value: unknown) =>
  value instanceof Uint8Array ? { '~bytes': toBase64(value) } : value
function fromJson(_: string, value: unknown): unknown {
  const bytes = (value as { '~bytes'?: unknown } | null)?.['~bytes']
  return typeof bytes === 'string' ? fromBase64(bytes) : value
}

/** Entries of a key store as one encrypted text, base64. Throws RangeError for a passphrase that is too short. */
export async function sealBackup(
  entries: readonly (readonly [string, unknown])[],
  passphrase: string,
): Promise<string> {
  if (passphrase.length < minPassphrase)
    throw new RangeError(`A passphrase has at least ${minPassphrase} characters.`)
  const body = await through(utf8(JSON.stringify(entries, asJson)), new CompressionStream('gzip'))
  const salt = random(saltBytes)
  const iv = random(nonceBytes)
  const additionalData = concat(magic, Uint8Array.of(logCost), salt, iv)
  const key = await keyOf(passphrase, salt, logCost, 'encrypt')
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, body)
  return toBase64(concat(additionalData, new Uint8Array(sealed)))
}

/** The entries again. Throws WrongPassphrase. */
export async function openBackup(backup: string, passphrase: string): Promise<[string, unknown][]> {
  const bytes = fromBase64(backup)
  const additionalData = bytes.slice(0, headBytes)
  const cost = bytes[magic.length] ?? 0
  // The head is the server's to change: it must not cost the device its memory.
  if (toBase64(bytes.slice(0, magic.length)) !== toBase64(magic) || cost < logCost || cost > 18)
    throw new WrongPassphrase('This is no backup.')
  const salt = bytes.slice(magic.length + 1, magic.length + 1 + saltBytes)
  const iv = bytes.slice(headBytes - nonceBytes, headBytes)
  const key = await keyOf(passphrase, salt, cost, 'decrypt')
  let body: ArrayBuffer
  try {
    body = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, bytes.slice(headBytes))
  } catch {
    throw new WrongPassphrase('The passphrase is another one, or the backup was changed.')
  }
  const json = fromUtf8(await through(new Uint8Array(body), new DecompressionStream('gzip')))
  return JSON.parse(json, fromJson) as [string, unknown][]
}
