// What files of the warehouse say, summed up by DuckDB, which reads their columns faster than we could.
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { DuckDBListValue, DuckDBStructValue } from '@duckdb/node-api'
import { entityOf } from '#schema/ids.ts'
import {
  addSums,
  adds,
  type DeedKind,
  type InsightSums,
  storyLengthMs,
} from '#subgraphs/engagement/domain/insights.ts'

/** What a subject or an owner had: sums, and impressions of each hour of the day, UTC. */
export interface Figures {
  sums: InsightSums
  hours: Record<string, number>
}

/** Some of the names: the `part`th, from 0, of so many parts about as large, at most 256. */
interface Part {
  part: number
  of: number
}

const everything: Part = { part: 0, of: 1 }

/** Which of so many parts a name is in: by the first byte of its MD5, which DuckDB has too. */
export function partOf(name: string, of: number): number {
  if (of === 1) return 0
  const [byte = 0] = createHash('md5').update(name).digest()
  return Math.floor((byte * of) / 256)
}

/**
 * The database shares the machine, and the process, with what people wait for: it has one thread, and what it does not hold in this
 * memory it lays down beside the files.
 */
export const limits = { memory_limit: '512MB', threads: '1' }

export const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour)

/** Whether the name in a column is in a part. */
function isIn(column: string, { part, of }: Part): string {
  const byte = (at: number) => at.toString(16).padStart(2, '0')
  const [first, next] = [Math.ceil((part * 256) / of), Math.ceil(((part + 1) * 256) / of)]
  return `substr(md5(${column}), 1, 2) between '${byte(first)}' and '${byte(next - 1)}'`
}

/** Reads the rows once, by subject and hour; hours of impressions become lists in the few rows that are left of them. */
const question = (files: string, part: Part) => `
  with hourly as (
    select subject_id, owner_id, kind, epoch_ms("at") // 3600000 % 24 as hour,
      count(*) as deeds, count(*) filter (viewed) as views, sum(dwell_ms) as dwell, sum(watched_ms) as watch,
      count(*) filter (watched_ms > 0) as watched,
      count(*) filter (greatest(dwell_ms, watched_ms) >= ${storyLengthMs}) as completed
    from read_parquet([${files}])
    where ${part.of === 1 ? 'true' : `${isIn('subject_id', part)} or ${isIn('owner_id', part)}`}
    group by all
  )
  select subject_id, owner_id, kind,
    ${['deeds', 'views', 'dwell', 'watch', 'watched', 'completed'].map((name) => `sum(${name})::double`).join(', ')},
    list({'hour': hour::double, 'deeds': deeds::double}) filter (kind = 'IMPRESSION')
  from hourly group by all`

type Row = [
  subjectId: string,
  ownerId: string | null,
  kind: DeedKind,
  deeds: number,
  views: number,
  dwell: number,
  watch: number,
  watched: number,
  completed: number,
  /** `{ hour, deeds }` each; null but for impressions. */
  hours: DuckDBListValue | null,
]

/**
 * Figures of everything that some Parquet files in a folder of the local disk tell of, or of a part of it, by the name that it has there:
 * accounts are pseudonyms.
 */
export async function rollUp(files: readonly string[], part = everything): Promise<Map<string, Figures>> {
  // Loaded by who needs it: it is large.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const spill = join(dirname(files[0] ?? ''), 'spill')
  const instance = await DuckDBInstance.create(':memory:', { ...limits, temp_directory: spill })
  const connection = await instance.connect()
  try {
    const names = files.map((file) => `'${file.replaceAll("'", "''")}'`)
    const result = await connection.runAndReadAll(question(names.join(', '), part))
    return putTogether(result.getRows() as Row[], part)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function putTogether(rows: readonly Row[], part: Part): Map<string, Figures> {
  const found = new Map<string, Figures>()
  for (const row of rows) {
    const [subjectId, ownerId, , , , , , , , hours] = row
    const sums = sumsOf(row)
    for (const of of new Set([subjectId, ownerId ?? subjectId])) {
      if (partOf(of, part.of) !== part.part) continue
      const figures = found.get(of) ?? { sums: {}, hours: {} }
      found.set(of, figures)
      addSums(figures.sums, sums)
      for (const { entries } of (hours?.items ?? []) as DuckDBStructValue[]) {
        const hour = Number(entries.hour)
        figures.hours[hour] = (figures.hours[hour] ?? 0) + Number(entries.deeds)
      }
    }
  }
  return found
}

/** What deeds of one kind add to the sums of what they were done to. */
function sumsOf([subjectId, , kind, deeds, views, dwellMs, watchMs, watched, completed]: Row): InsightSums {
  if (kind !== 'IMPRESSION')
    return Object.fromEntries(Object.entries(adds[kind]).map(([name, by]) => [name, by * deeds]))
  const isStory = entityOf(subjectId) === 'Story'
  const sums: InsightSums = {
    ...{ impressions: deeds, views, dwellMs, watchMs, watched },
    ...(isStory ? { storyImpressions: deeds, storyCompletions: completed } : {}),
  }
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum > 0))
}
