// Messaging's published read model of media: to whom an item was sent.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

/** The published fields of a row of Messaging's `messages`. */
interface SentMediaRow {
  _id: string
  conversationId: string
  sequence: number
  mediaId: string
  expiresAt?: Date
}

/** The published fields of a row of Messaging's `conversations`. */
interface AddresseesRow {
  _id: string
  members: { userId: string; joinedSequence?: number }[]
}

export interface MessageMedia {
  /**
   * Those of the items that were sent to a person: in a conversation that he is a member of, since he joined, in a message that is
   * still there. Whether its sender is hidden from him is not asked. One query, however many.
   */
  sentTo(userId: string, mediaIds: readonly string[], now: Date): Promise<Set<string>>
  /** Whether a message that is still there shows the item. */
  isSent(mediaId: string, now: Date): Promise<boolean>
}

/** The read model of media in messages. */
export function createMessageMedia(mongo: MongoClient, namespace: string): MessageMedia {
  const rows = mongo.db(databaseName(namespace, 'messaging')).collection<SentMediaRow>('messages')
  return {
    async sentTo(userId, mediaIds, now) {
      const found = await rows
        .aggregate<{ mediaId: string; sequence: number; addressees: AddresseesRow[] }>([
          {
            $match: { mediaId: { $in: [...mediaIds], $type: 'string' }, expiresAt: { $not: { $lte: now } } },
          },
          {
            $lookup: {
              from: 'conversations',
              localField: 'conversationId',
              foreignField: '_id',
              pipeline: [
                { $match: { 'members.userId': userId } },
                {
                  $project: {
                    members: { $filter: { input: '$members', cond: { $eq: ['$$this.userId', userId] } } },
                  },
                },
              ],
              as: 'addressees',
            },
          },
          { $match: { addressees: { $ne: [] } } },
        ])
        .toArray()
      const seen = found.filter(({ sequence, addressees }) =>
        addressees.some(({ members }) => members.some(({ joinedSequence = 0 }) => sequence > joinedSequence)),
      )
      return new Set(seen.map(({ mediaId }) => mediaId))
    },
    async isSent(mediaId, now) {
      const found = await rows.findOne(
        { mediaId: { $eq: mediaId, $type: 'string' }, expiresAt: { $not: { $lte: now } } },
        { projection: { _id: 1 } },
      )
      return found !== null
    },
  }
}
