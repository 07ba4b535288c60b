// Rows of `messages`; the shard key is `conversationId`.
import type { ClientSession, Db, Filter, UpdateFilter } from 'mongodb'
import { createGatherer } from '#platform/loader.ts'
import type { SharedTransaction } from '#platform/mongo.ts'
import type { LinkPreviewRow, MessageRow, ReactionRow } from '../model.ts'

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
    {
      key: { conversationId: 1, sequence: 1, senderId: 1 },
      name: 'quiet',
      partialFilterExpression: { quiet: true },
    },
    {
      key: { mediaId: 1, conversationId: 1 },
      name: 'media',
      partialFilterExpression: { mediaId: { $type: 'string' } },
    },
    // What has disappeared is hidden by its time; this only makes room.
    { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
  ])
}

/** What MongoDB knows of messages. */
export function createMessageStore(db: Db) {
  const messages = db.collection<MessageRow>('messages')
  const sent = createGatherer(async (keys) => {
    const names = keys.map((key) => JSON.parse(key) as [string, string, string])
    const wanted = names.map(([conversationId, senderId, clientMessageId]) => ({
      conversationId,
      senderId,
      clientMessageId,
    }))
    const found = await messages.find(wanted.length === 1 ? (wanted[0] ?? {}) : { $or: wanted }).toArray()
    return new Map(
      found.map((row) => [JSON.stringify([row.conversationId, row.senderId, row.clientMessageId]), row]),
    )
  })
  return {
    async insertMessage(row: MessageRow, session: ClientSession): Promise<void> {
      await messages.insertOne(row, { session })
    },
    /** The same in a transaction that others share. */
    addMessage(tx: SharedTransaction, document: MessageRow): void {
      tx.write(messages, { insertOne: { document } })
    },
    getMessage(id: string, session?: ClientSession): Promise<MessageRow | null> {
      return messages.findOne({ _id: id }, { session })
    },
    findMessages(ids: readonly string[]): Promise<MessageRow[]> {
      return messages.find({ _id: { $in: [...ids] } }).toArray()
    },
    /** The message that a sender sent under his own id for it. */
    async getSentMessage(
      conversationId: string,
      senderId: string,
      clientMessageId: string,
    ): Promise<MessageRow | null> {
      const key = JSON.stringify([conversationId, senderId, clientMessageId])
      return (await sent([key])).get(key) ?? null
    },
    /** How many messages after a sequence are not unread for a member: his own, and those unread for nobody. */
    async countNotUnread(
      conversationId: string,
      userId: string,
      sequence: number,
      session: ClientSession,
    ): Promise<number> {
      const after = { conversationId, sequence: { $gt: sequence } }
      const own = await messages.countDocuments({ ...after, senderId: userId }, { session })
      const quiet: Filter<MessageRow> = { ...after, quiet: true, senderId: { $ne: userId } }
      const others = await messages.countDocuments(quiet, { session })
      return own + others
    },
    /** Gives a message another text; its preview goes with the old one. */
    async setText(id: string, text: string, editedAt: Date, session: ClientSession): Promise<void> {
      await messages.updateOne({ _id: id }, { $set: { text, editedAt, linkPreview: null } }, { session })
    },
    async setCiphertext(
      id: string,
      ciphertext: string,
      commitment: string | null,
      editedAt: Date,
      session: ClientSession,
    ): Promise<void> {
      const committed = commitment === null ? {} : { $push: { commitments: commitment } }
      await messages.updateOne({ _id: id }, { $set: { ciphertext, editedAt }, ...committed }, { session })
    },
    /** Empties a message. What remains is that it was there, and whose it was. */
    async clearMessage(id: string, unsentAt: Date, session: ClientSession): Promise<void> {
      const update: UpdateFilter<MessageRow> = {
        $set: { unsentAt, text: null, sharedPostId: null, quiet: true },
        $unset: {
          draftHash: '',
          mediaId: '',
          replyToId: '',
          storyId: '',
          linkPreview: '',
          reactions: '',
          ciphertext: '',
          commitments: '',
          editedAt: '',
        },
      }
      await messages.updateOne({ _id: id }, update, { session })
    },
    /** Sets someone's one reaction to a message; null takes it back. */
    async setReaction(
      id: string,
      userId: string,
      reaction: ReactionRow | null,
      session: ClientSession,
    ): Promise<void> {
      await messages.updateOne({ _id: id }, { $pull: { reactions: { userId } } }, { session })
      if (reaction) await messages.updateOne({ _id: id }, { $push: { reactions: reaction } }, { session })
    },
    /** Sets what is shown of the page that a message's text links to; false when the text is another by now. */
    async setLinkPreview(
      id: string,
      text: string,
      linkPreview: LinkPreviewRow,
      session: ClientSession,
    ): Promise<boolean> {
      const { matchedCount } = await messages.updateOne(
        { _id: id, text },
        { $set: { linkPreview } },
        { session },
      )
      return matchedCount === 1
    },
  }
}
