// The NATS connection, and the streams that the product keeps in JetStream: one per publishing subgraph, and one of inboxes.
// All are disposable: whatever they held is in the outboxes too.
import {
  connect,
  DiscardPolicy,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats'
import { type SubgraphName, subgraphNames } from '#schema/sdl.ts'

const day = 86_400_000
/** JetStream's code for a stream that exists with another configuration. */
const nameInUse = 10_058

/** Connects; rejects at once when no server answers, reconnects for ever afterwards. */
export async function connectNats(url: string, name: string): Promise<NatsConnection> {
  return connect({
    servers: url.split(','),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    timeout: 5_000,
  })
}

/** Name of the stream that holds a subgraph's events. */
export function eventStream(namespace: string, publisher: SubgraphName): string {
  return `${namespace}_events_${publisher}`
}

/** Name of the stream that holds what users' own devices listen to. */
export function inboxStream(namespace: string): string {
  return `${namespace}_inbox`
}

/**
 * Creates or updates the streams. Each message is published again, after it was stored, under `live.` on core NATS with its
 * sequence number in a header: that is what sockets listen to, without a consumer in the server for each of them.
 */
export async function ensureStreams(
  manager: JetStreamManager,
  namespace: string,
  maxBytes: number,
): Promise<void> {
  const stream = (
    name: string,
    root: string,
    maxAgeDays: number,
  ): Partial<StreamConfig> & { name: string } => ({
    name,
    subjects: [`${namespace}.${root}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(maxAgeDays * day),
    max_bytes: maxBytes,
    duplicate_window: nanos(120_000),
    allow_direct: true,
    republish: { src: `${namespace}.${root}.>`, dest: `${namespace}.live.${root}.>` },
  })
  const wanted = [
    ...subgraphNames.map((name) => stream(eventStream(namespace, name), `events.${name}`, 7)),
    stream(inboxStream(namespace), 'inbox', 1),
  ]
  await Promise.all(
    wanted.map(async (config) => {
      try {
        // In microseconds: a stream that is made anew gives no number again that the one before it gave, so that neither an
        // acknowledgement nor a cursor of before means another event.
        await manager.streams.add({ ...config, first_seq: Date.now() * 1_000 })
      } catch (error) {
        if (!(error instanceof NatsError && error.api_error?.err_code === nameInUse)) throw error
        // It is there: bring its other settings up to date; what cannot be changed is reported by this call.
        await manager.streams.update(config.name, config)
      }
    }),
  )
}
