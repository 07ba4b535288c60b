// What a request loads in batches.
import { byId, createLoader } from '#platform/loader.ts'
import type { RequestScope } from '#platform/subgraph.ts'
import type { Store } from './store.ts'

export type Loaders = ReturnType<typeof createLoaders>

export function createLoaders(store: Store, { viewer, recent }: Pick<RequestScope, 'viewer' | 'recent'>) {
  return {
    /** Apps in use by id. */
    apps: createLoader(async (ids) => byId(await store.listAppsById(ids))),
    /** Accounts by id, whoever may see them: ask the policy first. */
    users: createLoader((ids) => store.gatherUsers(ids, recent, ({ _id }) => _id === viewer.userId)),
    /** Accounts by folded username, whoever may see them. */
    usersByName: createLoader(async (names) => {
      const rows = await store.listUsersByName(names)
      return new Map(rows.map((row) => [row.username, row]))
    }),
  }
}
