// Rows of `conversations`; the shard key is `_id`.
import type { ClientSession, Db, Filter } from 'mongodb'
import { byId, createGatherer } from '#platform/loader.ts'
import type { SharedTransaction } from '#platform/mongo.ts'
import { hasCome } from '../domain/participation.ts'
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

/** The newest message of a conversation. */
export interface Newest {
  id: string
  senderId: string
  sentAt: Date
}

/** What MongoDB knows of conversations. */
export function createConversationStore(db: Db) {
  const conversations = db.collection<ConversationRow>('conversations')
  const findConversations = (ids: readonly string[]): Promise<ConversationRow[]> =>
    conversations.find({ _id: { $in: [...ids] } }).toArray()
  const gathered = createGatherer(async (ids) => byId(await findConversations(ids)))
  return {
    findConversations,
    async getConversation(id: string, session?: ClientSession): Promise<ConversationRow | null> {
      if (session) return conversations.findOne({ _id: id }, { session })
      return (await gathered([id])).get(id) ?? null
    },
    getDirect(directKey: string, session?: ClientSession): Promise<ConversationRow | null> {
      return conversations.findOne({ directKey }, { session })
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
    /** Begins a conversation with its first message, filed as `advanceConversation` does. The row as it is then. */
    beginConversation(
      tx: SharedTransaction,
      row: ConversationRow,
      message: Newest & { isHeard: boolean },
      folders: { PRIMARY: readonly string[]; REQUESTS: readonly string[] },
    ): ConversationRow {
      const members = row.members.map((member) =>
        memberAfter(member, { ...message, isChange: false }, folders),
      )
      const begun = {
        ...row,
        members,
        lastSequence: 1,
        lastMessageId: message.id,
        lastActivityAt: message.sentAt,
      }
      tx.write(conversations, { insertOne: { document: begun } })
      return begun
    },
    /**
     * Takes the next sequence for a message of a member, for whom the conversation thereby becomes PRIMARY; `folders` says
     * where it goes for those who have it in none. One that changes another, or that nobody else hears of, is unread for nobody;
     * the former is not the newest. The row as it is then; null when he is no member.
     */
    async advanceConversation(
      tx: SharedTransaction,
      conversationId: string,
      message: Newest & { isChange: boolean; isHeard: boolean },
      folders: { PRIMARY: readonly string[]; REQUESTS: readonly string[] },
    ): Promise<ConversationRow | null> {
      const row = await tx.find(conversations, conversationId)
      if (!row?.members.some(({ userId }) => userId === message.senderId)) return null
      const members = row.members.map((member) => memberAfter(member, message, folders))
      const change = {
        lastSequence: row.lastSequence + 1,
        ...(message.isChange ? {} : { lastMessageId: message.id, lastActivityAt: message.sentAt }),
      }
      // Of a large group few change.
      const changed = members.flatMap((member, i) =>
        member === row.members[i] ? [] : [[`members.${i}`, member] as const],
      )
      const update = { $set: { ...change, ...Object.fromEntries(changed) } }
      tx.write(conversations, { updateOne: { filter: { _id: conversationId }, update } })
      return { ...row, ...change, members }
    },
    /** Takes the next sequence for a line of the system, which is unread for nobody. The row as it is then. */
    advanceQuietly(
      conversationId: string,
      message: Pick<Newest, 'id' | 'sentAt'>,
      session: ClientSession,
    ): Promise<ConversationRow | null> {
      return conversations.findOneAndUpdate(
        { _id: conversationId },
        {
          $inc: { lastSequence: 1, unsaid: 1, 'members.$[].sentUnread': 1 },
          $set: { lastMessageId: message.id, lastActivityAt: message.sentAt },
        },
        { session, returnDocument: 'after' },
      )
    },
    /** A message is no longer unread for those who had not read it. */
    async forgetUnread(
      conversationId: string,
      message: { sequence: number; senderId: string },
      session: ClientSession,
    ): Promise<void> {
      await conversations.updateOne(
        { _id: conversationId },
        { $inc: { 'members.$[other].sentUnread': 1 } },
        {
          session,
          arrayFilters: [
            {
              'other.userId': { $ne: message.senderId },
              'other.readSequence': { $lt: message.sequence },
            },
          ],
        },
      )
    },
    /** Begins the group's next epoch after `epoch`, if that is still the present one: one of those who race wins. */
    async advanceEpoch(conversationId: string, epoch: number, session: ClientSession): Promise<boolean> {
      const { matchedCount } = await conversations.updateOne(
        { _id: conversationId, epoch },
        { $inc: { epoch: 1 } },
        { session },
      )
      return matchedCount === 1
    },
    /** Changes what all members share; a name is everybody's then. */
    async updateConversation(
      conversationId: string,
      change: Partial<Pick<ConversationRow, 'title' | 'invitePolicy' | 'disappearAfterMs' | 'vanishes'>>,
      session: ClientSession,
    ): Promise<void> {
      const named = 'title' in change ? ({ $unset: { 'members.$[].ownTitle': '' } } as const) : {}
      await conversations.updateOne({ _id: conversationId }, { $set: change, ...named }, { session })
    },
    async addMembers(
      conversationId: string,
      members: readonly MemberRow[],
      session: ClientSession,
    ): Promise<void> {
      const update = { $push: { members: { $each: [...members] } } }
      await conversations.updateOne({ _id: conversationId }, update, { session })
    },
    async removeMember(conversationId: string, userId: string, session: ClientSession): Promise<void> {
      await conversations.updateOne({ _id: conversationId }, { $pull: { members: { userId } } }, { session })
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

/** A member after a message; the same object when nothing changes for him. */
function memberAfter(
  member: MemberRow,
  { senderId, isChange, isHeard }: { senderId: string; isChange: boolean; isHeard: boolean },
  folders: { PRIMARY: readonly string[]; REQUESTS: readonly string[] },
): MemberRow {
  const { userId } = member
  const isQuiet = isChange || !isHeard
  const sentUnread = member.sentUnread + (userId === senderId || isQuiet ? 1 : 0)
  if (userId === senderId) return { ...member, sentUnread, folder: 'PRIMARY', declinedAt: null }
  const to =
    !hasCome(member) && (['PRIMARY', 'REQUESTS'] as const).find((name) => folders[name].includes(userId))
  if (to) return { ...member, sentUnread, folder: to }
  return isQuiet ? { ...member, sentUnread } : member
}
