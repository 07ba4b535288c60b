// A fan-out worker that is killed in the middle of what it does, held there by the lease of a part whose holder is dead: what people
// read meanwhile, and what stands on timelines when it is done.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobRow } from '#platform/queue.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import { newId } from '#schema/ids.ts'
import type { JobName } from '#schema/jobs.ts'
import { backfillTimeline } from '#subgraphs/feed/domain/timeline.ts'
import { feedDeps, type TestFeed, testFeed, walkFeed } from '#subgraphs/feed/fixtures.ts'
import type { CelebrityRow } from '#subgraphs/feed/model.ts'
import { size } from '../../tests/size.ts'
import { celebrityFollowers, followersPerJob, ordinaryFollowers } from './domain/fanout.ts'
import { type FanoutProcess, startFanout } from './fixtures.ts'

let { platform, stack, store, world } = {} as TestFeed
let worker: FanoutProcess
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
  worker = await startFanout(platform, stack)
})
afterAll(() => stack.disposeAsync())

const jobs = () => platform.db('feed').collection<JobRow>('jobs')
const openJobs = (count: number) =>
  expect.poll(() => jobs().countDocuments({ finishedAt: null }), { timeout: 50_000 }).toBe(count)
/** A job as a worker left it that died over it. */
const abandoned = (name: JobName, key: string, payload: JobRow['payload']) => {
  const leaseUntil = new Date(Date.now() + 3_600_000)
  const row = { name, payload, leaseUntil, createdAt: new Date(), finishedAt: null, error: null }
  return jobs().insertOne({ ...row, _id: `${name}:${key}`, state: 'ACTIVE', fence: 1, attempts: 1 })
}
const walk = (viewerId: string) => walkFeed(platform, viewerId, () => 3)
const timelineOf = async (viewerId: string) => {
  const slice = await store.timelines.read(viewerId, null, 100)
  return { ids: slice?.entries.map(({ id }) => id), celebrityIds: slice?.celebrityIds }
}

test.each(['stays as it is', 'loses everything'] as const)(
  'an author becomes a celebrity and ceases to be one while the worker is killed, posts come and Redis %s: no walk loses or doubles a post (F9)',
  async (redis) => {
    const author = await world.account()
    // Ids grow: the one is among the first followers that are served, the other among the last.
    const early = await world.account()
    const crowd = await world.followers(author, celebrityFollowers)
    const late = await world.account()
    const readers = [early, late]
    for (const reader of readers) await world.follow(reader, author)
    const published: string[] = []
    const publish = async (eventId = newId('event')) => {
      const postId = await world.post(author, Date.now() + published.length)
      published.unshift(postId)
      const first = { postId, authorId: author, afterFollowerId: null }
      await platform.jobs.enqueue('fanout.deliverPost', eventId, first)
      return postId
    }
    const everyWalkIsWhole = async () => {
      for (const reader of readers) expect(await walk(reader)).toEqual(published)
    }
    const standing = async () =>
      (await platform.db('feed').collection<CelebrityRow>('celebrities').findOne({ _id: author }))?.markedAt
    const endOfFirstPart = async () =>
      (await platform.facts.relations.followerIds(author, null, followersPerJob)).at(-1) ?? ''
    await everyWalkIsWhole()

    // His row is there, the first thousand are marked, and then the worker dies.
    const { createdAt } = await store.celebrities.insert(author)
    const marked = await endOfFirstPart()
    await abandoned('fanout.markCelebrity', `${author}/${createdAt.getTime()}:${marked}`, {
      authorId: author,
      afterFollowerId: marked,
    })
    const crossing = await publish()
    await openJobs(1)
    expect(await timelineOf(early)).toEqual({ ids: [crossing], celebrityIds: [author] })
    expect(await timelineOf(late)).toEqual({ ids: [crossing], celebrityIds: [] })
    await everyWalkIsWhole()
    const during = await publish()
    await openJobs(1)
    expect(await standing()).toBeNull()
    // Who is not marked yet is pushed to.
    expect((await timelineOf(late)).ids).toEqual([during, crossing])
    await everyWalkIsWhole()
    if (redis === 'loses everything') {
      await platform.cache.del(await platform.cache.keys(`${platform.config.namespace}:*`))
      await everyWalkIsWhole()
    }
    await publish()
    await worker.dies()
    await openJobs(0)
    expect(await standing()).toBeInstanceOf(Date)

    const pulled = await publish()
    await openJobs(0)
    expect((await timelineOf(late)).ids).not.toContain(pulled)
    await everyWalkIsWhole()

    // Back below: the first thousand have the post, and then the worker dies.
    const left = crowd.slice(0, celebrityFollowers - ordinaryFollowers + readers.length + 1)
    const relations = platform.db('graph').collection<RelationRow>('relations')
    await relations.deleteMany({ _id: { $in: left.map((id) => relationKey(author, id)) } })
    const eventId = newId('event')
    const served = await endOfFirstPart()
    const payload = { postId: '', authorId: author, afterFollowerId: served }
    await abandoned('fanout.deliverPost', `${eventId}:${served}`, payload)
    const pushed = await publish(eventId)
    await jobs().updateOne(
      { _id: `fanout.deliverPost:${eventId}:${served}` },
      { $set: { 'payload.postId': pushed } },
    )
    await openJobs(1)
    expect(await standing()).toBeUndefined()
    expect((await timelineOf(early)).ids).toContain(pushed)
    expect((await timelineOf(late)).ids).not.toContain(pushed)
    await everyWalkIsWhole()
    await worker.dies()
    await openJobs(0)
    expect((await timelineOf(late)).ids).toContain(pushed)
    await publish()
    await openJobs(0)
    await everyWalkIsWhole()
    expect(await jobs().countDocuments({ state: 'FAILED' })).toBe(0)
  },
  240_000,
)

test('back-fills whose worker is killed before, in and after them put every post onto the timeline in its order, and none of whom one follows no longer (F3)', async () => {
  const author = await world.account()
  const base = Date.now() - 1_000_000
  // Three a millisecond.
  await world.posts(
    Array.from({ length: 40 }, (_, i) => ({ authorId: author, publishedAt: base + Math.floor(i / 3) })),
  )
  const readers = await Promise.all(Array.from({ length: size(400, 40) }, () => world.account()))
  const [died, diedAfter, left, ...others] = readers as [string, string, string, ...string[]]
  for (const reader of readers) {
    expect(await walk(reader)).toEqual([])
    await world.follow(reader, author)
  }
  for (const viewerId of [died, diedAfter, left]) {
    await abandoned('fanout.backfill', newId('event'), { viewerId, authorId: author })
  }
  await backfillTimeline(feedDeps(platform, diedAfter), diedAfter, author)
  await world.follow(left, author, 'NONE')
  const done = { name: 'fanout.backfill', state: 'DONE' } as const
  await Promise.all(
    others.map((viewerId) =>
      platform.jobs.enqueue('fanout.backfill', newId('event'), { viewerId, authorId: author }),
    ),
  )
  await expect.poll(() => jobs().countDocuments(done), { interval: 5 }).toBeGreaterThan(0)
  expect((await timelineOf(died)).ids).toEqual([])
  await worker.dies()
  await openJobs(0)
  const expected = await world.expectedFeed(died)
  expect(expected).toHaveLength(40)
  for (const reader of [died, diedAfter, ...others]) {
    expect((await timelineOf(reader)).ids).toEqual(expected)
    expect(await walk(reader)).toEqual(expected)
  }
  expect(await timelineOf(left)).toEqual({ ids: [], celebrityIds: [] })
  expect(await walk(left)).toEqual([])
}, 240_000)
