// Posts through the subgraph's own schema: idempotency, publication, deletion, lists.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asker, type RunningContent, refusal, startContent } from './fixtures.ts'

let content: RunningContent
let alice: Asker
let bob: Asker
const bytes = Buffer.from('these could be a picture')

beforeAll(async () => {
  content = await startContent()
  alice = await content.account()
  bob = await content.account()
})
afterAll(() => content.stack.disposeAsync())

const processing = (owner = alice) => content.uploads(owner, bytes, 'image/jpeg')
const ready = (owner = alice) => content.ready(owner)
const posts = async (owner: Asker, input: Record<string, unknown>) =>
  (await owner.does('createPost', input, 'post { id status }')).post
const statusFor = async (asker: Asker, id: string) =>
  (await asker.asks('query ($id: ID!) { post(id: $id) { status } }', { id })).data.post?.status ?? null
const events = (name: string, postId: string) =>
  content.platform.db('content').collection('outbox').countDocuments({ name, 'payload.postId': postId })

test('the same idempotency key 50 times at once is one post; another body is refused (C4)', async () => {
  const input = { mediaIds: [await ready()], caption: 'once', idempotencyKey: 'fifty' }
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => alice.does('createPost', input, 'post { id caption }')),
  )
  const ids = new Set(answers.map((answer) => answer.post.id))
  expect(ids.size).toBe(1)
  expect(await content.platform.db('content').collection('posts').countDocuments({ caption: 'once' })).toBe(1)
  expect(await alice.does('createPost', { ...input, caption: 'twice' })).toEqual(
    refusal('IDEMPOTENCY_MISMATCH', 'idempotencyKey'),
  )
})

test('a post of READY media is published at once; only own media can be posted', async () => {
  const mine = await ready()
  const post = await posts(alice, { mediaIds: [mine], altTexts: ['A lighthouse'] })
  expect(post.status).toBe('PUBLISHED')
  expect(await statusFor(content.nobody, post.id)).toBe('PUBLISHED')
  expect((await content.row(mine))?.altText).toBe('A lighthouse')

  const notFound = refusal('NOT_FOUND', 'mediaIds')
  expect(await bob.does('createPost', { mediaIds: [mine] })).toEqual(notFound)
  expect(await alice.does('createPost', { mediaIds: [mine, 'media_none'] })).toEqual(notFound)
  const empty = await content.uploads(alice, bytes, 'image/jpeg', false)
  expect(await alice.does('createPost', { mediaIds: [empty] })).toEqual(refusal('CONFLICT', 'mediaIds'))
  expect(await alice.does('createPost', { mediaIds: [mine], kind: 'REEL' })).toEqual(
    refusal('INVALID', 'mediaIds'),
  )
})

test('a post waits for all of its media, which may become READY at the same moment; it is published once', async () => {
  const mediaIds = await Promise.all([processing(), processing(), processing()])
  const post = await posts(alice, { mediaIds })
  expect(post.status).toBe('PROCESSING')
  expect(await statusFor(alice, post.id)).toBe('PROCESSING')
  expect(await statusFor(bob, post.id)).toBeNull()
  await Promise.all(mediaIds.map(content.finishes))
  await content.settles()
  expect(await statusFor(bob, post.id)).toBe('PUBLISHED')
  expect(await events('post.published', post.id)).toBe(1)
})

test('a post shows pictures and a video together, in their order, once the last of them is READY', async () => {
  const video = await content.uploads(alice, Buffer.from('these could be a video'), 'video/mp4')
  const [first, last] = [await ready(), await ready()]
  const altTexts = ['A harbour', 'Boats leave it', null]
  const post = await posts(alice, { mediaIds: [first, video, last], altTexts })
  expect(post.status).toBe('PROCESSING')
  await content.finishes(video)
  await content.settles()

  const shown = async () => {
    const query = 'query ($id: ID!) { post(id: $id) { status kind media { id kind altText } } }'
    return (await bob.asks(query, { id: post.id })).data.post
  }
  const media = [
    { id: first, kind: 'IMAGE', altText: 'A harbour' },
    { id: video, kind: 'VIDEO', altText: 'Boats leave it' },
    { id: last, kind: 'IMAGE', altText: null },
  ]
  expect(await shown()).toEqual({ status: 'PUBLISHED', kind: 'POST', media })
  const { userErrors } = await alice.does('updatePost', { postId: post.id, mediaIds: [video, last, first] })
  expect(userErrors).toEqual([])
  expect((await shown()).media).toEqual([media[1], media[2], media[0]])
  // A reel is one video and nothing beside it.
  expect(await alice.does('createPost', { mediaIds: [video, first], kind: 'REEL' })).toEqual(
    refusal('INVALID', 'mediaIds'),
  )
})

test('a post made while its media become READY is published, whichever comes first', async () => {
  const made = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const mediaId = await processing()
      const [post] = await Promise.all([posts(alice, { mediaIds: [mediaId] }), content.finishes(mediaId)])
      return post.id
    }),
  )
  await content.settles()
  for (const id of made) {
    expect(await statusFor(bob, id)).toBe('PUBLISHED')
    expect(await events('post.published', id)).toBe(1)
  }
})

test('a deleted post is gone at once; its media go with it unless another post uses them (M6)', async () => {
  const [shared, single] = [await ready(), await ready()]
  const kept = await posts(alice, { mediaIds: [shared] })
  const gone = await posts(alice, { mediaIds: [single, shared], caption: 'secret' })
  const keysOf = (id: string) => content.platform.storage.list(`public/media/${id}/`)
  expect(await keysOf(single)).toHaveLength(1)

  expect(await alice.does('deletePost', { postId: 'x'.repeat(9_000) })).toEqual(
    refusal('NOT_FOUND', 'postId'),
  )
  expect(await bob.does('deletePost', { postId: gone.id })).toEqual(refusal('FORBIDDEN', 'postId'))
  const answers = await Promise.all(
    [1, 2, 3].map(() => alice.does('deletePost', { postId: gone.id }, 'post { id caption }')),
  )
  const deleted = answers.filter((answer) => answer.post)
  expect(deleted.map((answer) => answer.post)).toEqual([{ id: gone.id, caption: 'secret' }])
  expect(answers.filter((answer) => !answer.post)).toEqual([
    { post: null, ...refusal('NOT_FOUND', 'postId') },
    { post: null, ...refusal('NOT_FOUND', 'postId') },
  ])
  expect(await statusFor(alice, gone.id)).toBeNull()

  await content.settles()
  expect(await content.row(single)).toBeNull()
  expect(await keysOf(single)).toEqual([])
  expect(await content.platform.storage.head(`uploads/${single}`)).toBeNull()
  expect(await keysOf(shared)).toHaveLength(1)
  expect(await statusFor(bob, kept.id)).toBe('PUBLISHED')
  const tombstone = await content.platform
    .db('content')
    .collection<{ _id: string }>('posts')
    .findOne({ _id: gone.id })
  expect(tombstone).toMatchObject({ status: 'DELETED', caption: null })
})

test('an item that is posted again while its only post is deleted is either kept or refused', async () => {
  for (let round = 0; round < 8; round++) {
    const mediaId = await ready()
    const first = await posts(alice, { mediaIds: [mediaId] })
    await alice.does('deletePost', { postId: first.id })
    // The consumer that removes the media is at work meanwhile.
    const second = await alice.does('createPost', { mediaIds: [mediaId] }, 'post { id }')
    await content.settles()
    const kept = (await content.row(mediaId)) !== null
    expect(kept).toBe(second.post !== null)
  }
})

const list = `query ($id: ID!, $first: Int!, $after: String) {
  _entities(representations: [{ __typename: "User", id: $id }]) {
    ... on User { postCount posts(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }
  }
}`

test('an account’s posts are listed newest first, without those that the viewer may not see', async () => {
  const carol = await content.account()
  const mediaIds = [await ready(carol)]
  const made: string[] = []
  for (const audience of ['PUBLIC', 'ONLY_ME', 'FOLLOWERS', 'PUBLIC', 'PUBLIC'])
    made.unshift((await posts(carol, { mediaIds, audience })).id)
  await posts(carol, { mediaIds: [await processing(carol)] })
  const walk = async (asker: Asker) => {
    const seen: string[] = []
    let after: string | null = null
    let postCount = 0
    for (;;) {
      const { data, codes } = await asker.asks(list.replace('$id, ', ''), { id: carol.id, first: 2, after })
      expect(codes).toEqual([])
      const [user] = data._entities
      postCount = user.postCount
      seen.push(...user.posts.nodes.map((node: { id: string }) => node.id))
      if (!user.posts.pageInfo.hasNextPage) return { seen, postCount }
      after = user.posts.pageInfo.endCursor
    }
  }
  const [, , followers, onlyMe] = made
  expect(await walk(carol)).toEqual({ seen: made, postCount: 5 })
  expect(await walk(bob)).toEqual({
    seen: made.filter((id) => id !== onlyMe && id !== followers),
    postCount: 4,
  })
  await content.follow(bob, carol)
  expect((await walk(bob)).seen).toEqual(made.filter((id) => id !== onlyMe))
  expect((await bob.asks(list, { id: carol.id, first: 0 })).codes).toEqual(['BAD_USER_INPUT'])
  expect((await bob.asks(list, { id: carol.id, first: 2, after: 'made.up' })).codes).toEqual(['BAD_CURSOR'])
})

test('a private account shows strangers its count and nothing else', async () => {
  const dora = await content.account({ isPrivate: true })
  const post = await posts(dora, { mediaIds: [await ready(dora)] })
  expect((await bob.asks(list, { id: dora.id, first: 5 })).data._entities).toEqual([
    { postCount: 1, posts: null },
  ])
  expect(await statusFor(bob, post.id)).toBeNull()
  await content.follow(bob, dora)
  expect(await statusFor(bob, post.id)).toBe('PUBLISHED')
})

test('a page of posts costs a constant number of reads, however long it is', async () => {
  const erin = await content.account()
  for (let i = 0; i < 12; i++) await posts(erin, { mediaIds: [await ready(erin)] })
  // What consumers read of the new posts is none of the page's business.
  await content.settles()
  const query = list.replace(
    'nodes { id }',
    'nodes { id url caption media { id renditions { url } } author { id } }',
  )
  const readsFor = async (first: number) => {
    const db = content.platform.db('content')
    await db.command({ profile: 2 })
    const { data } = await bob.asks(query, { id: erin.id, first })
    await db.command({ profile: 0 })
    const ns = ['posts', 'media'].map((name) => `${db.databaseName}.${name}`)
    const reads = await db
      .collection('system.profile')
      .countDocuments({ ns: { $in: ns }, 'command.comment': { $ne: 'background' } })
    await db.collection('system.profile').drop()
    expect(data._entities[0].posts.nodes).toHaveLength(first)
    expect(data._entities[0].posts.nodes[0].media[0].renditions).toHaveLength(1)
    return reads
  }
  // Posts, their media, the count.
  expect([await readsFor(3), await readsFor(12)]).toEqual([3, 3])
})
