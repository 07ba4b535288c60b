// The sums that insights are read from, against the files of a closed day: what is off is mended.
import { createWriteStream } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Log } from '#platform/log.ts'
import type { JobQueue } from '#platform/queue.ts'
import type { Storage } from '#platform/storage.ts'
import { dayOf, insightSums, warehouseName } from '#subgraphs/engagement/domain/insights.ts'
import type { DayRow, InsightStore } from '#subgraphs/engagement/store/insights.ts'
import type { FileRow } from '#subgraphs/engagement/store/warehouse.ts'
import { type Figures, hoursOfDay, partOf, rollUp } from './rollup.ts'

export interface CheckDeps {
  store: InsightStore
  storage: Pick<Storage, 'read'>
  /** From which pseudonyms are made. */
  secret: string
  log: Pick<Log, 'warn'>
}

/** So long after its end a day is checked: by then what is late has come. */
const restMs = 6 * 3_600_000
const dayMs = 86_400_000
/** Deeds whose figures are held in memory at once. */
const deedsAtOnce = 2_000_000
/** Days for which a check is asked for that has not come about. */
const triedDays = 7

/** Asks for the closed days of the last week to be checked that have files which were not. Answers how many. */
export async function requestCheck(deps: {
  store: Pick<InsightStore, 'listUncheckedDays'>
  jobs: JobQueue
  now(): Date
}): Promise<number> {
  const now = deps.now().getTime()
  const last = now - restMs - dayMs
  const days = await deps.store.listUncheckedDays(
    dayOf(new Date(last - (triedDays - 1) * dayMs)),
    dayOf(new Date(last)),
  )
  for (const day of days) {
    // One a turn: what a former one did not get done needs another.
    await deps.jobs.enqueue('warehouse.checkDay', `${day}:${Math.floor(now / 600_000)}`, { day })
  }
  return days.length
}

/**
 * Compares a day's sums with its files and mends those that are off, all but rows that are gone: they were erased. Answers how many
 * were off. Throws while a part of the day waits for a file, or comes meanwhile: then both say different things rightly, and the day
 * is asked for again.
 */
export async function checkDay(
  { store, storage, secret, log }: CheckDeps,
  day: string,
  atOnce = deedsAtOnce,
): Promise<number> {
  const files = await wholeDay(store, day)
  if (files.length === 0) return 0
  await using folder = await mkdtempDisposable(join(tmpdir(), 'heliograph-warehouse-'))
  const paths = await fetchFiles(storage, files, folder.path)
  const deeds = files.reduce((sum, { rows }) => sum + rows, 0)
  const parts = Math.min(256, Math.max(1, Math.ceil(deeds / atOnce)))
  const off: { row: DayRow; figures: Figures }[] = []
  for (let part = 0; part < parts; part++) {
    const told = await rollUp(paths, { part, of: parts })
    for await (const row of store.readDay(day)) {
      const name = warehouseName(secret, row.of)
      if (partOf(name, parts) !== part) continue
      const figures = told.get(name) ?? { sums: {}, hours: {} }
      if (isOff(row, figures)) off.push({ row, figures })
    }
  }
  // What was read in between is of the same deeds if the files are the same still.
  const after = await wholeDay(store, day)
  if (after.map(({ _id }) => _id).join() !== files.map(({ _id }) => _id).join()) throw new Error(moving(day))
  for (const { row, figures } of off) {
    log.warn({ of: row.of, day, was: row.sums, is: figures.sums }, 'sums of insights were off')
    await store.mendDay(row, figures)
  }
  await store.closeCheck(files.map(({ _id }) => _id))
  return off.length
}

/** Puts files of the warehouse into a folder of the local disk. Answers their paths. */
export async function fetchFiles(
  storage: Pick<Storage, 'read'>,
  files: readonly Pick<FileRow, '_id' | 'key'>[],
  folder: string,
): Promise<string[]> {
  const paths: string[] = []
  for (const { _id, key } of files) {
    const path = join(folder, `${_id}.parquet`)
    await pipeline(await storage.read(key), createWriteStream(path))
    paths.push(path)
  }
  return paths
}

const moving = (day: string) => `${day} is not whole in files yet.`

/** The files of a day of which nothing waits. In this order: what stops waiting after the question is in the files of the answer. */
async function wholeDay(store: InsightStore, day: string) {
  if (await store.hasWaiting(day)) throw new Error(moving(day))
  return store.listFiles(day, day)
}

function isOff(row: DayRow, { sums, hours }: Figures): boolean {
  const differs = (a: Record<string, number>, b: Record<string, number>, name: string) =>
    (a[name] ?? 0) !== (b[name] ?? 0)
  return (
    insightSums.some((name) => differs(row.sums, sums, name)) ||
    hoursOfDay.some((hour) => differs(row.hours ?? {}, hours, String(hour)))
  )
}
