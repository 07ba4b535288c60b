// Closed days in few files: what was written in many small ones is written again in one, which takes their place from one moment to
// the next. Readers go by the rows of `warehouseFiles`, so that they see each deed once, before and after.
import { buffer } from 'node:stream/consumers'
import type { Transact } from '#platform/mongo.ts'
import type { JobQueue } from '#platform/queue.ts'
import type { Storage } from '#platform/storage.ts'
import { newId } from '#schema/ids.ts'
import { type DeedKind, dayOf } from '#subgraphs/engagement/domain/insights.ts'
import type { InsightStore } from '#subgraphs/engagement/store/insights.ts'
import type { FileRow } from '#subgraphs/engagement/store/warehouse.ts'
import { deedsIn, parquetOf } from './parquet.ts'

export interface CompactionDeps {
  store: InsightStore
  transact: Transact<'engagement'>
  storage: Pick<Storage, 'read' | 'write' | 'removePrefix'>
  now(): Date
}

/** Files, and deeds, that one merge takes at most; a day with more is done in several. */
const maxParts = 500
const maxRows = 500_000
/** How long a file that has been replaced can still be read by who listed it before. */
const readersMs = 3_600_000
/** How long the warehouse keeps events; the sums that insights are read from stay. */
const keptDays = 400
/** Events of a day may come so much after its end. */
const lateMs = 2 * 3_600_000
const dayMs = 86_400_000
/** Days and kinds, and files that go, of one turn at most. */
const perTurn = 50

/** Asks for all closed days and kinds that lie scattered to be merged. */
export async function requestMerges(
  deps: Pick<CompactionDeps, 'store' | 'now'> & { jobs: JobQueue },
): Promise<number> {
  const today = dayOf(new Date(deps.now().getTime() - lateMs))
  const scattered = await deps.store.listScattered(today, perTurn)
  for (const { day, kind } of scattered) {
    // One a turn: what a former one left over needs another.
    const key = `${day}:${kind}:${Math.floor(deps.now().getTime() / 600_000)}`
    await deps.jobs.enqueue('warehouse.mergeFiles', key, { day, kind })
  }
  return scattered.length
}

/**
 * Merges the files of a day and kind. The parts of a merge are fixed before it is written, so a job that runs again, or two at once,
 * write the same bytes under the same key, and one of them has it read.
 */
export async function mergeFiles(
  deps: CompactionDeps,
  { day, kind }: { day: string; kind: DeedKind },
): Promise<void> {
  const { store, transact, storage, now } = deps
  const file = (await store.findMerge(day, kind)) ?? (await transact((tx) => beginMerge(deps, tx, day, kind)))
  if (!file) return
  const parts = await store.findFiles(file.parts ?? [])
  // Another has done it, and the parts are on their way out.
  if (parts.length < (file.parts?.length ?? 0) || parts.some(({ state }) => state !== 'WRITTEN')) return
  const deeds = []
  for (const { key } of parts) deeds.push(...(await deedsIn(await buffer(await storage.read(key)))))
  const bytes = parquetOf(deeds)
  await storage.write(file.key, bytes, {
    contentType: 'application/vnd.apache.parquet',
    byteSize: bytes.length,
  })
  await transact((tx) => store.closeMerge(tx, file, deeds.length, now()))
}

async function beginMerge(
  { store, now }: CompactionDeps,
  tx: Parameters<Parameters<CompactionDeps['transact']>[0]>[0],
  day: string,
  kind: DeedKind,
): Promise<FileRow | null> {
  const found = await store.listMergeable(tx, day, kind, maxParts)
  const parts: FileRow[] = []
  let rows = 0
  for (const part of found) {
    if (parts.length > 1 && rows + part.rows > maxRows) break
    parts.push(part)
    rows += part.rows
  }
  if (parts.length < 2) return null
  const _id = newId('chunk', now().getTime())
  const key = `warehouse/day=${day}/kind=${kind}/${_id}.parquet`
  const file = { _id, day, kind, key, rows: 0, at: now(), parts: parts.map((part) => part._id) }
  await store.openMerge(tx, { ...file, state: 'OPEN' })
  return { ...file, state: 'OPEN' }
}

/** Removes files that have been replaced for an hour, and those of more than 400 days ago. Answers how many. Safe to repeat. */
export async function removeExpired({ store, storage, now }: CompactionDeps): Promise<number> {
  const at = now().getTime()
  const expired = await store.listExpiredFiles(
    new Date(at - readersMs),
    dayOf(new Date(at - keptDays * dayMs)),
    perTurn,
  )
  for (const { _id, key } of expired) {
    // The object first: its row is what finds it.
    await storage.removePrefix(key)
    await store.removeFile(_id)
  }
  return expired.length
}
