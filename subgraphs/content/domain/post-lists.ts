// Lists of posts of one account.
import type { Cursors, ListScope, Page, PageArguments, SortKey } from '#platform/page.ts'
import { fillPage, pageOf, pageSize } from '#platform/page.ts'
import type { PostPosition } from '#platform/posts.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { LivePost, RevisionRow } from '../model.ts'
import type { Store } from '../store.ts'

/** What a list of posts needs. */
export interface ListDeps {
  cursors: Cursors
  visibility: Visibility
}

const positionOf = (post: LivePost): PostPosition => ({
  publishedAt: post.publishedAt?.getTime() ?? 0,
  id: post._id,
})
const keyOf = (post: LivePost): SortKey => [positionOf(post).publishedAt, post._id]
const positionAt = (key: SortKey): PostPosition => ({ publishedAt: Number(key[0]), id: String(key[1]) })

/** Says of a pinned post's cursor that it is one: no post is published at this time. */
const pinned = -1

/**
 * A page of an account's published posts: the pinned ones first, the last pinned ahead, then the others, newest first. Null
 * when the viewer may not see what it publishes.
 */
export async function listPosts(
  deps: ListDeps & Pick<Store, 'listPublishedPosts' | 'findPosts' | 'getPins'>,
  authorId: string,
  args: PageArguments,
): Promise<Page<LivePost> | null> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list: `User.posts:${authorId}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  if (!(await visibility.content(authorId))) return null

  const pins = await deps.getPins(authorId)
  const inRest = start !== null && start[0] !== pinned
  const passed = start === null ? -1 : pins.indexOf(String(start[1]))
  const ahead = inRest ? [] : pins.slice(start === null ? 0 : passed < 0 ? pins.length : passed + 1)
  const found =
    ahead.length > 0 ? new Map((await deps.findPosts(ahead)).map((post) => [post._id, post])) : null
  const first = ahead.flatMap((id) => found?.get(id) ?? [])
  const after = inRest ? positionAt(start) : null

  const { items, hasNextPage, last } = await fillPage<LivePost>({
    size,
    read: async (previous, limit) => {
      const head = previous === null ? first.slice(0, limit) : first.slice(first.indexOf(previous) + 1, limit)
      // Once past them, `previous` is none of the pinned ones and stands for its own position.
      const beyond = previous !== null && !first.includes(previous)
      const pins_ = beyond ? [] : head
      if (pins_.length === limit) return pins_
      const from = beyond ? positionOf(previous) : after
      const rest = await deps.listPublishedPosts(authorId, from, limit - pins_.length, { without: pins })
      return [...pins_, ...rest]
    },
    visible: (posts) => visibility.filterByPost(posts, (post) => post._id),
  })
  const keyWithPins = (post: LivePost): SortKey =>
    pins.includes(post._id) ? [pinned, post._id] : keyOf(post)
  return pageOf(cursors, scope, edges(items), {
    keyOf: ({ node }) => keyWithPins(node),
    hasNextPage,
    end: last && keyWithPins(last),
    hasPreviousPage: start !== null,
  })
}

/** A page of an account's published reels, newest first; null when the viewer may not see what it publishes. */
export async function listReels(
  deps: ListDeps & Pick<Store, 'listPublishedPosts'>,
  authorId: string,
  args: PageArguments,
): Promise<Page<LivePost> | null> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list: `User.reels:${authorId}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  if (!(await visibility.content(authorId))) return null
  const after = start && positionAt(start)
  const { items, hasNextPage, last } = await fillPage<LivePost>({
    size,
    read: (previous, limit) =>
      deps.listPublishedPosts(authorId, previous ? positionOf(previous) : after, limit, { kind: 'REEL' }),
    visible: (posts) => visibility.filterByPost(posts, (post) => post._id),
  })
  return pageOf(cursors, scope, edges(items), {
    keyOf: ({ node }) => keyOf(node),
    hasNextPage,
    end: last && keyOf(last),
    hasPreviousPage: start !== null,
  })
}

/** A page of the viewer's own posts that stand at one of some places, newest first by creation. */
export async function listOwnPosts(
  deps: ListDeps & Pick<Store, 'listPostsByStatus'>,
  viewerId: string,
  list: { name: string; status: readonly LivePost['status'][] },
  args: PageArguments,
): Promise<Page<LivePost>> {
  const size = pageSize(args.first)
  const scope = { list: `Viewer.${list.name}`, viewerId }
  const start = deps.cursors.decode(scope, args.after)
  const rows = await deps.listPostsByStatus(viewerId, list.status, start && String(start[0]), size + 1)
  return pageById(deps.cursors, scope, rows, { size, start })
}

/** A page of what a post said before its edits, newest first; null unless it is the viewer's. */
export async function listRevisions(
  deps: ListDeps & Pick<Store, 'listRevisions'>,
  post: LivePost,
  args: PageArguments,
): Promise<Page<RevisionRow> | null> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list: `Post.editHistory:${post._id}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  if (visibility.viewerId !== post.authorId) return null
  const rows = await deps.listRevisions(post._id, start && String(start[0]), size + 1)
  return pageById(cursors, scope, rows, { size, start })
}

/** A page out of rows sorted by id, one more than it takes. */
function pageById<R extends { _id: string }>(
  cursors: Cursors,
  scope: ListScope,
  rows: readonly R[],
  { size, start }: { size: number; start: SortKey | null },
): Page<R> {
  return pageOf(cursors, scope, edges(rows.slice(0, size)), {
    keyOf: ({ node }) => [node._id],
    hasNextPage: rows.length > size,
    hasPreviousPage: start !== null,
  })
}

const edges = <R>(rows: readonly R[]) => rows.map((node) => ({ node }))
