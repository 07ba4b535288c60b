// Answers to stories: messages in the conversation of two with the story's author.
import type { Transact } from '#platform/mongo.ts'
import { textOf } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { Store } from '../store.ts'
import { createConversation, directKeyOf, haveKeys } from './conversations.ts'
import { bytesOf } from './keys.ts'
import {
  checkForm,
  deliver,
  maxCiphertextChars,
  maxText,
  openFor,
  readClientMessageId,
  readCommitment,
  type SendDeps,
} from './messages.ts'

/**
 * Answers a story that the viewer may see; answers the message's id. Throws INVALID (a text where they write encrypted, and the
 * other way round), TOO_LONG, NOT_FOUND, FORBIDDEN (his own), CONFLICT (encrypted for another epoch, or before they have a
 * conversation), BLOCKED_BY_POLICY, RATE_LIMITED and IDEMPOTENCY_MISMATCH.
 */
export async function replyToStory(
  deps: SendDeps &
    Pick<Store, 'getDirect' | 'insertConversation' | 'updateMember' | 'findDevices'> & {
      transactBefore: Transact<'messaging'>
    },
  viewerId: string,
  input: {
    storyId: string
    text?: string | null | undefined
    ciphertext?: string | null | undefined
    commitment?: string | null | undefined
    epoch?: number | null | undefined
    clientMessageId?: string | null | undefined
  },
): Promise<string> {
  const ciphertext = input.ciphertext ? bytesOf(input.ciphertext, 'ciphertext', maxCiphertextChars) : null
  const text = ciphertext ? null : textOf(input.text ?? '', { field: 'text', min: 1, max: maxText })
  const commitment = readCommitment(input.commitment)
  const clientMessageId = readClientMessageId(input.clientMessageId ?? newId('message'))
  const field = ['input', 'storyId']
  const story = await deps.visibility.story(input.storyId)
  if (!story) throw notFound(field)
  if (story.authorId === viewerId) throw new AppError('FORBIDDEN', 'This story is your own.', { field })
  const between = [viewerId, story.authorId] as const
  const existing = await deps.getDirect(directKeyOf(...between))
  // What they cannot take is refused before they have a conversation: none stays behind empty.
  const encrypted = existing ? existing.epoch !== undefined : await haveKeys(deps, between)
  checkForm(encrypted ? { epoch: 0 } : {}, { text, ciphertext })
  if (ciphertext && !existing) {
    throw new AppError('CONFLICT', 'You have no conversation yet: begin one, and encrypt for its members.', {
      field: ['input', 'ciphertext'],
    })
  }
  const conversationId = await createConversation({ ...deps, transact: deps.transactBefore }, viewerId, {
    memberIds: [story.authorId],
    encrypted,
  })
  const conversation = await openFor(deps, viewerId, conversationId)
  return deliver(deps, viewerId, conversation, {
    clientMessageId,
    text,
    mediaId: null,
    replyToId: null,
    sharedPostId: null,
    storyId: story.id,
    ciphertext,
    commitment,
    madeIn: input.epoch ?? null,
  })
}
