// What a device keeps in its key store: one entry for each of these, under the key that the function beside it makes.
import type { Content } from './content.ts'
import type { OwnPackage, SigningKey } from './group.ts'

/** `device`: who this is. */
export interface DeviceRecord {
  userId: string
  deviceId: string
  signing: SigningKey
}
export const deviceKey = 'device'

/** A key package whose secrets this device has. */
export interface PackageRecord extends OwnPackage {
  isLastResort: boolean
}
export const packagePrefix = 'package/'

/** How this device stands in the group of a conversation. */
export interface GroupRecord {
  /** The group; null until it is in. */
  state: Uint8Array | null
  /** The epoch that it began with: what is older is not for it. */
  since: number
  /** Sequence of the last message that was taken; null until the one that let it in was seen. */
  sequence: number | null
  /** Whether it missed a commit, or came from a backup: then it joins anew before it says anything. */
  lost: boolean
  /** How many messages it has sent since its keys were last renewed by itself. */
  sent: number
  /** The state that counts from a commit on, when that appears among the messages. */
  next: NextState | null
}

/** What a welcome or a commit of its own leads to. */
export interface NextState {
  epoch: number
  state: Uint8Array
  /** Its own commit, base64, which may lose against another one of the same epoch; null for a welcome. */
  commit: string | null
}
export const groupPrefix = 'group/'
export const groupKey = (conversationId: string) => `${groupPrefix}${conversationId}`

/** A message of this device's, which it cannot decrypt itself. */
export interface SentRecord extends Evidence {
  content: Content
  commitment: string
  ciphertext: string
  epoch: number
}
export const sentKey = (conversationId: string, clientMessageId: string) =>
  `sent/${conversationId}/${clientMessageId}`

/** What proves a content to whoever has the commitment. */
interface Evidence {
  body: Uint8Array
  key: Uint8Array
}

/** A message that was taken: what it says and what later ones made of that, or why it is not known. */
export type MessageRecord = ReadRecord | { conversationId: string; failure: Failure }

/** A message that could be read. */
export interface ReadRecord extends Evidence {
  conversationId: string
  content: Content
  senderId: string
  deviceId: string
  /** When the server says that it was sent. */
  sentAt?: string
  /** From when on nobody keeps it. */
  expiresAt?: string | null
  /** The messages by which its sender changed its text, oldest first, and the text that counts. */
  edits?: { messageIds: string[]; text: string; at: string }
  /** One of each person at most, oldest first. */
  reactions?: { userId: string; emoji: string }[]
}
export const messagePrefix = 'message/'
export const messageKey = (messageId: string) => `${messagePrefix}${messageId}`

/**
 * `TAMPERED`: it is not what its sender sent. `BEFORE_JOINING`: it was sent before this device was in. `MISSED`: this device had
 * lost the group when it came.
 */
export type Failure = 'TAMPERED' | 'BEFORE_JOINING' | 'MISSED'

/** The safety number that the owner compared with someone. */
export const verifiedKey = (conversationId: string, userId: string) => `verified/${conversationId}/${userId}`
