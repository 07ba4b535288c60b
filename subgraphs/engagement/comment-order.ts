// The order of a post's comments: a head, fixed when the first page is read, then all others, newest first. Likes move comments
// about all the time; because later pages follow the head and not the scores of their own moment, they neither skip nor double.
import { byId } from '#platform/loader.ts'
import type { PageArguments, SortKey } from '#platform/page.ts'
import { connection } from './connection.ts'
import type { Context } from './context.ts'
import { filterComments } from './domain/comments.ts'
import type { CommentRow } from './model.ts'
import type { CommentHead } from './store/comment-heads.ts'
import type { CommentOrder } from './types.gen.ts'

/** Comments that TOP sorts by score at most. */
const maxTop = 200

/**
 * A post's top-level comments in an order, the pinned ones first. TOP: the 200 with most likes and replies, as they were when the first page was
 * read, then the others, newest first; NEWEST: newest first. While its cursors are used within an hour of the first page, every
 * comment that was there then, and is not deleted meanwhile, comes exactly once, whatever is liked in between. Older cursors
 * go on in the order of their own day.
 */
export function comments(
  context: Context,
  postId: string,
  args: PageArguments & { order?: CommentOrder | null },
) {
  const { store, visibility } = context
  const order = args.order ?? 'TOP'
  let head: CommentHead | null = null

  const read = async (after: SortKey | null, limit: number): Promise<CommentRow[]> => {
    head ??= after && (await store.findCommentHead(String(after[0])))
    if (!head) {
      const [pinned, best] = await Promise.all([
        store.findPins(postId),
        order === 'TOP' ? store.listBest(postId, maxTop) : [],
      ])
      head = store.commentHead([...new Set([...pinned, ...best])])
    }
    const rows = await readAfter(context, postId, head, after?.[1], limit)
    // Nobody asks on from a list that ends here.
    if (!after && rows.length === limit) await store.keepCommentHead(head)
    return rows
  }
  return connection(context, {
    name: `Post.comments:${postId}:${order}`,
    args,
    read,
    visible: (rows) => filterComments(visibility, rows),
    keyOf: (row) => keyOf(head, row),
    edge: (row: CommentRow) => ({ node: row }),
  })
}

/** The head, and the place: a number within the head, after it the comment's id. */
function keyOf(head: CommentHead | null, { _id }: CommentRow): SortKey {
  const place = head?.commentIds.indexOf(_id) ?? -1
  return [head?.id ?? '', place < 0 ? _id : place]
}

/** The next `limit` comments after a place; fewer only at the end. */
async function readAfter(
  { store }: Context,
  postId: string,
  { commentIds }: CommentHead,
  place: string | number | undefined,
  limit: number,
): Promise<CommentRow[]> {
  const rows: CommentRow[] = []
  let from = typeof place === 'string' ? commentIds.length : (place ?? -1) + 1
  while (rows.length < limit && from < commentIds.length) {
    const part = commentIds.slice(from, from + limit)
    const found = byId(await store.listComments(part))
    rows.push(...part.flatMap((id) => found.get(id) ?? []))
    from += part.length
  }
  if (rows.length < limit) {
    const afterId = typeof place === 'string' ? place : null
    rows.push(...(await store.listTopLevel(postId, afterId, limit - rows.length, commentIds)))
  }
  return rows.slice(0, limit)
}
