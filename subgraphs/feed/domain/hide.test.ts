// What is hidden, on real MongoDB and Redis.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCrowd, feedDeps, type TestFeed, testFeed, walkFeed } from '../fixtures.ts'
import { hiddenCap, hidePost, hideSubject, showMore } from './hide.ts'
import { homeFeed } from './home-feed.ts'

let { platform, stack, store, world } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const depsOf = (viewer: string) => ({ ...feedDeps(platform, viewer), transact: platform.transact('feed') })

test('what is hidden is off every page of every order at once, and stays off (F12)', async () => {
  const { viewer, followed } = await createCrowd(world, store, 21)
  const feed = await world.expectedFeed(viewer)
  const facts = await platform.facts.posts.get(feed)
  const author = followed[1] as string
  const ofOthers = feed.filter((id) => ![viewer, author].includes(facts.get(id)?.authorId ?? ''))
  const [first, second] = [ofOthers[0] as string, ofOthers[600] as string]
  const begun = await homeFeed(feedDeps(platform, viewer), viewer, { first: 1 })

  expect(await hidePost(depsOf(viewer), viewer, first)).toBe(first)
  expect(await hideSubject(depsOf(viewer), viewer, second)).toBe(second)
  await Promise.all([1, 2, 3].map(() => hideSubject(depsOf(viewer), viewer, author)))

  const expected = feed.filter((id) => ![first, second].includes(id) && facts.get(id)?.authorId !== author)
  expect(expected.length).toBeLessThan(feed.length - 50)
  expect(await walkFeed(platform, viewer, () => 90)).toEqual(expected)
  const ranked = await walkFeed(platform, viewer, () => 90, undefined, 'RANKED')
  expect(ranked.toSorted()).toEqual(expected.toSorted())
  // Pages of a walk that had begun, too.
  const after = begun.pageInfo.endCursor
  const { nodes } = await homeFeed(feedDeps(platform, viewer), viewer, { first: 100, after })
  expect(nodes).toHaveLength(100)
  expect(nodes.filter((node) => !expected.includes(node.id))).toEqual([])
  expect(await store.hidden.of(viewer)).toEqual(new Set([first, second, author]))
})

test("refused: what one cannot see, one's own, and too many", async () => {
  const [viewer, stranger] = [await world.account(), await world.account({ isPrivate: true })]
  const own = await world.post(viewer, Date.now())
  const unseen = await world.post(stranger, Date.now())
  const deps = depsOf(viewer)
  for (const id of [unseen, 'post_x', '', 'conversation_01j00000000000000000000000']) {
    const refusal = (field: string) => ({ code: 'NOT_FOUND', field: ['input', field] })
    await expect(hidePost(deps, viewer, id)).rejects.toMatchObject(refusal('postId'))
    await expect(hideSubject(deps, viewer, id)).rejects.toMatchObject(refusal('subjectId'))
    await expect(showMore(deps, viewer, id)).rejects.toMatchObject(refusal('subjectId'))
  }
  for (const id of [own, viewer]) {
    await expect(async () => hideSubject(deps, viewer, id)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  }
  const publishedAt = Date.now()
  const posts = await world.posts(
    Array.from({ length: hiddenCap }, () => ({ authorId: stranger, publishedAt })),
  )
  const rows = posts.map((subjectId) => ({
    _id: `${viewer}:${subjectId}` as never,
    viewerId: viewer,
    subjectId,
  }))
  await platform.db('feed').collection('hidden').insertMany(rows)
  await expect(hideSubject(deps, viewer, stranger)).rejects.toMatchObject({ code: 'TOO_MANY' })
  expect((await store.hidden.of(viewer)).has(stranger)).toBe(false)
  // What its author deletes makes room; what he only archives may come back, and stays hidden.
  await world.changesPost(posts[0] as string, { status: 'ARCHIVED' })
  await expect(hideSubject(deps, viewer, stranger)).rejects.toMatchObject({ code: 'TOO_MANY' })
  await world.changesPost(posts[1] as string, { status: 'DELETED' })
  expect(await hideSubject(deps, viewer, stranger)).toBe(stranger)
  const hidden = await store.hidden.of(viewer)
  expect([posts[0], posts[1]].map((id) => hidden.has(id as string))).toEqual([true, false])
})
