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
  /**
   * What the reports of messages prove, each message once, oldest first: for each reported one at most 100 of them and 4 MB, those
   * that were told of first.
   */
  evidence(messageIds: readonly string[]): Promise<Map<string, Evidence[]>>
}

/** Reports of one message whose evidence is read, and messages that they prove, at most. */
const maxReports = 100
const maxEvidence = 100
/** What is read of the messages that they prove, at most; one report alone has less. */
const maxEvidenceBytes = 4_000_000
const reportsAtOnce = 5

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
  /** What is proven of one message, read report by report: of many long ones together no single answer could hold it. */
  const evidenceOf = async (messageId: string): Promise<[string, Evidence[]]> => {
    const found = new Map<string, Evidence>()
    let bytes = 0
    await using told = reports
      .find({ messageId }, { projection: { evidence: 1 }, batchSize: reportsAtOnce })
      .sort({ createdAt: 1 })
      .limit(maxReports)
    read: for await (const { evidence } of told) {
      for (const one of evidence) {
        if (found.has(one.messageId)) continue
        bytes += Buffer.byteLength(one.content) + Buffer.byteLength(one.text ?? '')
        if (found.size === maxEvidence || bytes > maxEvidenceBytes) break read
        found.set(one.messageId, one)
      }
    }
    return [messageId, [...found.values()].sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime())]
  }
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
      const found = await Promise.all([...new Set(messageIds)].map(evidenceOf))
      return new Map(found.filter(([, evidence]) => evidence.length > 0))
    },
  }
}
