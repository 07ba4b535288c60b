// What files of the warehouse say, summed up by DuckDB, which reads their columns faster than we could.
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

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour)

/** Reads the rows once, by subject and hour; hours become columns of the few rows that are left of them. */
const question = (files: string) => `
  with hourly as (
    select subject_id, owner_id, kind, epoch_ms("at") // 3600000 % 24 as hour,
      count(*) as deeds, count(*) filter (viewed) as views, sum(dwell_ms) as dwell, sum(watched_ms) as watch,
      count(*) filter (watched_ms > 0) as watched,
      count(*) filter (greatest(dwell_ms, watched_ms) >= ${storyLengthMs}) as completed
    from read_parquet([${files}]) group by all
  )
  select subject_id, owner_id, kind,
    ${['deeds', 'views', 'dwell', 'watch', 'watched', 'completed'].map((name) => `sum(${name})::double`).join(', ')},
    ${hoursOfDay.map((hour) => `coalesce(sum(deeds) filter (hour = ${hour}), 0)::double`).join(', ')}
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
  ...hours: number[],
]

/** Figures of everything that some Parquet files on the local disk tell of, by the name that it has there: accounts are pseudonyms. */
export async function rollUp(files: readonly string[]): Promise<Map<string, Figures>> {
  // Loaded by who needs it: it is large.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const names = files.map((file) => `'${file.replaceAll("'", "''")}'`)
    const result = await connection.runAndReadAll(question(names.join(', ')))
    return putTogether(result.getRows() as Row[])
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function putTogether(rows: readonly Row[]): Map<string, Figures> {
  const found = new Map<string, Figures>()
  for (const row of rows) {
    const [subjectId, ownerId, kind, , , , , , , ...hours] = row
    const sums = sumsOf(row)
    for (const of of new Set([subjectId, ownerId ?? subjectId])) {
      const figures = found.get(of) ?? { sums: {}, hours: {} }
      found.set(of, figures)
      addSums(figures.sums, sums)
      if (kind !== 'IMPRESSION') continue
      for (const hour of hoursOfDay) {
        const count = hours[hour] ?? 0
        if (count > 0) figures.hours[hour] = (figures.hours[hour] ?? 0) + count
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
