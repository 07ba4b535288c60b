// Durable consumers. Handlers receive batches, so that work that can be folded is; the catalogue in schema/events.ts says
// who receives what. Delivery is at least once: a handler's effect must be the same when it runs again, by a unique
// index, by deriving it from rows, or by `claimEvents`.
import type { Db } from 'mongodb'
import {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  millis,
  nanos,
} from 'nats'
import {
  type ConsumerName,
  type ConsumersOf,
  consumers as consumerUnits,
  type DomainEvent,
  type EventName,
  type EventsFor,
  eventRow,
  events,
  type UnitName,
} from '#schema/events.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import type { DeadLetterRow } from './dead-letters.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { OutboxRow, Transaction } from './mongo.ts'
import { eventStream } from './nats.ts'
import { isOutage, outageMs } from './outage.ts'

/** Handles a batch of one event's deliveries, in order. Throwing has them delivered again. */
type Handler<N extends EventName> = (batch: DomainEvent<N>[]) => Promise<void>

/** A unit's handlers: every consumer of the unit, and every event of each. */
export type ConsumerHandlers<U extends UnitName> = {
  [C in ConsumersOf<U>]: { [N in EventsFor<C>]: Handler<N> }
}

/** Makes a batch handler of one that takes a single event. */
export function each<N extends EventName>(handle: (event: DomainEvent<N>) => Promise<void>): Handler<N> {
  return async (batch) => {
    for (const event of batch) await handle(event)
  }
}

/** How often an event fails in one process before it is set aside. */
const maxFailures = 5
/** How soon one comes again that cannot be handled now, by no fault of its own. */
const laterMs = 1_000
/** So many in a row that an outage ends are an outage for the rest of their batch, too; fewer may be those events' alone. */
const maxOutages = 10
/** Events that failed, as many as a consumer remembers. */
const maxRemembered = 10_000
/** What waits behind a batch that takes longer is left to other processes: this one hangs. */
const hangsMs = 300_000
const ackWaitMs = 30_000
const maxBatch = 500
const consumedRetentionSeconds = 8 * 86_400
const deadLetterSeconds = 30 * 86_400

/** Indexes of the collections that consumers keep: claimed events and events set aside. */
export async function prepareConsumers(db: Db): Promise<void> {
  await Promise.all([
    db
      .collection('consumed')
      .createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: consumedRetentionSeconds }),
    db
      .collection('deadLetters')
      .createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: deadLetterSeconds }),
  ])
}

/**
 * Marks events as consumed inside the effect's own transaction and answers those that were not before. Two processes that
 * race conflict on the unique `_id`, and one of them runs again.
 */
export async function claimEvents<E extends DomainEvent>(
  tx: Transaction,
  db: Db,
  consumer: ConsumerName,
  batch: readonly E[],
): Promise<E[]> {
  const consumed = db.collection<{ _id: string; at: Date }>('consumed')
  const keyOf = (event: DomainEvent) => `${consumer}:${event.id}`
  const unique = [...new Map(batch.map((event) => [keyOf(event), event])).values()]
  const known = await consumed
    .find({ _id: { $in: unique.map(keyOf) } }, { session: tx.session, projection: { _id: 1 } })
    .map((row) => row._id)
    .toArray()
  const fresh = unique.filter((event) => !known.includes(keyOf(event)))
  if (fresh.length > 0) {
    await consumed.insertMany(
      fresh.map((event) => ({ _id: keyOf(event), at: new Date() })),
      { session: tx.session },
    )
  }
  return fresh
}

/** Publishers and event names that a consumer listens to, by the catalogue. */
function subscriptionsOf(consumer: ConsumerName): Map<SubgraphName, EventName[]> {
  const byPublisher = new Map<SubgraphName, EventName[]>()
  for (const name of Object.keys(events) as EventName[]) {
    const row = eventRow(name)
    if (!row.consumers.includes(consumer)) continue
    byPublisher.set(row.publisher, [...(byPublisher.get(row.publisher) ?? []), name])
  }
  return byPublisher
}

/** Name of a durable consumer in JetStream (no dots allowed). */
export function durableName(consumer: ConsumerName): string {
  return consumer.replace('.', '-')
}

/** Where a consumer alone listens: for events that it gave up and somebody has delivered again. */
export function againSubject(namespace: string, publisher: SubgraphName, consumer: ConsumerName): string {
  return `${namespace}.events.${publisher}.again.${durableName(consumer)}`
}

/** Every durable consumer that the catalogue asks for: its stream, its name and the events that it gets. */
export function durables(namespace: string): {
  consumer: ConsumerName
  stream: string
  durable: string
  publisher: SubgraphName
  names: EventName[]
}[] {
  return (Object.keys(consumerUnits) as ConsumerName[]).flatMap((consumer) =>
    [...subscriptionsOf(consumer)].map(([publisher, names]) => ({
      consumer,
      stream: eventStream(namespace, publisher),
      durable: durableName(consumer),
      publisher,
      names,
    })),
  )
}

/** Creates every durable consumer, so that no event is missed by one whose process has not started yet. */
export async function ensureConsumers(manager: JetStreamManager, namespace: string): Promise<void> {
  await Promise.all(
    durables(namespace).map(async ({ consumer, stream, durable, publisher, names }) => {
      const config = {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: nanos(ackWaitMs),
        max_ack_pending: 2_000,
        filter_subjects: [
          ...names.map((name) => `${namespace}.events.${publisher}.${name}.*`),
          againSubject(namespace, publisher, consumer),
        ],
      }
      try {
        await manager.consumers.add(stream, config)
      } catch {
        await manager.consumers.update(stream, durable, config)
      }
    }),
  )
}

interface BusDeps {
  jetstream: JetStreamClient
  db: Db
  namespace: string
  log: Log
  metrics: Metrics
}

/** Runs a unit's consumers until stopped; a stop finishes the batch at hand. */
export async function startConsumers<U extends UnitName>(
  deps: BusDeps,
  handlers: ConsumerHandlers<U>,
): Promise<{ stop(): Promise<void> }> {
  const running: { stop(): Promise<void> }[] = []
  for (const [name, table] of Object.entries(handlers) as [
    ConsumerName,
    Record<string, Handler<EventName>>,
  ][]) {
    for (const publisher of subscriptionsOf(name).keys()) {
      const stream = eventStream(deps.namespace, publisher)
      const consumer = await deps.jetstream.consumers.get(stream, durableName(name))
      running.push(await runConsumer(deps, name, consumer, table))
    }
  }
  return {
    async stop() {
      await Promise.all(running.map((consumer) => consumer.stop()))
    },
  }
}

async function runConsumer(
  deps: BusDeps,
  name: ConsumerName,
  consumer: Consumer,
  handlers: Record<string, Handler<EventName>>,
): Promise<{ stop(): Promise<void> }> {
  const failures: Failures = new Map()
  // By place in the stream: one that comes again while it waits is not handled twice.
  const waiting = new Map<number, JsMsg>()
  let atHand: JsMsg[] = []
  let begunAt = 0
  let messages: ConsumerMessages | null = null
  let working: Promise<void> | null = null
  let stopped = false

  const work = async () => {
    while (waiting.size > 0 && !stopped) {
      atHand = [...waiting.values()].slice(0, maxBatch)
      for (const { seq } of atHand) waiting.delete(seq)
      begunAt = Date.now()
      await handleBatch(deps, name, handlers, failures, atHand, () => stopped)
    }
    atHand = []
    working = null
  }
  // Without a sign of life JetStream delivers again what waits behind a slow batch, which makes that slower still.
  const { ack_wait } = (await consumer.info(true)).config
  const signs = setInterval(
    () => {
      if (Date.now() - begunAt > hangsMs) return
      for (const message of [...atHand, ...waiting.values()]) message.working()
    },
    (ack_wait ? millis(ack_wait) : ackWaitMs) / 3,
  )
  const receive = async () => {
    while (!stopped) {
      try {
        messages = await consumer.consume({ max_messages: maxBatch, expires: 10_000 })
        for await (const message of messages) {
          waiting.set(message.seq, message)
          working ??= work()
        }
      } catch (error) {
        if (stopped) return
        deps.log.warn(
          { consumer: name, error: (error as Error).message },
          'the consumer asks JetStream again',
        )
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  }
  const receiving = receive()
  return {
    async stop() {
      stopped = true
      await messages?.close()
      await receiving
      await working
      clearInterval(signs)
      for (const message of waiting.values()) message.nak()
    },
  }
}

async function handleBatch(
  deps: BusDeps,
  consumer: ConsumerName,
  handlers: Record<string, Handler<EventName>>,
  failures: Failures,
  messages: readonly JsMsg[],
  isStopped: () => boolean,
): Promise<void> {
  const readable = messages.flatMap((message) => {
    try {
      return [{ message, event: decodeEvent(message) }]
    } catch (error) {
      deps.log.error({ consumer, subject: message.subject, error: String(error) }, 'unreadable event')
      message.term('unreadable')
      return []
    }
  })
  for (const [name, deliveries] of Map.groupBy(readable, (delivery) => delivery.event.name)) {
    const handle = handlers[name]
    if (!handle) {
      // A newer version of this unit listens to more than this one knows: that one gets it, at the latest when this has gone.
      deps.log.warn({ consumer, event: name, count: deliveries.length }, 'an event of a newer version')
      for (const { message } of deliveries) message.nak(laterMs)
      continue
    }
    try {
      await handle(deliveries.map((delivery) => delivery.event))
      for (const { message } of deliveries) message.ack()
      deps.metrics.count('heliograph_events_handled_total', { consumer }, deliveries.length)
      continue
    } catch (error) {
      if (deliveries.length === 1 && deliveries[0])
        await refuse(deps, consumer, failures, deliveries[0], error)
    }
    // One poisonous event must not hold up its batch: each goes alone.
    if (deliveries.length === 1) continue
    let outages = 0
    for (const delivery of deliveries) {
      if (outages === maxOutages || isStopped()) {
        delivery.message.nak(laterMs)
        continue
      }
      try {
        await handle([delivery.event])
        delivery.message.ack()
        deps.metrics.count('heliograph_events_handled_total', { consumer })
        outages = 0
      } catch (error) {
        outages = (await refuse(deps, consumer, failures, delivery, error)) ? outages + 1 : 0
      }
    }
  }
}

/**
 * How often events failed in this process, and since when (Unix milliseconds, outages included), by their id. JetStream's count of
 * deliveries would not do: it grows in outages, too, and when a delivery waits for too long.
 */
type Failures = Map<string, { count: number; since: number }>

/** Notes that an event failed, and answers how often it has by now, or null when an outage is the cause: that counts for nothing. */
function countFailure(failures: Failures, id: string, error: unknown): number | null {
  const { count, since } = failures.get(id) ?? { count: 0, since: Date.now() }
  const isAway = isOutage(error) && Date.now() - since < outageMs
  // As the newest; the oldest may have succeeded elsewhere since.
  failures.delete(id)
  failures.set(id, { count: isAway ? count : count + 1, since })
  const [oldest = id] = failures.keys()
  if (failures.size > maxRemembered) failures.delete(oldest)
  return isAway ? null : count + 1
}

/**
 * Has a failed event delivered again with growing delay, or sets it aside after the last try. Answers whether an outage is the cause.
 */
async function refuse(
  deps: BusDeps,
  consumer: ConsumerName,
  failures: Failures,
  { message, event }: { message: JsMsg; event: DomainEvent },
  error: unknown,
): Promise<boolean> {
  const count = countFailure(failures, event.id, error)
  const reason = error instanceof Error ? error.message : String(error)
  deps.log.warn(
    { consumer, event: event.name, id: event.id, failures: count ?? 0, error: reason },
    'event not handled',
  )
  deps.metrics.count('heliograph_events_refused_total', { consumer })
  if (count === null || count < maxFailures) {
    message.nak(count === null ? laterMs : 200 * 2 ** count)
    return count === null
  }
  try {
    await deps.db
      .collection<DeadLetterRow>('deadLetters')
      .updateOne(
        { _id: `${consumer}:${event.id}` },
        { $set: { consumer, event, reason, at: new Date() } },
        { upsert: true },
      )
    message.term('set aside')
    failures.delete(event.id)
    deps.metrics.count('heliograph_events_set_aside_total', { consumer })
    deps.log.error(
      { consumer, event: event.name, id: event.id, error: reason },
      'event set aside: `heliograph events replay` has it delivered again',
    )
  } catch {
    message.nak(5_000)
  }
  return false
}

/** What JetStream and the live listeners receive. */
export function encodeEvent(row: OutboxRow): string {
  return JSON.stringify({ id: row._id, name: row.name, at: row.at.toISOString(), payload: row.payload })
}

/** An event out of a message's bytes. */
export function decodeEvent(message: { data: Uint8Array }): DomainEvent {
  const row = JSON.parse(Buffer.from(message.data).toString('utf8')) as DomainEvent & { at: string }
  return { ...row, at: new Date(row.at) }
}
