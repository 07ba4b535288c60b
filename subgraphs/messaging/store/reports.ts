// Rows of `messageReports`; the shard key is `_id`.
import type { ClientSession, Db } from 'mongodb'
import type { MessageReportRow } from '../model.ts'

/** Indexes of `messageReports`. */
export async function prepareReports(db: Db): Promise<void> {
  await db.collection('messageReports').createIndexes([
    { key: { createdAt: 1, _id: 1 }, name: 'created' },
    { key: { messageId: 1, createdAt: 1 }, name: 'message' },
  ])
}

/** What MongoDB knows of reports. */
export function createReportStore(db: Db) {
  const reports = db.collection<MessageReportRow>('messageReports')
  return {
    /** Keeps a report; false when the reporter made one before, which stays as it is. */
    async insertReport({ _id, ...row }: MessageReportRow, session: ClientSession): Promise<boolean> {
      const { upsertedCount } = await reports.updateOne(
        { _id },
        { $setOnInsert: row },
        { upsert: true, session },
      )
      return upsertedCount === 1
    },
  }
}
