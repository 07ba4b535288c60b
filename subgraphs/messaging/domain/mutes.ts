// A member's mutes: a conversation still comes, and rings nowhere.
import type { MemberRow } from '../model.ts'
import { type GroupDeps, inConversation } from './groups.ts'

/** The end of a mute that has none. */
const endOfTime = new Date(8.64e15)

/**
 * Mutes a conversation for the viewer, until a time or for good; `until` of the past unmutes. It still comes, and rings nowhere.
 * Answers the id. Throws NOT_FOUND.
 */
export function muteConversation(
  deps: GroupDeps,
  viewerId: string,
  input: { conversationId: string; until?: Date | null | undefined },
): Promise<string> {
  const { conversationId, until } = input
  return changeMute(deps, viewerId, conversationId, until ?? endOfTime)
}

/** Ends the viewer's mute of a conversation. Answers the id. Throws NOT_FOUND. */
export function unmuteConversation(
  deps: GroupDeps,
  viewerId: string,
  input: { conversationId: string },
): Promise<string> {
  return changeMute(deps, viewerId, input.conversationId, null)
}

function changeMute(
  deps: GroupDeps,
  viewerId: string,
  conversationId: string,
  mutedUntil: Date | null,
): Promise<string> {
  return inConversation(deps, conversationId, async (_conversation, _own, tx) => {
    await deps.updateMember(conversationId, viewerId, { mutedUntil }, tx.session)
    // His other devices alone.
    tx.emit('conversation.changed', {
      conversationId,
      change: 'UPDATED',
      actorId: viewerId,
      messageId: null,
      memberIds: [viewerId],
    })
    return conversationId
  })
}

/** Until when a member mutes a conversation: null when he does not, `endOfTime` for good. */
export function mutedUntil(member: MemberRow | null, now: Date): Date | null {
  return member?.mutedUntil && member.mutedUntil > now ? member.mutedUntil : null
}

/** Whether a mute has no end. */
export const isEndless = (until: Date): boolean => until.getTime() === endOfTime.getTime()
