// How rows of `relations` are found by their keys.
import type { RelationDoc } from '../model.ts'

/** The index by which `withKeys` finds rows. */
export const byKey = { hint: '_id_' } as const

/** Rows by key. The shard key, `viewerId`, stands beside the ids, so that no shard is asked but those that hold them. */
export function withKeys(keys: readonly string[]): {
  _id: { $in: RelationDoc['_id'][] }
  viewerId: { $in: string[] }
} {
  const viewerIds = new Set(keys.map((key) => key.slice(0, key.indexOf(':'))))
  return { _id: { $in: [...keys] }, viewerId: { $in: [...viewerIds] } }
}
