import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PostFactsRow } from '#platform/posts.ts'
import { newId } from '#schema/ids.ts'
import { postRow } from '../../tests/rows.ts'
import { type Person, type RunningGraph, startGraph } from './fixtures.ts'
import { createStore } from './store.ts'

let running: RunningGraph
beforeAll(async () => {
  running = await startGraph()
})
afterAll(() => running.stack.disposeAsync())

type Suggested = [id: string, reason: string, mutualCount: number]

/** All that is suggested to someone, by pages. */
async function suggested(viewer: Person, first = 100): Promise<Suggested[]> {
  const all: Suggested[] = []
  let after: string | null = null
  do {
    const { data, codes }: Awaited<ReturnType<Person['asks']>> = await viewer.asks(
      `query ($first: Int!, $after: String) { suggestedUsers(first: $first, after: $after) {
        edges { node { id } reason mutualCount } pageInfo { hasNextPage endCursor } } }`,
      { first, after },
    )
    expect(codes).toEqual([])
    const { edges, pageInfo } = data.suggestedUsers
    for (const { node, reason, mutualCount } of edges) all.push([node.id, reason, mutualCount])
    if (pageInfo.hasNextPage) expect(edges).toHaveLength(first)
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  } while (after)
  return all
}

type Few<N extends number, T extends Person[] = []> = T['length'] extends N ? T : Few<N, [...T, Person]>

/** So many new people. */
const people = <N extends number>(count: N) =>
  Promise.all(Array.from({ length: count }, () => running.person())) as Promise<Few<N>>

test('friends of friends come first, by mutual follows, then the popular; each once, by pages of any size', async () => {
  const [viewer, f1, f2, f3, two, three, secret, star, fan] = await people(9)
  await running.changes(secret, { isPrivate: true })
  for (const friend of [f1, f2, f3]) {
    await viewer.acts('followUser', friend)
    await friend.acts('followUser', three)
    await friend.acts('followUser', viewer)
  }
  await f1.acts('followUser', two)
  await f2.acts('followUser', two)
  await f1.acts('followUser', f2)
  await f1.acts('followUser', secret)
  await secret.acts('acceptFollowRequest', f1)
  for (const one of [fan, two, three, secret]) await one.acts('followUser', star)
  await running.counted()

  const expected: Suggested[] = [
    [three.id, 'MUTUAL_FOLLOWS', 3],
    [two.id, 'MUTUAL_FOLLOWS', 2],
    [secret.id, 'MUTUAL_FOLLOWS', 1],
    [star.id, 'POPULAR', 0],
  ]
  for (const size of [1, 2, 3, 100]) expect(await suggested(viewer, size)).toEqual(expected)
  expect(await suggested(running.nobody)).toEqual([])
})

test('whom the viewer follows, asks, mutes, restricts, blocks or dismissed, or who blocks him or is gone, is not suggested', async () => {
  const [viewer, friend, ...others] = await people(11)
  const [asked, followed, muted, restricted, blocked, blocking, dismissed, gone, left] = others
  await viewer.acts('followUser', friend)
  for (const one of others) await friend.acts('followUser', one)
  await running.counted()
  const mutual = async () =>
    (await suggested(viewer)).map(([id]) => id).filter((id) => others.some((one) => one.id === id))
  expect(await mutual()).toEqual(others.map(({ id }) => id).toSorted())

  await running.changes(asked, { isPrivate: true })
  await viewer.acts('followUser', asked)
  await viewer.acts('followUser', followed)
  await viewer.acts('muteUser', muted)
  await viewer.acts('restrictUser', restricted)
  await viewer.acts('blockUser', blocked)
  await blocking.acts('blockUser', viewer)
  expect(await viewer.acts('dismissSuggestion', dismissed)).toMatchObject({ id: dismissed.id })
  expect(await viewer.acts('dismissSuggestion', dismissed)).toMatchObject({ viewerFollowState: 'NONE' })
  await running.changes(gone, { status: 'SUSPENDED' })
  expect(await mutual()).toEqual([left.id])
  expect(await suggested(dismissed)).toContainEqual([left.id, 'POPULAR', 0])

  // What a friend follows that the viewer can no longer see is no reason.
  await running.changes(friend, { status: 'DEACTIVATED' })
  expect(await suggested(viewer)).toContainEqual([left.id, 'POPULAR', 0])
})

test('whom people follow who follow the same accounts comes next; what such people hide is no reason', async () => {
  const [viewer, band, club, twin, hidden, cook, spy, once, rare, fan] = await people(10)
  for (const one of [viewer, twin, hidden]) {
    await one.acts('followUser', band)
    await one.acts('followUser', club)
  }
  await once.acts('followUser', band)
  await once.acts('followUser', rare)
  await twin.acts('followUser', cook)
  await hidden.acts('followUser', spy)
  await fan.acts('followUser', spy)
  await running.counted()
  await running.changes(hidden, { isPrivate: true })

  const found = await suggested(viewer)
  expect(found.slice(0, 1)).toEqual([[cook.id, 'SIMILAR_FOLLOWS', 0]])
  expect(found).toContainEqual([spy.id, 'POPULAR', 0])
  expect(found).toContainEqual([rare.id, 'POPULAR', 0])
  expect(await suggested(viewer, 1)).toEqual(found)
})

test('then comes who posts about what the viewer cares for: hashtags that he follows, and what he and his friends post about', async () => {
  const [viewer, friend, keeper, skipper, sailor, hermit, limited, star] = await people(8)
  const content = running.platform.db('content')
  const posts = async (author: Person, topicIds: string[], change: Partial<PostFactsRow> = {}) => {
    const row = postRow({ authorId: author.id, ...change })
    const names = topicIds.filter((id) => id.startsWith('#')).map((id) => id.slice(1))
    const placeId = topicIds.find((id) => !id.startsWith('#')) ?? null
    await content.collection<PostFactsRow>('posts').insertOne({ ...row, hashtags: names, placeId } as never)
    const pages = topicIds.map((topicId) => ({ topicId, postId: row._id, shown: true }))
    await content
      .collection('topicPosts')
      .insertMany(pages.map((page) => ({ ...page, publishedAt: new Date() })))
  }
  const hashtagId = newId('hashtag')
  await content.collection<{ _id: string }>('hashtags').insertOne({ _id: hashtagId, name: 'lights' } as never)
  await content.collection('hashtagFollows').insertOne({ userId: viewer.id, hashtagId, at: new Date() })
  await viewer.acts('followUser', friend)
  const harbour = newId('place')
  await posts(friend, ['#sea', harbour])
  await posts(friend, ['#secret'], { audience: 'CLOSE_FRIENDS' })
  await posts(keeper, ['#lights'])
  await posts(skipper, [harbour, '#secret'])
  await posts(sailor, ['#sea'])
  await sailor.acts('followUser', star)
  await star.acts('followUser', sailor)
  await posts(hermit, ['#lights', '#secret'], { audience: 'FOLLOWERS' })
  await posts(limited, ['#lights'], { limited: true })
  await running.counted()

  const found = (await suggested(viewer)).filter(([, reason]) => reason === 'SHARED_INTERESTS')
  expect(found.map(([id]) => id)).toEqual([keeper.id, sailor.id, skipper.id])
  expect(await suggested(viewer)).toContainEqual([star.id, 'POPULAR', 0])
  expect(await suggested(viewer, 1)).toEqual(await suggested(viewer))

  // What he did is not used any more when he takes his consent to that back.
  await running.changes(viewer, { refusesPersonalisation: true })
  expect(new Set((await suggested(viewer)).map(([, reason]) => reason))).toEqual(new Set(['POPULAR']))
})

test('who has not confirmed his address, or is shadow-banned, is not suggested; a dismissal lasts', async () => {
  const [viewer, friend, unproven, banned, dismissed] = await people(5)
  const all = [unproven, banned, dismissed]
  await viewer.acts('followUser', friend)
  for (const one of all) await friend.acts('followUser', one)
  await running.counted()
  const mutual = async () =>
    (await suggested(viewer)).map(([id]) => id).filter((id) => all.some((one) => one.id === id))
  expect(await mutual()).toHaveLength(3)
  await running.changes(unproven, { emailVerifiedAt: null })
  await running.changes(banned, { shadowBanned: true })
  await viewer.acts('dismissSuggestion', dismissed)
  expect(await mutual()).toEqual([])
  await viewer.acts('followUser', dismissed)
  await viewer.acts('unfollowUser', dismissed)
  await running.changes(unproven, { emailVerifiedAt: new Date() })
  expect(await mutual()).toEqual([unproven.id])
})

test('what is read for suggestions is bounded, and read by index', async () => {
  const [viewer, ...friends] = await people(4)
  const others = await people(6)
  for (const friend of friends) {
    await viewer.acts('followUser', friend)
    for (const other of others) await friend.acts('followUser', other)
  }
  await running.counted()
  const db = running.platform.db('graph')
  const store = createStore(db)
  const ids = friends.map(({ id }) => id)
  const profile = db.collection('system.profile')
  for (const side of ['following', 'followers'] as const) {
    await db.command({ profile: 2 })
    const found = await store.listNeighbours(side === 'following' ? ids : others.map(({ id }) => id), side, 2)
    await db.command({ profile: 0 })
    expect(found.every(({ otherIds }) => otherIds.length === 2)).toBe(true)
    const lookup = await profile.findOne({ 'command.aggregate': 'counts', op: 'command' })
    // Each account's counts, and two of its rows.
    expect(lookup?.docsExamined).toBe(found.length * 3)
    await db.dropCollection('system.profile')
  }
  await db.command({ profile: 2 })
  await store.listPopular({ otherId: 'x', reason: 'POPULAR', weight: 3, mutualCount: 0 }, 13)
  await db.command({ profile: 0 })
  const popular = await profile.findOne({ 'command.find': 'counts', 'command.limit': 13 })
  expect(popular?.planSummary).toBe('IXSCAN { followers: -1, _id: 1 }')
  expect(popular?.hasSortStage).toBeUndefined()
})
