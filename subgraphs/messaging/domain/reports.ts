// Reports of messages, with evidence. What an encrypted message says only its members know; whoever reports it opens it, and
// the server compares that with the commitment that it stamped when the message was sent ("message franking", Grubbs, Lu and
// Ristenpart, 2017). So nobody is accused of what he did not write, and nobody can deny what he wrote.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Limit, Limits } from '#platform/limits.ts'
import type { Transact } from '#platform/mongo.ts'
import { boundedList, optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { EvidenceRow, MessageReportRow, MessageRow } from '../model.ts'
import type { Store } from '../store.ts'
import { bytesOf } from './keys.ts'
import { maxCiphertextChars, maxText } from './messages.ts'
import { isReadable, isThere, ownPart } from './participation.ts'

const maxOpenings = 20
const keyChars = 44
const messageField = ['input', 'messageId']
const reports: Limit = { name: 'message-reports', max: 60, windowMs: 3_600_000, withoutRedis: 'open' }

interface Opening {
  messageId: string
  content: string
  key: string
}

/** Whether a content is what a sender committed to. */
export function opens(commitment: string, content: Uint8Array, key: Uint8Array): boolean {
  const expected = Buffer.from(commitment, 'base64')
  const actual = createHmac('sha256', key).update(content).digest()
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/** An opening's bytes. Throws INVALID or TOO_LONG. */
function readOpening({ messageId, content, key }: Opening) {
  const bytes = (text: string, max: number) => Buffer.from(bytesOf(text, 'openings', max), 'base64')
  return { messageId, content: bytes(content, maxCiphertextChars), key: bytes(key, keyChars) }
}

/** The content of a message as its opening proves it. Throws INVALID when it proves nothing. */
function provenContent(message: MessageRow, { content, key }: ReturnType<typeof readOpening>): string {
  const proves =
    key.length === 32 && message.commitments?.some((commitment) => opens(commitment, content, key))
  if (!proves) {
    throw new AppError('INVALID', 'This is not what its sender committed to.', {
      field: ['input', 'openings'],
    })
  }
  return content.toString('utf8')
}

/** The text of a content that a client of ours, or another one, made; null when there is none. */
function textIn(content: string): string | null {
  try {
    const { text } = (JSON.parse(content) ?? {}) as { text?: unknown }
    return typeof text === 'string' ? text.slice(0, maxText) : null
  } catch {
    return null
  }
}

/**
 * Reports a message of somebody else's; a second report of the same one changes nothing. Answers how many messages it proves.
 * Throws NOT_FOUND, FORBIDDEN for one's own, INVALID for an opening that does not match its commitment, comes twice or is missing
 * for an encrypted message, TOO_LONG, TOO_MANY and RATE_LIMITED.
 */
export async function reportMessage(
  deps: Pick<Store, 'getConversation' | 'getMessage' | 'findMessages' | 'insertReport'> & {
    transact: Transact<'messaging'>
    visibility: Visibility
    limits: Limits
    now: () => Date
  },
  viewerId: string,
  input: {
    messageId: string
    reason?: MessageReportRow['reason'] | null | undefined
    details?: string | null | undefined
    openings?: readonly Opening[] | null | undefined
  },
): Promise<number> {
  const details = optionalText(input.details, { field: 'details', max: 1_000 })
  const openings = boundedList(input.openings ?? [], { field: 'openings', max: maxOpenings }).map(readOpening)
  const { messageId } = input
  if (new Set(openings.map((opening) => opening.messageId)).size < openings.length) {
    throw new AppError('INVALID', 'Open each message once.', { field: ['input', 'openings'] })
  }
  const message = isId(messageId, 'message') ? await deps.getMessage(messageId) : null
  const conversation = message && (await deps.getConversation(message.conversationId))
  const isOwn = message?.senderId === viewerId
  const there = (row: MessageRow) =>
    conversation !== null &&
    row.conversationId === conversation._id &&
    isThere(conversation, row, viewerId, deps.now())
  if (
    !message ||
    !conversation ||
    !(await ownPart(deps.visibility, conversation)) ||
    !there(message) ||
    !(isOwn || (await isReadable(deps.visibility, message)))
  ) {
    throw notFound(messageField)
  }
  if (isOwn) throw new AppError('FORBIDDEN', 'This message is your own.', { field: messageField })
  if (message.ciphertext && !openings.some((opening) => opening.messageId === messageId)) {
    throw new AppError('INVALID', 'Open the encrypted message that you report.', {
      field: ['input', 'openings'],
    })
  }
  const opened = new Map(
    (
      await deps.findMessages(
        openings.map((opening) => opening.messageId).filter((id) => isId(id, 'message')),
      )
    )
      .filter(there)
      .map((row) => [row._id, row]),
  )
  const evidenceOf = (
    { _id, senderId, sentAt }: MessageRow,
    content: string,
    text: string | null,
  ): EvidenceRow => ({ messageId: _id, senderId, sentAt, text, content })
  const evidence = openings.map((opening) => {
    const row = opened.get(opening.messageId)
    if (!row) throw notFound(['input', 'openings'])
    const content = provenContent(row, opening)
    return evidenceOf(row, content, textIn(content))
  })
  if (!message.ciphertext) evidence.push(evidenceOf(message, message.text ?? '', message.text))
  await deps.limits.use(reports, viewerId)
  return deps.transact(async (tx) => {
    const { conversationId, senderId } = message
    const isNew = await deps.insertReport(
      {
        _id: `${viewerId}:${messageId}`,
        reporterId: viewerId,
        messageId,
        conversationId,
        senderId,
        reason: input.reason ?? 'OTHER',
        details,
        evidence,
        createdAt: deps.now(),
      },
      tx.session,
    )
    if (isNew) tx.emit('message.reported', { messageId, reporterId: viewerId })
    return evidence.length
  })
}
