// The relay: publishes a subgraph's outbox to JetStream. The change stream is the bell, the scan is the truth: a row that
// no bell announced is found by the next sweep.
import type { ChangeStream, Db } from 'mongodb'
import type { JetStreamClient } from 'nats'
import { eventRow, eventSubject, inboxSubject } from '#schema/events.ts'
import type { Log } from './log.ts'
import type { OutboxRow } from './mongo.ts'

const batchSize = 500
const sweepMs = 1_000
const retentionSeconds = 8 * 86_400

export interface Relay {
  /** Says that there may be rows to publish. */
  wake(): void
  stop(): Promise<void>
}

/** Indexes of an outbox: unsent rows in order, and the end of sent ones after eight days. */
export async function prepareOutbox(db: Db): Promise<void> {
  await db.collection('outbox').createIndexes([
    { key: { sentAt: 1, _id: 1 }, name: 'unsent', partialFilterExpression: { sentAt: null } },
    { key: { sentAt: 1 }, name: 'sent', expireAfterSeconds: retentionSeconds },
  ])
}

/** What JetStream and the live listeners receive. */
export function encodeEvent(row: OutboxRow): string {
  return JSON.stringify({ id: row._id, name: row.name, at: row.at.toISOString(), payload: row.payload })
}

/** Starts the relay of one subgraph. Two at once do no harm: JetStream drops the copies by their message ids. */
export function startRelay(db: Db, jetstream: JetStreamClient, namespace: string, log: Log): Relay {
  const outbox = db.collection<OutboxRow>('outbox')
  let stopped = false
  let ringing = true
  let bell: (() => void) | null = null
  let changes: ChangeStream | null = null

  const wake = () => {
    ringing = true
    bell?.()
  }

  const publish = async (row: OutboxRow): Promise<void> => {
    const data = encodeEvent(row)
    const catalogue = eventRow(row.name)
    const key = String(row.payload[catalogue.key])
    const users = catalogue.inbox?.(row.payload as never) ?? []
    await Promise.all([
      jetstream.publish(`${namespace}.${eventSubject(row.name, key)}`, data, { msgID: row._id }),
      ...users.map((userId) =>
        jetstream.publish(`${namespace}.${inboxSubject(userId, row.name)}`, data, {
          msgID: `${row._id}:${userId}`,
        }),
      ),
    ])
  }

  /** Publishes what there is; true when a full batch says that there is more. */
  const drain = async (): Promise<boolean> => {
    const rows = await outbox.find({ sentAt: null }).sort({ _id: 1 }).limit(batchSize).toArray()
    if (rows.length === 0) return false
    await Promise.all(rows.map(publish))
    await outbox.updateMany({ _id: { $in: rows.map((row) => row._id) } }, { $set: { sentAt: new Date() } })
    return rows.length === batchSize
  }

  const watch = () => {
    if (stopped) return
    changes = db
      .collection('outbox')
      .watch([{ $match: { operationType: 'insert' } }, { $project: { _id: 1 } }])
    changes.on('change', wake)
    changes.on('error', (error: Error) => {
      log.debug({ error: error.message }, 'the outbox bell is silent; the sweep goes on')
      changes?.close().catch(() => {})
      setTimeout(watch, sweepMs).unref()
    })
  }

  const loop = async () => {
    let pauseMs = sweepMs
    while (!stopped) {
      if (!ringing) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pauseMs)
          bell = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        bell = null
      }
      ringing = false
      try {
        ringing = (await drain()) || ringing
        pauseMs = sweepMs
      } catch (error) {
        if (stopped) return
        log.warn(
          { error: (error as Error).message },
          'events wait in the outbox until NATS and MongoDB answer',
        )
        ringing = false
        pauseMs = 250
      }
    }
  }

  watch()
  const running = loop()
  return {
    wake,
    async stop() {
      stopped = true
      bell?.()
      await changes?.close().catch(() => {})
      await running
    },
  }
}
