// What becomes of events when NATS loses all that it holds, under processes that run.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ConsumerName, consumers as consumerUnits, events } from '#schema/events.ts'
import { provide } from '../deploy/local/provide.mjs'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { freePort } from '../tests/system.ts'
import { type ConsumerHandlers, claimEvents, prepareConsumers, startConsumers } from './bus.ts'
import { readConfig } from './config.ts'
import { connectNats, eventStream } from './nats.ts'
import { prepareOutbox, startRelay } from './outbox.ts'
import { type Platform, startPlatform } from './service.ts'

const stack = new AsyncDisposableStack()
/** Two processes of a subgraph. */
let platform: Platform
let other: Platform
let server: ChildProcess
let program: string
let store: string
let port: number

beforeAll(async () => {
  const { nats } = await provide({ log() {}, useEnv: false })
  program = nats?.files?.['nats-server'] ?? ''
  store = await mkdtemp(join(tmpdir(), 'heliograph-nats-'))
  stack.defer(() => rm(store, { recursive: true, force: true }))
  port = await freePort()
  stack.defer(stopServer)
  await startServer()
  const env = testEnvironment({ NATS_URL: `nats://127.0.0.1:${port}` })
  const started = await testPlatform({}, env)
  stack.use(started.stack)
  platform = started.platform
  other = await startPlatform(readConfig(env), 'other', stack)
  await Promise.all([prepareOutbox(engagement()), prepareConsumers(engagement())])
})
afterAll(() => stack.disposeAsync())

const engagement = () => platform.db('engagement')

async function startServer(): Promise<void> {
  const args = ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', store]
  server = spawn(program, args, { stdio: 'ignore' })
  const connect = async () => {
    const nats = await connectNats(`nats://127.0.0.1:${port}`, 'probe')
    await nats.jetstreamManager().finally(() => nats.close())
  }
  await vi.waitFor(connect, { timeout: 30_000 })
}

async function stopServer(): Promise<void> {
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
}

test('JetStream loses everything under running processes: what was sent and not handled, sent meanwhile and sent later takes effect once (X7)', async () => {
  const db = engagement()
  const effects = db.collection<{ _id: string; count: number }>('effects')
  const deliveries: string[] = []
  let isAway = false
  const handlers = Object.fromEntries(
    (Object.keys(consumerUnits) as ConsumerName[]).map((consumer) => [
      consumer,
      Object.fromEntries(Object.keys(events).map((name) => [name, async () => {}])),
    ]),
  )
  const everyone = {
    ...handlers,
    'engagement.counters': {
      ...handlers['engagement.counters'],
      'post.liked': async (batch) => {
        if (isAway) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
        deliveries.push(...batch.map(({ payload }) => payload.postId))
        await platform.transact('engagement')(async (tx) => {
          for (const { payload } of await claimEvents(tx, db, 'engagement.counters', batch)) {
            const options = { upsert: true, session: tx.session }
            await effects.updateOne({ _id: payload.postId }, { $inc: { count: 1 } }, options)
          }
        })
      },
    } satisfies Partial<ConsumerHandlers<'engagement'>['engagement.counters']>,
  } as unknown as ConsumerHandlers<'engagement'>
  const silent = platform.log.child({}, { level: 'silent' })
  const { jetstream, metrics, config } = platform
  const namespace = config.namespace
  const consumers = await startConsumers<'engagement'>(
    { jetstream, db, namespace, log: silent, metrics },
    everyone,
  )
  stack.defer(() => consumers.stop())
  for (const one of [platform, other]) {
    const relay = startRelay({ ...one, log: silent }, 'engagement')
    one.onCommit('engagement', relay.wake)
    stack.defer(() => relay.stop())
  }
  const like = (one: Platform, postId: string) =>
    one.transact('engagement')(async (tx) => tx.emit('post.liked', { postId, userId: 'user_1' }))
  const outbox = db.collection('outbox')
  const isSent = async (postId: string) =>
    (await outbox.countDocuments({ 'payload.postId': postId, sentAt: { $ne: null } })) === 1
  const heard: string[] = []
  const live = await platform.live.attach(['events.engagement.post.liked.post_lost'], ({ event }) =>
    heard.push(event.id),
  )

  await like(platform, 'post_old')
  const now = new Date()
  const handledUntil = async () =>
    (await db.collection('streams').findOne<{ handledUntil?: Date }>({}))?.handledUntil ?? new Date(0)
  await expect.poll(handledUntil, { timeout: 60_000 }).toSatisfy((until: Date) => until > now)
  // As if it had been an hour ago.
  await outbox.updateOne(
    { 'payload.postId': 'post_old' },
    { $set: { sentAt: new Date(Date.now() - 3_600_000) } },
  )

  isAway = true
  await like(platform, 'post_lost')
  await like(other, 'post_lost_too')
  for (const postId of ['post_lost', 'post_lost_too'])
    await expect.poll(() => isSent(postId), { timeout: 30_000 }).toBe(true)
  await stopServer()
  await rm(store, { recursive: true, force: true })
  await like(platform, 'post_meanwhile')
  await startServer()
  await like(other, 'post_later')
  isAway = false

  const counts = async () =>
    Object.fromEntries((await effects.find().toArray()).map(({ _id, count }) => [_id, count]))
  const all = ['post_old', 'post_lost', 'post_lost_too', 'post_meanwhile', 'post_later']
  const once = Object.fromEntries(all.map((postId) => [postId, 1]))
  await expect.poll(counts, { timeout: 60_000 }).toEqual(once)
  expect(deliveries.filter((postId) => postId === 'post_old')).toHaveLength(1)
  expect(heard).toHaveLength(1)

  // Once more, with nothing but the stream.
  isAway = true
  await like(platform, 'post_again')
  await expect.poll(() => isSent('post_again'), { timeout: 30_000 }).toBe(true)
  await platform.streams.streams.delete(eventStream(namespace, 'engagement'))
  isAway = false
  await expect.poll(counts, { timeout: 60_000 }).toEqual({ ...once, post_again: 1 })
  live.detach()
}, 180_000)
