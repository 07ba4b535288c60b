// Deeds as columns: the layout of the warehouse's files (Apache Parquet, https://parquet.apache.org/docs/file-format).
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Deed } from '#subgraphs/engagement/domain/insights.ts'

/** A Parquet file of deeds: the same deeds give the same bytes. */
export function parquetOf(deeds: readonly Deed[]): Buffer {
  const column = <T>(
    name: string,
    type: 'STRING' | 'INT32' | 'BOOLEAN' | 'TIMESTAMP',
    value: (deed: Deed) => T,
  ) => ({
    name,
    type,
    data: deeds.map(value),
  })
  const columnData = [
    column('id', 'STRING', (deed) => deed.id),
    column('at', 'TIMESTAMP', (deed) => deed.at),
    column('kind', 'STRING', (deed) => deed.kind),
    column('actor', 'STRING', (deed) => deed.actor),
    column('actor_since', 'STRING', (deed) => deed.actorSince),
    column('age_band', 'STRING', (deed) => deed.ageBand),
    column('subject_id', 'STRING', (deed) => deed.subjectId),
    column('owner_id', 'STRING', (deed) => deed.ownerId),
    column('surface', 'STRING', (deed) => deed.surface),
    column('position', 'INT32', (deed) => deed.position),
    column('dwell_ms', 'INT32', (deed) => deed.dwellMs),
    column('watched_ms', 'INT32', (deed) => deed.watchedMs),
    column('clicked', 'BOOLEAN', (deed) => deed.clicked),
    column('viewed', 'BOOLEAN', (deed) => deed.viewed),
  ]
  return Buffer.from(parquetWriteBuffer({ columnData }))
}
