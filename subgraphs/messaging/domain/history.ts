// A conversation's messages, page by page.
import { type Cursors, type Page, pageOf, pageSize } from '#platform/page.ts'
import { AppError } from '#schema/errors.ts'
import type { ConversationRow, MessageRange, MessageRow } from '../model.ts'
import { memberOf } from './participation.ts'

interface MessagePageArguments {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}

/**
 * A page of a conversation's messages, ascending: those said since the viewer joined which have not disappeared. Throws
 * BAD_USER_INPUT and BAD_CURSOR.
 */
export async function listMessages(
  deps: { cursors: Cursors; messagesIn: (range: MessageRange) => Promise<MessageRow[]> },
  conversation: ConversationRow,
  viewerId: string | null,
  args: MessagePageArguments,
): Promise<Page<MessageRow>> {
  const { _id: conversationId } = conversation
  const scope = { list: `Conversation.messages:${conversationId}`, viewerId }
  const sequenceIn = (cursor: string | null | undefined) => {
    const key = deps.cursors.decode(scope, cursor)
    return key && Number(key[0])
  }
  const fromEnd = args.last !== null && args.last !== undefined
  const fromStart = args.first !== null && args.first !== undefined
  if (fromEnd === fromStart || (fromEnd ? args.after : args.before)) {
    throw new AppError('BAD_USER_INPUT', 'Give `first` (with `after`) or `last` (with `before`).')
  }
  const size = fromEnd ? pageSize(args.last, 'last') : pageSize(args.first)
  const joined = memberOf(conversation, viewerId)?.joinedSequence ?? 0
  const before = fromEnd ? sequenceIn(args.before) : null
  const after = fromEnd ? null : sequenceIn(args.after)
  const found = await deps.messagesIn({
    conversationId,
    after: Math.max(joined, after ?? 0),
    before,
    fromEnd,
    limit: size + 1,
  })
  const more = found.length > size
  const page = more ? (fromEnd ? found.slice(1) : found.slice(0, size)) : found
  return pageOf(
    deps.cursors,
    scope,
    page.map((node) => ({ node })),
    {
      keyOf: ({ node }) => [node.sequence],
      hasNextPage: fromEnd ? before !== null : more,
      hasPreviousPage: fromEnd ? more : after !== null,
    },
  )
}
