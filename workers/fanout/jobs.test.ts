// The fan-out worker on real MongoDB, Redis and BullMQ.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Live } from '#platform/live.ts'
import type { JobRow } from '#platform/queue.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import { startWorker } from '#platform/worker.ts'
import { newId } from '#schema/ids.ts'
import { type TestFeed, testFeed, walkFeed } from '#subgraphs/feed/fixtures.ts'
import type { CelebrityRow } from '#subgraphs/feed/model.ts'
import { size } from '../../tests/size.ts'
import { createJobs } from './jobs.ts'
import { fanout } from './main.ts'

let { platform, stack, store, world } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
  await startWorker(platform, fanout, stack)
})
afterAll(() => stack.disposeAsync())

const empty = { posts: [], completeAbove: 0, celebrityIds: [] }
const activate = async (viewerId: string) => {
  const token = await store.timelines.beginBuild(viewerId)
  if (token !== null) await store.timelines.finishBuild(viewerId, token, empty)
}
const openJobs = () => platform.db('feed').collection<JobRow>('jobs').countDocuments({ finishedAt: null })
const deliver = async (postId: string, authorId: string) => {
  await platform.jobs.enqueue('fanout.deliverPost', newId('event'), {
    postId,
    authorId,
    afterFollowerId: null,
  })
  await expect.poll(openJobs, { timeout: 20_000 }).toBe(0)
}
const timelineOf = async (viewerId: string) =>
  (await store.timelines.read(viewerId, null, 10))?.entries.map((entry) => entry.id)

test('a post reaches every active follower, in jobs of a thousand (F1)', async () => {
  const author = await world.account()
  const followers = await world.followers(author, 2_500)
  const active = followers.filter((_, i) => i % 2 === 0)
  await Promise.all(active.map(activate))
  const publishedAt = Date.now()
  const id = await world.post(author, publishedAt)
  await deliver(id, author)
  const done = await platform
    .db('feed')
    .collection<JobRow>('jobs')
    .countDocuments({ 'payload.postId': id, state: 'DONE' })
  expect(done).toBe(3)
  const lines = await Promise.all(active.map(timelineOf))
  expect(lines.every((line) => line?.length === 1 && line[0] === id)).toBe(true)
})

test('a post that comes late reaches the recently active first, and then the others: one who joins meanwhile displaces nobody (F1)', async () => {
  const { posts, relations } = platform.facts
  const told: string[] = []
  const live: Pick<Live, 'tell'> = {
    tell: (_name, payload) => void told.push((payload as { viewerId: string }).viewerId),
  }
  const author = await world.account()
  // Ids grow: theirs stand before the others.
  const joiners = [await world.account(), await world.account()]
  const followers = (await world.followers(author, 1_000)).toSorted()
  const last = followers.at(-1) ?? ''
  await Promise.all(followers.map(activate))
  // The last and the first were there within the last two weeks, but not today.
  const away = [followers[0] ?? '', last]
  const redis = platform.cache
  const goAway = async () => {
    for (const id of away) await redis.expire(`${platform.config.namespace}:timeline:{${id}}`, 12 * 86_400)
  }
  await goAway()
  const left: unknown[] = []
  let failures = 0
  const enqueue = async (...[name, , payload]: Parameters<typeof platform.jobs.enqueue>) => {
    if (name !== 'fanout.deliverRest') return
    if (failures-- > 0) throw new Error('the queue is away')
    left.push(payload)
  }
  let now = Date.now()
  const jobs = createJobs({
    store,
    posts,
    relations,
    jobs: { ...platform.jobs, enqueue },
    live,
    now: () => now,
  })
  const run = { id: 'job:event_1', attempt: 1, lastAttempt: false, signal: new AbortController().signal }
  const publish = async () => {
    const postId = await world.post(author, now)
    return { postId, authorId: author, afterFollowerId: null, askedAt: now }
  }
  const reached = async (postId: string) => {
    const lines = await Promise.all(followers.map(timelineOf))
    return followers.filter((_, i) => lines[i]?.includes(postId))
  }
  const early = await publish()
  await jobs['fanout.deliverPost']({ ...run, payload: early })
  expect([left, (await reached(early.postId)).length]).toEqual([[], 1_000])

  // An old post that is shown again comes at once: it is not late.
  await goAway()
  const shownAgain = await publish()
  now += 86_400_000
  await jobs['fanout.deliverPost']({ ...run, payload: { ...shownAgain, askedAt: now } })
  expect([left, (await reached(shownAgain.postId)).length]).toEqual([[], 1_000])

  await goAway()
  told.length = 0
  const late = await publish()
  now += 3_000
  // The queue is away for a moment: who was reached is told all the same, and once.
  failures = 1
  const deliverLate = () => jobs['fanout.deliverPost']({ ...run, payload: late })
  await expect(deliverLate()).rejects.toThrow('away')
  await deliverLate()
  expect(told.toSorted()).toEqual(followers.slice(1, -1))
  expect(await reached(late.postId)).toEqual(followers.slice(1, -1))
  const { askedAt: _at, ...rest } = { ...late, lastFollowerId: last }
  expect(left).toEqual([rest])
  for (const joiner of joiners) await world.follow(joiner, author)
  await jobs['fanout.deliverRest']({ ...run, payload: rest })
  expect(await reached(late.postId)).toEqual(followers)
  expect(told.toSorted()).toEqual(followers)

  // Where one job has them all, it leaves nobody.
  const [friend, quiet] = [await world.account(), await world.account()]
  await world.follow(quiet, friend)
  await activate(quiet)
  await redis.expire(`${platform.config.namespace}:timeline:{${quiet}}`, 12 * 86_400)
  const small = {
    postId: await world.post(friend, now),
    authorId: friend,
    afterFollowerId: null,
    askedAt: now,
  }
  now += 3_000
  await jobs['fanout.deliverPost']({ ...run, payload: small })
  expect([left.length, await timelineOf(quiet)]).toEqual([1, [small.postId]])
})

test('a job that died and runs again changes nothing more (F1)', async () => {
  const [author, viewer] = [await world.account(), await world.account()]
  await world.follow(viewer, author)
  await activate(viewer)
  const id = await world.post(author, Date.now())
  const { posts, relations } = platform.facts
  const { jobs: queue, live } = platform
  const jobs = createJobs({ store, posts, relations, jobs: queue, live, now: Date.now })
  const payload = { postId: id, authorId: author, afterFollowerId: null }
  const run = {
    id: 'fanout.deliverPost:event_1',
    payload,
    attempt: 1,
    lastAttempt: false,
    signal: new AbortController().signal,
  }
  await jobs['fanout.deliverPost'](run)
  await jobs['fanout.deliverPost']({ ...run, attempt: 2 })
  expect(await timelineOf(viewer)).toEqual([id])
})

test('a deleted post is not delivered any more', async () => {
  const [author, viewer] = [await world.account(), await world.account()]
  await world.follow(viewer, author)
  await activate(viewer)
  const id = await world.post(author, Date.now())
  await world.deletePost(id)
  await deliver(id, author)
  expect(await timelineOf(viewer)).toEqual([])
})

test('an author who becomes a celebrity and ceases to be one loses and doubles no post (F9)', async () => {
  const [author, viewer, late] = [await world.account(), await world.account(), await world.account()]
  const celebrities = platform.db('feed').collection<CelebrityRow>('celebrities')
  const relations = platform.db('graph').collection<RelationRow>('relations')
  await world.follow(viewer, author)
  await activate(viewer)
  const base = Date.now() - 100_000
  const publish = async (i: number) => {
    const id = await world.post(author, base + i)
    await deliver(id, author)
    return id
  }
  const walk = (id: string) => walkFeed(platform, id, () => 2)

  const ordinary = await publish(1)
  const followers = await world.followers(author, 10_000)
  const crossing = await publish(2)
  await expect
    .poll(async () => (await celebrities.findOne({ _id: author }))?.markedAt, { timeout: 20_000 })
    .toBeInstanceOf(Date)
  const pulled = await publish(3)
  expect(await timelineOf(viewer)).toEqual([crossing, ordinary])
  expect(await walk(viewer)).toEqual([pulled, crossing, ordinary])

  // Whoever follows a celebrity later is told to fetch.
  await activate(late)
  await world.follow(late, author)
  const backfill = { viewerId: late, authorId: author }
  await platform.jobs.enqueue('fanout.backfill', newId('event'), backfill)
  await expect.poll(openJobs, { timeout: 20_000 }).toBe(0)
  expect(await walk(late)).toEqual([pulled, crossing, ordinary])

  await relations.deleteMany({ _id: { $in: followers.slice(0, 2_500).map((id) => relationKey(author, id)) } })
  const pushed = await publish(4)
  expect(await celebrities.findOne({ _id: author })).toBeNull()
  expect(await timelineOf(viewer)).toEqual([pushed, crossing, ordinary])
  expect(await walk(viewer)).toEqual([pushed, pulled, crossing, ordinary])
  expect(await walk(late)).toEqual([pushed, pulled, crossing, ordinary])
})

test('a celebrity’s post costs no more than one that is pushed to 9,000, however many follow him', async () => {
  const [ordinary, celebrity] = [await world.account(), await world.account()]
  await world.followers(ordinary, 9_000)
  const crowd = size(1_000_000)
  for (let i = 0; i < crowd; i += 25_000) await world.followers(celebrity, Math.min(25_000, crowd - i))
  await store.celebrities.insert(celebrity)
  await store.celebrities.setMarked(celebrity)

  /** What MongoDB does until a post has been delivered, without its job's own rows; and how many jobs there are. */
  const costOf = async (author: string) => {
    const databases = (['user', 'graph', 'content', 'feed'] as const).map((name) => platform.db(name))
    const id = await world.post(author, Date.now())
    for (const db of databases) await db.command({ profile: 2 })
    await deliver(id, author)
    let [operations, examined] = [0, 0]
    for (const db of databases) {
      await db.command({ profile: 0 })
      const done = db
        .collection<{ ns: string; keysExamined?: number; docsExamined?: number }>('system.profile')
        .find({ ns: { $not: /\.(jobs|system\.profile)$/ } })
      for await (const { keysExamined = 0, docsExamined = 0 } of done) {
        operations++
        examined += keysExamined + docsExamined
      }
      await db.collection('system.profile').drop()
    }
    const jobs = await platform.db('feed').collection<JobRow>('jobs').countDocuments({ 'payload.postId': id })
    return { operations, examined, jobs }
  }
  const [pushed, pulled] = [await costOf(ordinary), await costOf(celebrity)]
  expect(pulled.operations).toBeGreaterThan(0)
  for (const cost of ['operations', 'examined', 'jobs'] as const)
    expect(pulled[cost], cost).toBeLessThanOrEqual(pushed[cost])
}, 300_000)
