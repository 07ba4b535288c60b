// The warehouse: how fast a closed day is summed up from its files, beside DuckDB that reads the same files for itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { newId } from '#schema/ids.ts'
import type { Deed } from '#subgraphs/engagement/domain/insights.ts'
import { parquetOf } from '../workers/warehouse/parquet.ts'
import { limits, rollUp } from '../workers/warehouse/rollup.ts'
import type { Figure, Measurement } from './figure.ts'
import { scaled } from './size.ts'

/** Rows of a file of a closed day, after compaction. */
const perFile = 250_000
const events = scaled(10_000_000 / perFile) * perFile
const subjects = 5_000
const actors = 20_000

/** All that is summed up of a post, by the hour. */
const sumsOfPosts = (files: string) => `select subject_id, epoch_ms("at") // 3600000 % 24 as hour,
    count(*) filter (kind = 'IMPRESSION') as impressions, count(*) filter (viewed) as views,
    count(*) filter (kind = 'LIKE') - count(*) filter (kind = 'UNLIKE') as likes,
    count(*) filter (kind = 'COMMENT') - count(*) filter (kind = 'UNCOMMENT') as comments,
    count(*) filter (kind = 'SHARE') as shares,
    count(*) filter (kind = 'SAVE') - count(*) filter (kind = 'UNSAVE') as saves,
    sum(watched_ms) as watch, count(*) filter (watched_ms > 0) as watched, sum(dwell_ms) as dwell,
    count(*) filter (greatest(dwell_ms, watched_ms) >= 5000) as completed
  from read_parquet('${files}') group by all`

/** Opens the figure. */
export async function warehouseRollup(stack: AsyncDisposableStack): Promise<Figure> {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-bench-'))
  stack.defer(() => rm(dir, { recursive: true }))
  const subjectIds = Array.from({ length: subjects }, () => newId('post'))
  const ownerId = newId('user')
  const files: string[] = []
  for (let from = 0; from < events; from += perFile) {
    const deeds = Array.from({ length: perFile }, (_, i) => deed(from + i, subjectIds, ownerId))
    const file = join(dir, `${from}.parquet`)
    await writeFile(file, parquetOf(deeds))
    files.push(file)
  }
  const measure = async (count: () => Promise<number>): Promise<Measurement> => {
    const started = performance.now()
    if ((await count()) < subjects) throw new Error('the sums are not whole')
    return { rate: (events * 1_000) / (performance.now() - started) }
  }
  const ours = () => measure(async () => (await rollUp(files)).size)
  // It has what it has read still in its memory, so each measurement begins with a new one, as ours does, and has as many threads.
  const theirs = () =>
    measure(async () => {
      const instance = await DuckDBInstance.create(':memory:', { threads: limits.threads })
      const connection = await instance.connect()
      const result = await connection.runAndReadAll(sumsOfPosts(join(dir, '*.parquet')))
      connection.closeSync()
      instance.closeSync()
      return result.currentRowCount
    })
  await ours()
  await theirs()
  return {
    name: 'warehouse-rollup',
    what: `${events.toLocaleString('en-US')} impressions in ${files.length} files summed up.`,
    units: { rate: 'events/s' },
    better: 'more',
    product: { name: 'sums and hours of each post and owner, as insights have them', measure: ours },
    baseline: { name: 'DuckDB asked for the sums of posts by the hour', measure: theirs },
    // At most one and a half times as long.
    aim: 0.67,
  }
}

function deed(i: number, subjectIds: readonly string[], ownerId: string): Deed {
  const dwellMs = (i * 7_919) % 30_000
  return {
    id: `event_${i}`,
    at: new Date(1_700_000_000_000 + i * 40),
    kind: 'IMPRESSION',
    actor: ((i * 104_729) % actors).toString(16).padStart(16, '0'),
    actorSince: '2026-01-05',
    ageBand: '25-34',
    subjectId: subjectIds[(i * 31) % subjects] as string,
    ownerId,
    surface: 'HOME',
    position: i % 40,
    dwellMs,
    watchedMs: 0,
    clicked: i % 17 === 0,
    viewed: dwellMs >= 1_000,
  }
}
