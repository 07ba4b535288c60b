// Mails that go once: who is sending one, and which were sent.
import type { Db } from 'mongodb'
import { isDuplicate } from '#platform/mongo.ts'

interface SendingRow {
  _id: string
  /** Until when a process has the sending to itself; null when none has. */
  until: Date | null
  sentAt: Date | null
  at: Date
}

/** An event does not come again after this long. */
const keptSeconds = 30 * 86_400

export async function prepareSendings(db: Db): Promise<void> {
  await db.collection('sendings').createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: keptSeconds })
}

export type SendingStore = ReturnType<typeof createSendingStore>

export function createSendingStore(db: Db) {
  const sendings = db.collection<SendingRow>('sendings')
  return {
    /** Reserves the sending of a mail. */
    async claimSending(mailId: string, now: Date, until: Date): Promise<'claimed' | 'busy' | 'sent'> {
      try {
        await sendings.updateOne(
          { _id: mailId, sentAt: null, $or: [{ until: null }, { until: { $lte: now } }] },
          { $set: { until }, $setOnInsert: { at: now } },
          { upsert: true },
        )
        return 'claimed'
      } catch (error) {
        if (!isDuplicate(error)) throw error
        return (await sendings.findOne({ _id: mailId }))?.sentAt ? 'sent' : 'busy'
      }
    },

    async releaseSending(mailId: string, sentAt: Date | null): Promise<void> {
      await sendings.updateOne({ _id: mailId }, { $set: { until: null, sentAt } })
    },
  }
}
