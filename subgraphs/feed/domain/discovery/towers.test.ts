// The two towers: trained, kept as versions of vectors, and served to explore and reels.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PostFactsRow } from '#platform/posts.ts'
import { createRandom } from '#platform/random.ts'
import { newId } from '#schema/ids.ts'
import { feedDeps, type TestFeed, testFeed } from '../../fixtures.ts'
import { createTowers } from '../../store/towers.ts'
import { learn, type SignalEvent } from '../signals.ts'
import { describePost } from './describe.ts'
import { measureRecall, product, splitDeeds } from './judge.ts'
import { explore } from './suggested-posts.ts'
import { trainTowers } from './two-tower.ts'
import { wordModel } from './vectors.ts'

let { platform, stack, store, world, learning } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world, learning } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const themes = ['bread flour oven crust', 'engine wheel road motor', 'whale reef tide coral']
const caption = (theme: number, n: number) => `${themes[theme]} ${themes[theme]?.split(' ')[n % 4]}${n % 7}`
const vectorOf = async (text: string) => (await wordModel.vectorOf(text)) ?? new Float32Array(384)
/** Posts of three themes, people who each like one of them, and the towers of what they did. */
async function crowd() {
  const random = createRandom(5)
  const posts = await Promise.all(
    Array.from({ length: 120 }, async (_, i) => ({
      id: `post_${i}`,
      vector: await vectorOf(caption(i % 3, i)),
    })),
  )
  const deeds = Array.from({ length: 240 }, () => {
    const theme = Math.floor(random() * 3)
    const [person, post] = [Math.floor(random() * 6), Math.floor(random() * 40)]
    return { viewerId: `user_${theme}_${person}`, postId: `post_${post * 3 + theme}` }
  })
  const { earlier, later } = splitDeeds(deeds)
  return { posts, earlier, later, towers: trainTowers(posts, earlier) }
}
const trained = crowd()
const themeOf = (id: string) => Number(id.split('_')[1]) % 3

test('they foretell later deeds by theme, though nobody of the kind has met a post', async () => {
  const { posts, earlier, later, towers } = await trained
  expect([earlier.length, later.length]).toEqual([216, 24])
  // A hundred of 120 are most of them; whoever knew nothing would recall five in six.
  expect(measureRecall(towers, earlier, later)).toBeGreaterThan(0.95)
  expect(measureRecall({ ...towers, viewers: new Map() }, earlier, later)).toBe(0)
  const met = new Set(earlier.map(({ postId }) => postId))
  const unmet = posts.filter(({ id }) => !met.has(id))
  expect(unmet.length).toBeGreaterThan(5)
  const liking = (viewerId: string, id: string) =>
    product(towers.viewers.get(viewerId) ?? [], towers.posts.get(id) ?? [])
  for (const { id } of unmet) {
    const by = [0, 1, 2].map((theme) => liking(`user_${theme}_1`, id))
    expect(by.indexOf(Math.max(...by)), id).toBe(themeOf(id))
  }
})

test('a version is served by its vectors: of viewers, of posts, of posts that come later; and goes with a post and an account', async () => {
  const { posts, earlier, towers } = await trained
  const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms)
  const model = (name: string, served: boolean, ms: number) => ({
    ...{ _id: name, served, createdAt: at(ms), deeds: earlier.length, recall: 0.4, factorisationRecall: 0.3 },
  })
  const authorOf = new Map(posts.map(({ id }, i) => [id, `user_author${i % 3}`]))
  expect(await store.towers.foresee('user_0_1', [], 10)).toBeNull()
  await store.towers.insert(model('one', true, 0), towers, authorOf)
  await store.towers.insert(model('tried', false, 1), towers, authorOf)
  const known = await store.towers.foresee('user_0_1', [], 20)
  expect(known?.nearest.map(themeOf)).toEqual(Array.from({ length: 20 }, () => 0))
  expect(known?.of('post_3')).toBeGreaterThan(known?.of('post_4') ?? 1)
  // Nobody has seen him, but what he likes.
  const stranger = await store.towers.foresee('user_new', ['post_1', 'post_4'], 20)
  expect(stranger?.nearest.map(themeOf)).toEqual(Array.from({ length: 20 }, () => 1))
  expect(await store.towers.foresee('user_new', [], 20)).toBeNull()

  // A post that is described now is near whom it suits, to a process that starts now.
  await store.towers.put({
    _id: 'post_later',
    authorId: 'user_a',
    vector: await vectorOf('whale reef coral'),
  })
  const fresh = () => createTowers(platform.db('feed'))
  expect((await fresh().foresee('user_2_1', [], 200))?.nearest.slice(0, 45)).toContain('post_later')
  await store.towers.remove('post_later')
  await store.towers.forgetViewer('user_2_1')
  expect((await fresh().foresee('user_2_2', [], 200))?.nearest).not.toContain('post_later')
  expect(await fresh().foresee('user_2_1', [], 10)).toBeNull()

  // Of three versions the one that is served and the newest stay.
  await store.towers.insert(model('two', true, 2), towers, authorOf)
  await store.towers.insert(model('three', true, 3), towers, authorOf)
  const versions = await platform.db('feed').collection('towerVectors').distinct('version')
  expect(versions.sort()).toEqual(['three', 'two'])
})

test('explore shows what the towers foresee, by strangers, though nobody of the same taste has met it', async () => {
  const [viewer, author] = [await world.account(), await world.account()]
  const publish = async (text: string) => {
    const id = await world.post(author, Date.now() - 3_600_000)
    const rows = platform.db('content').collection<PostFactsRow & { caption: string }>('posts')
    await rows.updateOne({ _id: id }, { $set: { caption: text } })
    await describePost({ store, ...platform.facts, model: wordModel }, id)
    return id
  }
  const liked = await Promise.all([publish('bread'), publish('flour')])
  const others = await Promise.all(['engine', 'wheel', 'road'].map(publish))
  const [foreseen = ''] = await Promise.all([publish('something else')])
  await learn(
    learning,
    liked.map(
      (postId): SignalEvent => ({
        ...{ id: newId('event'), name: 'post.liked', at: new Date(), payload: { userId: viewer, postId } },
      }),
    ),
  )
  // What a training reads.
  expect(await store.signals.newestDeeds(10)).toEqual(liked.map((postId) => ({ viewerId: viewer, postId })))
  const described = await store.descriptions.all()
  expect(described).toHaveLength(6)
  expect(described.every((post) => post.authorId === author && post.vector?.length === 384)).toBe(true)
  const vector = (place: number) => Float32Array.from({ length: 24 }, (_, i) => (i === place ? 1 : 0))
  const towers = {
    projection: new Float32Array(24 * 384),
    viewers: new Map([[viewer, vector(0)]]),
    posts: new Map([[foreseen, vector(0)], ...others.map((id): [string, Float32Array] => [id, vector(1)])]),
  }
  const authorOf = new Map([foreseen, ...others].map((id) => [id, author]))
  const model = {
    _id: 'explore',
    served: true,
    createdAt: new Date(),
    deeds: 2,
    recall: 1,
    factorisationRecall: 0,
  }
  await store.towers.insert(model, towers, authorOf)
  const page = await explore({ ...feedDeps(platform, viewer), store }, viewer, { first: 10 })
  expect(page.edges[0]).toMatchObject({ node: { id: foreseen }, reason: 'CO_ENGAGED' })
})
