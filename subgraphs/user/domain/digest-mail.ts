// The mail that sums up what its reader has not read. It holds figures alone: whoever reads over his shoulder learns no names.
import type { Mailer } from '#platform/mail.ts'
import type { EventPayload } from '#schema/events.ts'
import type { Account } from '../model.ts'

type Count = EventPayload<'digest.due'>['counts'][number]

/** How long a process has for sending a mail before another one may try. */
const leaseMs = 60_000

export interface DigestStore {
  findUser(userId: string): Promise<Account | null>
  /** Reserves the sending of a mail; false when it was sent, `busy` when another process is at it. */
  claimSending(mailId: string, now: Date, until: Date): Promise<'claimed' | 'busy' | 'sent'>
  /** Ends the reservation, as sent at `sentAt` or as not sent. */
  releaseSending(mailId: string, sentAt: Date | null): Promise<void>
}

const phrases: Record<Count['kind'], [one: string, many: string]> = {
  FOLLOW: ['new follower', 'news of followers'],
  FOLLOW_REQUEST: ['request to follow you', 'requests to follow you'],
  FOLLOW_ACCEPTED: ['accepted request', 'accepted requests'],
  POST_LIKE: ['post that was liked', 'posts that were liked'],
  COMMENT: ['comment', 'comments'],
  REPLY: ['reply', 'replies'],
  COMMENT_LIKE: ['comment that was liked', 'comments that were liked'],
  MENTION: ['mention', 'mentions'],
  TAG: ['picture with you', 'pictures with you'],
  STORY_REACTION: ['story that was reacted to', 'stories that were reacted to'],
  STORY_VIEW: ['story that was seen', 'stories that were seen'],
  STORY_ANSWER: ['answered question', 'answered questions'],
  MESSAGE: ['conversation', 'conversations'],
  REEL: ['new reel', 'new reels'],
  MILESTONE: ['milestone', 'milestones'],
  MODERATION: ['decision of moderators', 'decisions of moderators'],
}

/** Subject and text of a digest. */
export function digestMail(
  username: string,
  counts: readonly Count[],
  publicUrl: string,
): { subject: string; text: string } {
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  const lines = counts.map(({ kind, count }) => `- ${count} ${phrases[kind][count === 1 ? 0 : 1]}`)
  return {
    subject: total === 1 ? 'You have one unread notification' : `You have ${total} unread notifications`,
    text: `Hello ${username},\n\nsince the last mail:\n\n${lines.join('\n')}\n\n${publicUrl}/notifications\n\nHow often this mail comes is set there, under “Notification settings”.\n`,
  }
}

/**
 * Sends a digest once: not again when its event comes again, and not to an address that was never proven. Throws when it should be tried
 * again.
 */
export async function sendDigestMail(
  deps: { store: DigestStore; mailer: Mailer; publicUrl: string },
  { digestId, userId, counts }: EventPayload<'digest.due'>,
  now: Date,
): Promise<void> {
  const { store } = deps
  const claim = await store.claimSending(digestId, now, new Date(now.getTime() + leaseMs))
  if (claim === 'sent') return
  if (claim === 'busy') throw new Error('another process is sending this mail')
  let sentAt: Date | null = null
  try {
    const account = await store.findUser(userId)
    if (account?.status === 'ACTIVE' && account.emailVerifiedAt) {
      const mail = digestMail(account.username, counts, deps.publicUrl)
      await deps.mailer.send({ id: digestId.replaceAll(':', '.'), to: account.email, ...mail })
    }
    sentAt = new Date()
  } finally {
    await store.releaseSending(digestId, sentAt)
  }
}
