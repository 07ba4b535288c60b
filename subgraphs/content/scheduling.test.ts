// Scheduled posts: published when they are due, each once, whoever dies on the way.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import { newId } from '#schema/ids.ts'
import { testEnvironment, testPlatform } from '../../tests/platform.ts'
import { publishDue } from './domain/scheduling.ts'
import type { LivePost, MediaRow } from './model.ts'
import { createStore, prepare } from './store.ts'

let platform: Platform
let stack: AsyncDisposableStack
const authorId = newId('user')
const noon = new Date('2026-01-31T12:00:00Z')

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  await prepare(platform.db('content'))
})
afterAll(() => stack.disposeAsync())

const posts = () => platform.db('content').collection<LivePost>('posts')
const media = () => platform.db('content').collection<MediaRow>('media')

const item = (status: MediaRow['status']) =>
  ({ _id: newId('media'), ownerId: authorId, kind: 'IMAGE', status, uses: 1 }) as MediaRow

/** A scheduled post, as Content would write it. */
const scheduled = (scheduledAt: Date, mediaIds: string[]): LivePost => ({
  _id: newId('post'),
  authorId,
  kind: 'POST',
  audience: 'PUBLIC',
  status: 'SCHEDULED',
  publishedAt: null,
  version: 1,
  caption: null,
  mediaIds,
  scheduledAt,
  createdAt: noon,
  updatedAt: noon,
})

const schedules = async (count: number, scheduledAt: Date, status: MediaRow['status'] = 'READY') => {
  const items = Array.from({ length: count }, () => item(status))
  const rows = items.map((row) => scheduled(scheduledAt, [row._id]))
  await media().insertMany(items)
  await posts().insertMany(rows)
  return rows.map((row) => row._id)
}

const looks = (now: Date) =>
  publishDue({
    ...createStore(platform.db('content')),
    transact: platform.transact('content'),
    posts: platform.facts.posts,
    now: () => now,
  })

const publications = async (ids: string[]) => {
  const rows = await platform
    .db('content')
    .collection('outbox')
    .find({ name: 'post.published', 'payload.postId': { $in: ids } })
    .toArray()
  return rows.map((row) => row.payload.postId).sort()
}
const countOf = (ids: string[], status: LivePost['status']) =>
  posts().countDocuments({ _id: { $in: ids }, status })

test('a post is published when its time has come and not before', async () => {
  const [id = ''] = await schedules(1, noon)
  await looks(new Date(noon.getTime() - 1))
  expect(await posts().findOne({ _id: id })).toMatchObject({ status: 'SCHEDULED', publishedAt: null })
  await looks(noon)
  expect(await posts().findOne({ _id: id })).toMatchObject({
    status: 'PUBLISHED',
    publishedAt: noon,
    scheduledAt: null,
    version: 2,
  })
  expect((await platform.facts.posts.get([id])).get(id)?.status).toBe('PUBLISHED')
})

test('a due post whose media are not ready waits for them; one whose media failed becomes a draft again', async () => {
  const [waiting = ''] = await schedules(1, noon, 'PROCESSING')
  const [failed = ''] = await schedules(1, noon, 'FAILED')
  await looks(noon)
  expect(await posts().findOne({ _id: waiting })).toMatchObject({ status: 'PROCESSING', scheduledAt: null })
  expect(await posts().findOne({ _id: failed })).toMatchObject({ status: 'DRAFT', scheduledAt: null })
  expect(await publications([waiting, failed])).toEqual([])
})

test('schedulers that race publish each post once (X1)', async () => {
  const ids = await schedules(12, noon)
  await Promise.all([looks(noon), looks(noon), looks(noon)])
  expect(await publications(ids)).toEqual(ids)
})

test('a scheduler that is killed again and again loses no post and publishes none twice (X1)', async () => {
  const ids = await schedules(24, noon)
  const starts = (): ChildProcess =>
    spawn(process.execPath, [fileURLToPath(new URL('scheduler-process.ts', import.meta.url))], {
      env: testEnvironment({ NAMESPACE: platform.config.namespace }),
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  const deadline = Date.now() + 150_000
  const publishes = async (count: number) => {
    const child = starts()
    const ended = once(child, 'exit')
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    try {
      while ((await countOf(ids, 'PUBLISHED')) < count) {
        if (Date.now() > deadline) throw new Error('the scheduler does not get on')
        if (child.exitCode !== null) throw new Error(`the scheduler ended by itself: ${said}`)
      }
    } finally {
      child.kill('SIGKILL')
      await ended
    }
  }
  for (const count of [1, 9, 24]) await publishes(count)
  expect(await countOf(ids, 'PUBLISHED')).toBe(24)
  expect(await publications(ids)).toEqual(ids)
}, 170_000)
