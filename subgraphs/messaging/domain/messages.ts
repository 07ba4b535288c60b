// Messages: sent exactly once, in one order, read by range.
import { isDuplicate, type Transact } from '#platform/mongo.ts'
import { type Cursors, type Page, pageOf, pageSize } from '#platform/page.ts'
import { messageFolder } from '#platform/policy.ts'
import { type Relations, relationKey } from '#platform/relations.ts'
import { optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { stranger } from '#schema/facts.ts'
import { isId, newId } from '#schema/ids.ts'
import type { ConversationRow, MessageRange, MessageRow } from '../model.ts'
import type { Store } from '../store.ts'
import type { InTurn } from '../turns.ts'
import { memberOf } from './participation.ts'

const maxText = 4_000
const maxClientId = 64
const conversationField = ['input', 'conversationId']
const clientIdField = ['input', 'clientMessageId']

interface MessageDraft {
  conversationId: string
  clientMessageId: string
  text?: string | null | undefined
  sharedPostId?: string | null | undefined
}

/** What a draft says, checked. Throws INVALID or TOO_LONG. */
export function readDraft(draft: MessageDraft) {
  const { clientMessageId } = draft
  if (clientMessageId.length > maxClientId) {
    throw new AppError('TOO_LONG', `At most ${maxClientId} characters.`, { field: clientIdField })
  }
  if (clientMessageId.length === 0 || clientMessageId.includes('\u0000')) {
    throw new AppError('INVALID', 'Your own id for the message: 1–64 characters.', { field: clientIdField })
  }
  const text = optionalText(draft.text, { field: 'text', max: maxText })
  const sharedPostId = draft.sharedPostId ?? null
  if (text === null && sharedPostId === null) {
    throw new AppError('INVALID', 'A message has a text or shares a post.', { field: ['input', 'text'] })
  }
  return { clientMessageId, text, sharedPostId }
}

interface SendDeps
  extends Pick<Store, 'getConversation' | 'getSentMessage' | 'advanceConversation' | 'insertMessage'> {
  transact: Transact<'messaging'>
  visibility: Visibility
  relations: Pick<Relations, 'get'>
  inTurn: InTurn
  now: () => Date
}

/**
 * Sends a message and answers it; the same `clientMessageId` of the same sender in the same conversation answers the message
 * that was sent. Throws INVALID, TOO_LONG, NOT_FOUND (no member, a block in a conversation of two, a hidden post) and
 * IDEMPOTENCY_MISMATCH (the same id for another message).
 */
export async function sendMessage(
  deps: SendDeps,
  senderId: string,
  input: MessageDraft,
): Promise<MessageRow> {
  const draft = readDraft(input)
  const { conversationId } = input
  const conversation = isId(conversationId, 'conversation')
    ? await deps.getConversation(conversationId)
    : null
  if (!conversation || !memberOf(conversation, senderId)) throw notFound(conversationField)
  const other = conversation.members.find((member) => member.userId !== senderId)
  if (conversation.kind === 'DIRECT' && !(other && (await deps.visibility.account(other.userId)))) {
    throw notFound(conversationField)
  }
  const { sharedPostId } = draft
  if (sharedPostId && !(isId(sharedPostId, 'post') && (await deps.visibility.post(sharedPostId)))) {
    throw notFound(['input', 'sharedPostId'])
  }
  const folders = await foldersFor(deps.relations, conversation, senderId)
  const _id = newId('message')

  const sentBefore = async (): Promise<MessageRow | null> => {
    const sent = await deps.getSentMessage(conversationId, senderId, draft.clientMessageId)
    if (sent && (sent.text !== draft.text || sent.sharedPostId !== draft.sharedPostId)) {
      throw new AppError('IDEMPOTENCY_MISMATCH', 'This id came before with another message.', {
        field: clientIdField,
      })
    }
    return sent
  }
  const send = () =>
    deps.transact(async (tx) => {
      const sentAt = deps.now()
      const message = { id: _id, senderId, sentAt }
      const row = await deps.advanceConversation(conversationId, message, folders, tx.session)
      if (!row) throw notFound(conversationField)
      const sent: MessageRow = {
        _id,
        conversationId,
        sequence: row.lastSequence,
        senderId,
        ...draft,
        sentAt,
      }
      await deps.insertMessage(sent, tx.session)
      const hearers = row.members.filter((member) => member.declinedAt === null)
      tx.emit('message.sent', {
        messageId: _id,
        conversationId,
        senderId,
        sequence: sent.sequence,
        memberIds: hearers.map((member) => member.userId),
      })
      return sent
    })
  return deps.inTurn(conversationId, async () => {
    // Most repetitions come after the first has ended; the unique index decides about the others.
    const known = await sentBefore()
    if (known) return known
    try {
      return await send()
    } catch (error) {
      const won = isDuplicate(error) ? await sentBefore() : null
      if (!won) throw error
      return won
    }
  })
}

/** Where a message puts the conversation for the members who have it in no folder: by how each of them stands to its sender. */
async function foldersFor(
  relations: Pick<Relations, 'get'>,
  conversation: ConversationRow,
  senderId: string,
): Promise<{ PRIMARY: string[]; REQUESTS: string[] }> {
  const folders = { PRIMARY: [] as string[], REQUESTS: [] as string[] }
  const waiting = conversation.members.filter(
    (member) => member.folder === 'NONE' && member.declinedAt === null && member.userId !== senderId,
  )
  const known = await relations.get(waiting.map((member) => relationKey(member.userId, senderId)))
  for (const { userId } of waiting) {
    folders[messageFolder(known.get(relationKey(userId, senderId)) ?? stranger)].push(userId)
  }
  return folders
}

interface MessagePageArguments {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}

/** Which messages a page shows. Sequences have no gaps, so a page is a range. */
export function rangeOf(
  lastSequence: number,
  page: { first: number; after: number | null } | { last: number; before: number | null },
): { from: number; to: number } {
  if ('first' in page) {
    const from = (page.after ?? 0) + 1
    return { from, to: Math.min(from + page.first - 1, lastSequence) }
  }
  const to = Math.min((page.before ?? lastSequence + 1) - 1, lastSequence)
  return { from: Math.max(to - page.last + 1, 1), to }
}

/** A page of a conversation's messages, ascending. Throws BAD_USER_INPUT and BAD_CURSOR. */
export async function listMessages(
  deps: { cursors: Cursors; messagesIn: (range: MessageRange) => Promise<MessageRow[]> },
  conversation: ConversationRow,
  viewerId: string | null,
  args: MessagePageArguments,
): Promise<Page<MessageRow>> {
  const { lastSequence, _id: conversationId } = conversation
  const scope = { list: `Conversation.messages:${conversationId}`, viewerId }
  const sequenceIn = (cursor: string | null | undefined) => {
    const key = deps.cursors.decode(scope, cursor)
    return key && Number(key[0])
  }
  const backwards = args.last !== null && args.last !== undefined
  const forwards = args.first !== null && args.first !== undefined
  if (backwards === forwards || (backwards ? args.after : args.before)) {
    throw new AppError('BAD_USER_INPUT', 'Give `first` (with `after`) or `last` (with `before`).')
  }
  const range = rangeOf(
    lastSequence,
    backwards
      ? { last: pageSize(args.last, 'last'), before: sequenceIn(args.before) }
      : { first: pageSize(args.first), after: sequenceIn(args.after) },
  )
  const messages = await deps.messagesIn({ conversationId, ...range })
  return pageOf(
    deps.cursors,
    scope,
    messages.map((node) => ({ node })),
    {
      keyOf: ({ node }) => [node.sequence],
      hasNextPage: range.to < lastSequence,
      hasPreviousPage: range.from > 1 && lastSequence > 0,
    },
  )
}
