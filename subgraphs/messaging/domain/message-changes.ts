// What becomes of a message that was sent: edited, taken back, reacted to.
import type { Transact } from '#platform/mongo.ts'
import { textOf } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { ConversationRow, MessageRow } from '../model.ts'
import type { Store } from '../store.ts'
import type { InTurn } from '../turns.ts'
import { bytesOf } from './keys.ts'
import { checkForm, maxCiphertextChars, maxText, readCommitment } from './messages.ts'
import { hearersOf, isReadable, isThere, ownPart } from './participation.ts'

/** How long after it was sent a text may be changed. */
const editWindowMs = 15 * 60_000
const messageField = ['input', 'messageId']

export interface MessageChangeDeps
  extends Pick<
    Store,
    | 'getConversation'
    | 'getMessage'
    | 'setText'
    | 'setCiphertext'
    | 'clearMessage'
    | 'setReaction'
    | 'forgetUnread'
  > {
  transact: Transact<'messaging'>
  visibility: Visibility
  inTurn: InTurn
  now: () => Date
}

type Tx = Parameters<Parameters<Transact<'messaging'>>[0]>[0]
type Change = 'EDITED' | 'UNSENT' | 'REACTION'

/**
 * Changes a message that the viewer can read, in its conversation's turn, and tells the members; `work` answers false when
 * nothing is to be changed. Answers the message's id. Throws NOT_FOUND.
 */
async function changeMessage(
  deps: MessageChangeDeps,
  viewerId: string,
  messageId: string,
  change: Change,
  work: (message: MessageRow, conversation: ConversationRow, tx: Tx) => Promise<boolean>,
): Promise<string> {
  const known = isId(messageId, 'message') ? await deps.getMessage(messageId) : null
  if (!known) throw notFound(messageField)
  const { conversationId } = known
  return deps.inTurn(conversationId, () =>
    deps.transact(async (tx) => {
      const conversation = await deps.getConversation(conversationId, tx.session)
      const message = await deps.getMessage(messageId, tx.session)
      const there =
        conversation &&
        message &&
        (await ownPart(deps.visibility, conversation)) &&
        isThere(conversation, message, viewerId, deps.now()) &&
        (message.senderId === viewerId || (await isReadable(deps.visibility, message)))
      if (!there) throw notFound(messageField)
      if (await work(message, conversation, tx)) {
        const memberIds = hearersOf(conversation)
        tx.emit('conversation.changed', { conversationId, change, actorId: viewerId, messageId, memberIds })
      }
      return messageId
    }),
  )
}

function checkOwn(message: MessageRow, viewerId: string): void {
  if (message.senderId !== viewerId || message.notice || message.epoch !== undefined) {
    throw new AppError('FORBIDDEN', 'Only its sender may do this.', { field: messageField })
  }
}

/**
 * Gives a message another text, within 15 minutes. Answers its id. Throws INVALID, TOO_LONG, NOT_FOUND, FORBIDDEN (another's)
 * and EXPIRED.
 */
export function editMessage(
  deps: MessageChangeDeps,
  viewerId: string,
  input: {
    messageId: string
    text?: string | null | undefined
    ciphertext?: string | null | undefined
    commitment?: string | null | undefined
  },
): Promise<string> {
  const commitment = readCommitment(input.commitment)
  const ciphertext = input.ciphertext ? bytesOf(input.ciphertext, 'ciphertext', maxCiphertextChars) : null
  const text = ciphertext ? null : textOf(input.text ?? '', { field: 'text', min: 1, max: maxText })
  return changeMessage(deps, viewerId, input.messageId, 'EDITED', async (message, conversation, tx) => {
    checkOwn(message, viewerId)
    checkForm(conversation, { text, ciphertext })
    if (message.unsentAt) throw notFound(messageField)
    const now = deps.now()
    if (now.getTime() - message.sentAt.getTime() > editWindowMs) {
      throw new AppError('EXPIRED', 'A message can be edited for 15 minutes.', { field: messageField })
    }
    if (ciphertext !== null) {
      await deps.setCiphertext(message._id, ciphertext, commitment, now, tx.session)
      return true
    }
    if (text === null || message.text === text) return false
    await deps.setText(message._id, text, now, tx.session)
    const { conversationId } = message
    if (text.includes('://')) tx.emit('message.linked', { conversationId, messageId: message._id })
    return true
  })
}

/**
 * Takes a message back for everyone: nothing of what it said remains, here or where it is quoted. Answers its id. Throws
 * NOT_FOUND, and FORBIDDEN for another's.
 */
export function unsendMessage(
  deps: MessageChangeDeps,
  viewerId: string,
  input: { messageId: string },
): Promise<string> {
  return changeMessage(deps, viewerId, input.messageId, 'UNSENT', async (message, _, tx) => {
    checkOwn(message, viewerId)
    if (message.unsentAt) return false
    await deps.clearMessage(message._id, deps.now(), tx.session)
    // One that changed another never was unread.
    if (!message.quiet) await deps.forgetUnread(message.conversationId, message, tx.session)
    return true
  })
}

const emojiPattern = /^\p{RGI_Emoji}$/v

/** Whether a text is one emoji as Unicode recommends them for interchange, skin tones and joined ones included. */
export function isEmoji(text: string): boolean {
  return text.length <= 40 && emojiPattern.test(text)
}

/** Sets the viewer's one reaction to a message. Answers its id. Throws INVALID and NOT_FOUND. */
export function reactToMessage(
  deps: MessageChangeDeps,
  viewerId: string,
  input: { messageId: string; emoji?: string | null | undefined },
): Promise<string> {
  const emoji = input.emoji ?? '❤️'
  if (!isEmoji(emoji)) {
    throw new AppError('INVALID', 'A reaction is one emoji.', { field: ['input', 'emoji'] })
  }
  return changeMessage(deps, viewerId, input.messageId, 'REACTION', async (message, conversation, tx) => {
    // There it is a message of its own, which only members can read (E1).
    checkForm(conversation, conversation.epoch === undefined ? {} : { text: emoji })
    if (message.unsentAt || message.notice) throw notFound(messageField)
    if (message.reactions?.some((known) => known.userId === viewerId && known.emoji === emoji)) return false
    await deps.setReaction(message._id, viewerId, { userId: viewerId, emoji, at: deps.now() }, tx.session)
    return true
  })
}

/** Takes the viewer's reaction to a message back. Answers its id. Throws NOT_FOUND. */
export function removeReaction(
  deps: MessageChangeDeps,
  viewerId: string,
  input: { messageId: string },
): Promise<string> {
  return changeMessage(deps, viewerId, input.messageId, 'REACTION', async (message, _, tx) => {
    if (message.unsentAt) throw notFound(messageField)
    if (!message.reactions?.some((known) => known.userId === viewerId)) return false
    await deps.setReaction(message._id, viewerId, null, tx.session)
    return true
  })
}
