// Deeds as columns: the layout of the warehouse's files (Apache Parquet, https://parquet.apache.org/docs/file-format).
import { parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Deed } from '#subgraphs/engagement/domain/insights.ts'

/** Rows that are encoded together: as many as readers like to hand to one core. */
const rowGroupSize = 122_880

/** A Parquet file of deeds: the same deeds give the same bytes. */
export function parquetOf(deeds: readonly Deed[]): Buffer {
  const column = <T>(
    name: string,
    type: 'STRING' | 'INT32' | 'BOOLEAN' | 'TIMESTAMP',
    value: (deed: Deed) => T,
    nullable = false,
  ) => ({
    name,
    type,
    nullable,
    data: deeds.map(value),
  })
  const columnData = [
    column('id', 'STRING', (deed) => deed.id),
    column('at', 'TIMESTAMP', (deed) => deed.at),
    column('kind', 'STRING', (deed) => deed.kind),
    column('actor', 'STRING', (deed) => deed.actor),
    column('actor_since', 'STRING', (deed) => deed.actorSince, true),
    column('age_band', 'STRING', (deed) => deed.ageBand, true),
    column('country', 'STRING', (deed) => deed.country ?? null, true),
    column('subject_id', 'STRING', (deed) => deed.subjectId),
    column('owner_id', 'STRING', (deed) => deed.ownerId, true),
    column('surface', 'STRING', (deed) => deed.surface, true),
    column('position', 'INT32', (deed) => deed.position, true),
    column('dwell_ms', 'INT32', (deed) => deed.dwellMs),
    column('watched_ms', 'INT32', (deed) => deed.watchedMs),
    column('clicked', 'BOOLEAN', (deed) => deed.clicked),
    column('viewed', 'BOOLEAN', (deed) => deed.viewed),
  ]
  return Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize }))
}

/** A row of a file, by the names of its columns. */
interface FileDeed
  extends Pick<Deed, 'id' | 'at' | 'kind' | 'actor' | 'surface' | 'position' | 'clicked' | 'viewed'> {
  actor_since: Deed['actorSince']
  age_band: Deed['ageBand']
  /** Older files lack it. */
  country?: string | null
  subject_id: string
  owner_id: Deed['ownerId']
  dwell_ms: number
  watched_ms: number
}

/** The deeds of a file that `parquetOf` made, in their order. */
export async function deedsIn(bytes: Buffer): Promise<Deed[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const rows = (await parquetReadObjects({ file })) as unknown as FileDeed[]
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    kind: row.kind,
    actor: row.actor,
    actorSince: row.actor_since ?? null,
    ageBand: row.age_band ?? null,
    country: row.country ?? null,
    subjectId: row.subject_id,
    ownerId: row.owner_id ?? null,
    surface: row.surface ?? null,
    position: row.position ?? null,
    dwellMs: row.dwell_ms,
    watchedMs: row.watched_ms,
    clicked: row.clicked,
    viewed: row.viewed,
  }))
}
