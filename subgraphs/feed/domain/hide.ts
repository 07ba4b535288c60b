// What a viewer does not want on his feed. Nobody is told, and it stays visible everywhere else.
import type { Transact } from '#platform/mongo.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { Store } from '../store.ts'

export interface HideDeps {
  store: Pick<Store, 'hidden'>
  visibility: Visibility
  transact: Transact<'feed'>
}

/** Posts and accounts that one may hide. */
export const hiddenCap = 5_000

/** Takes a post off the viewer's feed. Throws NOT_FOUND, FORBIDDEN for his own, TOO_MANY. */
export async function hidePost(deps: HideDeps, viewerId: string, postId: string): Promise<string> {
  const post = await deps.visibility.post(postId)
  if (!post) throw notFound()
  return hide(deps, viewerId, post.id, post.authorId, 'postId')
}

/** Takes a post, or all posts of an account, off the viewer's feed. Throws as `hidePost` does. */
export async function hideSubject(deps: HideDeps, viewerId: string, subjectId: string): Promise<string> {
  if (!isId(subjectId, 'user')) {
    const post = await deps.visibility.post(subjectId)
    if (!post) throw notFound()
    return hide(deps, viewerId, post.id, post.authorId, 'subjectId')
  }
  const account = await deps.visibility.account(subjectId)
  if (!account) throw notFound()
  return hide(deps, viewerId, account.id, account.id, 'subjectId')
}

function hide(
  { store, transact }: HideDeps,
  viewerId: string,
  subjectId: string,
  authorId: string,
  field: string,
): Promise<string> {
  const path = { field: ['input', field] }
  if (authorId === viewerId) throw new AppError('FORBIDDEN', 'What is your own stays on your feed.', path)
  return transact(async ({ session }) => {
    await store.hidden.insert(viewerId, subjectId, session)
    if ((await store.hidden.count(viewerId, hiddenCap + 1, session)) > hiddenCap) {
      throw new AppError('TOO_MANY', `At most ${hiddenCap} posts and accounts can be hidden.`, path)
    }
    return subjectId
  })
}
