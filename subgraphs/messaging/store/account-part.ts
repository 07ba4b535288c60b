// What Messaging does when an account ends, and what it has for a copy of his data. What others received keeps its place in
// their conversations, empty and nobody's.
import type { Db } from 'mongodb'
import { type AccountPart, indexing, ownKeys, removing, rowsOf } from '#platform/account-lifecycle.ts'
import type { Transact } from '#platform/mongo.ts'
import { inBatches } from '#platform/parallel.ts'
import { createVisibility, type Facts } from '#platform/visibility.ts'
import { nobodyId } from '#schema/ids.ts'
import { hasCome, isReadable, isThere, ownPart, titleFor } from '../domain/participation.ts'
import type { ConversationRow, GroupInfoRow, MessageReportRow, MessageRow, WelcomeRow } from '../model.ts'
import { createConversationStore } from './conversations.ts'
import { createMessageStore } from './messages.ts'

const chunk = 200
/** Conversations that are looked at together for a copy: each may have 250 members. */
const conversationsAtOnce = 20

/** The indexes by which what an account left in conversations is found, those that he has left among them. */
export async function prepareAccountPart(db: Db): Promise<void> {
  const indexed = indexing(db)
  await Promise.all([
    indexed('messages', 'senderId', 'sender'),
    indexed('messages', 'reactions.userId', 'reactions', true),
    indexed('messages', 'notice.userIds', 'notices', true),
    indexed('messageReports', 'senderId', 'reported'),
    indexed('messageReports', 'evidence.senderId', 'proven', true),
  ])
}

interface Deps {
  db: Db
  transact: Transact<'messaging'>
  facts: Facts
}

/** Messaging's part. */
export function createAccountPart({ db, transact, facts }: Deps): AccountPart {
  const messages = db.collection<MessageRow>('messages')
  const conversations = db.collection<ConversationRow>('conversations')
  const welcomes = db.collection<WelcomeRow>('welcomes')
  const groupInfos = db.collection<GroupInfoRow>('groupInfos')
  const reports = db.collection<MessageReportRow>('messageReports')
  const { forgetUnread, getConversation } = createConversationStore(db)
  const { clearMessage } = createMessageStore(db)

  /** His messages become empty ones of nobody. */
  const emptyMessages = async (userId: string): Promise<boolean> => {
    const rows = await messages.find({ senderId: userId }).limit(chunk).toArray()
    for (const { _id, conversationId } of rows) {
      await transact(async ({ session }) => {
        const row = await messages.findOne({ _id, senderId: userId }, { session })
        if (!row) return
        const conversation = await getConversation(conversationId, session)
        const unread = conversation?.members.some((member) => member.readSequence < row.sequence)
        if (unread && !row.quiet) await forgetUnread(conversationId, row, session)
        if (!row.notice) await clearMessage(_id, row.unsentAt ?? new Date(), session)
        // The sender's own id for it could be another's too, now that both are nobody.
        const change = { senderId: nobodyId, clientMessageId: _id, text: null }
        await messages.updateOne({ _id }, { $set: change, $unset: { commitments: '' } }, { session })
      })
    }
    return rows.length === chunk
  }

  const leaveReactions = async (userId: string): Promise<boolean> => {
    const rows = await messages
      .find({ 'reactions.userId': userId }, { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    const ids = rows.map((row) => row._id)
    if (ids.length > 0) await messages.updateMany({ _id: { $in: ids } }, { $pull: { reactions: { userId } } })
    return rows.length === chunk
  }

  const leaveNotices = async (userId: string): Promise<boolean> => {
    const rows = await messages
      .find({ 'notice.userIds': userId }, { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    const ids = rows.map((row) => row._id)
    if (ids.length > 0) {
      await messages.updateMany(
        { _id: { $in: ids } },
        { $set: { 'notice.userIds.$[him]': nobodyId } },
        { arrayFilters: [{ him: userId }] },
      )
    }
    return rows.length === chunk
  }

  /** He leaves groups. A conversation of two stays for the other one, and goes when both are gone. */
  const leaveConversations = async (userId: string): Promise<boolean> => {
    const rows = await conversations
      .find({ 'members.userId': userId }, { projection: { kind: 1, members: 1 } })
      .limit(chunk)
      .toArray()
    for (const { _id, kind, members } of rows) {
      const others = members.filter((member) => member.userId !== userId && member.userId !== nobodyId)
      if (others.length === 0) {
        await messages.deleteMany({ conversationId: _id })
        await welcomes.deleteMany({ conversationId: _id })
        await groupInfos.deleteOne({ _id })
        await conversations.deleteOne({ _id })
      } else if (kind === 'GROUP') {
        await conversations.updateOne({ _id }, { $pull: { members: { userId } } })
        // A group has an admin for as long as it has members.
        const [heir] = others
        if (heir && !others.some((member) => member.role === 'ADMIN')) {
          await conversations.updateOne(
            { _id, 'members.userId': heir.userId },
            { $set: { 'members.$.role': 'ADMIN' } },
          )
        }
      } else {
        await conversations.updateOne(
          { _id, 'members.userId': userId },
          { $set: { 'members.$.userId': nobodyId }, $unset: { directKey: '' } },
        )
      }
    }
    return rows.length === chunk
  }

  const leaveWelcomes = async (userId: string): Promise<boolean> => {
    const to = { $gte: `${userId}:`, $lt: `${userId};` }
    const rows = await welcomes
      .find({ to: { $elemMatch: to } })
      .limit(chunk)
      .toArray()
    for (const row of rows) {
      const rest = row.to.filter((id) => !id.startsWith(`${userId}:`))
      if (rest.length === 0) await welcomes.deleteOne({ _id: row._id })
      else await welcomes.updateOne({ _id: row._id }, { $set: { to: rest } })
    }
    return rows.length === chunk
  }

  /** What explained the report of another's message goes as his own words do. */
  const leaveEvidence = async (userId: string): Promise<boolean> => {
    const change = { $pull: { evidence: { senderId: userId } } }
    await reports.updateMany({ 'evidence.senderId': userId }, change)
    return false
  }

  /** His conversations, as far as they are there for him and have come to him. */
  const ownConversations = (userId: string) =>
    inBatches(conversations.find({ 'members.userId': userId }), conversationsAtOnce, async (rows) => {
      const visibility = createVisibility(facts, userId)
      const parts = await Promise.all(rows.map((row) => ownPart(visibility, row)))
      return rows.flatMap((conversation, i) => {
        const own = parts[i]
        return own && hasCome(own) ? [{ conversation, own, visibility }] : []
      })
    })

  /** What was said there since he joined and is there by now, readable or not. */
  async function* saidTo(userId: string, now: Date): AsyncGenerator<MessageRow> {
    for await (const { conversation, own } of ownConversations(userId)) {
      const { joinedSequence: after = 0 } = own
      const said = { conversationId: conversation._id, sequence: { $gt: after }, unsentAt: null }
      for await (const row of messages.find(said).sort({ sequence: 1 }))
        if (isThere(conversation, row, userId, now)) yield row
    }
  }

  return {
    erase: [
      emptyMessages,
      leaveReactions,
      leaveNotices,
      leaveConversations,
      removing(db, 'devices', (userId) => ({ userId })),
      removing(db, 'keyPackages', (userId) => ({ userId })),
      leaveWelcomes,
      removing(db, 'keyBackups', (userId) => ({ _id: userId as never })),
      removing(db, 'messageReports', ownKeys),
      removing(db, 'messageReports', (userId) => ({ senderId: userId })),
      leaveEvidence,
    ],
    sections: {
      async *conversations(userId) {
        for await (const { conversation: row, own, visibility } of ownConversations(userId)) {
          const members = await visibility.filterByAccount(row.members, (member) => member.userId)
          yield {
            id: row._id,
            kind: row.kind,
            title: titleFor(row, userId),
            memberIds: members.map((member) => member.userId),
            role: own.role,
            mutedUntil: own.mutedUntil ?? null,
            createdAt: row.createdAt,
            lastActivityAt: row.lastActivityAt,
          }
        }
      },
      // What he sent, and what he received and can read: no receipts, no drafts, nothing from before he joined.
      messages: (userId) =>
        inBatches(saidTo(userId, new Date()), chunk, async (rows) => {
          const visibility = createVisibility(facts, userId)
          const shown = rows.map(async (row) => {
            const [isSaid, post] = await Promise.all([
              isReadable(visibility, row),
              row.sharedPostId ? visibility.post(row.sharedPostId) : null,
            ])
            if (!isSaid) return []
            return [
              {
                id: row._id,
                conversationId: row.conversationId,
                senderId: row.senderId,
                fromYou: row.senderId === userId,
                text: row.text,
                // Only his devices can read it.
                ciphertext: row.ciphertext ?? undefined,
                sharedPostId: post?.id,
                mediaId: row.mediaId ?? undefined,
                yourReaction: row.reactions?.find((reaction) => reaction.userId === userId)?.emoji,
                notice: row.notice?.kind,
                sentAt: row.sentAt,
              },
            ]
          })
          return (await Promise.all(shown)).flat()
        }),
      devices: rowsOf(db, 'devices', (userId) => ({ userId }), ['_id', 'userId']),
      'key-backup': rowsOf(db, 'keyBackups', (userId) => ({ _id: userId as never }), ['_id']),
      'reports-of-messages': rowsOf(db, 'messageReports', ownKeys, ['_id', 'reporterId', 'evidence']),
    },
  }
}
