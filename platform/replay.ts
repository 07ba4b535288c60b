// What a live listener missed: out of JetStream while it has it, out of the outboxes in MongoDB when it has lost it.
import { type Collection, MongoServerError } from 'mongodb'
import { DeliverPolicy, type JetStreamClient, type JetStreamManager } from 'nats'
import { type EventName, eventRow, events } from '#schema/events.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { decodeEvent } from './bus.ts'
import type { Live, LiveEvent, Topic } from './live.ts'
import type { OutboxRow } from './mongo.ts'
import { eventStream, inboxStream } from './nats.ts'
import { createLanes } from './parallel.ts'
import { withinOrNull } from './within.ts'

/** Events of one replay at most; who missed more reads a fresh snapshot. */
const maxReplay = 1_000
/** Rows of an outbox that are looked through for one user's inbox at most. */
const maxScan = 10_000
/** Relays of two processes stamp what they sent by two clocks, each a moment after it was stored. */
const slackMs = 5_000
const maxTimeMS = 2_000
/** JetStream has lost what it does not send for so long. */
const expires = 5_000
/** After a moment without a gateway all its listeners come back at once: the servers are asked for some of them at a time. */
const lanes = 16
/** One that lasts longer keeps others waiting for nothing: whoever wanted it reads a fresh snapshot. */
const laneMs = 10_000
/** MongoDB's code for what took longer. */
const timeLimitCode = 50

type Replay = Pick<Live, 'replay' | 'recall'>

/** The JetStream stream that keeps a topic's events; null for what no stream keeps. */
export function streamOf(namespace: string, topic: Topic): string | null {
  if (topic.startsWith('ephemeral.')) return null
  return topic.startsWith('inbox.')
    ? inboxStream(namespace)
    : eventStream(namespace, topic.split('.')[1] as SubgraphName)
}

export function createReplay(
  jetstream: JetStreamClient,
  manager: JetStreamManager,
  namespace: string,
  outboxOf: (publisher: SubgraphName) => Collection<OutboxRow>,
): Replay {
  const recall = async (topics: readonly Topic[], since: Date, afterId?: string) => {
    const from = new Date(since.getTime() - slackMs)
    const found = await Promise.all(topics.map((topic) => rowsOf(topic, from)))
    if (found.some((rows) => rows === null)) return null
    const rows = new Map(found.flatMap((some) => some ?? []).map((row) => [row._id, row]))
    if (afterId !== undefined) rows.delete(afterId)
    if (rows.size > maxReplay) return null
    // What is not stamped yet is the newest.
    const stamp = (row: OutboxRow) => row.sentAt?.getTime() ?? Number.POSITIVE_INFINITY
    return [...rows.values()]
      .sort((a, b) => (stamp(a) === stamp(b) ? (a._id < b._id ? -1 : 1) : stamp(a) < stamp(b) ? -1 : 1))
      .map(({ _id, name, at, payload }) => ({
        sequence: 0,
        event: { id: _id, name, at, payload } as LiveEvent['event'],
      }))
  }

  /** The rows published under a topic since then, and those that are still to be; null when that is too much to look through. */
  const rowsOf = async (topic: Topic, from: Date): Promise<OutboxRow[] | null> => {
    const { name, key, userId } = partsOf(topic)
    const outbox = outboxOf(events[name].publisher)
    const sent = { $or: [{ sentAt: null }, { sentAt: { $gte: from } }] }
    const filter = userId === null ? { name, key, ...sent } : { name, ...sent }
    const limit = (userId === null ? maxReplay : maxScan) + 1
    const rows = await inTime(outbox.find(filter, { limit, maxTimeMS }).toArray())
    if (rows === null || rows.length === limit) return null
    const { inbox } = eventRow(name)
    return userId === null ? rows : rows.filter((row) => inbox?.(row.payload as never).includes(userId))
  }

  /** When the event was published; null when its row is gone. */
  const sentAt = async (topics: readonly Topic[], eventId: string): Promise<Date | null> => {
    const publishers = new Set(topics.map((topic) => events[partsOf(topic).name].publisher))
    for (const publisher of publishers) {
      const row = await inTime(outboxOf(publisher).findOne({ _id: eventId }, { maxTimeMS }))
      if (row) return row.sentAt ?? row.at
    }
    return null
  }

  const fromStream = async (
    topics: readonly Topic[],
    after: number,
    afterId: string | undefined,
    isWanted: () => boolean,
  ): Promise<LiveEvent[] | 'lost' | null> => {
    const stream = streamOf(namespace, topics[0] ?? '')
    if (stream === null) return []
    const { state } = await manager.streams.info(stream)
    if (after > state.last_seq || after + 1 < state.first_seq) return 'lost'
    if (afterId !== undefined) {
      const message = await manager.streams.getMessage(stream, { seq: after }).catch(() => null)
      if (!message || decodeEvent(message).id !== afterId) return 'lost'
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
      while (left > 0 && isWanted()) {
        const before = left
        for await (const message of await consumer.fetch({ max_messages: left, expires })) {
          missed.push({ sequence: message.seq, event: decodeEvent(message) })
          left = Math.min(left - 1, message.info.pending)
          // The server has fewer than it had counted.
          if (left === 0) break
        }
        if (left === before) return 'lost'
      }
      // A part that looked like all of it would lose the rest.
      return isWanted() ? missed : []
    } finally {
      // On its own the server would keep it for minutes, one for each client that comes back.
      await consumer.delete().catch(() => {})
    }
  }

  const replay = async (
    topics: readonly Topic[],
    after: number,
    afterId: string | undefined,
    isWanted: () => boolean,
  ) => {
    const missed = await fromStream(topics, after, afterId, isWanted)
    if (missed !== 'lost') return missed
    if (!isWanted()) return []
    const since = afterId === undefined ? null : await sentAt(topics, afterId)
    return since && recall(topics, since, afterId)
  }

  const inLane = createLanes(lanes)
  const inTurn = (isWanted: () => boolean, read: () => Promise<LiveEvent[] | null>) =>
    inLane(async () => (isWanted() ? withinOrNull(laneMs, read()) : []))
  const always = () => true
  return {
    replay: (topics, after, afterId, isWanted = always) =>
      inTurn(isWanted, () => replay(topics, after, afterId, isWanted)),
    recall: (topics, since, afterId, isWanted = always) =>
      inTurn(isWanted, () => recall(topics, since, afterId)),
  }
}

/** What MongoDB finds; null when that took longer than it may. */
async function inTime<R>(found: Promise<R>): Promise<R | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof MongoServerError && error.code === timeLimitCode) return null
    throw error
  }
}

/** `events.<publisher>.<name>.<key>` or `inbox.<userId>.<name>`; names have two parts. */
function partsOf(topic: Topic): { name: EventName; key: string; userId: string | null } {
  const parts = topic.split('.')
  return parts[0] === 'inbox'
    ? { name: parts.slice(2).join('.') as EventName, key: '', userId: parts[1] as string }
    : { name: parts.slice(2, 4).join('.') as EventName, key: parts.slice(4).join('.'), userId: null }
}
