// What a viewer does not want on his feed, and what he wants more of. Nobody is told, and it stays visible everywhere else.
import type { Transact } from '#platform/mongo.ts'
import type { Posts } from '#platform/posts.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { Store } from '../store.ts'
import { affinityHalfLifeMs, heatOf } from './heat.ts'
import { factsOf } from './post-facts.ts'
import { deedWeights, type Lesson, lessonOf, pairKey } from './signals.ts'

export interface HideDeps {
  store: Pick<Store, 'hidden' | 'signals'>
  posts: Pick<Posts, 'get'>
  visibility: Visibility
  transact: Transact<'feed'>
  now: () => number
}

/** Posts and accounts that one may hide. Posts that are gone do not count. */
export const hiddenCap = 5_000

/** How much it speaks against an author that something of his is hidden. */
const hideWeight = 3

/** Takes a post off the viewer's feed. Throws NOT_FOUND, FORBIDDEN for his own, TOO_MANY. */
export async function hidePost(deps: HideDeps, viewerId: string, postId: string): Promise<string> {
  const post = await deps.visibility.post(postId)
  if (!post) throw notFound(['input', 'postId'])
  return hide(deps, viewerId, post.id, post.authorId, 'postId')
}

/** Takes a post, or all posts of an account, off the viewer's feed. Throws as `hidePost` does. */
export async function hideSubject(deps: HideDeps, viewerId: string, subjectId: string): Promise<string> {
  const { id, authorId } = await subjectOf(deps, subjectId)
  return hide(deps, viewerId, id, authorId, 'subjectId')
}

/**
 * Shows the viewer more like a post, or of an account, and takes back that it was hidden. Throws NOT_FOUND, FORBIDDEN for what
 * is his own.
 */
export async function showMore(deps: HideDeps, viewerId: string, subjectId: string): Promise<string> {
  const { id, authorId, post } = await subjectOf(deps, subjectId)
  if (authorId === viewerId) throw ownIsThere('subjectId')
  const { hidden, signals } = deps.store
  return deps.transact(async ({ session }) => {
    await hidden.delete(viewerId, [id], session)
    if (post) {
      const deed = { viewerId, postId: id, kind: 'MORE' as const, undone: false, at: deps.now() }
      const [engagements] = await signals.known([pairKey(viewerId, id)], [], session)
      const known = { engagements, seen: new Set<string>(), posts: new Map([[id, post]]) }
      await signals.apply(lessonOf([deed], [], known), [], session)
    } else {
      await signals.apply(towards(deps, viewerId, authorId, 'warmth', deedWeights.MORE), [], session)
    }
    return id
  })
}

const subjectField = ['input', 'subjectId']

/** A visible post or account, with whose it is. */
async function subjectOf({ visibility }: Pick<HideDeps, 'visibility'>, subjectId: string) {
  if (isId(subjectId, 'user')) {
    const account = await visibility.account(subjectId)
    if (!account) throw notFound(subjectField)
    return { id: account.id, authorId: account.id, post: null }
  }
  const post = await visibility.post(subjectId)
  if (!post) throw notFound(subjectField)
  return { id: post.id, authorId: post.authorId, post }
}

/** A lesson about an author alone. */
function towards(
  { now }: Pick<HideDeps, 'now'>,
  viewerId: string,
  authorId: string,
  direction: 'warmth' | 'coolness',
  weight: number,
): Lesson {
  const heat = heatOf(weight, now(), affinityHalfLifeMs)
  const gain = { viewerId, authorId, warmth: null, coolness: null, [direction]: heat }
  return {
    engagements: new Map(),
    looks: [],
    posts: new Map(),
    affinities: new Map([[pairKey(viewerId, authorId), gain]]),
  }
}

async function hide(
  deps: HideDeps,
  viewerId: string,
  subjectId: string,
  authorId: string,
  field: string,
): Promise<string> {
  const { hidden, signals } = deps.store
  if (authorId === viewerId) throw ownIsThere(field)
  // Looked for once, however often the transaction is tried.
  const isFull = (await hidden.count(viewerId, hiddenCap)) >= hiddenCap
  const gone = isFull ? await goneOf(deps, viewerId) : []
  return deps.transact(async ({ session }) => {
    if (gone.length > 0) await hidden.delete(viewerId, gone, session)
    const isNew = await hidden.insert(viewerId, subjectId, session)
    if ((await hidden.count(viewerId, hiddenCap + 1, session)) > hiddenCap) {
      const path = { field: ['input', field] }
      throw new AppError('TOO_MANY', `At most ${hiddenCap} posts and accounts can be hidden.`, path)
    }
    if (isNew) await signals.apply(towards(deps, viewerId, authorId, 'coolness', hideWeight), [], session)
    return subjectId
  })
}

/** Posts that a viewer hides and that there are no more. */
async function goneOf({ store, posts }: HideDeps, viewerId: string): Promise<string[]> {
  const postIds = [...(await store.hidden.of(viewerId))].filter((id) => isId(id, 'post'))
  const there = new Set<string>()
  for await (const facts of factsOf(posts, postIds)) {
    for (const [id, { status }] of facts) if (status !== 'DELETED') there.add(id)
  }
  return postIds.filter((id) => !there.has(id))
}

const ownIsThere = (field: string) =>
  new AppError('FORBIDDEN', 'What is your own stays on your feed.', { field: ['input', field] })
