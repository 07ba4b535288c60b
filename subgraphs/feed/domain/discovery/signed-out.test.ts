// What explore and reels have for those of whom nothing is known: who is not signed in, and who has just come.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PostFactsRow } from '#platform/posts.ts'
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

const minute = 60_000
let clock = Date.now()
const depsOf = (viewerId: string | null) => ({
  ...feedDeps(platform, viewerId, { now: () => clock }),
  store,
})
const publish = async (authorId: string, change: Partial<PostFactsRow> = {}) => {
  const id = await world.post(authorId, clock - 3_600_000)
  const rows = platform.db('content').collection<{ _id: string }>('posts')
  await rows.updateOne({ _id: id }, { $set: { caption: 'kites', ...change } })
  await describePost({ store, ...platform.facts, model: wordModel }, id)
  return id
}
const likes = (postId: string, count: number) =>
  learn(
    learning,
    Array.from(
      { length: count },
      (): SignalEvent => ({
        ...{ id: newId('event'), name: 'post.liked', at: new Date(clock) },
        payload: { userId: newId('user'), postId },
      }),
    ),
  )
const idsOf = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => id)

test('where nobody has done anything yet there is what is new, for everybody', async () => {
  expect(idsOf(await explore(depsOf(null), null, { first: 10 }))).toEqual([])
  clock += minute
  const [author, viewer] = [await world.account(), await world.account()]
  const posts = await Promise.all(Array.from({ length: 4 }, () => publish(author)))
  const reel = await publish(author, { kind: 'REEL' })
  for (const viewerId of [null, viewer]) {
    const page = await explore(depsOf(viewerId), viewerId, { first: 10 })
    expect(idsOf(page).toSorted()).toEqual([...posts, reel].toSorted())
    expect(idsOf(await reels(depsOf(viewerId), viewerId, { first: 10 }))).toEqual([reel])
  }
})

test('signed out what is popular comes first; nothing that is not for everyone, or sensitive, ever', async () => {
  const author = await world.account()
  const popular = await publish(author)
  const kept = {
    sensitive: await publish(author, { sensitive: true }),
    limited: await publish(author, { limited: true }),
    followers: await publish(author, { audience: 'FOLLOWERS' }),
    private: await publish(await world.account({ isPrivate: true })),
    suspended: await publish(await world.account({ status: 'SUSPENDED' })),
    'shadow-banned': await publish(await world.account({ shadowBanned: true } as never)),
  }
  await likes(popular, 30)
  for (const id of Object.values(kept)) await likes(id, 60)
  clock += minute
  const page = await explore(depsOf(null), null, { first: 100 })
  expect(idsOf(page)[0]).toBe(popular)
  for (const [name, id] of Object.entries(kept)) expect(idsOf(page).includes(id), name).toBe(false)
})

test('signed out pages follow one order that all share, each post once, and drop what has gone meanwhile', async () => {
  const author = await world.account()
  for (let i = 0; i < 12; i++) await publish(author)
  clock += minute
  const whole = idsOf(await explore(depsOf(null), null, { first: 100 }))
  expect(whole.length).toBeGreaterThan(12)
  const first = await explore(depsOf(null), null, { first: 5 })
  expect(idsOf(first)).toEqual(whole.slice(0, 5))
  const gone = whole[6] ?? ''
  await world.deletePost(gone)
  const walked = idsOf(first)
  // The order is made anew meanwhile; whoever has begun goes on.
  clock += 2 * minute
  for (let after = first.pageInfo.endCursor; after; ) {
    const page = await explore(depsOf(null), null, { first: 5, after })
    walked.push(...idsOf(page))
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  }
  expect(walked).toEqual(whole.filter((id) => id !== gone))
  const viewer = await world.account()
  const theirs = explore(depsOf(viewer), viewer, { first: 5, after: first.pageInfo.endCursor })
  await expect(theirs).rejects.toMatchObject({ code: 'BAD_CURSOR' })
})
