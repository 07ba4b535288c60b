// Messages: sent exactly once, in one order.
import { createHash } from 'node:crypto'
import type { MediaFacts } from '#platform/media.ts'
import { isDuplicate, type Transact } from '#platform/mongo.ts'
import { optionalText } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { ConversationRow, MessageRow } from '../model.ts'
import type { Store } from '../store.ts'
import type { InTurn } from '../turns.ts'
import { type ContactDeps, checkContactPolicies, fileMessage, giveBackRequests } from './contact.ts'
import { bytesOf } from './keys.ts'
import { isReadable, isThere, memberOf, ownPart } from './participation.ts'

export const maxText = 4_000
const maxClientId = 64
/** 64 KiB and what encryption adds. */
export const maxCiphertextChars = 100_000
/** 32 bytes. */
const commitmentChars = 44
const conversationField = ['input', 'conversationId']
const clientIdField = ['input', 'clientMessageId']

export interface MessageDraft {
  conversationId: string
  clientMessageId: string
  text?: string | null | undefined
  mediaId?: string | null | undefined
  replyToId?: string | null | undefined
  sharedPostId?: string | null | undefined
  ciphertext?: string | null | undefined
  commitment?: string | null | undefined
  epoch?: number | null | undefined
  isChange?: boolean | null | undefined
}

/** What a message says, checked. */
export interface Draft extends Pick<MessageRow, 'clientMessageId' | 'text' | 'sharedPostId'> {
  mediaId: string | null
  replyToId: string | null
  storyId: string | null
  ciphertext: string | null
  commitment?: string | null
  /** The epoch that the ciphertext was made in; null when the sender does not say. */
  madeIn?: number | null
  /** Whether it changes an earlier message. */
  isChange?: boolean
}

/** A sender's commitment to a content, checked. Throws INVALID. */
export function readCommitment(commitment: string | null | undefined): string | null {
  if (commitment === null || commitment === undefined) return null
  const bytes = bytesOf(commitment, 'commitment', commitmentChars)
  if (bytes.length === commitmentChars) return bytes
  throw new AppError('INVALID', 'A commitment has 32 bytes.', { field: ['input', 'commitment'] })
}

/** A sender's own id for a message, checked. Throws INVALID or TOO_LONG. */
export function readClientMessageId(clientMessageId: string): string {
  if (clientMessageId.length > maxClientId) {
    throw new AppError('TOO_LONG', `At most ${maxClientId} characters.`, { field: clientIdField })
  }
  // MongoDB keeps another text than an ill-formed one, and a repetition would not find it.
  const isText = clientMessageId.isWellFormed() && !clientMessageId.includes('\u0000')
  if (clientMessageId.length === 0 || !isText) {
    throw new AppError('INVALID', 'Your own id for the message: 1–64 characters.', { field: clientIdField })
  }
  return clientMessageId
}

/** What a draft says, checked. Throws INVALID or TOO_LONG. */
export function readDraft(draft: MessageDraft): Draft {
  const clientMessageId = readClientMessageId(draft.clientMessageId)
  const text = optionalText(draft.text, { field: 'text', max: maxText })
  const { mediaId = null, replyToId = null, sharedPostId = null } = draft
  const ciphertext = draft.ciphertext ? bytesOf(draft.ciphertext, 'ciphertext', maxCiphertextChars) : null
  if (text === null && mediaId === null && sharedPostId === null && ciphertext === null) {
    throw new AppError('INVALID', 'A message has a text, a media item or a post.', {
      field: ['input', 'text'],
    })
  }
  if (mediaId !== null && sharedPostId !== null) {
    throw new AppError('INVALID', 'A message has a media item or a post, not both.', {
      field: ['input', 'mediaId'],
    })
  }
  const isChange = draft.isChange ?? false
  if (isChange && ciphertext === null) {
    throw new AppError('INVALID', 'Only what is encrypted changes another message this way.', {
      field: ['input', 'isChange'],
    })
  }
  const commitment = readCommitment(draft.commitment)
  const madeIn = draft.epoch ?? null
  const content = { text, mediaId, replyToId, sharedPostId, storyId: null, ciphertext }
  return { clientMessageId, ...content, commitment, madeIn, isChange }
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('base64url')

/** Tells drafts apart, whatever became of the message since. */
export const draftHash = ({ text, mediaId, replyToId, sharedPostId, storyId, ciphertext }: Draft) =>
  hashOf([text, mediaId, replyToId, sharedPostId, storyId, ciphertext])

export interface SendDeps
  extends ContactDeps,
    Pick<
      Store,
      | 'getConversation'
      | 'getSentMessage'
      | 'getMessage'
      | 'advanceConversation'
      | 'beginConversation'
      | 'addMessage'
    > {
  transact: Transact<'messaging'>
  media: MediaFacts
  inTurn: InTurn
  /** Told what a message has become, and its conversation with it, when both are committed. */
  onSent?: (conversation: ConversationRow, message: MessageRow) => void
}

/**
 * Sends a message and answers its id; the same `clientMessageId` of the same sender in the same conversation answers the
 * message that was sent. Throws INVALID, TOO_LONG, NOT_FOUND (no member, a block in a conversation of two, a hidden post,
 * another's media, a message that is not there to be replied to), BLOCKED_BY_POLICY, RATE_LIMITED and IDEMPOTENCY_MISMATCH
 * (the same id for another message).
 */
export async function sendMessage(deps: SendDeps, senderId: string, input: MessageDraft): Promise<string> {
  const draft = readDraft(input)
  const conversation = await openFor(deps, senderId, input.conversationId)
  await checkReferences(deps, conversation, senderId, draft)
  return deliver(deps, senderId, conversation, draft)
}

/** A conversation in which the sender may write. Throws NOT_FOUND and BLOCKED_BY_POLICY. */
export async function openFor(
  deps: Pick<SendDeps, 'getConversation' | 'visibility'>,
  senderId: string,
  conversationId: string,
): Promise<ConversationRow> {
  const conversation = isId(conversationId, 'conversation')
    ? await deps.getConversation(conversationId)
    : null
  if (!conversation || !(await ownPart(deps.visibility, conversation))) throw notFound(conversationField)
  if (conversation.kind === 'GROUP') return conversation
  const other = conversation.members.find((member) => member.userId !== senderId)
  if (!other || !(await deps.visibility.account(other.userId))) throw notFound(conversationField)
  // Whoever has accepted has answered for himself.
  if (other.folder !== 'PRIMARY') {
    await checkContactPolicies(deps.visibility, senderId, [other.userId], conversationField)
  }
  return conversation
}

/** Throws NOT_FOUND when a draft names what the sender may not use. */
async function checkReferences(
  deps: SendDeps,
  conversation: ConversationRow,
  senderId: string,
  { mediaId, replyToId, sharedPostId }: Draft,
): Promise<void> {
  if (sharedPostId !== null && !(isId(sharedPostId, 'post') && (await deps.visibility.post(sharedPostId)))) {
    throw notFound(['input', 'sharedPostId'])
  }
  if (mediaId !== null) {
    const field = ['input', 'mediaId']
    const media = isId(mediaId, 'media') ? await deps.media.find(mediaId) : null
    if (media?.ownerId !== senderId) throw notFound(field)
    if ((media.kind === 'CIPHERTEXT') !== (conversation.epoch !== undefined)) {
      throw new AppError('INVALID', 'An encrypted conversation takes encrypted media, and no other does.', {
        field,
      })
    }
    if (media.status === 'PENDING' || media.status === 'FAILED') {
      throw new AppError('CONFLICT', 'Complete the upload first.', { field })
    }
  }
  if (replyToId !== null) {
    const original = isId(replyToId, 'message') ? await deps.getMessage(replyToId) : null
    const there =
      original?.conversationId === conversation._id &&
      !original.notice &&
      isThere(conversation, original, senderId, deps.now()) &&
      (await isReadable(deps.visibility, original))
    if (!there) throw notFound(['input', 'replyToId'])
  }
}

/**
 * Sends what was checked; with `begins` the conversation is there from this message on, or not at all. Throws RATE_LIMITED,
 * IDEMPOTENCY_MISMATCH, and NOT_FOUND when the sender has left meanwhile.
 */
export async function deliver(
  deps: SendDeps,
  senderId: string,
  conversation: ConversationRow,
  draft: Draft,
  { begins = false }: { begins?: boolean } = {},
): Promise<string> {
  const { _id: conversationId } = conversation
  const _id = newId('message')
  const hash = draftHash(draft)
  const sentBefore = async (): Promise<string | null> => {
    const sent = await deps.getSentMessage(conversationId, senderId, draft.clientMessageId)
    // One that was taken back keeps nothing to compare with.
    if (sent?.draftHash && sent.draftHash !== hash) {
      throw new AppError('IDEMPOTENCY_MISMATCH', 'This id came before with another message.', {
        field: clientIdField,
      })
    }
    return sent?._id ?? null
  }
  const send = async () => {
    // Where everyone has accepted, nothing is filed that could have changed while others had their turn.
    const isSettled = begins || conversation.members.every(({ folder }) => folder === 'PRIMARY')
    const current = isSettled ? conversation : await deps.getConversation(conversationId)
    if (!current || !memberOf(current, senderId)) throw notFound(conversationField)
    checkForm(current, draft)
    const filing = await fileMessage(deps, current, senderId, {
      text: draft.text,
      textHash: hashOf(draft.text),
    })
    const written: { sent?: [ConversationRow, MessageRow] } = {}
    const commit = deps.transact.together(conversationId, async (tx) => {
      const sentAt = deps.now()
      const { isHeard } = filing
      const newest = { id: _id, senderId, sentAt, isChange: draft.isChange ?? false, isHeard }
      const row = begins
        ? deps.beginConversation(tx, conversation, newest, filing)
        : await deps.advanceConversation(tx, conversationId, newest, filing)
      if (!row) throw notFound(conversationField)
      checkEpoch(row, draft)
      const message = messageRow(_id, row, senderId, draft, hash, sentAt, isHeard)
      written.sent = [row, message]
      deps.addMessage(tx, message)
      if (draft.text?.includes('://')) tx.emit('message.linked', { conversationId, messageId: _id })
      const hearers = row.members.filter(
        ({ userId, declinedAt }) => declinedAt === null && !filing.quiet.includes(userId),
      )
      tx.emit('message.sent', {
        messageId: _id,
        conversationId,
        senderId,
        sequence: row.lastSequence,
        ordinal: row.lastSequence - (row.unsaid ?? 0),
        memberIds: hearers.map(({ userId }) => userId),
        ...(draft.isChange ? { quiet: true } : {}),
      })
      return _id
    })
    await commit.catch(async (error: unknown) => {
      // Another process sent it at this moment, and has counted it.
      if (isDuplicate(error)) await giveBackRequests(deps, senderId, filing)
      throw error
    })
    if (written.sent) deps.onSent?.(...written.sent)
    return _id
  }
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

/** Throws INVALID for plain content in an encrypted conversation (E1), and for ciphertext in any other. */
export function checkForm(conversation: Pick<ConversationRow, 'epoch'>, draft: Partial<Draft>): void {
  const { text = null, sharedPostId = null, replyToId = null, ciphertext = null } = draft
  const isPlain = text !== null || sharedPostId !== null || replyToId !== null
  if (conversation.epoch === undefined ? ciphertext === null : ciphertext !== null && !isPlain) return
  const message =
    conversation.epoch === undefined
      ? 'This conversation is not encrypted.'
      : 'This conversation is encrypted: its messages are a ciphertext and nothing else.'
  throw new AppError('INVALID', message, { field: ['input', 'ciphertext'] })
}

/** Throws CONFLICT for what was made in another epoch: who was removed since could read it, who came could not (E2). */
function checkEpoch({ epoch }: ConversationRow, { madeIn = null }: Draft): void {
  if (madeIn === null || madeIn === epoch) return
  throw new AppError('CONFLICT', 'The group is in another epoch: encrypt it again.', {
    field: ['input', 'epoch'],
  })
}

function messageRow(
  _id: string,
  conversation: ConversationRow,
  senderId: string,
  draft: Draft,
  hash: string,
  sentAt: Date,
  isHeard: boolean,
): MessageRow {
  const { disappearAfterMs } = conversation
  const { clientMessageId, text, sharedPostId, mediaId, replyToId, storyId, ciphertext, commitment } = draft
  return {
    _id,
    conversationId: conversation._id,
    sequence: conversation.lastSequence,
    senderId,
    clientMessageId,
    text,
    sharedPostId,
    draftHash: hash,
    ...(mediaId ? { mediaId } : {}),
    ...(replyToId ? { replyToId } : {}),
    ...(storyId ? { storyId } : {}),
    ...(ciphertext ? { ciphertext } : {}),
    ...(ciphertext && commitment ? { commitments: [commitment] } : {}),
    ...(draft.isChange ? { isChange: true } : {}),
    ...(draft.isChange || !isHeard ? { quiet: true } : {}),
    sentAt,
    ...(disappearAfterMs ? { expiresAt: new Date(sentAt.getTime() + disappearAfterMs) } : {}),
  }
}
