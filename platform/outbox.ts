// The relay: publishes a subgraph's outbox to JetStream. What this process commits is handed to it and goes at once; the change
// stream is the bell for what others commit; the scan is the truth: a row that neither announced is found by the next sweep.
import type { ChangeStream, Db } from 'mongodb'
import { ErrorCode, NatsError } from 'nats'
import { eventRow, eventSubject, inboxSubject } from '#schema/events.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { encodeEvent } from './bus.ts'
import { createStreamCare } from './lost-stream.ts'
import type { OutboxRow } from './mongo.ts'
import type { Platform } from './service.ts'

const batchSize = 500
const sweepMs = 1_000
/** How often the stream is looked after while it takes events. */
const careMs = 10_000
/** Ids that are kept in order not to look for rows that were handed over. */
const maxKnown = 10_000
const retentionSeconds = 8 * 86_400

export interface Relay {
  /** Hands over rows that are committed. */
  wake(rows: readonly OutboxRow[]): void
  stop(): Promise<void>
}

/** Indexes of an outbox: unsent rows in order, the end of sent ones after eight days, and what live listeners missed. */
export async function prepareOutbox(db: Db): Promise<void> {
  await db.collection('outbox').createIndexes([
    { key: { sentAt: 1, _id: 1 }, name: 'unsent', partialFilterExpression: { sentAt: null } },
    { key: { sentAt: 1 }, name: 'sent', expireAfterSeconds: retentionSeconds },
    { key: { name: 1, key: 1, sentAt: 1 }, name: 'topic' },
  ])
}

/** How many events wait to be published, up to a hundred thousand. */
export function countUnsent(db: Db): Promise<number> {
  return db.collection<OutboxRow>('outbox').countDocuments({ sentAt: null }, { limit: 100_000 })
}

/** Whether no stream took an event. */
const isUntaken = (error: unknown) => error instanceof NatsError && error.code === ErrorCode.NoResponders

/** Starts the relay of one subgraph. Two at once do no harm: JetStream drops the copies by their message ids. */
export function startRelay(
  platform: Pick<Platform, 'db' | 'streams' | 'jetstream' | 'config' | 'log'>,
  publisher: SubgraphName,
): Relay {
  const { jetstream } = platform
  const { namespace } = platform.config
  const log = platform.log.child({ subgraph: publisher })
  const db = platform.db(publisher)
  const outbox = db.collection<OutboxRow>('outbox')
  let lookAt = 0
  const stopping = new AbortController()
  const { signal } = stopping
  const lookAfterStream = createStreamCare({ ...platform, log }, publisher, signal)
  let ringing = true
  let bell: (() => void) | null = null
  let changes: ChangeStream | null = null

  /** Committed rows that were handed over and are not published yet, by id. */
  const fresh = new Map<string, OutboxRow>()
  /** Ids of rows that were handed over or found: their bell says nothing new. */
  const known = new Set<string>()
  let scannedAt = 0

  const ring = () => {
    ringing = true
    bell?.()
  }
  const remember = (rows: readonly OutboxRow[]) => {
    if (known.size > maxKnown) known.clear()
    for (const row of rows) known.add(row._id)
  }
  const wake = (rows: readonly OutboxRow[]) => {
    const news = rows.filter((row) => !known.has(row._id))
    if (news.length === 0) return
    remember(news)
    for (const row of news) fresh.set(row._id, row)
    ring()
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

  const send = async (rows: readonly OutboxRow[]): Promise<void> => {
    const outcomes = await Promise.allSettled(rows.map(publish))
    // One that cannot be published holds up no other.
    const sent = rows.filter((_, i) => outcomes[i]?.status === 'fulfilled').map((row) => row._id)
    if (sent.length > 0) await outbox.updateMany({ _id: { $in: sent } }, { $set: { sentAt: new Date() } })
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    // That nobody takes them tells more than what is wrong with one.
    if (failures.length > 0) throw failures.find(isUntaken) ?? failures[0]
  }

  /** Publishes what there is; true when a full batch says that there is more. */
  const drain = async (): Promise<boolean> => {
    const handed = [...fresh.values()]
    fresh.clear()
    // However much is handed over, the others' rows are looked for as often as without.
    if (handed.length > 0 && Date.now() - scannedAt < sweepMs) {
      await send(handed)
      return false
    }
    scannedAt = Date.now()
    // What was handed over is among them, for it is committed.
    const rows = await outbox.find({ sentAt: null }).sort({ _id: 1 }).limit(batchSize).toArray()
    if (rows.length === 0) return false
    remember(rows)
    for (const row of rows) fresh.delete(row._id)
    await send(rows)
    return rows.length === batchSize
  }

  const watch = () => {
    if (signal.aborted) return
    changes = db
      .collection('outbox')
      .watch([{ $match: { operationType: 'insert' } }, { $project: { 'documentKey._id': 1 } }])
    changes.on('change', (change) => {
      const id = 'documentKey' in change ? String(change.documentKey._id) : ''
      if (!known.delete(id)) ring()
    })
    changes.on('error', (error: Error) => {
      log.debug({ error: error.message }, 'the outbox bell is silent; the sweep goes on')
      changes?.close().catch(() => {})
      setTimeout(watch, sweepMs).unref()
    })
  }

  const loop = async () => {
    let pauseMs = sweepMs
    while (!signal.aborted) {
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
        if (Date.now() >= lookAt) {
          lookAt = Date.now() + careMs
          await lookAfterStream()
        }
      } catch (error) {
        if (signal.aborted) return
        log.warn({ error: (error as Error).message }, 'the stream cannot be looked after now')
      }
      try {
        ringing = (await drain()) || ringing
        pauseMs = sweepMs
      } catch (error) {
        if (signal.aborted) return
        // Nobody takes it: the stream may be lost. However often that is so, it is looked for once a second.
        if (isUntaken(error)) lookAt = Math.min(lookAt, Date.now() + sweepMs)
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
      stopping.abort()
      bell?.()
      await changes?.close().catch(() => {})
      await running
    },
  }
}
