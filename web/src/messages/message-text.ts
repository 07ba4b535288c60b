import type { ConversationRowFragment, MessageFieldsFragment } from '../operations.gen.ts'
import { timeAgo } from '../text/time-ago.ts'

const noticeText = {
  MEMBERS_ADDED: (who: string, whom: string) => `${who} added ${whom}`,
  MEMBER_REMOVED: (who: string, whom: string) => `${who} removed ${whom}`,
  MEMBER_LEFT: (who: string) => `${who} left`,
  ROLE_CHANGED: (who: string, whom: string) => `${who} changed what ${whom} may do`,
  TITLE_CHANGED: (who: string) => `${who} changed the name of the group`,
  INVITE_POLICY_CHANGED: (who: string) => `${who} changed who may add people`,
  DISAPPEARING_CHANGED: (who: string) => `${who} changed how long messages stay`,
}

/** A line of the system, in words. */
export function describeNotice({ notice, sender }: Pick<MessageFieldsFragment, 'notice' | 'sender'>): string {
  if (!notice) return ''
  const whom = notice.users.map(({ username }) => username).join(', ') || 'someone'
  return noticeText[notice.kind](sender?.username ?? 'Someone', whom)
}

const mediaText: Readonly<Record<string, string>> = { VIDEO: 'A video', AUDIO: 'A voice message' }

/** What stands for a message where there is room for a line only. */
export function previewOf(message: MessageFieldsFragment | null | undefined): string {
  if (!message) return 'Say hello'
  switch (message.kind) {
    case 'NOTICE':
      return describeNotice(message)
    case 'UNSENT':
      return 'Message unsent'
    case 'UNAVAILABLE':
      return 'Message unavailable'
    case 'MEDIA':
      return message.text ?? mediaText[message.media?.kind ?? ''] ?? 'A picture'
    case 'ENCRYPTED':
    case 'COMMIT':
      return 'Encrypted'
    default:
      return message.text ?? (message.sharedPost ? 'A post' : '')
  }
}

/** How far the viewer's newest message has come, as a line below it; null when it is not the newest. */
export function receiptOf(
  { members, kind }: Pick<ConversationRowFragment, 'members' | 'kind'>,
  newest: Pick<MessageFieldsFragment, 'id' | 'sender' | 'kind'> | undefined,
  viewerId?: string,
): string | null {
  if (!newest || newest.sender?.id !== viewerId || newest.kind === 'NOTICE' || newest.kind === 'UNSENT')
    return null
  const others = members.filter(({ user }) => user?.id !== viewerId)
  const readers = others.filter(({ lastReadMessageId }) => lastReadMessageId === newest.id)
  if (readers.length > 0)
    return kind === 'DIRECT' ? 'Seen' : `Seen by ${readers.map(({ user }) => user?.username).join(', ')}`
  const reached = others.some(({ lastDeliveredMessageId }) => lastDeliveredMessageId === newest.id)
  return reached ? 'Delivered' : 'Sent'
}

/** Who writes at a moment, in words; null when nobody does. */
export function typingOf({ members }: Pick<ConversationRowFragment, 'members'>, now: number): string | null {
  const names = members.flatMap(({ user, typingUntil }) =>
    user && typingUntil && Date.parse(typingUntil) > now ? [user.username] : [],
  )
  if (names.length === 0) return null
  return names.length === 1 ? `${names[0]} is typing…` : `${names.join(', ')} are typing…`
}

/** Whether somebody is there, in words; null when that is not known. */
export function presenceOf(
  presence: { isOnline: boolean; lastSeenAt: string | null } | null,
  now: number = Date.now(),
): string | null {
  if (presence?.isOnline) return 'Active now'
  return presence?.lastSeenAt ? `Last seen ${timeAgo(presence.lastSeenAt, now)}` : null
}

const steps = [
  { unit: 'day', ms: 86_400_000, from: 2 },
  { unit: 'hour', ms: 3_600_000, from: 1 },
  { unit: 'minute', ms: 60_000, from: 1 },
  { unit: 'second', ms: 1_000, from: 0 },
] as const

/** A length of time in words: `24 hours`, `7 days`. */
export function describeStay(ms: number): string {
  const { unit, ms: one } = steps.find((step) => ms >= step.from * step.ms && ms % step.ms === 0) ?? steps[3]
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.round(ms / one),
  )
}

/** Whether a message has disappeared at a time. */
export const isOver = ({ expiresAt }: Pick<MessageFieldsFragment, 'expiresAt'>, now: number): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= now
