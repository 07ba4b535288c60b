// The sums that insights are read from, against the files of a closed day: what is off is mended.
import { createWriteStream } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Log } from '#platform/log.ts'
import type { JobQueue } from '#platform/queue.ts'
import type { Storage } from '#platform/storage.ts'
import { entityOf } from '#schema/ids.ts'
import { dayOf, insightSums, pseudonym } from '#subgraphs/engagement/domain/insights.ts'
import type { DayRow, InsightStore } from '#subgraphs/engagement/store/insights.ts'
import { type Figures, rollUp } from './rollup.ts'

export interface CheckDeps {
  store: InsightStore
  storage: Pick<Storage, 'read'>
  /** From which pseudonyms are made. */
  secret: string
  log: Pick<Log, 'warn'>
}

/** So long after its end a day is checked: by then what is late has come. */
const restMs = 6 * 3_600_000

/** Asks for the last closed day to be checked; of a day that was asked for, nothing. */
export async function requestCheck(deps: { jobs: JobQueue; now(): Date }): Promise<void> {
  const day = dayOf(new Date(deps.now().getTime() - restMs - 86_400_000))
  await deps.jobs.enqueue('warehouse.checkDay', day, { day })
}

/**
 * Compares a day's sums with its files and mends those that are off, all but rows that are gone: they were erased. Answers how many
 * were off. Throws while a part of the day waits for a file, or comes meanwhile: then both say different things rightly.
 */
export async function checkDay({ store, storage, secret, log }: CheckDeps, day: string): Promise<number> {
  const files = await wholeDay(store, day)
  if (files.length === 0) return 0
  await using folder = await mkdtempDisposable(join(tmpdir(), 'heliograph-warehouse-'))
  const paths: string[] = []
  for (const { _id, key } of files) {
    const path = join(folder.path, `${_id}.parquet`)
    await pipeline(await storage.read(key), createWriteStream(path))
    paths.push(path)
  }
  const told = await rollUp(paths)
  const off: { row: DayRow; figures: Figures }[] = []
  for await (const row of store.readDay(day)) {
    const name = entityOf(row.of) === 'User' ? pseudonym(secret, row.of) : row.of
    const figures = told.get(name) ?? { sums: {}, hours: {} }
    if (isOff(row, figures)) off.push({ row, figures })
  }
  // What was read in between is of the same deeds if the files are the same still.
  const after = await wholeDay(store, day)
  if (after.map(({ _id }) => _id).join() !== files.map(({ _id }) => _id).join()) throw new Error(moving(day))
  for (const { row, figures } of off) {
    log.warn({ of: row.of, day, was: row.sums, is: figures.sums }, 'sums of insights were off')
    await store.mendDay(row, figures)
  }
  return off.length
}

const moving = (day: string) => `${day} is not whole in files yet.`

async function wholeDay(store: InsightStore, day: string) {
  const files = await store.listFiles(day, day)
  if (await store.hasWaiting(day)) throw new Error(moving(day))
  return files
}

function isOff(row: DayRow, { sums, hours }: Figures): boolean {
  const differs = (a: Record<string, number>, b: Record<string, number>, name: string) =>
    (a[name] ?? 0) !== (b[name] ?? 0)
  return (
    insightSums.some((name) => differs(row.sums, sums, name)) ||
    Array.from({ length: 24 }, (_, hour) => String(hour)).some((hour) =>
      differs(row.hours ?? {}, hours, hour),
    )
  )
}
