// What suggestions make of what was learned: looks, and what is done with posts lately. On real MongoDB and Redis.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { feedDeps, type TestFeed, testFeed } from '../../fixtures.ts'
import { learn, type SignalEvent } from '../signals.ts'
import { describePost } from './describe.ts'
import { explore, reels } from './suggested-posts.ts'
import { wordModel } from './vectors.ts'

let { platform, stack, store, world, learning } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world, learning } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const hour = 3_600_000
const start = Date.now()
const depsOf = (viewer: string) => ({ ...feedDeps(platform, viewer, { now: () => start }), store })
async function publish(publishedAt: number, kind: 'POST' | 'REEL'): Promise<string> {
  const id = await world.post(await world.account(), publishedAt)
  const rows = platform.db('content').collection<{ _id: string }>('posts')
  await rows.updateOne({ _id: id }, { $set: { caption: 'lighthouses', mediaIds: [], kind } })
  await describePost({ store, ...platform.facts, model: wordModel }, id)
  return id
}
const event = (name: string, payload: object, at: number) =>
  ({ id: newId('event'), name, at: new Date(at), payload }) as unknown as SignalEvent

test('what was on his screen anywhere sinks in explore and reels: his own looks alone, as they were recorded', async () => {
  const posts = [await publish(start - 4 * hour, 'REEL'), await publish(start - 3 * hour, 'REEL')]
  const newest = await publish(start - hour, 'REEL')
  const [viewer, other] = [await world.account(), await world.account()]
  const look = { subjectId: newest, authorId: null, surface: 'HOME', position: 0, dwellMs: 1_000 }
  const impressions = [{ ...look, watchedMs: 0, clicked: false, viewed: true }]
  await learn(learning, [event('impressions.recorded', { userId: viewer, impressions }, start)])
  for (const list of [explore, reels]) {
    const orderOf = async (asking: string) =>
      (await list(depsOf(asking), asking, { first: 10 })).nodes.map(({ id }) => id)
    expect(await orderOf(viewer)).toEqual([...posts.toReversed(), newest])
    expect(await orderOf(other)).toEqual([newest, ...posts.toReversed()])
  }
})

test('what is much done with lately comes before what was as much liked days ago, and says that it trends', async () => {
  const [hot, quiet] = [await publish(start - 121 * hour, 'POST'), await publish(start - 119 * hour, 'POST')]
  const cold = await publish(start - 120 * hour, 'POST')
  const like = (postId: string, at: number) =>
    Array.from({ length: 20 }, () => event('post.liked', { userId: newId('user'), postId }, at))
  await learn(learning, [...like(hot, start - hour), ...like(cold, start - 100 * hour)])
  const viewer = await world.account()
  const { edges } = await explore(depsOf(viewer), viewer, { first: 10 })
  const liked = edges.filter(({ node }) => node.id === hot || node.id === cold)
  expect(liked.map(({ node }) => node.id)).toEqual([hot, cold])
  expect(liked[0]?.reason).toBe('TRENDING')
  expect(edges.find(({ node }) => node.id === quiet)?.reason).toBe('NEW')
})
