// What later messages make of an earlier one: another text, reactions. They are messages like others, so that only members read them,
// and a device applies them when it takes them, in the order of the sequence.
import type { Content } from './content.ts'
import type { MessageRecord, ReadRecord } from './records.ts'

/** How long after it was sent a text may be changed. */
export const editWindowMs = 15 * 60_000
/** Changes of one text that are remembered; a report opens them all. */
const maxEdits = 10

/** A text that nobody would take: it is another's, of long ago, or was changed too often. */
export class NotEditable extends Error {}

/** Whether a message may get another text from someone at a time, in milliseconds since 1970. One whose time is unknown may not. */
export function isEditable(
  target: MessageRecord | undefined,
  { conversationId, senderId, at }: { conversationId: string; senderId: string; at: number },
): target is ReadRecord {
  if (!target || 'failure' in target || target.conversationId !== conversationId) return false
  if (changedBy(target.content) !== null || target.senderId !== senderId) return false
  if ((target.edits?.messageIds.length ?? 0) >= maxEdits) return false
  return at - Date.parse(target.sentAt ?? '') <= editWindowMs
}

/** Id of the message that a content changes; null for one that says something itself. */
export function changedBy({ edits, reaction }: Content): string | null {
  return reaction?.messageId ?? edits ?? null
}

/** A message after another one that changes it; null where that may not be: another's text, a text of long ago, what cannot be read. */
export function withChange(
  target: MessageRecord | undefined,
  messageId: string,
  { conversationId, content, senderId, sentAt }: ReadRecord,
): ReadRecord | null {
  if (!target || 'failure' in target || target.conversationId !== conversationId) return null
  // What changes others says nothing that could be changed.
  if (changedBy(target.content) !== null) return null
  if (content.reaction) {
    const { emoji } = content.reaction
    const others = (target.reactions ?? []).filter(({ userId }) => userId !== senderId)
    return { ...target, reactions: emoji === null ? others : [...others, { userId: senderId, emoji }] }
  }
  const { text } = content
  const at = Date.parse(sentAt ?? '')
  if (text === undefined || sentAt === undefined || !isEditable(target, { conversationId, senderId, at }))
    return null
  const messageIds = [...(target.edits?.messageIds ?? []), messageId]
  return { ...target, edits: { messageIds, text, at: sentAt } }
}
