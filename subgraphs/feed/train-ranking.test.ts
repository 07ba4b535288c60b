// The command that trains the ranking, on looks that were logged as in production.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testEnvironment } from '../../tests/platform.ts'
import { homeFeed } from './domain/home-feed.ts'
import { learn, type SignalEvent } from './domain/signals.ts'
import { feedDeps, type TestFeed, testFeed } from './fixtures.ts'

let { platform, stack, world, learning } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, world, learning } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const trains = async (...args: string[]) => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['subgraphs/feed/train-ranking.ts', ...args],
    { env: testEnvironment({ NAMESPACE: platform.config.namespace }) },
  )
  return JSON.parse(stdout) as { _id: string; served: boolean; loss: number; usualLoss: number }
}

/** People who look at what their friends post, and like what those post who do not follow them. */
async function lookAround() {
  const authors = await Promise.all(Array.from({ length: 10 }, () => world.account()))
  const friends = new Set(authors.slice(0, 5))
  const publishedAt = Date.now() - 3_600_000
  const rows = authors.flatMap((authorId) =>
    Array.from({ length: 5 }, (_, i) => ({ authorId, publishedAt: publishedAt + i })),
  )
  const posts = (await world.posts(rows)).map((id, i) => ({ id, authorId: rows[i]?.authorId ?? '' }))
  for (let person = 0; person < 11; person++) {
    const userId = await world.account()
    for (const author of authors) await world.follow(userId, author)
    for (const author of friends) await world.follow(author, userId)
    const at = new Date(publishedAt + 60_000 * person)
    const impressions = posts.map(({ id: subjectId, authorId }, position) => ({
      ...{ subjectId, authorId, surface: 'HOME', position, dwellMs: 1_000, watchedMs: 0 },
      ...{ clicked: false, viewed: true },
    }))
    const liked = posts.filter(({ authorId }) => !friends.has(authorId))
    await learn(learning, [
      { id: newId('event'), name: 'impressions.recorded', at, payload: { userId, impressions } },
      ...liked.map(({ id: postId }) => ({
        ...{ id: newId('event'), name: 'post.liked', at, payload: { userId, postId } },
      })),
    ] as SignalEvent[])
  }
}

test('`npm run train:ranking` learns from logged looks; a variant gets its version by name, and with `--serve` all do', async () => {
  await lookAround()
  const [viewer, friend, author] = [await world.account(), await world.account(), await world.account()]
  for (const followed of [friend, author]) await world.follow(viewer, followed)
  await world.follow(friend, viewer)
  const now = Date.now() - 60_000
  const [ofFriend, ofAuthor] = [await world.post(friend, now), await world.post(author, now)]
  const order = async (variant: string | null) => {
    await platform.cache.del(`${platform.config.namespace}:seen:{${viewer}}`)
    const asked = feedDeps(platform, viewer, { rankingVariant: async () => variant })
    return (await homeFeed(asked, viewer, { first: 5 })).nodes.map(({ id }) => id)
  }
  expect(await order(null)).toEqual([ofFriend, ofAuthor])

  const tried = await trains()
  expect(tried.served).toBe(false)
  expect(tried.loss).toBeLessThan(tried.usualLoss)
  expect(await order(null)).toEqual([ofFriend, ofAuthor])
  expect(await order(tried._id)).toEqual([ofAuthor, ofFriend])

  expect(await trains('--serve')).toMatchObject({ served: true })
  expect(await order(null)).toEqual([ofAuthor, ofFriend])
}, 60_000)
