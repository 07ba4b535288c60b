// Engagement's lists, and notifications as their recipient sees them.
import type { PageArguments, SortKey } from '#platform/page.ts'
import { requireSignedIn } from '#platform/viewer.ts'
import { connection } from './connection.ts'
import type { Context } from './context.ts'
import { filterComments } from './domain/comments.ts'
import { visibleNotifications } from './domain/visible-notifications.ts'
import type { CollectionRow, CommentRow, NotificationKind, NotificationRow } from './model.ts'
import type { ReactionPosition } from './store/reactions.ts'

/** Unread notifications that are looked at: more are not told apart from as many. */
const maxUnread = 100

const reactionPosition = (key: SortKey | null): ReactionPosition | null =>
  key && { at: new Date(Number(key[0])), otherId: String(key[1]) }
const idPosition = (key: SortKey | null): string | null => key && String(key[0])

/** Who likes a post, newest first. */
export function likers(context: Context, postId: string, args: PageArguments) {
  const { store, visibility } = context
  return connection(context, {
    name: `Post.likers:${postId}`,
    args,
    read: (after, limit) => store.listReactionsTo('likes', postId, reactionPosition(after), limit),
    visible: (rows) => visibility.filterByAccount(rows, (row) => row.userId),
    keyOf: (row) => [row.at.getTime(), row.userId],
    edge: (row) => ({ node: { id: row.userId }, likedAt: row.at }),
  })
}

/** A comment's replies, oldest first; none for a reply. */
export function replies(context: Context, commentId: string, args: PageArguments) {
  const { store, visibility } = context
  return connection(context, {
    name: `Comment.replies:${commentId}`,
    args,
    read: (after, limit) => store.listReplies(commentId, idPosition(after), limit),
    visible: (rows) => filterComments(visibility, rows),
    keyOf: (row) => [row._id],
    edge: (row: CommentRow) => ({ node: row }),
  })
}

/** What the viewer saved, newest save first. */
export function savedPosts(context: Context, args: PageArguments) {
  const { userId } = requireSignedIn(context.viewer)
  return saves(context, 'Viewer.savedPosts', { userId }, args)
}

/** What its owner put into a collection, newest save first. */
export function collectedPosts(context: Context, { _id }: CollectionRow, args: PageArguments) {
  return saves(context, `Collection.posts:${_id}`, { collectionId: _id }, args)
}

function saves(
  context: Context,
  name: string,
  of: { userId: string } | { collectionId: string },
  args: PageArguments,
) {
  const { store, visibility } = context
  return connection(context, {
    name,
    args,
    read: (after, limit) => store.listSaves(of, reactionPosition(after), limit),
    visible: (rows) => visibility.filterByPost(rows, (row) => row.targetId),
    keyOf: (row) => [row.at.getTime(), row.targetId],
    edge: (row) => ({ node: { id: row.targetId }, savedAt: row.at }),
  })
}

/** The viewer's collections, newest first. */
export function collections(context: Context, args: PageArguments) {
  const { userId } = requireSignedIn(context.viewer)
  return connection(context, {
    name: 'Viewer.collections',
    args,
    read: (after, limit) => context.store.listCollections(userId, idPosition(after), limit),
    visible: async (rows) => rows,
    keyOf: (row) => [row._id],
    edge: (row: CollectionRow) => ({ node: row }),
  })
}

/** The viewer's notifications, newest first. */
export function notifications(
  context: Context,
  { filter, ...args }: PageArguments & { filter?: readonly NotificationKind[] | null },
) {
  const { store } = context
  const kinds = filter ? [...new Set(filter)].sort() : null
  const { userId } = requireSignedIn(context.viewer)
  return connection(context, {
    name: `Viewer.notifications:${kinds?.join(',') ?? ''}`,
    args,
    read: (after, limit) => {
      const position = after && { updatedAt: new Date(Number(after[0])), id: String(after[1]) }
      return store.listNotifications(userId, position, limit, kinds)
    },
    visible: (rows) => visibleNotifications(context, rows),
    keyOf: (row) => [row.updatedAt.getTime(), row._id],
    edge: (row: NotificationRow) => ({ node: row }),
  })
}

/** The viewer's own notification; null when it is gone, another's, or hidden from him as `visibleNotifications` says. */
export async function ownNotification(context: Context, id: string): Promise<NotificationRow | null> {
  const { userId } = context.viewer
  const rows = userId ? await context.store.listOwnNotifications(userId, [id]) : []
  return (await visibleNotifications(context, rows))[0] ?? null
}

/** How many notifications the viewer has not read, at most 100. */
export async function unreadCount(context: Context): Promise<number> {
  const { userId } = requireSignedIn(context.viewer)
  const rows = await context.store.listUnread(userId, maxUnread)
  return (await visibleNotifications(context, rows)).length
}
