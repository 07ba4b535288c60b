// Devices of people for tests: the web client's own encryption, in Node.
import { print } from 'graphql'
import { encryptFile } from '../../web/src/messages/encryption/attachments.ts'
import type { Bytes } from '../../web/src/messages/encryption/bytes.ts'
import { createQueue, dataOf, type Request } from '../../web/src/messages/encryption/delivery.ts'
import { createMemoryStore, type KeyStore } from '../../web/src/messages/encryption/key-store.ts'
import { createMessenger, type Messenger } from '../../web/src/messages/encryption/messenger.ts'
import * as op from '../../web/src/operations.gen.ts'
import type { Person } from '../person.ts'

export interface TestDevice extends Messenger {
  person: Person
  store: KeyStore
}

/** Asks as a person, over HTTP. */
export function requestAs(person: Pick<Person, 'url' | 'accessToken'>): Request {
  return async (document, variables) => {
    const response = await fetch(`${person.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${person.accessToken}`,
      },
      body: JSON.stringify({ query: print(document), variables }),
    })
    return dataOf((await response.json()) as Parameters<typeof dataOf>[0])
  }
}

/** A device that takes part in encrypted conversations. `between` may change what the server answers. */
export async function deviceOf(
  person: Person,
  name = 'phone',
  options: { store?: KeyStore; between?: (request: Request) => Request; registers?: boolean } = {},
): Promise<TestDevice> {
  const { store = createMemoryStore(), between = (request) => request, registers = true } = options
  const request = between(requestAs(person))
  const messenger = createMessenger({ userId: person.id, store, request, exclusively: createQueue() })
  if (registers) await messenger.register(name)
  return Object.assign(messenger, { person, store })
}

/** An encrypted conversation of people who have devices. */
export async function encryptedConversation(first: Person, ...others: Person[]): Promise<string> {
  const input = { memberIds: others.map(({ id }) => id), encrypted: true }
  const { createConversation } = await first.does(op.CreateConversationDocument, { input })
  if (!createConversation.conversation) throw new Error('no conversation')
  return createConversation.conversation.id
}

/** The ids of the encrypted messages of a conversation, oldest first: at most the newest 100. */
export async function messageIds(person: Person, conversationId: string): Promise<string[]> {
  const { conversation } = await person.does(op.EncryptedMessagesDocument, { id: conversationId, last: 100 })
  return (conversation?.messages.nodes ?? []).filter(({ kind }) => kind === 'ENCRYPTED').map(({ id }) => id)
}

/** What a device reads in a conversation: texts, or in angle brackets why there is none. */
export async function texts(device: TestDevice, conversationId: string): Promise<(string | undefined)[]> {
  await device.sync(conversationId)
  const ids = await messageIds(device.person, conversationId)
  const records = await device.read(ids)
  return ids.map((id) => {
    const record = records.get(id)
    if (!record) return undefined
    return 'failure' in record ? `<${record.failure}>` : record.content.text
  })
}

/** Encrypts a file, sends it to the object store, and says in a message where it is and how it opens. */
export async function sendFile(
  device: TestDevice,
  conversationId: string,
  file: { name: string; bytes: Bytes },
  text?: string,
): Promise<void> {
  const { person } = device
  const { ciphertext, attachment } = await encryptFile(file.bytes, {
    contentType: 'image/png',
    name: file.name,
  })
  const contentType = 'application/octet-stream'
  const input = { kind: 'CIPHERTEXT', contentType, byteSize: ciphertext.length } as const
  const { createMediaUpload } = await person.does(op.CreateMediaUploadDocument, { input })
  const { media, upload } = createMediaUpload
  if (!media || !upload) throw new Error('no upload')
  const form = new FormData()
  for (const { name, value } of upload.fields) form.append(name, value)
  form.append('file', new Blob([ciphertext], { type: contentType }))
  const stored = await fetch(upload.url, { method: upload.method, body: form })
  if (!stored.ok) throw new Error(`the object store refused: ${stored.status}`)
  await person.does(op.CompleteMediaUploadDocument, { input: { mediaId: media.id } })
  const content = text === undefined ? {} : { text }
  await device.send(conversationId, { ...content, attachment: { ...attachment, mediaId: media.id } })
}
