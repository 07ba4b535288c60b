// Conversations: started, listed, accepted, declined, read.
import type { Transact } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import { boundedList, optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { ConversationRow, MemberRow } from '../model.ts'
import type { Store } from '../store.ts'
import type { InTurn } from '../turns.ts'
import { checkContactPolicies } from './contact.ts'
import { hearersOf, isHeard, isThere, memberOf, ownPart, receiptHearersOf } from './participation.ts'

export const maxOthers = 249
export const maxTitle = 100
const membersField = ['input', 'memberIds']
const conversationField = ['input', 'conversationId']

/** A member as he begins. */
export const newMember = (userId: string, change: Partial<MemberRow> = {}): MemberRow => ({
  userId,
  role: 'MEMBER',
  folder: 'NONE',
  declinedAt: null,
  readSequence: 0,
  readMessageId: null,
  sentUnread: 0,
  ...change,
})

/** What two people's conversation is found by. */
export const directKeyOf = (one: string, other: string) => [one, other].sort().join(':')

/** A conversation as someone begins it with others: with one of them that of two. Who is not `isHeard` names it for himself. */
export function newConversation(
  viewerId: string,
  others: readonly string[],
  {
    title = null,
    isHeard = true,
    isEncrypted,
    now,
  }: {
    title?: string | null
    isHeard?: boolean
    isEncrypted: boolean
    now: Date
  },
): ConversationRow {
  const [other] = others
  const direct = others.length === 1 && other ? directKeyOf(viewerId, other) : null
  return {
    _id: newId('conversation'),
    kind: direct ? 'DIRECT' : 'GROUP',
    ...(direct ? { directKey: direct } : {}),
    title: direct || !isHeard ? null : title,
    ...(isEncrypted ? { epoch: 0 } : {}),
    members: [
      newMember(viewerId, {
        role: direct ? 'MEMBER' : 'ADMIN',
        folder: 'PRIMARY',
        ...(direct || isHeard ? {} : { ownTitle: title }),
      }),
      ...others.map((id) => newMember(id)),
    ],
    lastSequence: 0,
    lastMessageId: null,
    lastActivityAt: now,
    createdAt: now,
  }
}

/** The others, each once and without oneself. Throws INVALID or TOO_MANY. */
export function readMembers(viewerId: string, memberIds: readonly string[]): string[] {
  boundedList(memberIds, { field: 'memberIds', min: 1, max: maxOthers + 1 })
  const others = [...new Set(memberIds)].filter((id) => id !== viewerId)
  if (others.length === 0) {
    throw new AppError('INVALID', 'A conversation needs someone else.', { field: membersField })
  }
  boundedList(others, { field: 'memberIds', max: maxOthers })
  return others
}

/**
 * Starts a conversation and answers its id: with one other the existing one, if there is one. The others have it in none of
 * their folders until the first message. Throws INVALID, TOO_MANY, TOO_LONG, NOT_FOUND when one of them is hidden, and
 * BLOCKED_BY_POLICY when one of them takes no messages from the viewer.
 */
export async function createConversation(
  deps: Pick<Store, 'getDirect' | 'insertConversation' | 'updateMember' | 'findDevices'> & {
    transact: Transact<'messaging'>
    visibility: Visibility
    inTurn: InTurn
    now: () => Date
  },
  viewerId: string,
  input: {
    memberIds: readonly string[]
    title?: string | null | undefined
    encrypted?: boolean | null | undefined
  },
): Promise<string> {
  const others = readMembers(viewerId, input.memberIds)
  const title = optionalText(input.title, { field: 'title', max: maxTitle })
  if (!others.every((id) => isId(id, 'user'))) throw notFound(membersField)
  const visible = await deps.visibility.filterByAccount(others, (id) => id)
  if (visible.length < others.length) throw notFound(membersField)

  const [other] = others
  const direct = others.length === 1 && other ? directKeyOf(viewerId, other) : null
  // One that is there answers for itself.
  if (!direct || !(await deps.getDirect(direct))) {
    await checkContactPolicies(deps.visibility, viewerId, others, membersField)
  }
  const isEncrypted = input.encrypted ?? (title === null && (await haveKeys(deps, [viewerId, ...others])))
  if (isEncrypted && title !== null) {
    throw new AppError('INVALID', 'The name of an encrypted group is for its members: send it to them.', {
      field: ['input', 'title'],
    })
  }
  const row = newConversation(viewerId, others, {
    title,
    isHeard: await isHeard(deps.visibility, viewerId),
    isEncrypted,
    now: deps.now(),
  })
  if (!direct) {
    return deps.transact(async ({ session }) => {
      await deps.insertConversation(row, session)
      return row._id
    })
  }
  const open = () =>
    deps.transact(async ({ session }) => {
      const existing = await deps.getDirect(direct, session)
      if (!existing) {
        await deps.insertConversation(row, session)
        return row._id
      }
      // Whoever opens it himself has it among his own, also after having declined it.
      if (memberOf(existing, viewerId)?.folder === 'NONE') {
        const change = { folder: 'PRIMARY', declinedAt: null } as const
        await deps.updateMember(existing._id, viewerId, change, session)
      }
      return existing._id
    })
  return deps.inTurn(direct, open)
}

/** Whether every one of the accounts has a device that takes part in encrypted conversations. */
export async function haveKeys(
  deps: Pick<Store, 'findDevices'>,
  userIds: readonly string[],
): Promise<boolean> {
  const having = new Set((await deps.findDevices(userIds)).map(({ userId }) => userId))
  return userIds.every((userId) => having.has(userId))
}

/** A page of one of the viewer's folders, newest activity first. */
export async function listConversations(
  deps: Pick<Store, 'listConversations'> & { cursors: Cursors; visibility: Visibility },
  viewerId: string,
  folder: 'PRIMARY' | 'REQUESTS',
  args: PageArguments,
): Promise<Page<ConversationRow>> {
  const size = pageSize(args.first)
  const scope = { list: `conversations:${folder}`, viewerId }
  const key = deps.cursors.decode(scope, args.after)
  const start = key && { lastActivityAt: new Date(Number(key[0])), id: String(key[1]) }
  const { items, hasNextPage, last } = await fillPage<ConversationRow>({
    size,
    read: (previous, limit) =>
      deps.listConversations(viewerId, folder, previous ? { ...previous, id: previous._id } : start, limit),
    async visible(rows) {
      const parts = await Promise.all(rows.map((row) => ownPart(deps.visibility, row)))
      return rows.filter((_, i) => parts[i])
    },
  })
  return pageOf(
    deps.cursors,
    scope,
    items.map((node) => ({ node })),
    {
      keyOf: ({ node }) => [node.lastActivityAt.getTime(), node._id],
      hasNextPage,
      end: last && [last.lastActivityAt.getTime(), last._id],
      hasPreviousPage: start !== null,
    },
  )
}

interface ChangeDeps extends Pick<Store, 'getConversation' | 'updateMember'> {
  transact: Transact<'messaging'>
  visibility: Visibility
  inTurn: InTurn
  now: () => Date
}

/** Changes the viewer's part in a conversation by what `decide` says; answers the conversation's id. Throws NOT_FOUND. */
async function changeOwnPart(
  deps: ChangeDeps,
  viewerId: string,
  conversationId: string,
  decide: (member: MemberRow) => Partial<MemberRow> | null,
): Promise<string> {
  if (!isId(conversationId, 'conversation')) throw notFound(conversationField)
  const work = () =>
    deps.transact(async (tx) => {
      const conversation = await deps.getConversation(conversationId, tx.session)
      const member = conversation && (await ownPart(deps.visibility, conversation))
      if (!member) throw notFound(conversationField)
      const change = decide(member)
      if (!change) return conversationId
      await deps.updateMember(conversationId, viewerId, change, tx.session)
      // Whoever accepts tells from then on what he read.
      const hearers = change.folder === 'PRIMARY' ? hearersOf(conversation) : []
      tx.emit('conversation.changed', {
        conversationId,
        change: 'UPDATED',
        actorId: viewerId,
        messageId: null,
        memberIds: [...new Set([viewerId, ...hearers])],
      })
      return conversationId
    })
  return deps.inTurn(conversationId, work)
}

/** Moves a request into the viewer's primary folder. Throws NOT_FOUND. */
export function acceptRequest(
  deps: ChangeDeps,
  viewerId: string,
  input: { conversationId: string },
): Promise<string> {
  return changeOwnPart(deps, viewerId, input.conversationId, (member) =>
    member.folder === 'PRIMARY' ? null : { folder: 'PRIMARY', declinedAt: null },
  )
}

/** Takes a request out of the viewer's folders. Throws NOT_FOUND, and CONFLICT for what is no request any more. */
export function declineRequest(
  deps: ChangeDeps,
  viewerId: string,
  input: { conversationId: string },
): Promise<string> {
  return changeOwnPart(deps, viewerId, input.conversationId, (member) => {
    if (member.folder === 'PRIMARY') {
      throw new AppError('CONFLICT', 'Only a message request can be declined.', { field: conversationField })
    }
    return member.declinedAt ? null : { folder: 'NONE', declinedAt: deps.now() }
  })
}

/**
 * Marks the viewer's conversation as read up to a message, or to the newest; it never goes back. Answers the conversation's
 * id. Throws NOT_FOUND.
 */
export async function markRead(
  deps: ChangeDeps & Pick<Store, 'getMessage' | 'countNotUnread'>,
  viewerId: string,
  input: { conversationId: string; messageId?: string | null | undefined },
): Promise<string> {
  const { conversationId, messageId } = input
  if (!isId(conversationId, 'conversation')) throw notFound(conversationField)
  const work = () =>
    deps.transact(async (tx) => {
      const { session } = tx
      const conversation = await deps.getConversation(conversationId, session)
      const member = conversation && (await ownPart(deps.visibility, conversation))
      if (!member) throw notFound(conversationField)
      let newest = { readSequence: conversation.lastSequence, readMessageId: conversation.lastMessageId }
      if (messageId !== null && messageId !== undefined) {
        const message = isId(messageId, 'message') ? await deps.getMessage(messageId, session) : null
        const there =
          message?.conversationId === conversationId && isThere(conversation, message, viewerId, deps.now())
        if (!there) throw notFound(['input', 'messageId'])
        newest = { readSequence: message.sequence, readMessageId: message._id }
      }
      if (newest.readSequence <= member.readSequence) return conversationId
      const sentUnread = await deps.countNotUnread(conversationId, viewerId, newest.readSequence, session)
      const delivered =
        newest.readSequence > (member.deliveredSequence ?? 0)
          ? { deliveredSequence: newest.readSequence, deliveredMessageId: newest.readMessageId }
          : {}
      await deps.updateMember(conversationId, viewerId, { ...newest, ...delivered, sentUnread }, session)
      const tells = (await deps.visibility.account(viewerId))?.sendsReadReceipts ?? true
      tx.emit('conversation.changed', {
        conversationId,
        change: 'READ',
        actorId: viewerId,
        messageId: newest.readMessageId,
        memberIds: receiptHearersOf(conversation, member, tells),
      })
      return conversationId
    })
  return deps.inTurn(conversationId, work)
}
