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
import { isOutage } from './errors.ts'
import type { Log } from './log.ts'
import type { Transaction } from './mongo.ts'
import { eventStream } from './nats.ts'

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

/** Deliveries of a message before it is set aside. */
const maxDeliveries = 5
/** How soon one comes again that met an outage: those are no fault of its own, and do not end. */
const outageRetryMs = 1_000
const maxBatch = 500
const consumedRetentionSeconds = 8 * 86_400

/** Indexes of the collections that consumers keep: claimed events and events set aside. */
export async function prepareConsumers(db: Db): Promise<void> {
  await db
    .collection('consumed')
    .createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: consumedRetentionSeconds })
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

/** Every durable consumer that the catalogue asks for: its stream, its name and the events that it gets. */
export function durables(
  namespace: string,
): { stream: string; durable: string; publisher: SubgraphName; names: EventName[] }[] {
  return (Object.keys(consumerUnits) as ConsumerName[]).flatMap((consumer) =>
    [...subscriptionsOf(consumer)].map(([publisher, names]) => ({
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
    durables(namespace).map(async ({ stream, durable, publisher, names }) => {
      const config = {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: nanos(30_000),
        max_ack_pending: 2_000,
        filter_subjects: names.map((name) => `${namespace}.events.${publisher}.${name}.*`),
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
  const waiting: JsMsg[] = []
  let messages: ConsumerMessages | null = null
  let working: Promise<void> | null = null
  let stopped = false

  const work = async () => {
    while (waiting.length > 0 && !stopped)
      await handleBatch(deps, name, handlers, waiting.splice(0, maxBatch))
    working = null
  }
  const receive = async () => {
    while (!stopped) {
      try {
        messages = await consumer.consume({ max_messages: maxBatch, expires: 10_000 })
        for await (const message of messages) {
          waiting.push(message)
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
    },
  }
}

async function handleBatch(
  deps: BusDeps,
  consumer: ConsumerName,
  handlers: Record<string, Handler<EventName>>,
  messages: JsMsg[],
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
    // A newer version of this unit may listen to more than this one knows: that one gets it when this has gone.
    const handle = handlers[name] ?? (() => Promise.reject(new Error(`no handler for ${name}`)))
    try {
      await handle(deliveries.map((delivery) => delivery.event))
      for (const { message } of deliveries) message.ack()
      continue
    } catch (error) {
      if (deliveries.length === 1 && deliveries[0]) await refuse(deps, consumer, deliveries[0], error)
    }
    // One poisonous event must not hold up its batch: each goes alone.
    if (deliveries.length === 1) continue
    for (const delivery of deliveries) {
      try {
        await handle([delivery.event])
        delivery.message.ack()
      } catch (error) {
        await refuse(deps, consumer, delivery, error)
      }
    }
  }
}

/** Has a failed event delivered again with growing delay, or sets it aside after the last try. */
async function refuse(
  deps: BusDeps,
  consumer: ConsumerName,
  { message, event }: { message: JsMsg; event: DomainEvent },
  error: unknown,
): Promise<void> {
  const deliveries = message.info.deliveryCount
  const reason = error instanceof Error ? error.message : String(error)
  deps.log.warn({ consumer, event: event.name, id: event.id, deliveries, error: reason }, 'event not handled')
  if (error instanceof Error && isOutage(error)) return message.nak(outageRetryMs)
  if (deliveries < maxDeliveries) return message.nak(200 * 2 ** deliveries)
  try {
    await deps.db
      .collection<{ _id: string }>('deadLetters')
      .updateOne(
        { _id: `${consumer}:${event.id}` },
        { $set: { consumer, event, reason, at: new Date() } },
        { upsert: true },
      )
    message.term('set aside')
  } catch {
    message.nak(5_000)
  }
}

/** An event out of a message's bytes. */
export function decodeEvent(message: { data: Uint8Array }): DomainEvent {
  const row = JSON.parse(Buffer.from(message.data).toString('utf8')) as DomainEvent & { at: string }
  return { ...row, at: new Date(row.at) }
}
