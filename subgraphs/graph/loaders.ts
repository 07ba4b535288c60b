// What a request loads in batches.
import { byId, createLoader } from '#platform/loader.ts'
import type { Relations } from '#platform/relations.ts'
import { shownCounts } from './domain/counts.ts'
import { maxFollowing } from './domain/relation.ts'
import type { CountRow, Counts } from './model.ts'
import type { Store } from './store.ts'

export type Loaders = ReturnType<typeof createLoaders>

export function createLoaders(deps: {
  store: Store
  relations: Pick<Relations, 'followingIds'>
  viewerId: string | null
  checker: { look(userIds: readonly string[], rows: ReadonlyMap<string, CountRow>): void }
}) {
  let viewerFollowing: Promise<string[]> | null = null
  return {
    /** Ids of all accounts that the viewer follows, newest first; none when signed out. Loaded once. */
    viewerFollowing(): Promise<string[]> {
      viewerFollowing ??=
        deps.viewerId === null
          ? Promise.resolve([])
          : deps.relations.followingIds(deps.viewerId, maxFollowing)
      return viewerFollowing
    },
    /** Counts by user id, as the viewer is to see them: his own follows are in them at once. Never null. */
    counts: createLoader<Counts>(async (userIds) => {
      const { counts, due } = await deps.store.listCounts(userIds, deps.viewerId)
      const rows = byId(counts)
      deps.checker.look(userIds, rows)
      return new Map(userIds.map((userId) => [userId, shownCounts(rows.get(userId), userId, due)]))
    }),
  }
}
