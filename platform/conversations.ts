// Messaging's published read model of conversations: whom a message may ring up, and which are encrypted.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

/** The published fields of a row of Messaging's `conversations`. */
interface RingingRow {
  _id: string
  kind: 'DIRECT' | 'GROUP'
  members: { userId: string; folder: 'PRIMARY' | 'REQUESTS' | 'NONE'; mutedUntil?: Date | null }[]
  /** Encrypted ones have one. */
  epoch?: number
}

/** Whom a conversation's messages may ring up. */
export interface Ringing {
  /** Members who have it among their own conversations, accepted, and do not mute it. */
  memberIds: ReadonlySet<string>
  isEncrypted: boolean
}

export interface Conversations {
  /** Conversations by id, as they are at a time; those that are gone are left out. One query. */
  ringing(ids: readonly string[], now: Date): Promise<Map<string, Ringing>>
  /** Which of some conversations are encrypted, among those that an account is in. One query. */
  encryptedOf(userId: string, ids: readonly string[]): Promise<string[]>
  /** Those of some conversations that an account is in, each with the other one when it is of two. One query. */
  partnersIn(ids: readonly string[], userId: string): Promise<Map<string, { partnerId: string | null }>>
}

/** Reads conversations. */
export function createConversations(mongo: MongoClient, namespace: string): Conversations {
  const rows = mongo.db(databaseName(namespace, 'messaging')).collection<RingingRow>('conversations')
  const projection = { 'members.userId': 1, 'members.folder': 1, 'members.mutedUntil': 1, epoch: 1 }
  return {
    async ringing(ids, now) {
      const found = await rows.find({ _id: { $in: [...ids] } }, { projection }).toArray()
      const rings = ({ folder, mutedUntil }: RingingRow['members'][number]) =>
        folder === 'PRIMARY' && !(mutedUntil && mutedUntil > now)
      return new Map(
        found.map(({ _id, members, epoch }) => [
          _id,
          {
            memberIds: new Set(members.filter(rings).map(({ userId }) => userId)),
            isEncrypted: epoch !== undefined,
          },
        ]),
      )
    },
    async encryptedOf(userId, ids) {
      if (ids.length === 0) return []
      const theirs = { _id: { $in: [...ids] }, 'members.userId': userId, epoch: { $exists: true } }
      const found = await rows.find(theirs, { projection: { _id: 1 } }).toArray()
      return found.map(({ _id }) => _id)
    },
    async partnersIn(ids, userId) {
      const own = { _id: { $in: [...ids] }, 'members.userId': userId }
      const found = await rows.find(own, { projection: { kind: 1, 'members.userId': 1 } }).toArray()
      const partnerIn = ({ kind, members }: RingingRow) =>
        kind === 'DIRECT' ? members.find((member) => member.userId !== userId)?.userId : null
      return new Map(found.map((row) => [row._id, { partnerId: partnerIn(row) ?? null }]))
    },
  }
}
