// Rows of `conversations`.
import type { ClientSession, Db, Filter } from 'mongodb'
import type { ConversationRow, MemberRow } from '../model.ts'

/** Indexes of `conversations`. */
export async function prepareConversations(db: Db): Promise<void> {
  await db.collection('conversations').createIndexes([
    {
      key: { directKey: 1 },
      name: 'direct',
      unique: true,
      partialFilterExpression: { directKey: { $exists: true } },
    },
    { key: { 'members.userId': 1, 'members.folder': 1, lastActivityAt: -1, _id: -1 }, name: 'folder' },
  ])
}

/** What MongoDB knows of conversations. */
export function createConversationStore(db: Db) {
  const conversations = db.collection<ConversationRow>('conversations')
  return {
    getConversation(id: string, session?: ClientSession): Promise<ConversationRow | null> {
      return conversations.findOne({ _id: id }, { session })
    },
    getDirect(directKey: string, session: ClientSession): Promise<ConversationRow | null> {
      return conversations.findOne({ directKey }, { session })
    },
    findConversations(ids: readonly string[]): Promise<ConversationRow[]> {
      return conversations.find({ _id: { $in: [...ids] } }).toArray()
    },
    /** A folder of a member, newest activity first, after a position. */
    listConversations(
      userId: string,
      folder: 'PRIMARY' | 'REQUESTS',
      after: { lastActivityAt: Date; id: string } | null,
      limit: number,
    ): Promise<ConversationRow[]> {
      const filter: Filter<ConversationRow> = { members: { $elemMatch: { userId, folder } } }
      if (after) {
        filter.lastActivityAt = { $lte: after.lastActivityAt }
        filter.$or = [{ lastActivityAt: { $lt: after.lastActivityAt } }, { _id: { $lt: after.id } }]
      }
      return conversations.find(filter).sort({ lastActivityAt: -1, _id: -1 }).limit(limit).toArray()
    },
    async insertConversation(row: ConversationRow, session: ClientSession): Promise<void> {
      await conversations.insertOne(row, { session })
    },
    /**
     * Takes the next sequence for a message of a member, for whom the conversation thereby becomes PRIMARY; `folders` says
     * where it goes for those who have it in none. The row as it is then; null when he is no member.
     */
    advanceConversation(
      conversationId: string,
      message: { id: string; senderId: string; sentAt: Date },
      folders: { PRIMARY: readonly string[]; REQUESTS: readonly string[] },
      session: ClientSession,
    ): Promise<ConversationRow | null> {
      const filed = (['PRIMARY', 'REQUESTS'] as const).filter((folder) => folders[folder].length > 0)
      return conversations.findOneAndUpdate(
        { _id: conversationId, 'members.userId': message.senderId },
        {
          $inc: { lastSequence: 1, 'members.$[sender].sentUnread': 1 },
          $set: {
            lastMessageId: message.id,
            lastActivityAt: message.sentAt,
            'members.$[sender].folder': 'PRIMARY',
            'members.$[sender].declinedAt': null,
            ...Object.fromEntries(
              filed.map((folder) => [`members.$[${folder.toLowerCase()}].folder`, folder]),
            ),
          },
        },
        {
          session,
          returnDocument: 'after',
          arrayFilters: [
            { 'sender.userId': message.senderId },
            ...filed.map((folder) => {
              const name = folder.toLowerCase()
              return {
                [`${name}.userId`]: { $in: folders[folder] },
                [`${name}.folder`]: 'NONE',
                [`${name}.declinedAt`]: null,
              }
            }),
          ],
        },
      )
    },
    /** Changes a member's own state. */
    async updateMember(
      conversationId: string,
      userId: string,
      change: Partial<Omit<MemberRow, 'userId'>>,
      session: ClientSession,
    ): Promise<void> {
      const fields = Object.entries(change).map(([name, value]) => [`members.$.${name}`, value])
      await conversations.updateOne(
        { _id: conversationId, 'members.userId': userId },
        { $set: Object.fromEntries(fields) },
        { session },
      )
    },
  }
}
