// Workers that die in the middle of their work: after the restart it is finished, and finished once (F1, X1).
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OutboxRow } from '#platform/mongo.ts'
import type { JobRow } from '#platform/queue.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import { newId } from '#schema/ids.ts'
import { createTimelines } from '#subgraphs/feed/store/timelines.ts'
import * as op from '../web/src/operations.gen.ts'
import type { Person } from './person.ts'
import { drawnFilm, picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

let system: System
let alice: Person

beforeAll(async () => {
  system = await startSystem({ workerProcesses: true })
  alice = await system.signsUp('alice')
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

/** Lets the leases of a dead worker's jobs run out now, as they would in ten seconds. */
const endLeases = (owner: 'content' | 'feed') =>
  system.platform
    .db(owner)
    .collection<JobRow>('jobs')
    .updateMany({ state: 'ACTIVE' }, { $set: { leaseUntil: new Date() } })

/** Half of a follow, as the followed account's row tells it: enough for fan-out to find the follower. */
function followerRow(userId: string, followerId: string): RelationRow & { counted: boolean } {
  const nothing = { blocksAt: null, blockedByAt: null, mutesAt: null, mutesUntil: null }
  return {
    _id: relationKey(userId, followerId),
    viewerId: userId,
    otherId: followerId,
    follow: 'NONE',
    followAt: null,
    followedBy: 'FOLLOWING',
    followedByAt: new Date(),
    ...nothing,
    version: 1,
    counted: false,
  }
}

test('a fan-out whose worker is killed reaches every active follower once (F1, X1)', async () => {
  const { platform } = system
  const followerIds = Array.from({ length: 6_000 }, () => newId('user'))
  await platform
    .db('graph')
    .collection<RelationRow>('relations')
    .insertMany(followerIds.map((id) => followerRow(alice.id, id)))
  const timelines = createTimelines(platform.cache, platform.config.namespace)
  await Promise.all(
    followerIds.map(async (id) => {
      const token = await timelines.beginBuild(id)
      if (token === null) throw new Error('the timeline is not new')
      await timelines.finishBuild(id, token, { posts: [], celebrityIds: [], completeAbove: 0 })
    }),
  )
  const mediaId = await alice.uploads(await picture(), 'image/jpeg')
  await system.settle()

  // The first chunk is done, the others are not: that is the middle.
  const jobs = platform.db('feed').collection<JobRow>('jobs')
  const deliveries = { name: 'fanout.deliverPost' } as const
  const before = await jobs.countDocuments(deliveries)
  const post = await alice.posts([mediaId], 'to all of you')
  await expect
    .poll(() => jobs.countDocuments({ ...deliveries, state: 'DONE' }), { timeout: 60_000, interval: 20 })
    .toBeGreaterThan(before)
  await system.workers.get('fanout')?.kill()
  await endLeases('feed')
  await system.restartWorker('fanout')
  await system.settle()

  const read = await Promise.all(followerIds.map((id) => timelines.read(id, null, 10)))
  const lacking = read.filter((slice) => slice?.entries.filter((entry) => entry.id === post.id).length !== 1)
  expect(lacking).toHaveLength(0)
  expect(await jobs.countDocuments({ ...deliveries, state: { $ne: 'DONE' } })).toBe(0)
}, 120_000)

test('a transcode whose worker is killed ends READY once, and its post is published once', async () => {
  const { platform } = system
  const mediaId = await alice.uploads(await drawnFilm(6), 'video/mp4')
  const post = await alice.posts([mediaId], 'moving')
  expect(post.status).toBe('PROCESSING')
  await expect
    .poll(async () => (await alice.media(mediaId))?.progress, { timeout: 60_000, interval: 20 })
    .toBeGreaterThan(5)
  await system.workers.get('transcoding')?.kill()
  expect(await alice.media(mediaId)).toMatchObject({ status: 'PROCESSING' })
  await endLeases('content')
  await system.restartWorker('transcoding')
  await system.settle()

  expect(await alice.media(mediaId)).toMatchObject({
    status: 'READY',
    progress: 100,
    width: 1280,
    height: 720,
  })
  expect(await alice.post(post.id)).toMatchObject({ status: 'PUBLISHED' })
  const outbox = platform.db('content').collection<OutboxRow>('outbox')
  expect(
    await outbox.countDocuments({
      name: 'media.changed',
      'payload.mediaId': mediaId,
      'payload.status': 'READY',
    }),
  ).toBe(1)
  expect(await outbox.countDocuments({ name: 'post.published', 'payload.postId': post.id })).toBe(1)
  const { homeFeed } = await alice.does(op.HomeFeedDocument, { first: 10 })
  expect(homeFeed.nodes.filter((node) => node.id === post.id)).toHaveLength(1)
}, 180_000)
