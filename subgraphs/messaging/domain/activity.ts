// What people do at the moment: writing, being there. Told to those alone who know each other (D4), and kept nowhere.
import type { Limit, Limits } from '#platform/limits.ts'
import type { Visibility } from '#platform/visibility.ts'
import { notFound } from '#schema/errors.ts'
import type { EventPayload } from '#schema/events.ts'
import { isId } from '#schema/ids.ts'
import type { ConversationRow, MemberRow } from '../model.ts'
import type { Store } from '../store.ts'
import { memberOf, ownPart } from './participation.ts'

const keystrokes: Limit = { name: 'typing', max: 120, windowMs: 60_000, withoutRedis: 'open' }

/** Whether a member and the viewer have both accepted a conversation: before that neither learns what the other does. */
export function bothAccepted(
  conversation: ConversationRow,
  member: MemberRow,
  viewerId: string | null,
): boolean {
  return member.folder === 'PRIMARY' && memberOf(conversation, viewerId)?.folder === 'PRIMARY'
}

/**
 * Says that the viewer writes, for five seconds, or has stopped. Answers the conversation's id. Throws NOT_FOUND and
 * RATE_LIMITED.
 */
export async function setTyping(
  deps: Pick<Store, 'getConversation'> & {
    visibility: Visibility
    limits: Limits
    typing: { set(conversationId: string, userId: string, typing: boolean, now: number): Promise<void> }
    tell: (name: 'typing.changed', payload: EventPayload<'typing.changed'>) => void
    now: () => Date
  },
  viewerId: string,
  input: { conversationId: string; typing?: boolean | null | undefined },
): Promise<string> {
  const { conversationId } = input
  const typing = input.typing ?? true
  const conversation = isId(conversationId, 'conversation')
    ? await deps.getConversation(conversationId)
    : null
  const own = conversation && (await ownPart(deps.visibility, conversation))
  if (!own) throw notFound(['input', 'conversationId'])
  if (typing) await deps.limits.use(keystrokes, viewerId)
  if (own.folder !== 'PRIMARY') return conversationId
  const hearers = conversation.members.filter(
    ({ userId, folder }) => userId !== viewerId && folder === 'PRIMARY',
  )
  await deps.typing.set(conversationId, viewerId, typing, deps.now().getTime())
  deps.tell('typing.changed', {
    conversationId,
    userId: viewerId,
    typing,
    memberIds: hearers.map(({ userId }) => userId),
  })
  return conversationId
}

/** Whether both the viewer and someone show when they are there; someone hidden from him does not. */
export async function showsPresence(
  visibility: Pick<Visibility, 'viewerId' | 'account'>,
  userId: string,
): Promise<boolean> {
  if (visibility.viewerId === null) return false
  const [other, own] = await Promise.all([
    visibility.account(userId),
    visibility.account(visibility.viewerId),
  ])
  return Boolean(other?.showsActivityStatus && own?.showsActivityStatus)
}

/**
 * Whether the viewer may see when someone is there: both show it, and the other follows him or has accepted a conversation of
 * two with him.
 */
export async function seesPresence(
  deps: Pick<Store, 'getDirect'> & { visibility: Visibility },
  userId: string,
): Promise<boolean> {
  const { visibility } = deps
  if (userId === visibility.viewerId) return true
  if (!(await showsPresence(visibility, userId))) return false
  if ((await visibility.relation(userId)).followedBy === 'FOLLOWING') return true
  const direct = await deps.getDirect([userId, visibility.viewerId].sort().join(':'))
  const member = direct && memberOf(direct, userId)
  return Boolean(member && bothAccepted(direct, member, visibility.viewerId))
}
