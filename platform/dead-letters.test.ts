// What becomes of an event that its consumer gave up.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ignoring } from '../tests/consumers.ts'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { showBacklog } from './backlog.ts'
import { type ConsumerHandlers, durables, each, prepareConsumers, startConsumers } from './bus.ts'
import { prepareOutbox, startRelay } from './outbox.ts'
import { prepareJobs } from './queue.ts'
import type { Platform } from './service.ts'

const env = testEnvironment()
const command = fileURLToPath(new URL('../bin/heliograph.mjs', import.meta.url))
let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform({}, env))
  const db = platform.db('engagement')
  await Promise.all([prepareOutbox(db), prepareConsumers(db), prepareJobs(db)])
})
afterAll(() => stack.disposeAsync())

const heliograph = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    env,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** A value of the metrics as they are now. */
async function metric(series: string): Promise<number | undefined> {
  const lines = (await platform.metrics.text()).split('\n')
  const line = lines.find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

test('an event that is set aside is counted, told as an error and listed; replayed it goes to its consumer alone (X6)', async () => {
  const { jetstream, log, metrics, config } = platform
  const db = platform.db('engagement')
  showBacklog(platform, 'engagement')
  const relay = startRelay(platform, 'engagement')
  const errors: unknown[][] = []
  const listening = Object.assign(log.child({}, { level: 'silent' }), {
    error: (...said: unknown[]) => void errors.push(said),
  })
  let isMended = false
  const counted: string[] = []
  let notified = 0
  const handlers = {
    ...{ 'engagement.moderation': ignoring('engagement.moderation') },
    ...{ 'engagement.lifecycle': ignoring('engagement.lifecycle') },
    'engagement.counters': {
      ...ignoring('engagement.counters'),
      'post.liked': each<'post.liked'>(async ({ id }) => {
        if (!isMended) throw new Error('broken')
        counted.push(id)
      }),
    },
    'engagement.notifications': {
      ...ignoring('engagement.notifications'),
      'post.liked': each<'post.liked'>(async () => {
        notified++
      }),
    },
  } as unknown as ConsumerHandlers<'engagement'>
  const consumers = await startConsumers<'engagement'>(
    { jetstream, db, namespace: config.namespace, log: listening, metrics },
    handlers,
  )
  const transact = platform.transact('engagement')
  await transact(async (tx) => tx.emit('post.liked', { postId: 'post_1', userId: 'user_1' }))
  const waiting = 'heliograph_dead_letters{subgraph="engagement"}'
  await expect.poll(() => metric(waiting), { timeout: 30_000 }).toBe(1)
  await expect.poll(() => errors.length).toBe(1)
  expect(errors[0]?.[0]).toMatchObject({
    consumer: 'engagement.counters',
    event: 'post.liked',
    error: 'broken',
  })
  const ofCounters = '{consumer="engagement.counters"}'
  expect(await metric(`heliograph_events_refused_total${ofCounters}`)).toBe(5)
  expect(await metric(`heliograph_events_set_aside_total${ofCounters}`)).toBe(1)
  expect(await metric('heliograph_outbox_unsent{subgraph="engagement"}')).toBe(0)
  const pending = 'heliograph_consumer_pending{consumer="engagement.counters",publisher="engagement"}'
  await expect.poll(() => metric(pending)).toBe(0)

  const listed = heliograph('events', 'list')
  expect(listed).toMatchObject({ status: 0, stderr: '' })
  const [id = '', name, , reason] = listed.stdout.trim().split('\t')
  expect([name, reason]).toEqual(['post.liked', 'broken'])

  expect(heliograph('events', 'replay').status).toBe(1)
  expect(heliograph('events', 'replay', 'engagement.counters:nothing')).toMatchObject({ status: 1 })
  // Those of another version, which nobody hears in this one, stay, and do not stand before others.
  const letters = db.collection<{ _id: string; event: object }>('deadLetters')
  const letter = await letters.findOne({ _id: id })
  if (!letter) throw new Error('the letter is listed, and not there')
  const unheard = [
    { ...letter, _id: `counters:${letter._id}`, consumer: 'counters' },
    { ...letter, _id: 'engagement.counters:0', event: { ...letter.event, name: 'post.liken' } },
    { ...letter, _id: 'engagement.counters:1', event: { ...letter.event, name: 'media.uploaded' } },
  ]
  await letters.insertMany(unheard)
  isMended = true
  const replayed = heliograph('events', 'replay', '--all')
  expect(replayed).toMatchObject({ status: 1, stdout: '1 delivered again.\n' })
  for (const { _id } of unheard) expect(replayed.stderr).toContain(`${_id}: `)
  expect(await letters.deleteMany({ _id: { $in: unheard.map(({ _id }) => _id) } })).toMatchObject({
    deletedCount: unheard.length,
  })
  await expect.poll(() => counted).toEqual([id.replace('engagement.counters:', '')])
  expect(await metric(waiting)).toBe(0)
  expect(heliograph('events', 'list').stdout).toBe('')
  await expect.poll(() => metric(pending)).toBe(0)
  expect(notified).toBe(1)
  expect(await metric('heliograph_events_handled_total{consumer="engagement.notifications"}')).toBe(1)

  await consumers.stop()
  await relay.stop()
  // What cannot be asked about one consumer does not take the figures of the others away.
  const { stream, durable } = durables(config.namespace).find(
    (one) => one.consumer === 'engagement.notifications' && one.publisher === 'engagement',
  ) ?? { stream: '', durable: '' }
  await platform.streams.consumers.delete(stream, durable)
  expect(await metric(pending.replace('counters', 'notifications'))).toBeUndefined()
  expect(await metric(pending)).toBe(0)
})
