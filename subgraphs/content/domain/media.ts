// Media items as their owner and others meet them.
import type { MessageMedia } from '#platform/message-media.ts'
import type { Transact } from '#platform/mongo.ts'
import { optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { MediaRow } from '../model.ts'
import type { Store } from '../store.ts'

const maxAltText = 1_000

/** A description that was given for an item; null for none. Throws TOO_LONG. */
export function altTextOf(value: string | null | undefined, field: string): string | null {
  return optionalText(value, { field, max: maxAltText })
}

/** Those items that the viewer may see: his own, and those of a post, a story or a message that he may see. */
export async function visibleMedia(
  deps: Pick<Store, 'findMedia' | 'findPostsUsing' | 'findStoriesShowing'> & {
    visibility: Visibility
    messageMedia: MessageMedia
    now: () => Date
  },
  ids: readonly string[],
): Promise<Map<string, MediaRow>> {
  const { visibility } = deps
  const rows = await deps.findMedia(ids)
  const others = rows.filter((row) => row.ownerId !== visibility.viewerId).map((row) => row._id)
  const [posts, stories] =
    others.length === 0
      ? [[], []]
      : await Promise.all([deps.findPostsUsing(others), deps.findStoriesShowing(others)])
  const [seenPosts, seenStories] = await Promise.all([
    visibility.filterByPost(posts, (post) => post._id),
    visibility.filterByStory(stories, (story) => story._id),
  ])
  const shown = new Set([
    ...seenPosts.flatMap((post) => post.mediaIds),
    ...seenStories.map((story) => story.mediaId),
  ])
  const rest = rows.filter((row) => row.ownerId !== visibility.viewerId && !shown.has(row._id))
  for (const id of await sentMedia(deps, rest)) shown.add(id)
  return new Map(
    rows
      .filter((row) => row.ownerId === visibility.viewerId || shown.has(row._id))
      .map((row) => [row._id, row]),
  )
}

/** Those of others' items that were sent to the viewer by someone who is not hidden from him. */
async function sentMedia(
  { visibility, messageMedia, now }: { visibility: Visibility; messageMedia: MessageMedia; now: () => Date },
  rows: readonly MediaRow[],
): Promise<Set<string>> {
  if (visibility.viewerId === null || rows.length === 0) return new Set()
  const owners = await Promise.all(rows.map((row) => visibility.account(row.ownerId)))
  const open = rows.filter((_, i) => owners[i] && !owners[i].shadowBanned)
  if (open.length === 0) return new Set()
  return messageMedia.sentTo(
    visibility.viewerId,
    open.map((row) => row._id),
    now(),
  )
}

/** An item for its owner to work on. Throws NOT_FOUND, and FORBIDDEN for another's that the viewer may see. */
export async function ownMedia(
  loadVisible: (mediaId: string) => Promise<MediaRow | null>,
  viewerId: string | null,
  mediaId: string,
): Promise<MediaRow> {
  const media = isId(mediaId, 'media') ? await loadVisible(mediaId) : null
  if (!media) throw notFound(['input', 'mediaId'])
  if (media.ownerId !== viewerId) {
    throw new AppError('FORBIDDEN', 'Only its owner may do this.', { field: ['input', 'mediaId'] })
  }
  return media
}

/** Changes the description of an item of the viewer's. Throws NOT_FOUND, FORBIDDEN or TOO_LONG. */
export async function describeMedia(
  deps: Pick<Store, 'setAltText'> & {
    ownMedia: (mediaId: string) => Promise<MediaRow>
    transact: Transact<'content'>
    now: () => Date
  },
  mediaId: string,
  value: string | null | undefined,
): Promise<string> {
  const altText = altTextOf(value, 'altText')
  await deps.ownMedia(mediaId)
  return deps.transact(async (tx) => {
    // Left out is not null: nothing was asked for.
    if (value === undefined) return mediaId
    const media = await deps.setAltText(mediaId, altText, deps.now(), tx.session)
    if (!media) throw notFound(['input', 'mediaId'])
    const { ownerId, status } = media
    if (status !== 'PENDING') tx.emit('media.changed', { mediaId, ownerId, status })
    return mediaId
  })
}
