// Files of encrypted messages: each encrypted under a key of its own, which travels in the message.
import { type Bytes, equal, fromBase64, random, toBase64 } from './bytes.ts'
import { type Attachment, Tampered } from './content.ts'

const aes = (key: Bytes, use: 'encrypt' | 'decrypt') =>
  crypto.subtle.importKey('raw', key, 'AES-GCM', false, [use])

const hashOf = async (bytes: Bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/** A file encrypted under a fresh key, and what the message says of it besides where it is. */
export async function encryptFile(
  file: Bytes,
  { contentType, name }: Pick<Attachment, 'contentType' | 'name'>,
): Promise<{ ciphertext: Bytes; attachment: Omit<Attachment, 'mediaId'> }> {
  const key = random(32)
  const nonce = random(12)
  const encrypted = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce },
    await aes(key, 'encrypt'),
    file,
  )
  const ciphertext = new Uint8Array(encrypted)
  const hash = toBase64(await hashOf(ciphertext))
  const secrets = { key: toBase64(key), nonce: toBase64(nonce), hash }
  return { ciphertext, attachment: { ...secrets, contentType, name, byteSize: file.length } }
}

/** The file again. Throws Tampered when the ciphertext is another than was sent. */
export async function decryptFile(ciphertext: Bytes, attachment: Attachment): Promise<Bytes> {
  const { key, nonce, hash, byteSize } = attachment
  if (!equal(await hashOf(ciphertext), fromBase64(hash))) throw new Tampered('The file was changed.')
  try {
    const iv = fromBase64(nonce)
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv },
      await aes(fromBase64(key), 'decrypt'),
      ciphertext,
    )
    if (opened.byteLength !== byteSize) throw new Tampered('The file has another length.')
    return new Uint8Array(opened)
  } catch (error) {
    throw error instanceof Tampered ? error : new Tampered('The file was changed.')
  }
}
