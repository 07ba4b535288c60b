// Several questions in one round trip.
import type { Collection, Document } from 'mongodb'

/** The answers to several pipelines over one collection in one round trip, in the order of the pipelines. */
export async function together<R extends Document, Row extends Document>(
  rows: Collection<Row>,
  pipelines: readonly Document[][],
): Promise<R[][]> {
  const numbered = pipelines.map((pipeline, i) => [...pipeline, { $set: { asked: { $literal: i } } }])
  const [first = [], ...others] = numbered
  const found = await rows
    .aggregate<R & { asked: number }>([
      ...first,
      ...others.map((pipeline) => ({ $unionWith: { coll: rows.collectionName, pipeline } })),
    ])
    .toArray()
  const answers: R[][] = pipelines.map(() => [])
  for (const { asked, ...row } of found) answers[asked]?.push(row as unknown as R)
  return answers
}
