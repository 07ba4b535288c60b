// Writes what waits into files of the warehouse. A file's rows are fixed before it is written, so a job that runs again writes the
// same bytes under the same key, and every deed is in exactly one file.
import type { Transact } from '#platform/mongo.ts'
import type { JobHandlers } from '#platform/queue.ts'
import type { Storage } from '#platform/storage.ts'
import type { InsightStore } from '#subgraphs/engagement/store/insights.ts'
import { type CheckDeps, checkDay } from './checking.ts'
import { type CompactionDeps, mergeFiles } from './compaction.ts'
import { parquetOf } from './parquet.ts'

export interface WriterDeps {
  store: InsightStore
  transact: Transact<'engagement'>
  storage: Pick<Storage, 'write'>
  now(): Date
}

/** Writes the file that a chunk goes into, with everything else of its day and kind that waits; nothing when it is in one already. */
export async function writeFile(deps: WriterDeps, chunkId: string): Promise<void> {
  const { store } = deps
  const chunk = await store.findChunk(chunkId)
  if (!chunk) return
  const fileId = chunk.fileId ?? chunkId
  if (chunk.fileId === null) {
    const { day, kind } = chunk
    const key = `warehouse/day=${day}/kind=${kind}/${fileId}.parquet`
    await deps.transact(async (tx) => {
      if ((await store.findFile(fileId)) !== null) return
      await store.openFile(tx, { _id: fileId, day, kind, state: 'OPEN', key, rows: 0, at: deps.now() })
    })
  }
  const file = await store.findFile(fileId)
  if (file?.state !== 'OPEN') return
  const deeds = await store.listFileDeeds(fileId)
  const bytes = parquetOf(deeds)
  await deps.storage.write(file.key, bytes, {
    contentType: 'application/vnd.apache.parquet',
    byteSize: bytes.length,
  })
  await deps.transact((tx) => store.closeFile(tx, fileId, deeds.length))
}

export function createJobs(deps: WriterDeps & CompactionDeps & CheckDeps): JobHandlers<'warehouse'> {
  return {
    'warehouse.writeFile': ({ payload }) => writeFile(deps, payload.chunkId),
    'warehouse.mergeFiles': ({ payload }) => mergeFiles(deps, payload),
    'warehouse.checkDay': async ({ payload }) => void (await checkDay(deps, payload.day)),
  }
}
