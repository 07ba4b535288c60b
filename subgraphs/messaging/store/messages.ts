// Rows of `messages`.
import type { ClientSession, Db } from 'mongodb'
import type { MessageRange, MessageRow } from '../model.ts'

/** Indexes of `messages`. */
export async function prepareMessages(db: Db): Promise<void> {
  await db.collection('messages').createIndexes([
    { key: { conversationId: 1, sequence: 1 }, name: 'sequence', unique: true },
    {
      key: { conversationId: 1, senderId: 1, clientMessageId: 1 },
      name: 'client-message',
      unique: true,
    },
    { key: { conversationId: 1, senderId: 1, sequence: 1 }, name: 'sent' },
  ])
}

/** What MongoDB knows of messages. */
export function createMessageStore(db: Db) {
  const messages = db.collection<MessageRow>('messages')
  return {
    async insertMessage(row: MessageRow, session: ClientSession): Promise<void> {
      await messages.insertOne(row, { session })
    },
    getMessage(id: string, session?: ClientSession): Promise<MessageRow | null> {
      return messages.findOne({ _id: id }, { session })
    },
    findMessages(ids: readonly string[]): Promise<MessageRow[]> {
      return messages.find({ _id: { $in: [...ids] } }).toArray()
    },
    /** The message that a sender sent under his own id for it. */
    getSentMessage(
      conversationId: string,
      senderId: string,
      clientMessageId: string,
    ): Promise<MessageRow | null> {
      return messages.findOne({ conversationId, senderId, clientMessageId })
    },
    /** Messages of several ranges in one query, ascending by conversation and sequence. */
    findMessagesIn(ranges: readonly MessageRange[]): Promise<MessageRow[]> {
      const $or = ranges.map(({ conversationId, from, to }) => ({
        conversationId,
        sequence: { $gte: from, $lte: to },
      }))
      return messages.find({ $or }).sort({ conversationId: 1, sequence: 1 }).toArray()
    },
    /** How many messages a member sent after a sequence. */
    countSentAfter(
      conversationId: string,
      senderId: string,
      sequence: number,
      session: ClientSession,
    ): Promise<number> {
      return messages.countDocuments({ conversationId, senderId, sequence: { $gt: sequence } }, { session })
    },
  }
}
