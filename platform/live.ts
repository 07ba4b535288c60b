// What sockets listen to: events as JetStream republishes them on core NATS after storing them, with their sequence
// numbers, and the replay of what a listener missed.

import { setTimeout as delay } from 'node:timers/promises'
import type { Collection } from 'mongodb'
import {
  DeliverPolicy,
  Events,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  type Subscription,
} from 'nats'
import {
  type DomainEvent,
  type EphemeralName,
  type EventPayload,
  eventRow,
  eventSubject,
  inboxSubject,
} from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { decodeEvent } from './bus.ts'
import type { OutboxRow } from './mongo.ts'
import { createReplay, streamOf } from './replay.ts'

/** An event with its place in its stream. */
export interface LiveEvent {
  /** 0 when it has none: it is ephemeral, or it was read from an outbox. */
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
   * The events of topics of one stream that came after the one with the sequence `after` and the id `afterId`, oldest first, up
   * to the newest at the time of the call. JetStream is asked; when it has lost them or counts anew, the publishers' outboxes
   * in MongoDB, which keep a week: then some from just before may come once more. Null when neither has all of them, or they are
   * more than 1,000, or that lasts too long: the listener must read a fresh snapshot.
   *
   * @param isWanted asked when its turn comes, which may be later, and between what is read: nothing is for a listener that has
   * gone, whose answer is empty.
   */
  replay(
    topics: readonly Topic[],
    after: number,
    afterId?: string,
    isWanted?: () => boolean,
  ): Promise<LiveEvent[] | null>
  /** The same out of the outboxes alone, by time: what was published since, and a few seconds before. */
  recall(
    topics: readonly Topic[],
    since: Date,
    afterId?: string,
    isWanted?: () => boolean,
  ): Promise<LiveEvent[] | null>
  /** The last sequence of the stream that keeps the topic. */
  position(topic: Topic): Promise<number>
  /**
   * Tells those who listen just now; nothing is stored, nobody is told later, and nobody knows whether anyone heard. The name's
   * row must say `ephemeral`.
   */
  tell<N extends EphemeralName>(name: N, payload: EventPayload<N>): void
}

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
  /** Null for what no stream keeps. */
  readonly stream: Heard | null
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
  outboxOf: (publisher: SubgraphName) => Collection<OutboxRow>,
): Live {
  const { replay, recall } = createReplay(jetstream, manager, namespace, outboxOf)
  const feeds = new Map<Topic, Feed>()
  const streams = new Map<string, Heard>()
  let connected = true

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
    if (feed.stream) feed.stream.to = live.sequence
    for (const { onEvent } of feed.listeners) onEvent(live)
  }

  const openFeed = (topic: Topic): Feed => {
    const name = streamOf(namespace, topic)
    const stream = name === null ? null : heardOf(name)
    const subscription = nats.subscribe(`${namespace}.live.${topic}`, {
      callback: (error, message) => {
        if (error) return
        const live = readable(Number(message.headers?.get('Nats-Sequence') || 0), message)
        if (!live) return
        if (!stream?.held) hear(feed, live)
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
    feed.ready = stream
      ? manager.streams.info(stream.stream).then(({ state }) => {
          feed.from = state.last_seq
        })
      : nats.flush()
    feeds.set(topic, feed)
    stream?.feeds.add(feed)
    return feed
  }

  const leave = (feed: Feed, listener: Listener): void => {
    feed.listeners.delete(listener)
    if (feed.listeners.size > 0 || feeds.get(feed.topic) !== feed) return
    feeds.delete(feed.topic)
    feed.subscription.unsubscribe()
    const { stream } = feed
    if (!stream) return
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
            // What stood before it was lost while this was asked for.
            if (message.seq > heard.to + 1) return giveUp(heard, state.last_seq)
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

  const tellOfGaps = (some: readonly Feed[]): void => {
    for (const { listeners } of some) for (const { onGap } of [...listeners]) onGap?.()
  }

  const giveUp = (heard: Heard, at: number): void => {
    heard.to = heard.held?.at(-1)?.live.sequence ?? at
    heard.checked = 0
    heard.held = null
    for (const feed of heard.feeds) feed.from = Math.min(feed.from, at)
    tellOfGaps([...heard.feeds])
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
        tellOfGaps([...feeds.values()].filter(({ stream }) => stream === null))
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
    replay,
    recall,
    async position(topic) {
      const stream = streamOf(namespace, topic)
      return stream === null ? 0 : (await manager.streams.info(stream)).state.last_seq
    },
    tell(name, payload) {
      const row = eventRow(name)
      const body = row.payload.parse(payload)
      const event = { id: newId('event'), name, at: new Date(), payload: body }
      const data = JSON.stringify(event)
      const users = row.inbox?.(body as never) ?? []
      const subjects = [
        eventSubject(name, String(body[row.key])),
        ...users.map((userId) => inboxSubject(userId, name)),
      ]
      for (const subject of subjects) nats.publish(`${namespace}.live.${subject}`, data)
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
