// Handing a post on. The row counts; the messages follow by event, written by Messaging as the sharer's own.
import type { Conversations } from '#platform/conversations.ts'
import type { Transact } from '#platform/mongo.ts'
import { boundedList, optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { Store } from '../store.ts'

/** Conversations that one call shares into at most. */
const maxConversations = 20

export interface ShareDeps {
  store: Pick<Store, 'insertShare'>
  transact: Transact<'engagement'>
  visibility: Visibility
  conversations: Pick<Conversations, 'encryptedOf'>
  now(): Date
}

/**
 * Shares a post into conversations; without any, out of the house. Conversations that the viewer is not in get nothing, and
 * nothing tells him so. Throws NOT_FOUND when the post is hidden, TOO_MANY, TOO_LONG and INVALID for the rest: also when one of
 * his conversations is encrypted, because nobody but he can write there, and a share that does not arrive must not count.
 */
export async function sharePost(
  deps: ShareDeps,
  viewerId: string,
  input: {
    postId: string
    conversationIds?: readonly string[] | null | undefined
    text?: string | null | undefined
  },
): Promise<{ postId: string }> {
  const { postId } = input
  const text = optionalText(input.text, { field: 'text', max: 1_000 })
  const given = boundedList(input.conversationIds ?? [], { field: 'conversationIds', max: maxConversations })
  if (!given.every((id) => isId(id, 'conversation'))) {
    throw new AppError('INVALID', 'This is no id of a conversation.', { field: ['input', 'conversationIds'] })
  }
  if (!(await deps.visibility.post(postId))) throw notFound(['input', 'postId'])
  if ((await deps.conversations.encryptedOf(viewerId, given)).length > 0) {
    throw new AppError(
      'INVALID',
      'A conversation is encrypted: send the post there as a message of your own.',
      {
        field: ['input', 'conversationIds'],
      },
    )
  }
  return deps.transact(async (tx) => {
    const at = deps.now()
    const _id = newId('share', at.getTime())
    const conversationIds = [...new Set(given)]
    await deps.store.insertShare(tx, {
      _id,
      targetId: postId,
      userId: viewerId,
      conversationIds,
      text,
      state: 'ON',
      uncounted: 1,
      at,
    })
    tx.emit('post.shared', { shareId: _id, postId, userId: viewerId })
    return { postId }
  })
}
