import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const makes = async (who: Asker, name: string): Promise<string> =>
  (await who.does('createCollection', { name }, 'collection { id name }')).collection.id

const inside = 'posts(first: 9) { nodes { id } }'
async function postsIn(who: Asker, id: string): Promise<string[]> {
  return (await who.sees('Collection', id, inside)).posts.nodes.map((node: { id: string }) => node.id)
}

test('a saved post is in one collection at most, and stays saved without', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const [one, two] = [await post(bob), await post(bob)]
  const [trips, food] = [await makes(alice, ' Trips '), await makes(alice, 'Food')]
  expect(
    (await alice.sees('Viewer', alice.id, 'collections(first: 9) { nodes { id name } }')).collections,
  ).toEqual({
    nodes: [
      { id: food, name: 'Food' },
      { id: trips, name: 'Trips' },
    ],
  })
  const save = (postId: string, collectionId?: string) => alice.does('savePost', { postId, collectionId })
  for (const postId of [one, two]) await save(postId, trips)
  expect(await postsIn(alice, trips)).toEqual([two, one])
  await save(one, food)
  await save(two)
  expect([await postsIn(alice, trips), await postsIn(alice, food)]).toEqual([[two], [one]])
  await settle()
  expect(await bob.sees('Post', one, 'saveCount')).toEqual({ saveCount: 1 })

  await alice.does('unsavePost', { postId: two })
  await save(two)
  expect(await postsIn(alice, trips)).toEqual([])
  const renamed = await alice.does(
    'updateCollection',
    { collectionId: food, name: 'Meals' },
    'collection { name }',
  )
  expect(renamed).toEqual({ collection: { name: 'Meals' }, userErrors: [] })
  await alice.does('deleteCollection', { collectionId: food })
  expect(await alice.sees('Collection', food, 'id')).toBeNull()
  const { savedPosts } = await alice.sees('Viewer', alice.id, 'savedPosts(first: 9) { nodes { id } }')
  expect(savedPosts.nodes).toEqual([{ id: two }, { id: one }])
})

test('a collection is nobody else’s business, and shows nothing that is hidden', async () => {
  const { account, post, nobody } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(bob)
  const collectionId = await makes(alice, 'Secret')
  await alice.does('savePost', { postId, collectionId })
  for (const who of [bob, nobody]) expect(await who.sees('Collection', collectionId, 'name')).toBeNull()
  const refused = [{ code: 'NOT_FOUND', field: ['input', 'collectionId'] }]
  expect((await bob.does('updateCollection', { collectionId, name: 'x' })).userErrors).toEqual(refused)
  expect((await bob.does('deleteCollection', { collectionId })).userErrors).toEqual(refused)
  expect((await bob.does('savePost', { postId, collectionId })).userErrors).toEqual(refused)
  expect(await bob.sees('Post', postId, 'viewerHasSaved')).toEqual({ viewerHasSaved: false })
  await engagement.blocks(bob, alice)
  expect(await postsIn(alice, collectionId)).toEqual([])
})

test.each([
  ['', 'INVALID'],
  ['x'.repeat(51), 'TOO_LONG'],
])('the name %j is refused with %s', async (name, code) => {
  const alice = await engagement.account()
  const refused = [{ code, field: ['input', 'name'] }]
  expect((await alice.does('createCollection', { name })).userErrors).toEqual(refused)
  const collectionId = await makes(alice, 'x'.repeat(50))
  expect((await alice.does('updateCollection', { collectionId, name })).userErrors).toEqual(refused)
})
