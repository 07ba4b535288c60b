// Groups: who is in, who leads, what all share. Whatever happens is told in a line of the conversation itself.
import type { Transact } from '#platform/mongo.ts'
import { optionalText } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { ConversationRow, MemberRow, NoticeRow } from '../model.ts'
import type { Store } from '../store.ts'
import type { InTurn } from '../turns.ts'
import { type ContactDeps, checkContactPolicies, fileMembers } from './contact.ts'
import { maxOthers, maxTitle, newMember, readMembers } from './conversations.ts'
import { hearersOf, isHeard, memberOf, ownPart, titleFor } from './participation.ts'

const conversationField = ['input', 'conversationId']
const userField = ['input', 'userId']
const minDisappearMs = 5_000
const maxDisappearMs = 2 ** 31 - 1

export interface GroupDeps
  extends ContactDeps,
    Pick<
      Store,
      | 'getConversation'
      | 'updateConversation'
      | 'updateMember'
      | 'addMembers'
      | 'removeMember'
      | 'advanceQuietly'
      | 'insertMessage'
    > {
  transact: Transact<'messaging'>
  inTurn: InTurn
}

type Tx = Parameters<Parameters<Transact<'messaging'>>[0]>[0]

/** Does `work` with a conversation of the viewer's in its turn, in one transaction. Throws NOT_FOUND. */
export function inConversation<R>(
  deps: GroupDeps,
  conversationId: string,
  work: (conversation: ConversationRow, own: MemberRow, tx: Tx) => Promise<R>,
): Promise<R> {
  if (!isId(conversationId, 'conversation')) throw notFound(conversationField)
  return deps.inTurn(conversationId, () =>
    deps.transact(async (tx) => {
      const conversation = await deps.getConversation(conversationId, tx.session)
      const own = conversation && (await ownPart(deps.visibility, conversation))
      if (!own) throw notFound(conversationField)
      return work(conversation, own, tx)
    }),
  )
}

const forbidden = (message: string) => new AppError('FORBIDDEN', message, { field: conversationField })

function checkGroup(conversation: ConversationRow): void {
  if (conversation.kind === 'DIRECT') throw forbidden('A conversation of two stays one of two.')
}

function checkAdmin(own: MemberRow): void {
  if (own.role !== 'ADMIN') throw forbidden('Only admins of the group may do this.')
}

/** Tells in the conversation what happened, and the devices of its members, and of whoever is `gone` from it, what to read anew. */
async function announce(
  deps: GroupDeps,
  tx: Tx,
  conversationId: string,
  actorId: string,
  notice: NoticeRow,
  gone: readonly string[] = [],
): Promise<void> {
  const _id = newId('message')
  const sentAt = deps.now()
  const row = await deps.advanceQuietly(conversationId, { id: _id, sentAt }, tx.session)
  if (!row) throw notFound(conversationField)
  await deps.insertMessage(
    {
      _id,
      conversationId,
      sequence: row.lastSequence,
      senderId: actorId,
      clientMessageId: _id,
      text: null,
      sharedPostId: null,
      notice,
      quiet: true,
      sentAt,
    },
    tx.session,
  )
  // What a shadow-banned one does rings with nobody else (V23); what binds all, their devices read anew.
  const heard = await isHeard(deps.visibility, actorId)
  const hearers = hearersOf(row)
  const isOwn = !heard && (notice.kind === 'TITLE_CHANGED' || notice.kind === 'MEMBERS_ADDED')
  tx.emit('message.sent', {
    messageId: _id,
    conversationId,
    senderId: actorId,
    sequence: row.lastSequence,
    memberIds: heard ? hearers : [actorId],
  })
  const change = notice.kind.startsWith('MEMBER') || notice.kind === 'ROLE_CHANGED' ? 'MEMBERS' : 'UPDATED'
  tx.emit('conversation.changed', {
    conversationId,
    change,
    actorId,
    messageId: null,
    memberIds: [...(isOwn ? [actorId] : hearers), ...gone],
  })
}

/**
 * Brings people into a group; they see what is said from then on. Who is in already stays as he is. Answers its id. Throws
 * INVALID, TOO_MANY (more than 250 in all), NOT_FOUND, FORBIDDEN (a conversation of two; only admins may), BLOCKED_BY_POLICY and
 * RATE_LIMITED.
 */
export async function addMembers(
  deps: GroupDeps,
  viewerId: string,
  input: { conversationId: string; memberIds: readonly string[] },
): Promise<string> {
  const { conversationId } = input
  const field = ['input', 'memberIds']
  const wanted = readMembers(viewerId, input.memberIds)
  const known = isId(conversationId, 'conversation') ? await deps.getConversation(conversationId) : null
  const part = known && (await ownPart(deps.visibility, known))
  if (!known || !part) throw notFound(conversationField)
  checkGroup(known)
  const fresh = wanted.filter((userId) => !memberOf(known, userId))
  // A member whom he may not see is to him as one who never was.
  const there = wanted.filter((userId) => memberOf(known, userId))
  const seen = await deps.visibility.filterByAccount(there, (userId) => userId)
  if (seen.length < there.length) throw notFound(field)
  if (!fresh.every((id) => isId(id, 'user'))) throw notFound(field)
  await checkContactPolicies(deps.visibility, viewerId, fresh, field)
  const folders = await fileMembers(deps, viewerId, fresh)
  return inConversation(deps, conversationId, async (conversation, own, tx) => {
    if (conversation.invitePolicy === 'ADMINS') checkAdmin(own)
    const userIds = fresh.filter((userId) => !memberOf(conversation, userId))
    if (userIds.length === 0) return conversationId
    if (conversation.members.length + userIds.length > maxOthers + 1) {
      throw new AppError('TOO_MANY', `At most ${maxOthers + 1} members.`, { field })
    }
    const { lastSequence, lastMessageId } = conversation
    const from = { joinedSequence: lastSequence, readSequence: lastSequence, readMessageId: lastMessageId }
    const members = userIds.map((userId) =>
      newMember(userId, { ...from, folder: folders.get(userId) ?? 'REQUESTS' }),
    )
    await deps.addMembers(conversationId, members, tx.session)
    await announce(deps, tx, conversationId, viewerId, { kind: 'MEMBERS_ADDED', userIds })
    return conversationId
  })
}

/** Takes a member out, and sees to it that a group that has members has an admin; tells the others, and his own devices. */
async function takeOut(
  deps: GroupDeps,
  conversation: ConversationRow,
  userId: string,
  actorId: string,
  tx: Tx,
): Promise<void> {
  const { _id } = conversation
  await deps.removeMember(_id, userId, tx.session)
  const rest = conversation.members.filter((member) => member.userId !== userId)
  // Members stand in the order in which they came.
  const heir = rest.some(({ role }) => role === 'ADMIN') ? undefined : rest[0]
  if (heir) await deps.updateMember(_id, heir.userId, { role: 'ADMIN' }, tx.session)
  const kind = userId === actorId ? 'MEMBER_LEFT' : 'MEMBER_REMOVED'
  // Whoever never heard of the conversation does not hear that it is over for him.
  const gone = hearersOf(conversation).filter((id) => id === userId)
  await announce(deps, tx, _id, actorId, { kind, userIds: [userId] }, gone)
}

/** Takes someone out of a group: nothing of it is there for him any more. Answers its id. Throws NOT_FOUND and FORBIDDEN. */
export function removeMember(
  deps: GroupDeps,
  viewerId: string,
  input: { conversationId: string; userId: string },
): Promise<string> {
  const { conversationId, userId } = input
  return inConversation(deps, conversationId, async (conversation, own, tx) => {
    checkGroup(conversation)
    if (userId === viewerId) {
      throw new AppError('INVALID', 'Leave the conversation instead.', { field: userField })
    }
    checkAdmin(own)
    if (!memberOf(conversation, userId) || !(await deps.visibility.account(userId))) throw notFound(userField)
    await takeOut(deps, conversation, userId, viewerId, tx)
    return conversationId
  })
}

/** The viewer leaves a group: nothing of it is there for him any more (D1). Answers its id. Throws NOT_FOUND and FORBIDDEN. */
export function leaveConversation(
  deps: GroupDeps,
  viewerId: string,
  input: { conversationId: string },
): Promise<string> {
  const { conversationId } = input
  return inConversation(deps, conversationId, async (conversation, _own, tx) => {
    checkGroup(conversation)
    await takeOut(deps, conversation, viewerId, viewerId, tx)
    return conversationId
  })
}

/** Makes a member an admin, or an admin a member. Answers the id. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for the last admin. */
export function setMemberRole(
  deps: GroupDeps,
  viewerId: string,
  input: { conversationId: string; userId: string; role?: 'ADMIN' | 'MEMBER' | null | undefined },
): Promise<string> {
  const { conversationId, userId } = input
  const role = input.role ?? 'MEMBER'
  return inConversation(deps, conversationId, async (conversation, own, tx) => {
    checkGroup(conversation)
    checkAdmin(own)
    // A member whom he may not see is to him as one who never was.
    const member = (await deps.visibility.account(userId)) && memberOf(conversation, userId)
    if (!member) throw notFound(userField)
    if (member.role === role) return conversationId
    const admins = conversation.members.filter((other) => other.role === 'ADMIN')
    if (role === 'MEMBER' && admins.length === 1) {
      throw new AppError('CONFLICT', 'A group has at least one admin.', { field: userField })
    }
    await deps.updateMember(conversationId, userId, { role }, tx.session)
    await announce(deps, tx, conversationId, viewerId, { kind: 'ROLE_CHANGED', userIds: [userId] })
    return conversationId
  })
}

interface ConversationSettings {
  conversationId: string
  title?: string | null | undefined
  invitePolicy?: 'MEMBERS' | 'ADMINS' | null | undefined
  disappearAfterMs?: number | null | undefined
}

/**
 * Changes what all members share; what is left out stays. In a group only admins say who may invite and how long messages stay.
 * Answers the id. Throws NOT_FOUND, FORBIDDEN, TOO_LONG and INVALID.
 */
export function updateConversation(
  deps: GroupDeps,
  viewerId: string,
  input: ConversationSettings,
): Promise<string> {
  const { conversationId, invitePolicy, disappearAfterMs } = input
  const title = optionalText(input.title, { field: 'title', max: maxTitle })
  if (
    disappearAfterMs !== null &&
    disappearAfterMs !== undefined &&
    (disappearAfterMs < minDisappearMs || disappearAfterMs > maxDisappearMs)
  ) {
    throw new AppError('INVALID', 'Messages stay for 5 seconds to 24 days.', {
      field: ['input', 'disappearAfterMs'],
    })
  }
  return inConversation(deps, conversationId, async (conversation, own, tx) => {
    const { session } = tx
    const tell = (kind: NoticeRow['kind']) =>
      announce(deps, tx, conversationId, viewerId, { kind, userIds: [] })
    const heard = await isHeard(deps.visibility, viewerId)
    // A name that was for himself alone is not everybody's.
    const before = heard ? conversation.title : titleFor(conversation, viewerId)
    if (input.title !== undefined && title !== before) {
      checkGroup(conversation)
      if (conversation.epoch !== undefined) {
        throw new AppError('INVALID', 'The name of an encrypted group is for its members: send it to them.', {
          field: ['input', 'title'],
        })
      }
      if (heard) await deps.updateConversation(conversationId, { title }, session)
      else await deps.updateMember(conversationId, viewerId, { ownTitle: title }, session)
      await tell('TITLE_CHANGED')
    }
    if (invitePolicy && invitePolicy !== (conversation.invitePolicy ?? 'MEMBERS')) {
      checkGroup(conversation)
      checkAdmin(own)
      await deps.updateConversation(conversationId, { invitePolicy }, session)
      await tell('INVITE_POLICY_CHANGED')
    }
    if (disappearAfterMs !== undefined && disappearAfterMs !== (conversation.disappearAfterMs ?? null)) {
      if (conversation.kind === 'GROUP') checkAdmin(own)
      const vanishes = disappearAfterMs === null ? {} : ({ vanishes: true } as const)
      await deps.updateConversation(conversationId, { disappearAfterMs, ...vanishes }, session)
      await tell('DISAPPEARING_CHANGED')
    }
    return conversationId
  })
}
