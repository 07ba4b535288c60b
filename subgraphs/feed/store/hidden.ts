import type { ClientSession, Db } from 'mongodb'
import { createGatherer } from '#platform/loader.ts'
import type { HiddenRow } from '../model.ts'

export interface Hidden {
  /** Ids of the posts and accounts that a viewer does not want on his feed. */
  of(viewerId: string): Promise<ReadonlySet<string>>
  /** How many they are, counted up to `max`. */
  count(viewerId: string, max: number, session?: ClientSession): Promise<number>
  /** Adds one; answers false when it is there. */
  insert(viewerId: string, subjectId: string, session: ClientSession): Promise<boolean>
  /** Takes some back. */
  delete(viewerId: string, subjectIds: readonly string[], session: ClientSession): Promise<void>
}

/** What viewers hide, in one database. */
export function createHidden(db: Db): Hidden {
  const rows = db.collection<HiddenRow>('hidden')
  const gathered = createGatherer(async (viewerIds) => {
    const found = rows.find(
      { viewerId: { $in: [...viewerIds] } },
      { projection: { _id: 0, viewerId: 1, subjectId: 1 } },
    )
    const hidden = new Map<string, Set<string>>()
    for await (const { viewerId, subjectId } of found) {
      const theirs = hidden.get(viewerId) ?? new Set()
      hidden.set(viewerId, theirs.add(subjectId))
    }
    return hidden
  })
  return {
    of: async (viewerId) => (await gathered([viewerId])).get(viewerId) ?? new Set(),
    count: (viewerId, max, session) => rows.countDocuments({ viewerId }, { limit: max, session }),
    async insert(viewerId, subjectId, session) {
      const _id = `${viewerId}:${subjectId}`
      const row = { viewerId, subjectId, createdAt: new Date() }
      const { upsertedCount } = await rows.updateOne(
        { _id },
        { $setOnInsert: row },
        { upsert: true, session },
      )
      return upsertedCount > 0
    },
    async delete(viewerId, subjectIds, session) {
      await rows.deleteMany({ viewerId, subjectId: { $in: [...subjectIds] } }, { session })
    },
  }
}

/** The index that answers what one viewer hides. */
export async function prepareHidden(db: Db): Promise<void> {
  await db
    .collection<HiddenRow>('hidden')
    .createIndex({ viewerId: 1, subjectId: 1 }, { name: 'viewer', unique: true })
}
