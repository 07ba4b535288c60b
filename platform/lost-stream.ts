// A stream that JetStream has lost is made again by the processes that publish to it, and what it held is published again out of the
// outbox: all that was sent since the durable consumers were last known to have handled what there was.
import { NatsError } from 'nats'
import type { SubgraphName } from '#schema/sdl.ts'
import { durables, encodeEvent, ensureConsumers } from './bus.ts'
import type { OutboxRow } from './mongo.ts'
import { ensureStreams, eventStream, inboxStream } from './nats.ts'
import { inBatches } from './parallel.ts'
import type { Platform } from './service.ts'

const batchSize = 500
/** Clocks of the processes that stamp what they sent, and of the server, may be so far apart. */
const slackMs = 30_000
/** JetStream's status of a stream or a consumer that is not there. */
const notFound = 404

/** What a publisher knows of its stream, in MongoDB, which outlives it. */
interface StreamRow {
  /** The stream's name. */
  _id: string
  /** When JetStream made the stream, as JetStream says it: another one has lost what this one held. */
  created: string
  /** Up to this sequence it holds what was published again, whose times there say nothing of when it was sent. */
  againUntil: number
  /** What was sent before has been handled by every durable consumer; absent while nothing is known. */
  handledUntil?: Date
}

/**
 * Looks after a publisher's stream each time it is called: makes it again when it is lost, with its consumers, and notes until when
 * everything is handled. A process publishes again what was sent since it looked last; JetStream drops the copies of several that do
 * so within two minutes, and handlers do what they did before. Live listeners hear none of it: they have the outbox for that.
 *
 * @param signal ends publishing again after the batch at hand.
 * @returns a function that rejects when JetStream or MongoDB does not answer, or `signal` aborts; the next call does what is left.
 * It must not run while the process has events on their way that are not stamped yet.
 */
export function createStreamCare(
  { db, streams, jetstream, config, log }: Pick<Platform, 'db' | 'streams' | 'jetstream' | 'config' | 'log'>,
  publisher: SubgraphName,
  signal: AbortSignal,
): () => Promise<void> {
  const { namespace } = config
  const stream = eventStream(namespace, publisher)
  const own = durables(namespace).filter((durable) => durable.publisher === publisher)
  const rows = db(publisher).collection<StreamRow>('streams')
  const outbox = db(publisher).collection<OutboxRow>('outbox')
  /** What this process knew when it looked last. What another one notes does not count for events on their way in this one. */
  let known: StreamRow | null = null
  /** Up to when this process has published again, into the stream that was made then, what had been sent. */
  let refilled: { created: string; until: Date } | null = null

  const handledUntil = async (): Promise<Date | undefined> => {
    const now = new Date()
    const found = await Promise.all(own.map(({ durable }) => streams.consumers.info(stream, durable)))
    const busy = found.filter(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending > 0)
    if (busy.length === 0) return now
    const seq = Math.min(...busy.map(({ ack_floor }) => ack_floor.stream_seq))
    // The stream may have dropped it by now, as too old.
    const last =
      seq > (known?.againUntil ?? 0)
        ? await streams.streams.getMessage(stream, { seq }).catch(() => null)
        : null
    return last?.time
  }

  /** Under a key that is nobody's, which consumers hear as any other; also an event that this version no longer knows. */
  const publish = (row: OutboxRow) =>
    jetstream.publish(`${namespace}.events.${publisher}.${row.name}.again`, encodeEvent(row), {
      msgID: row._id,
    })

  /** Publishes again what was sent since, or goes on where the last try for this stream failed. Answers how many events that were. */
  const publishAgain = async (created: string, since: Date): Promise<number> => {
    if (refilled?.created !== created) refilled = { created, until: since }
    const sent = outbox.find({ sentAt: { $gte: refilled.until } }, { sort: { sentAt: 1 }, batchSize })
    let count = 0
    const batches = inBatches(sent, batchSize, async (batch) => {
      signal.throwIfAborted()
      await Promise.all(batch.map(publish))
      return [batch]
    })
    for await (const batch of batches) {
      count += batch.length
      // The next one may have been sent in the same millisecond.
      refilled.until = batch.at(-1)?.sentAt ?? refilled.until
    }
    return count
  }

  return async () => {
    known ??= await rows.findOne({ _id: stream }, { comment: 'background' })
    let until: Date | undefined
    try {
      ;[until] = await Promise.all([handledUntil(), streams.streams.info(inboxStream(namespace))])
    } catch (error) {
      if (!(error instanceof NatsError && error.api_error?.code === notFound)) throw error
      await ensureStreams(streams, namespace, config.eventsMaxBytes)
      await ensureConsumers(streams, namespace)
    }
    // Asked last: the consumers were of the stream that is known, when this is still it.
    const { created } = await streams.streams.info(stream)
    if (known?.created === created) {
      if (!until) return
      await rows.updateOne({ _id: stream, created }, { $max: { handledUntil: until } })
      known.handledUntil = until
      return
    }
    if (known) {
      const since = new Date((known.handledUntil?.getTime() ?? slackMs) - slackMs)
      const count = await publishAgain(created, since)
      log.warn({ stream, since, count }, 'JetStream had lost a stream: its events are published again')
    }
    const againUntil = known ? (await streams.streams.info(stream)).state.last_seq : 0
    await rows.updateOne({ _id: stream }, { $set: { created, againUntil } }, { upsert: true })
    known = { ...known, _id: stream, created, againUntil }
  }
}
