// The warehouse: how fast DuckDB sums up what lies in our files, beside the same rows in one file that it wrote itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { newId } from '#schema/ids.ts'
import type { Deed } from '#subgraphs/engagement/domain/insights.ts'
import { parquetOf } from '../workers/warehouse/parquet.ts'
import type { Figure, Measurement } from './figure.ts'
import { scaled } from './size.ts'

/** Rows of a file of a closed day, after compaction. */
const perFile = 250_000
const events = scaled(10_000_000 / perFile) * perFile
const subjects = 5_000
const actors = 20_000

const rollUp = (
  files: string,
) => `select subject_id, count(*) as impressions, count(*) filter (viewed) as views,
  sum(dwell_ms) as dwell, count(distinct actor) as reach
  from read_parquet('${files}') group by subject_id order by impressions desc limit 100`

/** Opens the figure. */
export async function warehouseRollup(stack: AsyncDisposableStack): Promise<Figure> {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-bench-'))
  stack.defer(() => rm(dir, { recursive: true }))
  const subjectIds = Array.from({ length: subjects }, () => newId('post'))
  const ownerId = newId('user')
  for (let from = 0; from < events; from += perFile) {
    const deeds = Array.from({ length: perFile }, (_, i) => deed(from + i, subjectIds, ownerId))
    await writeFile(join(dir, `ours-${from}.parquet`), parquetOf(deeds))
  }
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  stack.defer(() => connection.closeSync())
  const ours = join(dir, 'ours-*.parquet')
  const theirs = join(dir, 'duckdb.parquet')
  await connection.run(`copy (select * from read_parquet('${ours}')) to '${theirs}' (format parquet)`)
  const measure = async (files: string): Promise<Measurement> => {
    const started = performance.now()
    const result = await connection.runAndReadAll(rollUp(files))
    if (result.currentRowCount !== 100) throw new Error('the rollup is not whole')
    return { rate: (events * 1_000) / (performance.now() - started) }
  }
  await measure(ours)
  await measure(theirs)
  return {
    name: 'warehouse-rollup',
    what: `${events.toLocaleString('en-US')} impressions summed up by post, with their reach, by DuckDB.`,
    units: { rate: 'events/s' },
    better: 'more',
    product: { name: 'over the files that the warehouse writes', measure: () => measure(ours) },
    baseline: { name: 'over the same rows in one file that DuckDB wrote', measure: () => measure(theirs) },
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
