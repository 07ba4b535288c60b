// What of a thing is served to whom: an item that is labelled as not for everyone keeps its bytes and its words back.
import type { Context } from '../context.ts'
import { isServed } from '../domain/label-rules.ts'
import type { LivePost, MediaRow } from '../model.ts'

async function servesAll(media: readonly MediaRow[], context: Context): Promise<boolean> {
  const { userId } = context.viewer
  const account = userId === null ? null : ((await context.accounts.get([userId])).get(userId) ?? null)
  const now = context.now().getTime()
  return media.every((item) => isServed(item, account, now))
}

/** What the viewer is served of an item; at once where nothing is labelled. */
export function ifServed<T>(media: MediaRow, context: Context, value: () => T, otherwise: T): T | Promise<T> {
  if (!media.labels?.length) return value()
  return servesAll([media], context).then((serves) => (serves ? value() : otherwise))
}

/** What the viewer is served of a post's words: nothing while it shows something that he is not served. */
export function ifRead<T>(
  post: Pick<LivePost, 'labelled' | 'mediaIds'>,
  context: Context,
  value: () => T | Promise<T>,
  otherwise: T,
): T | Promise<T> {
  if (!post.labelled) return value()
  return context.loaders
    .listMedia(post.mediaIds)
    .then((media) => servesAll(media, context))
    .then((serves) => (serves ? value() : otherwise))
}
