// Reads of `messages` by their place in a conversation, several at once; the shard key is `conversationId`.
import type { Db } from 'mongodb'
import type { MessageRange, MessageRow } from '../model.ts'
import { together } from './together.ts'

/** Which messages have not disappeared. */
const lasting = (now: Date) => ({ $not: { $lte: now } })

/** Pages and counts of messages. */
export function createHistoryStore(db: Db) {
  const messages = db.collection<MessageRow>('messages')
  return {
    /** The messages of each range that have not disappeared, ascending by sequence. */
    async listMessages(ranges: readonly MessageRange[], now: Date): Promise<MessageRow[][]> {
      const pages = await together<MessageRow, MessageRow>(
        messages,
        ranges.map(({ conversationId, after, before, fromEnd, limit }) => [
          {
            $match: {
              conversationId,
              sequence: { $gt: after, ...(before === null ? {} : { $lt: before }) },
              expiresAt: lasting(now),
            },
          },
          { $sort: { sequence: fromEnd ? -1 : 1 } },
          { $limit: limit },
        ]),
      )
      return pages.map((page) => page.sort((a, b) => a.sequence - b.sequence))
    },
    /** How many messages of others than `userId` came after a sequence and are still there, of each of several. */
    async countUnread(
      wanted: readonly { conversationId: string; userId: string; after: number }[],
      now: Date,
    ): Promise<number[]> {
      const answers = await together<{ count: number }, MessageRow>(
        messages,
        wanted.map(({ conversationId, userId, after }) => [
          {
            $match: {
              conversationId,
              sequence: { $gt: after },
              senderId: { $ne: userId },
              quiet: { $ne: true },
              expiresAt: lasting(now),
            },
          },
          { $count: 'count' },
        ]),
      )
      return answers.map(([answer]) => answer?.count ?? 0)
    },
  }
}
