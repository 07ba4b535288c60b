// Topics on real MongoDB: made of what is described, told to each post, and what explore makes of them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { newId } from '#schema/ids.ts'
import { describePost } from '#subgraphs/feed/domain/discovery/describe.ts'
import { explore } from '#subgraphs/feed/domain/discovery/suggested-posts.ts'
import { wordModel } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { learn, type SignalEvent } from '#subgraphs/feed/domain/signals.ts'
import { feedDeps, type TestFeed, testFeed } from '#subgraphs/feed/fixtures.ts'
import { renewTopics } from './topics.ts'

let { platform, stack, store, world, learning } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world, learning } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const themes = [
  ['sourdough bread from the oven', 'baking'],
  ['motorcycle engine on the road', 'riding'],
] as const
const write = async (authorId: string, caption: string, hashtag: string, n: number, model = wordModel) => {
  const id = await world.post(authorId, Date.now() + n)
  const set = { caption, hashtags: [hashtag], mediaIds: [] }
  await platform.db('content').collection<{ _id: string }>('posts').updateOne({ _id: id }, { $set: set })
  await describePost({ store, ...platform.facts, model }, id)
  return id
}
const publish = (authorId: string, theme: number, n: number) => {
  const [words, hashtag] = themes[theme] ?? themes[0]
  return write(authorId, `${words} ${n}`, hashtag, n)
}
const { signal } = new AbortController()
const topicsOf = async (ids: readonly string[]) => {
  const heads = await store.descriptions.heads(ids)
  return new Set(ids.map((id) => heads.get(id)?.topic))
}

test('explore has what is of the topics that one likes, and says so; topics come and are kept by themselves', async () => {
  const authors = [await world.account(), await world.account(), await world.account()]
  const posts: [string[], string[]] = [[], []]
  let now = Date.now()
  const deps = { store, ...platform.facts, now: () => now }
  const renew = () => renewTopics(deps, wordModel.name, signal)
  for (let i = 0; i < 99; i++) posts[i % 2 === 0 ? 0 : 1].push(await publish(authors[i % 3] ?? '', i % 2, i))
  expect(await renew()).toBe(false)
  posts[1].push(await publish(authors[0] ?? '', 1, 99))
  await expect(renewTopics(deps, wordModel.name, AbortSignal.abort())).rejects.toThrow()
  expect(await store.topics.get(wordModel.name)).toBeNull()
  // Of two who come at once one makes them. He dies before a post is told, and another goes on in a while.
  const dying = async () => {
    throw new Error('killed')
  }
  const mortal = { ...store, descriptions: { ...store.descriptions, setTopics: dying } }
  const ends = [1, 2].map(() => renewTopics({ ...deps, store: mortal }, wordModel.name, signal))
  const states = (await Promise.allSettled(ends)).map(({ status }) => status)
  expect(states.toSorted()).toEqual(['fulfilled', 'rejected'])
  const made = (await store.topics.get(wordModel.name))?.madeAt
  expect([...(await topicsOf(posts.flat()))]).toEqual([null])
  expect(await renew()).toBe(false)
  now += 600_000
  expect(await renew()).toBe(true)
  expect(await renew()).toBe(false)
  expect((await store.topics.get(wordModel.name))?.madeAt).toEqual(made)

  // One theme may be several topics, but no topic is of both.
  const [ofBread, ofBikes] = [await topicsOf(posts[0]), await topicsOf(posts[1])]
  expect([...ofBread, ...ofBikes]).not.toContain(null)
  expect([...ofBread].filter((topic) => ofBikes.has(topic))).toEqual([])

  // What is new has its topic at once, and what is gone is of none.
  const [late, gone] = [await publish(authors[1] ?? '', 0, 200), await publish(authors[1] ?? '', 0, 201)]
  expect([...ofBread]).toEqual(expect.arrayContaining([...(await topicsOf([late]))]))
  await store.descriptions.remove(gone)
  const found = await store.descriptions.ofTopics(wordModel.name, [...ofBread] as number[], null, 500)
  expect(found.map(({ _id }) => _id)).toEqual([late, ...posts[0].toReversed()])

  const viewer = await world.account()
  const liked = posts[0].slice(0, 20)
  const likes = liked.map(
    (postId): SignalEvent => ({
      ...{ id: newId('event'), name: 'post.liked', at: new Date() },
      payload: { userId: viewer, postId },
    }),
  )
  await learn(learning, likes)
  await store.descriptions.refresh()
  const page = await explore(feedDeps(platform, viewer), viewer, { first: 20 })
  const ofTopic = page.edges.filter(({ reason }) => reason === 'TOPIC')
  expect(ofTopic.length).toBeGreaterThan(5)
  for (const { node, topic } of ofTopic) {
    expect([...posts[0], late]).toContain(node.id)
    expect(topic).toBe('baking')
  }
  expect(page.edges.filter(({ reason }) => reason !== 'TOPIC').every(({ topic }) => topic === null)).toBe(
    true,
  )
  // On a later page as well, which comes of the order that was kept.
  const next = await explore(feedDeps(platform, viewer), viewer, {
    ...{ first: 5, after: page.pageInfo.endCursor },
  })
  expect(next.edges.some(({ topic }) => topic === 'baking')).toBe(true)
  // Two authors are too few for a name: it goes with the third, also from the order that was kept.
  await world.changes(authors[0] ?? '', { isPrivate: true })
  const later = await explore(feedDeps(platform, viewer), viewer, {
    ...{ first: 5, after: page.pageInfo.endCursor },
  })
  expect(later.edges.some(({ reason }) => reason === 'TOPIC')).toBe(true)
  expect(later.edges.every(({ topic }) => topic === null)).toBe(true)
  await world.changes(authors[0] ?? '', { isPrivate: false })

  // Of whom nothing is known gets something, by no topic.
  const stranger = await world.account()
  const first = await explore(feedDeps(platform, stranger), stranger, { first: 20 })
  expect(first.edges).toHaveLength(20)
  expect(first.edges.some(({ reason }) => reason === 'TOPIC')).toBe(false)

  // Made anew they are what they were.
  const before = await store.descriptions.heads(posts.flat())
  now += 7 * 3_600_000
  expect((await Promise.all([renew(), renew()])).toSorted()).toEqual([false, true])
  const after = await store.descriptions.heads(posts.flat())
  const moved = posts.flat().filter((id) => before.get(id)?.topic !== after.get(id)?.topic)
  expect(moved.length).toBeLessThan(10)
}, 60_000)

test('a topic has no name of hashtags that a stranger may not be told: of who hides, or of posts that are not for everyone', async () => {
  // All posts are about one thing.
  const model = { name: 'one thing', vectorOf: () => wordModel.vectorOf('bread') }
  const accounts = (count: number) => Promise.all(Array.from({ length: count }, () => world.account()))
  const bakers = await accounts(3)
  for (let i = 0; i < 84; i++) await write(bakers[i % 3] ?? '', '', 'baking', i, model)
  const changes: [string, Partial<AccountRow>, Partial<PostFactsRow>][] = [
    ['closed', { isPrivate: true }, {}],
    ['shadowed', { shadowBanned: true }, {}],
    ['unproven', { emailVerifiedAt: null }, {}],
    ['suspended', { status: 'SUSPENDED' }, {}],
    ['bare', {}, { sensitive: true }],
    ['limited', {}, { limited: true }],
  ]
  for (const [hashtag, ofAuthor, ofPost] of changes) {
    // More than of those whose hashtag counts.
    for (const author of await accounts(4)) {
      const id = await write(author, '', hashtag, 0, model)
      await world.changes(author, ofAuthor)
      await world.changesPost(id, ofPost)
    }
  }
  const deps = { store, ...platform.facts, now: Date.now }
  expect(await renewTopics(deps, model.name, signal)).toBe(true)
  expect((await store.topics.names()).map(({ name }) => name)).toContain('baking')
  const names = (await store.topics.get(model.name))?.names
  expect(names?.map((found) => found?.name)).toEqual(['baking'])
}, 60_000)
