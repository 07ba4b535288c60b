// Subscriptions to several streams, to what nothing stores, and to what JetStream has lost.
import { Events } from 'nats'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readConfig } from '#platform/config.ts'
import { eventStream } from '#platform/nats.ts'
import { prepareOutbox, startRelay } from '#platform/outbox.ts'
import { type Platform, startPlatform } from '#platform/service.ts'
import { inboxSubject } from '#schema/events.ts'
import type { LiveRoot } from '#schema/streams.ts'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { createExecutor, type Executor, type GraphQLAnswer } from './executor/executor.ts'
import { compose, type FixtureContext, localSources, subgraphs } from './executor/fixture.ts'
import { createSubscriptions } from './subscriptions.ts'

const query = 'subscription($after: String) { postAdded(after: $after) { cursor post { id } } }'
const viewer = { userId: 'user_1', sessionId: null, appId: null, scopes: null, ip: '', userAgent: null }

let platform: Platform
/** Somebody else's connection, for what happens while the platform's own is lost. */
let other: Platform
let stack: AsyncDisposableStack
let executor: Executor<FixtureContext>
/** What is heard, of a fresh key for each test. */
let key: string
let tests = 0

beforeAll(async () => {
  const env = testEnvironment()
  ;({ platform, stack } = await testPlatform({}, env))
  other = await startPlatform(readConfig(env), 'other', stack)
  executor = createExecutor<FixtureContext>({
    supergraph: compose(subgraphs),
    sources: localSources(subgraphs),
  })
  for (const name of ['engagement', 'content', 'messaging'] as const) {
    await prepareOutbox(other.db(name))
    const relay = startRelay(other, name)
    other.onCommit(name, relay.wake)
    stack.defer(() => relay.stop())
  }
})
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  key = `key${++tests}`
})

/** `postId` names the fixture's post that the answer shows; the key is what is listened to. */
const like = (postId: string) =>
  other.transact('engagement')(async (tx) => tx.emit('comment.liked', { commentId: key, userId: postId }))
const remove = (postId: string) =>
  other.transact('content')(async (tx) => tx.emit('post.deleted', { postId: key, authorId: postId }))
const write = (postId: string) =>
  other.transact('messaging')(async (tx) =>
    tx.emit('message.sent', {
      messageId: postId,
      conversationId: 'conversation_1',
      senderId: 'user_2',
      sequence: 1,
      memberIds: [key],
    }),
  )
const type = (userId: string) =>
  other.live.tell('typing.changed', { conversationId: key, userId, typing: true, memberIds: ['user_1'] })

const liked = () => `events.engagement.comment.liked.${key}`
const removed = () => `events.content.post.deleted.${key}`
const typed = () => `ephemeral.messaging.typing.changed.${key}`

/** The fixture's field answers the post that an event names, whatever kind of event it is. */
const onEvent: Executor<FixtureContext>['onEvent'] = (prepared, root, variables, context) => {
  const { event, cursor } = root as LiveRoot
  const { userId, authorId, messageId } = (event?.payload ?? {}) as Record<string, string>
  const payload = { postId: userId ?? authorId ?? messageId }
  return executor.onEvent(prepared, { cursor, event: event && { ...event, payload } }, variables, context)
}

async function listen(topics: string[], after: string | null = null, isThere?: () => boolean) {
  const subscriptions = createSubscriptions({
    executor: { ...executor, onEvent },
    live: platform.live,
    cursors: platform.cursors,
    scope: () => ({ calls: new Map() }),
    streamOf: () => ({ owner: 'content', topics: () => topics }),
    ownerOf: async () => null,
    access: { add: () => {}, remove: () => {} },
    onError: () => {},
  })
  const answers = await subscriptions.subscribe(executor.prepare(query), { after }, viewer, isThere)
  if (!(Symbol.asyncIterator in answers)) throw new Error(JSON.stringify(answers))
  return answers
}

type Answers = Awaited<ReturnType<typeof listen>>
interface Added {
  cursor: string
  post: { id: string }
}

async function next(answers: Answers): Promise<Added> {
  const { value } = await answers.next()
  const { data, errors } = value as GraphQLAnswer
  if (errors) throw new Error(String(errors[0]?.extensions?.code))
  return (data as { postAdded: Added }).postAdded
}

/** The posts of the next answers, up to and with this one. */
async function until(postId: string, answers: Answers): Promise<string[]> {
  const heard: string[] = []
  while (heard.at(-1) !== postId) heard.push((await next(answers)).post.id)
  return heard
}

async function purge(publisher: 'engagement' | 'content'): Promise<void> {
  await other.streams.streams.purge(eventStream(other.config.namespace, publisher))
}

/** Resolves when what was emitted is published. */
async function published(publisher: 'engagement' | 'content' | 'messaging'): Promise<void> {
  const outbox = other.db(publisher).collection('outbox')
  await expect.poll(() => outbox.countDocuments({ sentAt: null }), { timeout: 30_000 }).toBe(0)
}

test('what JetStream has lost is replayed out of MongoDB; only when that has not got it either is it RESYNC (D2, X7)', async () => {
  const first = await listen([liked()])
  await like('p0')
  const { cursor } = await next(first)
  await first.return()
  await like('p1')
  await like('p2')
  await published('engagement')
  await purge('engagement')

  const second = await listen([liked()], cursor)
  expect((await next(second)).post.id).toBe('p1')
  const fromOutbox = await next(second)
  expect(fromOutbox.post.id).toBe('p2')
  await like('p3')
  expect((await next(second)).post.id).toBe('p3')
  await second.return()

  // A cursor that was given with an event out of MongoDB is as good; some from just before it may come again.
  const third = await listen([liked()], fromOutbox.cursor)
  expect(await until('p3', third)).not.toContain('p2')
  await like('p4')
  expect(await until('p4', third)).toEqual(['p4'])
  await third.return()

  await other.db('engagement').collection('outbox').deleteMany({ key })
  const fourth = await listen([liked()], cursor)
  await expect(next(fourth)).rejects.toThrow('RESYNC')
  expect((await fourth.next()).done).toBe(true)
})

test('what MongoDB has, but cannot tell in time, is RESYNC; when it can again, all of it is replayed (X7)', async () => {
  const first = await listen([removed()])
  await remove('p0')
  const { cursor } = await next(first)
  await first.return()
  const missed = ['p1', 'p2', 'p3', 'p4', 'p5']
  for (const postId of missed) await remove(postId)
  await published('content')
  await purge('content')

  const db = other.db('content')
  await db.renameCollection('outbox', 'rows')
  // Each row costs so much that one is told in time, and five are not.
  const slow = { body: 'function () { sleep(700); return true }', args: [], lang: 'js' }
  const pipeline = [{ $match: { $expr: { $function: slow } } }]
  await db.createCollection('outbox', { viewOn: 'rows', pipeline })
  const second = await listen([removed()], cursor)
  await expect(next(second)).rejects.toThrow('RESYNC')
  expect((await second.next()).done).toBe(true)

  await db.dropCollection('outbox')
  await db.renameCollection('rows', 'outbox')
  const third = await listen([removed()], cursor)
  expect(await until('p5', third)).toEqual(missed)
  await third.return()
})

test('a person’s inbox is replayed out of MongoDB, too, and has nobody else’s messages (D1)', async () => {
  const topics = [inboxSubject(key, 'message.sent')]
  const first = await listen(topics)
  await write('p0')
  const { cursor } = await next(first)
  await first.return()
  await write('p1')
  const mine = key
  key = 'somebody_else'
  await write('p5')
  key = mine
  await write('p2')
  await published('messaging')
  await other.streams.streams.purge(`${other.config.namespace}_inbox`)
  const second = await listen(topics, cursor)
  expect(await until('p2', second)).toEqual(['p1', 'p2'])
  await second.return()
})

test('an open subscription goes on when JetStream is lost together with the connection (X7)', async () => {
  const answers = await listen([liked()])
  await like('p0')
  expect((await next(answers)).post.id).toBe('p0')
  const lost = Promise.withResolvers<void>()
  const back = (async () => {
    for await (const { type: kind } of platform.nats.status()) {
      if (kind === Events.Disconnect) lost.resolve()
      if (kind === Events.Reconnect) return
    }
  })()
  await platform.nats.reconnect()
  await lost.promise
  await like('p1')
  await published('engagement')
  await purge('engagement')
  await back
  await like('p2')
  const heard = await until('p2', answers)
  expect(heard.filter((id) => id === 'p1')).toHaveLength(1)
  await answers.return()
})

test('one field may hear several streams and what nothing stores: a cursor names a place in each stream', async () => {
  const topics = [liked(), removed(), typed()]
  const first = await listen(topics)
  type('p5')
  const typing = await next(first)
  expect(typing.post.id).toBe('p5')
  await like('p0')
  expect((await next(first)).post.id).toBe('p0')
  await remove('p1')
  const { cursor } = await next(first)
  await first.return()
  await remove('p2')
  await like('p3')
  await published('content')
  await published('engagement')
  type('p5')
  // The server has it before anybody listens.
  await other.nats.flush()

  const second = await listen(topics, cursor)
  expect(await until('p3', second)).toEqual(['p2', 'p3'])
  type('p4')
  expect((await next(second)).post.id).toBe('p4')
  await second.return()

  // The cursor of what is not stored is where the streams stood before it.
  const third = await listen(topics, typing.cursor)
  expect(await until('p3', third)).toEqual(['p0', 'p1', 'p2', 'p3'])
  await third.return()
})

test('for a client that has gone before its turn nothing is replayed', async () => {
  const first = await listen([liked()])
  await like('p0')
  const { cursor } = await next(first)
  await first.return()
  await like('p1')
  await published('engagement')

  const gone = await listen([liked()], cursor, () => false)
  await like('p2')
  expect((await next(gone)).post.id).toBe('p2')
  await gone.return()
})

test('what reaches a person’s own devices may be ephemeral, too', async () => {
  const answers = await listen([inboxSubject('user_1', 'typing.changed')])
  type('p1')
  expect((await next(answers)).post.id).toBe('p1')
  await answers.return()
})

test('of what nothing stores whoever may have missed something is told to read anew (D2)', async () => {
  const first = await listen([typed()])
  type('p0')
  const { cursor } = await next(first)
  await first.return()
  const second = await listen([typed()], cursor)
  await expect(next(second)).rejects.toThrow('RESYNC')
  expect((await second.next()).done).toBe(true)

  const open = await listen([typed()])
  type('p1')
  expect((await next(open)).post.id).toBe('p1')
  await platform.nats.reconnect()
  await expect(next(open)).rejects.toThrow('RESYNC')
  expect((await open.next()).done).toBe(true)
})

test('a field that would listen to too much is refused', async () => {
  const topics = Array.from({ length: 101 }, (_, i) => `events.engagement.comment.liked.many${i}`)
  await expect(listen(topics)).rejects.toThrow('BAD_USER_INPUT')
})
