// What sockets listen to: events as JetStream republishes them on core NATS after storing them, with their sequence
// numbers, and the replay of what a listener missed.
import { DeliverPolicy, type JetStreamClient, type JetStreamManager, type NatsConnection } from 'nats'
import type { DomainEvent } from '#schema/events.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { decodeEvent } from './bus.ts'
import { eventStream, inboxStream } from './nats.ts'

/** A stored event with its place in its stream. */
export interface LiveEvent {
  sequence: number
  event: DomainEvent
}

/** Subject of live events without the namespace: of `eventSubject` or `inboxSubject`, wildcards allowed. */
export type Topic = string

export interface Live {
  /** Hears the topics' events from now on. Resolves when the server knows of it, so that nothing after is missed. */
  attach(topics: readonly Topic[], onEvent: (event: LiveEvent) => void): Promise<{ detach(): void }>
  /**
   * The stored events of topics of one stream with a sequence greater than `after`, oldest first, up to the newest at the
   * time of the call. Null when the stream no longer has all of them: the listener must read a fresh snapshot. So it is also
   * when the event with that sequence is not `afterId`: the stream was lost and counts anew.
   */
  replay(topics: readonly Topic[], after: number, afterId?: string): Promise<LiveEvent[] | null>
}

/** Events of one replay at most; who missed more reads a fresh snapshot. */
const maxReplay = 1_000

/** Live listening on one connection. */
export function createLive(
  nats: NatsConnection,
  jetstream: JetStreamClient,
  manager: JetStreamManager,
  namespace: string,
): Live {
  return {
    async attach(topics, onEvent) {
      const subscriptions = topics.map((topic) =>
        nats.subscribe(`${namespace}.live.${topic}`, {
          callback: (error, message) => {
            if (error) return
            const sequence = Number(message.headers?.get('Nats-Sequence'))
            onEvent({ sequence, event: decodeEvent(message) })
          },
        }),
      )
      await nats.flush()
      return {
        detach() {
          for (const subscription of subscriptions) subscription.unsubscribe()
        },
      }
    },
    async replay(topics, after, afterId) {
      const [, publisher] = topics[0]?.split('.') ?? []
      const stream = topics[0]?.startsWith('inbox.')
        ? inboxStream(namespace)
        : eventStream(namespace, publisher as SubgraphName)
      const { state } = await manager.streams.info(stream)
      if (after > state.last_seq || after + 1 < state.first_seq) return null
      if (afterId !== undefined) {
        const message = await manager.streams.getMessage(stream, { seq: after }).catch(() => null)
        if (!message || decodeEvent(message).id !== afterId) return null
      }
      if (after === state.last_seq) return []
      const consumer = await jetstream.consumers.get(stream, {
        filterSubjects: topics.map((topic) => `${namespace}.${topic}`),
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: after + 1,
      })
      try {
        let left = (await consumer.info()).num_pending
        if (left > maxReplay) return null
        const missed: LiveEvent[] = []
        while (left > 0) {
          const message = await consumer.next({ expires: 2_000 })
          if (!message) return null
          missed.push({ sequence: message.seq, event: decodeEvent(message) })
          left = message.info.pending
        }
        return missed
      } finally {
        // On its own the server would keep it for minutes, one for each client that comes back.
        await consumer.delete().catch(() => {})
      }
    },
  }
}
