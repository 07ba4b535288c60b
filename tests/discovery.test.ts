// What is suggested, told and learned, through the gateway with every process running.
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as op from '../web/src/operations.gen.ts'
import type { Person } from './person.ts'
import { type System, startSystem } from './system.ts'

let system: System
let [alice, bob, carol, dave] = [] as unknown as [Person, Person, Person, Person]

beforeAll(async () => {
  system = await startSystem()
  alice = await system.signsUp('alice')
  bob = await system.signsUp('bob')
  carol = await system.signsUp('carol')
  dave = await system.signsUp('dave')
  await system.proves(alice, bob, carol, dave)
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

test('who has his feed open hears of a post that came onto it, and how many there are', async () => {
  await alice.follows(bob)
  await system.settle()
  await alice.feed()
  const news = await alice.listens(op.FeedUpdatedDocument, { after: null })
  await system.hears(1)
  const first = await system.publishes(bob, 'first')
  expect((await news.next()).feedUpdated).toMatchObject({ newPostCount: 1, post: { id: first.id } })
  const second = await system.publishes(bob, 'second')
  expect((await news.next()).feedUpdated).toMatchObject({ newPostCount: 2, post: { id: second.id } })
  // Strangers' posts are none of hers, and the next look starts the count again.
  await system.publishes(carol, 'elsewhere')
  await alice.feed()
  const third = await system.publishes(bob, 'third')
  expect((await news.next()).feedUpdated).toMatchObject({ newPostCount: 1, post: { id: third.id } })
  expect(news.waiting).toBe(0)
  news.stop()
})

/** Who was told of a post in this way, and not told otherwise since. */
const toldOf = async (kind: 'MENTION' | 'TAG', postId: string) => {
  const people = await Promise.all(
    [alice, carol, dave].map(async (person) => {
      const { viewer } = await person.does(op.NotificationsDocument, { first: 20, after: null })
      const nodes = viewer?.notifications.nodes ?? []
      return nodes.some((node) => node.kind === kind && node.subject?.id === postId) ? [person.username] : []
    }),
  )
  return people.flat()
}

test('a mention is told, and no longer once it is taken out of the caption', async () => {
  const post = await system.publishes(bob, 'With @dave and @carol')
  const edits = async (caption: string) => {
    await bob.does(op.UpdatePostDocument, { input: { postId: post.id, caption } })
    await system.settle()
  }
  const told = () => toldOf('MENTION', post.id)
  expect(await told()).toEqual(['carol', 'dave'])
  await edits('With @carol')
  expect(await told()).toEqual(['carol'])
})

test('a tag is told, and no longer once the person or the author took it away', async () => {
  const post = await system.publishes(bob, 'In company')
  const tags = async (...people: Person[]) => {
    const userTags = people.map(({ id }) => ({ userId: id }))
    await bob.does(op.UpdatePostDocument, { input: { postId: post.id, userTags } })
    await system.settle()
  }
  const told = () => toldOf('TAG', post.id)
  await tags(alice, carol, dave)
  expect(await told()).toEqual(['alice', 'carol', 'dave'])
  await tags(alice, carol)
  expect(await told()).toEqual(['alice', 'carol'])
  await alice.does(op.RemoveTagDocument, { input: { postId: post.id } })
  await system.settle()
  expect(await told()).toEqual(['carol'])
})

test('explore, related posts and hashtags follow what people do; showMore brings back what was hidden', async () => {
  const [cake, bread] = [
    await system.publishes(carol, 'A cake from my oven #baking #sunday'),
    await system.publishes(dave, 'Bread from my oven #baking'),
  ]
  const { explore } = await alice.does(op.ExploreDocument, { first: 20, after: null, topic: null })
  const shown = explore.nodes.map(({ id }) => id)
  expect(shown).toEqual(expect.arrayContaining([cake.id, bread.id]))
  const { relatedPosts } = await alice.does(op.RelatedPostsDocument, { postId: cake.id, first: 5 })
  expect(relatedPosts.map(({ id }) => id)[0]).toBe(bread.id)
  expect((await alice.does(op.ReelsDocument, { first: 5, after: null })).reels.nodes).toEqual([])

  await alice.likes(cake)
  await system.settle()
  const { suggestedHashtags } = await alice.does(op.TrendsDocument, { first: 5 })
  expect(suggestedHashtags.map(({ name }) => name).toSorted()).toEqual(['baking', 'sunday'])

  await dave.becomesPrivate()
  const again = await alice.does(op.ExploreDocument, { first: 20, after: null, topic: 'baking' })
  expect(again.explore.nodes.map(({ id }) => id)).not.toContain(bread.id)
  const { showMore } = await alice.does(op.ShowMoreDocument, { input: { subjectId: carol.id } })
  expect(showMore).toEqual({ subjectId: carol.id, userErrors: [] })
})

test('each post of the home feed says why it is there, and where one is all caught up', async () => {
  await alice.follows(carol)
  await bob.follows(alice)
  await alice.asks(`mutation { addFavorite(input: { userId: "${carol.id}" }) { userErrors { code } } }`)
  await system.settle()
  await alice.feed()
  const [ofFriend, ofFavorite, own] = [
    await system.publishes(bob, 'a friend’s'),
    await system.publishes(carol, 'a favourite’s'),
    await system.publishes(alice, 'my own'),
  ]
  type Edge = { reason: string; isNew: boolean | null; node: { id: string } }
  const look = async (order: 'RANKED' | 'CHRONOLOGICAL') => {
    const query = `{ homeFeed(first: 20, order: ${order}) { edges { reason isNew node { id } } } }`
    return (await alice.asks<{ homeFeed: { edges: Edge[] } }, never>(query)).data?.homeFeed.edges ?? []
  }
  const chronological = await look('CHRONOLOGICAL')
  expect(chronological.slice(0, 3).map(({ node, reason, isNew }) => [node.id, reason, isNew])).toEqual([
    [own.id, 'OWN', null],
    [ofFavorite.id, 'FAVORITE', null],
    [ofFriend.id, 'FRIEND', null],
  ])
  const ranked = await look('RANKED')
  expect(ranked.map(({ node }) => node.id).toSorted()).toEqual(
    chronological.map(({ node }) => node.id).toSorted(),
  )
  // Up to the last of the two that are new to her, and no further.
  const caughtUpAt = ranked.findLastIndex(({ node }) => [ofFriend.id, ofFavorite.id].includes(node.id))
  expect(ranked.map(({ isNew }) => isNew)).toEqual(ranked.map((_, place) => place <= caughtUpAt))
  expect((await look('RANKED')).every(({ isNew }) => isNew === false)).toBe(true)
})
