// What ends by itself in User's database, as the table of the house says (`schema/retention.ts`).
import type { Db } from 'mongodb'
import { retention } from '#schema/retention.ts'

/** Whoever writes these makes their indexes as well. */
const madeByWriter: readonly string[] = ['oauth', 'sendings', 'idempotency', 'outbox', 'jobs']

/** Creates the indexes that end what has a period. */
export async function prepareRetention(db: Db): Promise<void> {
  await Promise.all(
    retention.user.map(async ({ collection, period }) => {
      if (typeof period === 'string' || madeByWriter.includes(collection)) return
      const { field, seconds, index } = period
      await db
        .collection(collection)
        .createIndex({ [field]: 1 }, { name: index, expireAfterSeconds: seconds })
    }),
  )
}
