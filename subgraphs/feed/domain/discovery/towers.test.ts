// The two towers: trained, kept as versions of vectors, and served to explore and reels.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Binary } from 'mongodb'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { PostFactsRow } from '#platform/posts.ts'
import { createRandom } from '#platform/random.ts'
import { newId } from '#schema/ids.ts'
import { testEnvironment } from '../../../../tests/platform.ts'
import { feedDeps, type TestFeed, testFeed } from '../../fixtures.ts'
import { createTowers } from '../../store/towers.ts'
import { forgetRefusing, learn, type SignalEvent } from '../signals.ts'
import { describePost } from './describe.ts'
import { factorise, tunedFactorisation } from './factorisation.ts'
import { measureRecall, product, splitDeeds } from './judge.ts'
import { explore } from './suggested-posts.ts'
import { trainVectors } from './train-vectors.ts'
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
const nobody = async () => []
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
  await store.towers.insert(model('one', true, 0), towers, authorOf, nobody)
  await store.towers.insert(model('tried', false, 1), towers, authorOf, nobody)
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
  await store.towers.insert(model('two', true, 2), towers, authorOf, nobody)
  await store.towers.insert(model('three', true, 3), towers, authorOf, nobody)
  const versions = await platform.db('feed').collection('towerVectors').distinct('version')
  expect(versions.sort()).toEqual(['three', 'two'])
})

test('an index reads what is new alone, and answers from the version before until the next one is there', async () => {
  const { posts, towers } = await trained
  let now = Date.now() - 600_000
  const db = platform.db('feed')
  const own = createTowers(db, () => now)
  const authorOf = new Map(posts.map(({ id }) => [id, 'user_author']))
  const model = (name: string) => ({
    ...{ _id: name, served: true, createdAt: new Date(now), deeds: 1, recall: 1, factorisationRecall: 0 },
  })
  await own.insert(model('index-one'), towers, authorOf, nobody)
  const nearest = async () => (await own.foresee('user_0_1', ['post_0'], 200))?.nearest ?? []
  now += 60_000
  const liking = (await own.foresee('user_0_1', [], 10))?.of('post_3')
  expect(liking).toBeGreaterThan(0)
  // It would be seen by whoever reads the row again.
  const rows = db.collection<{ _id: string; vector: Binary }>('towerVectors')
  const opposite = await rows.findOne({ _id: 'index-one:post_1' })
  await rows.updateOne({ _id: 'index-one:post_3' }, { $set: { vector: opposite?.vector ?? new Binary() } })
  for (const id of ['post_second', 'post_third']) {
    now += 11_000
    await own.put({ _id: id, authorId: 'user_a', vector: await vectorOf('bread flour') })
    await vi.waitFor(async () => expect(await nearest()).toContain(id))
    expect((await own.foresee('user_0_1', [], 10))?.of('post_3')).toBe(liking)
  }

  now += 11_000
  const fewer = { ...towers, posts: new Map([...towers.posts].slice(0, 1)) }
  await createTowers(db, () => now).insert(model('index-two'), fewer, authorOf, nobody)
  expect(await nearest()).toContain('post_third')
  await vi.waitFor(async () => expect(await nearest()).toEqual(['post_0']))
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
  await store.towers.insert(model, towers, authorOf, nobody)
  const page = await explore(feedDeps(platform, viewer), viewer, { first: 10 })
  expect(page.edges[0]).toMatchObject({ node: { id: foreseen }, reason: 'CO_ENGAGED' })
})

/** Describes a post of a theme, as the worker would. */
const described = async (_id: string, authorId: string, n: number) =>
  store.descriptions.put({
    ...{ _id, authorId, kind: 'POST', hashtags: [], durationMs: null, model: wordModel.name, topic: null },
    ...{ publishedAt: new Date(Date.now() - 3_600_000 + n), vector: await vectorOf(caption(n % 3, n)) },
  })

/** Twelve people, each of whom likes twenty posts of one theme out of 300; of late such as nobody had met, which towers alone foretell. */
async function themedLikes() {
  const author = await world.account()
  const people = await Promise.all(Array.from({ length: 12 }, () => world.account()))
  const publishedAt = Date.now() - 3_600_000
  const rows = Array.from({ length: 300 }, (_, n) => ({ authorId: author, publishedAt: publishedAt + n }))
  const posts = await world.posts(rows)
  await Promise.all(posts.map((id, n) => described(id, author, n)))
  const deedsOf = (userId: string, i: number, from: number, count: number) =>
    Array.from({ length: count }, (_, n) => ({ userId, postId: posts[from + 3 * n + (i % 3)] ?? '' }))
  const deeds = [
    ...people.flatMap((userId, i) => deedsOf(userId, i, 0, 18)),
    ...people.flatMap((userId, i) => deedsOf(userId, i, 150 + 3 * i, 2)),
  ]
  await learn(
    learning,
    deeds.map(
      (payload, n): SignalEvent => ({
        ...{ id: newId('event'), name: 'post.liked', at: new Date(publishedAt + 1_000 + n), payload },
      }),
    ),
  )
  return { author, people, posts }
}

test('who refuses or goes while the towers are trained is in no vector afterwards, and what is described meanwhile has one (A9)', async () => {
  const { author, people, posts } = await themedLikes()
  const describing = { store, ...platform.facts, model: wordModel }
  const [refuser = '', leaver = '', ...others] = people
  const [removed = '', ...kept] = posts
  let late = ''
  const meanwhile = async () => {
    await world.changes(refuser, { refusesPersonalisation: true })
    await forgetRefusing(learning, [refuser])
    await world.changes(leaver, { status: 'DELETED' })
    await store.towers.forgetViewer(leaver)
    await world.deletePost(removed)
    await describePost(describing, removed)
    late = await world.post(author, Date.now() - 1_000)
    await described(late, author, 301)
    await store.towers.put({ _id: late, authorId: author, vector: await vectorOf(caption(1, 301)) })
  }
  const descriptions = {
    ...store.descriptions,
    async all() {
      const all = await store.descriptions.all()
      await meanwhile()
      return all
    },
  }
  const { accounts } = platform.facts
  const model = await trainVectors({ store: { ...store, descriptions }, accounts }, { serve: true })
  expect(model).toMatchObject({ served: true })
  const written = await platform.db('feed').collection('towerVectors').find({ version: model._id }).toArray()
  const subjects = new Set(written.map(({ subjectId }) => subjectId))
  expect([refuser, leaver, removed].filter((id) => subjects.has(id))).toEqual([])
  expect([...others, ...kept, late].filter((id) => !subjects.has(id))).toEqual([])
  // What they are measured against: the factorisation is the one that served best.
  expect(factorise(['a'], ['b'], []).viewers.get('a')).toHaveLength(tunedFactorisation.size)
})

test('`npm run train:vectors -- --serve` trains from what people did, and explore is made of it at once', async () => {
  const { people, posts } = await themedLikes()
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['subgraphs/feed/train-vectors.ts', '--serve'],
    { env: testEnvironment({ NAMESPACE: platform.config.namespace }) },
  )
  const model = JSON.parse(stdout) as { _id: string; served: boolean; recall: number }
  expect(model).toMatchObject({ served: true, _id: expect.stringMatching(/^towers-/) })
  // A process that starts now reads what the other one wrote.
  const fresh = { ...store, towers: createTowers(platform.db('feed')) }
  const theme = new Map(posts.map((id, n) => [id, n % 3]))
  const themesOf = (ids: readonly string[]) => [...new Set(ids.flatMap((id) => theme.get(id) ?? []))]
  for (const [i, viewer] of people.slice(0, 3).entries()) {
    const known = await fresh.towers.foresee(viewer, [], 40)
    expect(themesOf(known?.nearest ?? [])).toEqual([i])
    const page = await explore({ ...feedDeps(platform, viewer), store: fresh }, viewer, { first: 6 })
    expect(themesOf(page.nodes.map(({ id }) => id))).toEqual([i])
  }
}, 60_000)
