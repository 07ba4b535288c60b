// Answers to stories: messages in the conversation of two with the story's author.
import type { Transact } from '#platform/mongo.ts'
import { textOf } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { Store } from '../store.ts'
import { createConversation } from './conversations.ts'
import { bytesOf } from './keys.ts'
import {
  deliver,
  maxCiphertextChars,
  maxText,
  openFor,
  readClientMessageId,
  type SendDeps,
} from './messages.ts'

/**
 * Answers a story that the viewer may see; answers the message's id. Throws INVALID, TOO_LONG, NOT_FOUND, FORBIDDEN (his own),
 * BLOCKED_BY_POLICY, RATE_LIMITED and IDEMPOTENCY_MISMATCH.
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
    clientMessageId?: string | null | undefined
  },
): Promise<string> {
  const ciphertext = input.ciphertext ? bytesOf(input.ciphertext, 'ciphertext', maxCiphertextChars) : null
  const text = ciphertext ? null : textOf(input.text ?? '', { field: 'text', min: 1, max: maxText })
  const clientMessageId = readClientMessageId(input.clientMessageId ?? newId('message'))
  const field = ['input', 'storyId']
  const story = await deps.visibility.story(input.storyId)
  if (!story) throw notFound(field)
  if (story.authorId === viewerId) throw new AppError('FORBIDDEN', 'This story is your own.', { field })
  const conversationId = await createConversation({ ...deps, transact: deps.transactBefore }, viewerId, {
    memberIds: [story.authorId],
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
  })
}
