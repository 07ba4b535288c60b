// Answers to stories: messages in the conversation of two with the story's author.
import { isDuplicate } from '#platform/mongo.ts'
import { textOf } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { Store } from '../store.ts'
import { checkContactPolicies } from './contact.ts'
import { directKeyOf, haveKeys, newConversation } from './conversations.ts'
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
  deps: SendDeps & Pick<Store, 'getDirect' | 'findDevices'>,
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
  const directKey = directKeyOf(...between)
  const draft = { clientMessageId, text, mediaId: null, replyToId: null, sharedPostId: null, ciphertext }
  const reply = async () => {
    const existing = await deps.getDirect(directKey)
    const isEncrypted = existing ? existing.epoch !== undefined : await haveKeys(deps, between)
    checkForm(isEncrypted ? { epoch: 0 } : {}, draft)
    if (ciphertext && !existing) {
      throw new AppError(
        'CONFLICT',
        'You have no conversation yet: begin one, and encrypt for its members.',
        {
          field: ['input', 'ciphertext'],
        },
      )
    }
    if (!existing) await checkContactPolicies(deps.visibility, viewerId, [story.authorId], field)
    const conversation = existing
      ? await openFor(deps, viewerId, existing._id)
      : newConversation(viewerId, [story.authorId], { isEncrypted, now: deps.now() })
    return deliver(
      deps,
      viewerId,
      conversation,
      { ...draft, storyId: story.id, commitment, madeIn: input.epoch ?? null },
      { begins: !existing },
    )
  }
  // Each try to begin their conversation would be another request: the second one comes when the first has begun it.
  return deps.inTurn(directKey, async () => {
    try {
      return await reply()
    } catch (error) {
      // They began it at this moment, elsewhere.
      if (isDuplicate(error, 'direct')) return reply()
      throw error
    }
  })
}
