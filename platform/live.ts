// What sockets listen to: events as JetStream republishes them on core NATS after storing them, with their sequence
// numbers, and the replay of what a listener missed.

import { setTimeout as delay } from 'node:timers/promises'
import {
  DeliverPolicy,
  Events,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  type Subscription,
} from 'nats'
import type { DomainEvent } from '#schema/events.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { decodeEvent } from './bus.ts'
import { eventStream, inboxStream } from './nats.ts'

/** A stored event with its place in its stream. */
export interface LiveEvent {
  sequence: number
  event: DomainEvent
}

/** Subject of live events without the namespace: of `eventSubject` or `inboxSubject`, `*` allowed. */
export type Topic = string

export interface Live {
  /**
   * Hears the topics' events from now on. Resolves when the server knows of it, so that nothing after is missed. However many
   * listen to a topic, the server sends each event once, and all get the same object.
   *
   * @param onGap told when the connection was lost and what was missed cannot be had any more.
   */
  attach(
    topics: readonly Topic[],
    onEvent: (event: LiveEvent) => void,
    onGap?: () => void,
  ): Promise<{ detach(): void }>
  /**
   * The stored events of topics of one stream with a sequence greater than `after`, oldest first, up to the newest at the
   * time of the call. Null when the stream no longer has all of them: the listener must read a fresh snapshot. So it is also
   * when the event with that sequence is not `afterId`: the stream was lost and counts anew.
   */
  replay(topics: readonly Topic[], after: number, afterId?: string): Promise<LiveEvent[] | null>
}

/** Events of one replay at most; who missed more reads a fresh snapshot. */
const maxReplay = 1_000
/** Events of one stream, whatever their topic, that are made up for at most when the connection comes back. */
const maxMissed = 10_000
const batchSize = 500
const catchUpTries = 20
const catchUpPauseMs = 250
const checkMs = 10_000

interface Listener {
  readonly onEvent: (event: LiveEvent) => void
  readonly onGap: (() => void) | undefined
}

/** A topic that this process hears, once for all who listen. */
interface Feed {
  readonly topic: Topic
  readonly stream: Heard
  readonly listeners: Set<Listener>
  readonly subscription: Subscription
  /** The stream's last sequence when hearing began. */
  from: number
  /** Settles when the server knows of it. */
  ready: Promise<void>
}

/** How far this process has heard a stream. Its events come in order over the one connection, so one number says it. */
interface Heard {
  readonly stream: string
  /** The topics of it that are heard. */
  readonly feeds: Set<Feed>
  to: number
  /** The stream's last sequence a while ago: whatever of it concerns this process has come by now. */
  checked: number
  /** What came while something before it is missing; null when nothing is. */
  held: { feed: Feed; live: LiveEvent }[] | null
}

/** Live listening on one connection. */
export function createLive(
  nats: NatsConnection,
  jetstream: JetStreamClient,
  manager: JetStreamManager,
  namespace: string,
): Live {
  const feeds = new Map<Topic, Feed>()
  const streams = new Map<string, Heard>()
  let connected = true

  const streamOf = (topic: Topic): string =>
    topic.startsWith('inbox.')
      ? inboxStream(namespace)
      : eventStream(namespace, topic.split('.')[1] as SubgraphName)

  const heardOf = (stream: string): Heard => {
    const heard = streams.get(stream) ?? {
      stream,
      feeds: new Set<Feed>(),
      to: 0,
      checked: 0,
      held: connected ? null : [],
    }
    streams.set(stream, heard)
    return heard
  }

  const hear = (feed: Feed, live: LiveEvent): void => {
    feed.stream.to = live.sequence
    for (const { onEvent } of feed.listeners) onEvent(live)
  }

  const openFeed = (topic: Topic): Feed => {
    const stream = heardOf(streamOf(topic))
    const subscription = nats.subscribe(`${namespace}.live.${topic}`, {
      callback: (error, message) => {
        if (error) return
        const live = readable(Number(message.headers?.get('Nats-Sequence')), message)
        if (!live) return
        if (!stream.held) hear(feed, live)
        // More than could be made up for anyway is no use.
        else if (stream.held.length <= maxMissed) stream.held.push({ feed, live })
      },
    })
    const feed: Feed = {
      topic,
      stream,
      listeners: new Set(),
      subscription,
      from: 0,
      ready: Promise.resolve(),
    }
    // The answer comes over the same connection: by then the server knows of the subscription, too.
    feed.ready = manager.streams.info(stream.stream).then(({ state }) => {
      feed.from = state.last_seq
    })
    feeds.set(topic, feed)
    stream.feeds.add(feed)
    return feed
  }

  const leave = (feed: Feed, listener: Listener): void => {
    feed.listeners.delete(listener)
    if (feed.listeners.size > 0 || feeds.get(feed.topic) !== feed) return
    feeds.delete(feed.topic)
    feed.subscription.unsubscribe()
    const { stream } = feed
    stream.feeds.delete(feed)
    if (stream.feeds.size === 0) streams.delete(stream.stream)
  }

  /** Hands on what a stream stored while the connection was lost, and then what came since. */
  const catchUp = async (heard: Heard): Promise<void> => {
    await Promise.allSettled([...heard.feeds].map((feed) => feed.ready))
    const { state } = await manager.streams.info(heard.stream)
    let from = Number.POSITIVE_INFINITY
    for (const feed of heard.feeds) from = Math.min(from, feed.from)
    heard.to = Math.max(heard.to, Math.min(from, state.last_seq))
    const missing = state.last_seq - heard.to
    if (missing < 0 || heard.to + 1 < state.first_seq || missing > maxMissed)
      return giveUp(heard, state.last_seq)
    if (missing > 0) {
      const consumer = await jetstream.consumers.get(heard.stream, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: heard.to + 1,
      })
      try {
        while (heard.to < state.last_seq) {
          const before = heard.to
          const batch = await consumer.fetch({ max_messages: batchSize, expires: 2_000 })
          for await (const message of batch) {
            const live = readable(message.seq, message)
            const subject = message.subject.slice(namespace.length + 1)
            for (const feed of live ? heard.feeds : []) {
              if (live && message.seq > feed.from && matches(feed.topic, subject)) hear(feed, live)
            }
            heard.to = message.seq
            if (heard.to >= state.last_seq) break
          }
          if (heard.to === before) throw new Error(`${heard.stream} has stopped at ${before}`)
        }
      } finally {
        await consumer.delete().catch(() => {})
      }
    }
    const held = heard.held ?? []
    if (held.length > maxMissed) return giveUp(heard, state.last_seq)
    heard.held = null
    const caughtUp = heard.to
    for (const { feed, live } of held) if (live.sequence > caughtUp) hear(feed, live)
  }

  const giveUp = (heard: Heard, at: number): void => {
    heard.to = heard.held?.at(-1)?.live.sequence ?? at
    heard.checked = 0
    heard.held = null
    for (const feed of [...heard.feeds]) {
      feed.from = Math.min(feed.from, at)
      for (const { onGap } of [...feed.listeners]) onGap?.()
    }
  }

  const comeBack = async (): Promise<void> => {
    await Promise.all(
      [...streams.values()].map(async (heard) => {
        for (let tries = 1; heard.held; tries++) {
          try {
            await catchUp(heard)
          } catch {
            // It is lost again: the next time it comes back is another chance.
            if (!connected) return
            // A server that has just started finds its streams in a moment.
            if (tries === catchUpTries) giveUp(heard, heard.to)
            else await delay(catchUpPauseMs)
          }
        }
      }),
    )
  }

  const watchConnection = async (): Promise<void> => {
    let comingBack = Promise.resolve()
    for await (const { type } of nats.status()) {
      if (type === Events.Disconnect) {
        connected = false
        for (const heard of streams.values()) heard.held ??= []
      } else if (type === Events.Reconnect) {
        connected = true
        comingBack = comingBack.then(comeBack)
      }
    }
  }
  void watchConnection()

  /** Moves on where nothing comes that concerns this process, so that little is missing when the connection is lost. */
  const check = async (): Promise<void> => {
    for (const heard of streams.values()) {
      const { last_seq } = (await manager.streams.info(heard.stream)).state
      if (heard.held) continue
      heard.to = last_seq < heard.to ? heard.to : Math.max(heard.to, heard.checked)
      heard.checked = last_seq
    }
  }
  const timer = setInterval(() => {
    if (nats.isClosed()) clearInterval(timer)
    else if (connected) check().catch(() => {})
  }, checkMs)
  timer.unref()

  return {
    async attach(topics, onEvent, onGap) {
      const listener = { onEvent, onGap }
      const joined = topics.map((topic) => {
        const feed = feeds.get(topic) ?? openFeed(topic)
        feed.listeners.add(listener)
        return feed
      })
      const detach = () => {
        for (const feed of joined) leave(feed, listener)
      }
      try {
        await Promise.all(joined.map((feed) => feed.ready))
      } catch (error) {
        detach()
        throw error
      }
      return { detach }
    },
    async replay(topics, after, afterId) {
      const stream = streamOf(topics[0] ?? '')
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

/** Null for what is no event: consumers set it aside and say so. */
function readable(sequence: number, message: { data: Uint8Array }): LiveEvent | null {
  try {
    return { sequence, event: decodeEvent(message) }
  } catch {
    return null
  }
}

function matches(topic: Topic, subject: string): boolean {
  if (!topic.includes('*')) return topic === subject
  const tokens = subject.split('.')
  const wanted = topic.split('.')
  return wanted.length === tokens.length && wanted.every((token, i) => token === '*' || token === tokens[i])
}
