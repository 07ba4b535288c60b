// Which notifications their recipient may know of, and of whom in them: the list in the app, pushes, digests and copies of his
// data ask the same.
import { createLoader } from '#platform/loader.ts'
import { createVisibility, type Facts, type Visibility } from '#platform/visibility.ts'
import { entityOf, isId } from '#schema/ids.ts'
import type { NotificationRow } from '../model.ts'
import type { CommentStore } from '../store/comments.ts'
import { type CommentReader, visibleComment } from './comments.ts'

/** Actors that decide, in most cases, whether a notification is visible at all. */
const fewActors = 3

/** What a person may read, outside of any request of his: as facts are from now on for a moment. */
export function readerOf(
  { store, facts }: { store: Pick<CommentStore, 'gatherComments'>; facts: Facts },
  userId: string,
): CommentReader {
  const comments = createLoader(store.gatherComments)
  return {
    visibility: createVisibility(facts, userId),
    comment: async (id) => (isId(id, 'comment') ? comments.load(id) : null),
  }
}

/** Those notifications in which somebody is left whom the viewer may see, and which are about nothing that is hidden from him (N4). */
export async function visibleNotifications(
  reader: CommentReader,
  rows: readonly NotificationRow[],
): Promise<NotificationRow[]> {
  const { visibility } = reader
  // Who does what under a post is no business of those who may no longer see it.
  const subjectVisible = async ({ kind, subjectId }: NotificationRow) => {
    // A decision is told though what it is about is gone; a message has a list and rules of its own.
    if (subjectId === null || kind === 'MODERATION' || kind === 'MESSAGE') return true
    switch (entityOf(subjectId)) {
      case 'Comment':
        return visibleComment(reader, subjectId)
      case 'Story':
        return visibility.story(subjectId)
      default:
        return visibility.post(subjectId)
    }
  }
  const someVisible = async (actorIds: string[]) =>
    (await visibility.filterByAccount(actorIds, (id) => id)).length > 0
  const seen = await Promise.all(
    rows.map(async (row) => {
      const [subject, few] = await Promise.all([
        subjectVisible(row),
        // What nobody did is for its recipient to know.
        row.actorCount === 0 || someVisible(row.actorIds.slice(0, fewActors)),
      ])
      return subject && (few || someVisible(row.actorIds.slice(fewActors)))
    }),
  )
  return rows.filter((_, i) => seen[i])
}

/** Who is in a notification, newest first, those hidden from the viewer left out. */
export function visibleActors(visibility: Visibility, row: NotificationRow): Promise<string[]> {
  return visibility.filterByAccount(row.actorIds, (id) => id)
}

/**
 * How many did it, as far as may be known to whom `visible` of its actors are: of more than 100, those hidden among the newest 100
 * are left out.
 */
export function visibleActorCount(row: NotificationRow, visible: readonly string[]): number {
  return row.actorCount - row.actorIds.length + visible.length
}
