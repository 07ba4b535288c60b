// What is suggested, told and learned, through the gateway with every process running.
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as op from '../web/src/operations.gen.ts'
import type { Person } from './person.ts'
import { picture } from './pictures.ts'
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

const publishes = async (person: Person, caption: string) => {
  const mediaId = await person.uploads(await picture(), 'image/jpeg')
  await system.settle()
  const post = await person.posts([mediaId], caption)
  await system.settle()
  return post
}

test('who has his feed open hears of a post that came onto it, and how many there are', async () => {
  await alice.follows(bob)
  await system.settle()
  await alice.feed()
  const news = await alice.listens(op.FeedUpdatedDocument, { after: null })
  await system.hears(1)
  const first = await publishes(bob, 'first')
  expect((await news.next()).feedUpdated).toMatchObject({ newPostCount: 1, post: { id: first.id } })
  const second = await publishes(bob, 'second')
  expect((await news.next()).feedUpdated).toMatchObject({ newPostCount: 2, post: { id: second.id } })
  // Strangers' posts are none of hers, and the next look starts the count again.
  await publishes(carol, 'elsewhere')
  await alice.feed()
  const third = await publishes(bob, 'third')
  expect((await news.next()).feedUpdated).toMatchObject({ newPostCount: 1, post: { id: third.id } })
  expect(news.waiting).toBe(0)
  news.stop()
})

test('a mention is told, and no longer once it is taken out of the caption', async () => {
  const post = await publishes(bob, 'With @dave and @carol')
  const edits = async (caption: string) => {
    await bob.does(op.UpdatePostDocument, { input: { postId: post.id, caption } })
    await system.settle()
  }
  const mentionsOf = async (person: Person) => {
    const { viewer } = await person.does(op.NotificationsDocument, { first: 20, after: null })
    const nodes = viewer?.notifications.nodes ?? []
    return nodes.filter(({ kind, subject }) => kind === 'MENTION' && subject?.id === post.id).length
  }
  expect([await mentionsOf(dave), await mentionsOf(carol)]).toEqual([1, 1])
  await edits('With @carol')
  expect([await mentionsOf(dave), await mentionsOf(carol)]).toEqual([0, 1])
})

test('explore, related posts and hashtags follow what people do; showMore brings back what was hidden', async () => {
  const [cake, bread] = [
    await publishes(carol, 'A cake from my oven #baking #sunday'),
    await publishes(dave, 'Bread from my oven #baking'),
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
