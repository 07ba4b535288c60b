// The shadow checker: feeds are read in all three orders while posts are published, deleted, archived and given to close friends alone,
// and shown to all again; while people follow, mute, block, choose favourites and are suspended, and the other way round; while they
// hide posts, an author crosses the threshold of celebrities both ways, Redis loses everything, and the worker is killed once. Each
// walk is compared with brute force over MongoDB.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobRow } from '#platform/queue.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import { newId } from '#schema/ids.ts'
import { hidePost } from '#subgraphs/feed/domain/hide.ts'
import { cleanTimeline } from '#subgraphs/feed/domain/timeline.ts'
import {
  createRandom,
  type FeedTruth,
  feedDeps,
  isInFeed,
  type TestFeed,
  testFeed,
  walkFeed,
} from '#subgraphs/feed/fixtures.ts'
import type { CelebrityRow } from '#subgraphs/feed/model.ts'
import { size } from '../../tests/size.ts'
import { celebrityFollowers, ordinaryFollowers } from './domain/fanout.ts'
import { type FanoutProcess, startFanout } from './fixtures.ts'

let { platform, stack, store, world } = {} as TestFeed
let worker: FanoutProcess
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
  worker = await startFanout(platform, stack)
}, 60_000)
afterAll(() => stack.disposeAsync())

const deliver = (postId: string, authorId: string) =>
  platform.jobs.enqueue('fanout.deliverPost', newId('event'), { postId, authorId, afterFollowerId: null })
const backfill = (viewerId: string, authorId: string) =>
  platform.jobs.enqueue('fanout.backfill', newId('event'), { viewerId, authorId })
const atRest = () =>
  expect
    .poll(() => platform.db('feed').collection<JobRow>('jobs').countDocuments({ finishedAt: null }), {
      timeout: 50_000,
    })
    .toBe(0)
const wipe = async () => {
  const keys = await platform.cache.keys(`${platform.config.namespace}:*`)
  if (keys.length > 0) await platform.cache.del(keys)
}

const orders = ['RANKED', 'CHRONOLOGICAL', 'FAVORITES'] as const

test('under a mixed load, with crossings of the celebrity threshold, wipes of Redis and a kill of the worker, no walk shows what it must not, misses what it must show, or shows it twice (F1–F6, F8, F9, F11–F13)', async () => {
  const random = createRandom(77)
  const star = await world.account()
  const crowd = size(100, 8)
  // Ids grow: these followers come before the people, others later behind them.
  await world.followers(star, ordinaryFollowers - crowd - 1)
  const people = await Promise.all(Array.from({ length: crowd }, () => world.account()))
  const any = () => people[random(people.length)] as string
  const authors = [...people, star]
  const posts: { id: string; authorId: string }[] = []
  const following = new Set<string>()
  const muting = new Set<string>()
  const blocking = new Set<string>()
  const favoring = new Set<string>()
  const archived = new Set<string>()
  const narrowed = new Set<string>()
  const suspended = new Set<string>()
  /** What this round has changed: each thing changes once a round, so that it is as before or as after all the time. */
  const touched = new Set<string>()
  const touch = (thing: string) => !touched.has(thing) && touched.add(thing)
  const touchPair = (one: string, other: string) => one !== other && touch([one, other].toSorted().join(' '))
  /** Adds a member or takes it out; whether it is in now. */
  const toggle = (set: Set<string>, member: string) => !set.delete(member) && Boolean(set.add(member))

  const publish = async (authorId: string) => {
    const id = await world.post(authorId, Date.now())
    touch(id)
    posts.push({ id, authorId })
    await deliver(id, authorId)
  }
  /** As the events of a follow and of its end are handled. */
  const turn = async (viewerId: string, authorId: string) => {
    const pair = `${viewerId} ${authorId}`
    if (toggle(following, pair)) {
      await world.follow(viewerId, authorId)
      await backfill(viewerId, authorId)
      return
    }
    await world.follow(viewerId, authorId, 'NONE')
    if (favoring.delete(pair)) await world.favor(viewerId, authorId, null)
    const deps = { ...feedDeps(platform, viewerId), store }
    if (await cleanTimeline(deps, viewerId, authorId)) await backfill(viewerId, authorId)
  }

  /** What people do; each answers whether there was something to be done. */
  const between =
    (change: (viewer: string, author: string, pair: string) => Promise<unknown>) => async () => {
      const [viewer, author] = [any(), authors[random(authors.length)] as string]
      if (!touchPair(viewer, author)) return false
      await change(viewer, author, `${viewer} ${author}`)
      return true
    }
  const onPost = (change: (id: string, authorId: string) => Promise<unknown>) => async () => {
    const { id, authorId } = posts[random(posts.length)] as (typeof posts)[number]
    if (!touch(id)) return false
    await change(id, authorId)
    return true
  }
  const at = (isOn: boolean) => (isOn ? new Date() : null)
  const acts: Record<string, () => Promise<boolean>> = {
    publishes: async () => publish(any()).then(() => true),
    turns: between(turn),
    mutes: between((viewer, author, pair) => world.mute(viewer, author, at(toggle(muting, pair)))),
    // The follow stays, so that nothing but the block hides his posts.
    blocks: between((viewer, author, pair) => world.block(viewer, author, at(toggle(blocking, pair)))),
    favors: between(async (viewer, author, pair) => {
      if (following.has(pair)) await world.favor(viewer, author, at(toggle(favoring, pair)))
    }),
    deletes: onPost(async (id) => {
      posts.splice(
        posts.findIndex((post) => post.id === id),
        1,
      )
      await world.deletePost(id)
    }),
    archives: onPost(async (id, authorId) => {
      const isArchived = toggle(archived, id)
      await world.changesPost(id, { status: isArchived ? 'ARCHIVED' : 'PUBLISHED' })
      if (!isArchived) await deliver(id, authorId)
    }),
    narrows: onPost((id) =>
      world.changesPost(id, { audience: toggle(narrowed, id) ? 'CLOSE_FRIENDS' : 'PUBLIC' }),
    ),
    hides: onPost(async (id, authorId) => {
      const viewer = any()
      if (viewer === authorId) return
      const deps = { ...feedDeps(platform, viewer), transact: platform.transact('feed') }
      // He may not see it, or hides it already.
      await hidePost(deps, viewer, id).catch((error: { code?: string }) => {
        if (error.code !== 'NOT_FOUND') throw error
      })
    }),
    suspends: async () => {
      const author = any()
      if (!touch(author)) return false
      await world.changes(author, { status: toggle(suspended, author) ? 'SUSPENDED' : 'ACTIVE' })
      return true
    },
  }
  const act = async (name: string) => {
    for (let tries = 0; tries < 50; tries++) if (await acts[name]?.()) return
    throw new Error(`nothing to be done by ${name}`)
  }

  // Whoever writes for close friends has the same ones all the time.
  for (const [i, author] of authors.entries()) {
    for (const [k, viewer] of people.entries()) {
      if (viewer !== author && (i + k) % 2 === 0) await world.closeFriend(author, viewer)
    }
  }
  for (let i = 0; i < 40; i++) await publish(any())
  for (const viewer of people) await turn(viewer, star)
  for (let i = 0; i < 3 * people.length; i++) await acts.turns?.()
  for (const pair of [...following].filter((_, i) => i % 2 === 0)) {
    const [viewer, author] = pair.split(' ') as [string, string]
    favoring.add(pair)
    await world.favor(viewer, author)
  }
  await atRest()

  // Everybody has a timeline before the first crossing.
  await Promise.all(people.map((viewer) => walkFeed(platform, viewer, () => 100)))

  const relations = platform.db('graph').collection<RelationRow>('relations')
  const celebrities = platform.db('feed').collection<CelebrityRow>('celebrities')
  // Whoever of the people follows him or leaves him.
  const enough = celebrityFollowers - ordinaryFollowers + people.length + 1
  let fans: string[] = []
  /** He publishes while he becomes a celebrity, while he is one, and while he ceases to be one. */
  const cross = async (round: number) => {
    if (round % 3 === 0) fans = await world.followers(star, enough)
    if (round % 3 === 2) {
      await relations.deleteMany({ _id: { $in: fans.map((id) => relationKey(star, id)) } })
      fans = []
    }
    await publish(star)
    await publish(star)
  }

  const rounds = size(60, 4)
  let compared = 0
  for (let round = 0; round < rounds; round++) {
    touched.clear()
    // In each part of a crossing, one after the other.
    const wipes = round % 4 === 3
    // Who is suspended has no session.
    const viewers: string[] = []
    while (viewers.length < orders.length) {
      const viewer = any()
      if (suspended.has(viewer)) continue
      touch(viewer)
      viewers.push(viewer)
    }
    const before = await Promise.all(viewers.map(world.truth))
    const [walks] = await Promise.all([
      Promise.all(
        viewers.map((viewer, i) =>
          walkFeed(platform, viewer, () => 1 + random(20), undefined, orders[i]).catch(
            (error: { code?: string }) => {
              // A ranked walk whose order was lost has to start again, and says so.
              if (error.code !== 'BAD_CURSOR' || !wipes || orders[i] !== 'RANKED') throw error
              return null
            },
          ),
        ),
      ),
      ...[...Object.keys(acts), ...Object.keys(acts)].map(act),
      cross(round),
      ...(wipes ? [wipe()] : []),
      ...(round === Math.floor(rounds / 2) ? [worker.dies()] : []),
    ])
    const after = await Promise.all(viewers.map(world.truth))
    for (const [i, walked] of walks.entries()) {
      if (!walked) continue
      const { allowed, due } = bounds(before[i] as FeedTruth, after[i] as FeedTruth, orders[i] ?? 'RANKED')
      expect(new Set(walked).size, 'none twice').toBe(walked.length)
      expect(
        walked.filter((id) => !allowed.has(id)),
        'nothing that is not his',
      ).toEqual([])
      expect(
        due.filter((id) => !walked.includes(id)),
        'nothing missed',
      ).toEqual([])
    }
    await atRest()
    const stands = (await celebrities.findOne({ _id: star }))?.markedAt
    if (round % 3 === 2) expect(stands).toBeUndefined()
    else expect(stands).toBeInstanceOf(Date)
    for (const viewer of viewers) {
      const walk = (order: (typeof orders)[number]) =>
        walkFeed(platform, viewer, () => 1 + random(20), undefined, order)
      const expected = await world.expectedFeed(viewer)
      expect(await walk('CHRONOLOGICAL')).toEqual(expected)
      expect((await walk('RANKED')).toSorted()).toEqual(expected.toSorted())
      const favorites = await world.expectedFeed(viewer, 'FAVORITES')
      expect(await walk('FAVORITES')).toEqual(favorites)
      compared += favorites.length
    }
  }
  expect(compared).toBeGreaterThan(0)
}, 600_000)

/**
 * What a walk between two moments may show, and what it must. Each objection to a post came or went once at most: one that was there
 * at both was there all the time, and what none was raised against at either, none was in between.
 */
function bounds(before: FeedTruth, after: FeedTruth, order: (typeof orders)[number]) {
  const allowed = new Set<string>()
  const due: string[] = []
  for (const [id, post] of after.posts) {
    // A new one was not published then.
    const was = before.posts.get(id) ?? { ...post, status: 'DRAFT' as const }
    const [then, now] = [before.objectionsTo(was), after.objectionsTo(post)]
    if (isInFeed(new Set([...then].filter((one) => now.has(one))), order)) allowed.add(id)
    if (isInFeed(new Set([...then, ...now]), order)) due.push(id)
  }
  return { allowed, due }
}
