// Messaging's published read model of what may be reported there: what a member may tell of.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

/** The published fields of a row of Messaging's `messages`. */
interface ReportableMessageRow {
  _id: string
  conversationId: string
  sequence: number
  senderId: string
  text?: string | null
  unsentAt?: Date | null
  expiresAt?: Date
}

/** The published fields of a row of Messaging's `conversations`. */
interface ReportableConversationRow {
  _id: string
  title?: string | null
  members: { userId: string; joinedSequence?: number }[]
}

/** The published fields of a row of Messaging's `messageReports`. */
interface MessageReportFactsRow {
  /** `<reporterId>:<messageId>`. */
  _id: string
  messageId: string
  senderId: string
  reason: string
  details: string | null
  evidence: Evidence[]
  createdAt: Date
}

/** A message as a report proves it: its sender committed to this content, and the server noted that when it was sent. */
export interface Evidence {
  messageId: string
  senderId: string
  sentAt: Date
  /** What one reads of it; null for what has no text. */
  text: string | null
  /** Of an encrypted message the JSON that its sender committed to; of others the text. */
  content: string
}

/** A message or conversation that somebody may report. */
export interface Reportable {
  /** Who wrote it; null for a conversation. */
  ownerId: string | null
  /** What it says; null for what the server cannot read. */
  text: string | null
}

export interface Reportables {
  /** A message that a person has before him: of a conversation that he is a member of, since he joined, not taken back. */
  message(userId: string, messageId: string, now: Date): Promise<Reportable | null>
  /** A conversation that a person is a member of. */
  conversation(userId: string, conversationId: string): Promise<Reportable | null>
  /** Messages by id, whoever may see them, without those that were taken back. For the machine alone. */
  messages(ids: readonly string[]): Promise<(Reportable & { id: string })[]>
  /** What somebody told of a message; null when there is nothing any more. */
  report(
    reporterId: string,
    messageId: string,
  ): Promise<{ senderId: string; reason: string; details: string | null; text: string | null } | null>
  /** What the reports of messages prove, each message once, oldest first: at most 100 for each reported one. */
  evidence(messageIds: readonly string[]): Promise<Map<string, Evidence[]>>
}

/** Reports of one message whose evidence is read, and messages that they prove, at most. */
const maxReports = 100
const maxEvidence = 100

/** Reads messages and conversations. */
export function createReportables(mongo: MongoClient, namespace: string): Reportables {
  const db = mongo.db(databaseName(namespace, 'messaging'))
  const messages = db.collection<ReportableMessageRow>('messages')
  const conversations = db.collection<ReportableConversationRow>('conversations')
  const reports = db.collection<MessageReportFactsRow>('messageReports')
  const conversationOf = (userId: string, conversationId: string) =>
    conversations.findOne(
      { _id: conversationId, 'members.userId': userId },
      { projection: { title: 1, 'members.userId': 1, 'members.joinedSequence': 1 } },
    )
  return {
    async message(userId, messageId, now) {
      const row = await messages.findOne(
        { _id: messageId },
        {
          projection: { conversationId: 1, sequence: 1, senderId: 1, text: 1, unsentAt: 1, expiresAt: 1 },
        },
      )
      if (!row || row.unsentAt || (row.expiresAt && row.expiresAt <= now)) return null
      const conversation = await conversationOf(userId, row.conversationId)
      const member = conversation?.members.find((one) => one.userId === userId)
      if (!member || row.sequence <= (member.joinedSequence ?? 0)) return null
      return { ownerId: row.senderId, text: row.text ?? null }
    },
    async conversation(userId, conversationId) {
      const row = await conversationOf(userId, conversationId)
      return row && { ownerId: null, text: row.title ?? null }
    },
    async messages(ids) {
      const rows = await messages
        .find({ _id: { $in: [...ids] } }, { projection: { senderId: 1, text: 1, unsentAt: 1 } })
        .toArray()
      return rows.flatMap(({ _id, senderId, text, unsentAt }) =>
        unsentAt ? [] : [{ id: _id, ownerId: senderId, text: text ?? null }],
      )
    },
    async report(reporterId, messageId) {
      const row = await reports.findOne({ _id: `${reporterId}:${messageId}` })
      if (!row) return null
      const { senderId, reason, details, evidence } = row
      const text = evidence.find((one) => one.messageId === messageId)?.text ?? null
      return { senderId, reason, details, text }
    },
    async evidence(messageIds) {
      const found = await reports
        .aggregate<{ _id: string; evidence: Evidence[] }>([
          { $match: { messageId: { $in: [...messageIds] } } },
          { $sort: { messageId: 1, createdAt: 1 } },
          { $group: { _id: '$messageId', evidence: { $firstN: { input: '$evidence', n: maxReports } } } },
          {
            $project: {
              evidence: {
                $reduce: {
                  input: '$evidence',
                  initialValue: [],
                  in: { $concatArrays: ['$$value', '$$this'] },
                },
              },
            },
          },
        ])
        .toArray()
      return new Map(
        found.map(({ _id, evidence }) => {
          const once = [...new Map(evidence.map((one) => [one.messageId, one])).values()]
          return [_id, once.sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime()).slice(-maxEvidence)]
        }),
      )
    },
  }
}
