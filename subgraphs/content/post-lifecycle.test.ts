// What a post goes through: draft, schedule, publication, edits, archive, pins.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asker, type RunningContent, refusal, startContent } from './fixtures.ts'

let content: RunningContent
let alice: Asker
let bob: Asker

beforeAll(async () => {
  content = await startContent()
  alice = await content.account()
  bob = await content.account()
})
afterAll(() => content.stack.disposeAsync())

const ready = (owner = alice) => content.ready(owner)
const posts = async (input: Record<string, unknown> = {}, owner = alice) =>
  (await owner.does('createPost', { mediaIds: [await ready(owner)], ...input }, 'post { id status }')).post
const does = (mutation: string, postId: string, owner = alice) =>
  owner.does(mutation, { postId }, 'post { status isPinned }')
const fieldsFor = async (asker: Asker, id: string, fields = 'status') =>
  (await asker.asks(`query ($id: ID!) { post(id: $id) { ${fields} } }`, { id })).data.post
const list = async (asker: Asker, name: string) => {
  const { data, codes } = await asker.asks(
    `query ($id: ID!) { _entities(representations: [{ __typename: "Viewer", id: $id }]) {
      ... on Viewer { ${name}(first: 100) { nodes { id } } } } }`,
    { id: asker.id },
  )
  expect(codes).toEqual([])
  return data._entities[0]?.[name].nodes.map((node: { id: string }) => node.id)
}
const grid = async (
  asker: Asker,
  owner: Asker,
  first = 100,
  after: string | null = null,
  field = 'posts',
) => {
  const { data } = await asker.asks(
    `query ($id: ID!, $first: Int!, $after: String) { _entities(representations: [{ __typename: "User", id: $id }]) {
      ... on User { ${field}(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } } }`,
    { id: owner.id, first, after },
  )
  return data._entities[0][field]
}
const idsOf = (page: { nodes: { id: string }[] }) => page.nodes.map((node) => node.id)
const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString()

test('drafts and schedules are their author’s alone until they are published (V18)', async () => {
  const draft = await posts({ asDraft: true, caption: 'later' })
  const planned = await posts({ scheduledAt: tomorrow() })
  expect([draft.status, planned.status]).toEqual(['DRAFT', 'SCHEDULED'])
  for (const { id } of [draft, planned]) {
    expect(await fieldsFor(bob, id)).toBeNull()
    expect(await fieldsFor(content.nobody, id)).toBeNull()
    expect(idsOf(await grid(alice, alice))).not.toContain(id)
    expect(await does('publishPost', id, bob)).toEqual({ post: null, ...refusal('NOT_FOUND', 'postId') })
  }
  expect(await list(alice, 'drafts')).toEqual([planned.id, draft.id])
  const { data } = await bob.asks(
    `query ($id: ID!) { _entities(representations: [{ __typename: "Viewer", id: $id }]) { __typename } }`,
    { id: alice.id },
  )
  expect(data._entities).toEqual([null])

  expect((await does('publishPost', draft.id)).post.status).toBe('PUBLISHED')
  expect(await fieldsFor(bob, draft.id, 'status scheduledAt')).toEqual({
    status: 'PUBLISHED',
    scheduledAt: null,
  })
  expect(await list(alice, 'drafts')).toEqual([planned.id])
})

test('a schedule can be moved, taken back and made of a draft', async () => {
  const post = await posts({ scheduledAt: tomorrow() })
  const update = (scheduledAt: string | null) =>
    alice.does('updatePost', { postId: post.id, scheduledAt }, 'post { status scheduledAt }')
  const later = new Date(Date.now() + 2 * 86_400_000).toISOString()
  expect((await update(later)).post).toEqual({ status: 'SCHEDULED', scheduledAt: later })
  expect((await update(null)).post).toEqual({ status: 'DRAFT', scheduledAt: null })
  expect(await update('2020-01-01T00:00:00Z')).toEqual({ post: null, ...refusal('INVALID', 'scheduledAt') })
  expect((await update(later)).post.status).toBe('SCHEDULED')
  await does('publishPost', post.id)
  expect(await update(later)).toEqual({ post: null, ...refusal('CONFLICT', 'scheduledAt') })
})

test('a scheduled post publishes itself', async () => {
  const soon = Date.now() + 86_400_000
  const post = await posts({ scheduledAt: new Date(soon).toISOString() })
  const { now } = content.platform
  content.platform.now = () => soon + 1
  try {
    await expect.poll(() => fieldsFor(bob, post.id), { timeout: 20_000 }).toEqual({ status: 'PUBLISHED' })
  } finally {
    content.platform.now = now
  }
})

test('an edit shows at once; what the post said before is kept for its author', async () => {
  const [one, two] = [await ready(), await ready()]
  const post = await posts({ mediaIds: [one, two], caption: 'first', altTexts: ['A ship', null] })
  expect(await fieldsFor(bob, post.id, 'editedAt editHistory(first: 5) { nodes { caption } }')).toEqual({
    editedAt: null,
    editHistory: null,
  })
  const update = (input: Record<string, unknown>) =>
    alice.does('updatePost', { postId: post.id, ...input }, 'post { caption media { id altText } editedAt }')
  await update({ caption: 'second' })
  const { post: edited } = await update({ mediaIds: [two, one], altTexts: ['A shore', ''] })
  expect(edited).toMatchObject({
    caption: 'second',
    media: [
      { id: two, altText: 'A shore' },
      { id: one, altText: null },
    ],
    editedAt: expect.any(String),
  })
  const history = 'editHistory(first: 5) { nodes { caption altTexts media { id } } pageInfo { hasNextPage } }'
  expect((await fieldsFor(alice, post.id, history)).editHistory).toEqual({
    nodes: [
      { caption: 'second', altTexts: ['A ship', null], media: [{ id: one }, { id: two }] },
      { caption: 'first', altTexts: ['A ship', null], media: [{ id: one }, { id: two }] },
    ],
    pageInfo: { hasNextPage: false },
  })
  expect((await fieldsFor(bob, post.id, 'caption')).caption).toBe('second')

  expect(await update({ mediaIds: [two] })).toEqual({ post: null, ...refusal('CONFLICT', 'mediaIds') })
  expect(await update({ caption: 'x'.repeat(2_201) })).toEqual({
    post: null,
    ...refusal('TOO_LONG', 'caption'),
  })
  const { post: bobs } = await bob.does('updatePost', { postId: post.id, caption: 'mine' }, 'post { id }')
  expect(bobs).toBeNull()
  // Settings are no edit of what it says.
  const { post: set } = await update({ commentsDisabled: true })
  expect(set.editedAt).toBe(edited.editedAt)
  expect((await update({ caption: '🔭'.repeat(2_200) })).userErrors).toEqual([])
  expect((await update({ caption: '  ' })).post.caption).toBeNull()
})

test('an edit moves a post to another place; its history says where it was before', async () => {
  const harbour = { name: 'Harbour of the old town', latitude: -41.28, longitude: 174.78 }
  const hill = { name: 'Hill above the old town', latitude: -41.29, longitude: 174.79 }
  const post = await posts({ location: harbour })
  const update = async (input: Record<string, unknown>) => {
    const { post: edited, userErrors } = await alice.does(
      'updatePost',
      { postId: post.id, ...input },
      'post { place { id name } }',
    )
    expect(userErrors).toEqual([])
    return edited.place
  }
  const before = (await fieldsFor(bob, post.id, 'place { id name }')).place
  expect(before.name).toBe(harbour.name)
  const moved = await update({ location: hill })
  expect(moved.name).toBe(hill.name)
  expect((await fieldsFor(bob, post.id, 'place { id name }')).place).toEqual(moved)
  expect(await update({ placeId: null })).toBeNull()
  expect(await update({ placeId: before.id })).toEqual(before)
  const history = 'editHistory(first: 5) { nodes { place { id name } } }'
  expect((await fieldsFor(alice, post.id, history)).editHistory.nodes).toEqual([
    { place: null },
    { place: moved },
    { place: before },
  ])
  // Where it was is its author's to know.
  expect((await fieldsFor(bob, post.id, history)).editHistory).toBeNull()
})

test('an audience that shrinks works at once', async () => {
  const post = await posts()
  expect(await fieldsFor(bob, post.id)).not.toBeNull()
  const audience = (value: string) =>
    alice.does('updatePost', { postId: post.id, audience: value }, 'post { audience }')
  await audience('FOLLOWERS')
  expect(await fieldsFor(bob, post.id)).toBeNull()
  expect(idsOf(await grid(bob, alice))).not.toContain(post.id)
  await audience('PUBLIC')
  expect(await fieldsFor(bob, post.id)).not.toBeNull()
})

test('an edit keeps whom the post showed, in its history, and the same people again are no edit', async () => {
  const bob = await content.account()
  const post = await posts({ userTags: [{ userId: bob.id, x: 0.5, y: 0.25 }] })
  const history = 'editHistory(first: 5) { nodes { userTags { user { id } x y } } }'
  const tagged = async () =>
    (await fieldsFor(alice, post.id, history)).editHistory.nodes.map(
      (node: { userTags: { user: { id: string }; x: number }[] }) =>
        node.userTags.map(({ user, x }) => [user.id, x]),
    )
  const edits = (userTags: object[]) => alice.does('updatePost', { postId: post.id, userTags }, 'post { id }')
  await edits([{ userId: bob.id, x: 0.5, y: 0.25 }])
  expect(await tagged()).toEqual([])
  await edits([{ userId: bob.id, x: 0.75, y: 0.25 }])
  await edits([])
  expect(await tagged()).toEqual([[[bob.id, 0.75]], [[bob.id, 0.5]]])

  // Who deletes his account leaves the history of others' posts too (A9).
  await content.erases(bob.id)
  const kept = content.platform.db('content').collection('revisions')
  expect(await kept.countDocuments({ postId: post.id, 'tags.userId': bob.id })).toBe(0)
  expect(await kept.countDocuments({ postId: post.id })).toBe(2)
})

test('a post for close friends is theirs alone', async () => {
  const carol = await content.account()
  await content.follow(bob, carol)
  await content.follow(alice, carol)
  await content.relates(carol, bob, { closeFriendAt: new Date() }, { closeFriendOfAt: new Date() })
  const post = await posts({ audience: 'CLOSE_FRIENDS' }, carol)
  expect(await fieldsFor(bob, post.id)).toEqual({ status: 'PUBLISHED' })
  expect(await fieldsFor(alice, post.id)).toBeNull()
  expect(idsOf(await grid(alice, carol))).toEqual([])
})

test('an archived post is gone for everyone else at once, and comes back where it stood (V18)', async () => {
  const older = await posts()
  const newer = await posts()
  const before = await fieldsFor(alice, older.id, 'publishedAt')
  expect((await does('archivePost', older.id)).post.status).toBe('ARCHIVED')
  expect(await fieldsFor(bob, older.id)).toBeNull()
  expect(idsOf(await grid(bob, alice))).not.toContain(older.id)
  expect(await list(alice, 'archive')).toEqual([older.id])
  expect(await does('archivePost', older.id, bob)).toEqual({ post: null, ...refusal('NOT_FOUND', 'postId') })
  expect(await does('publishPost', older.id)).toEqual({ post: null, ...refusal('CONFLICT', 'postId') })

  expect((await does('unarchivePost', older.id)).post.status).toBe('PUBLISHED')
  expect(await fieldsFor(bob, older.id, 'publishedAt')).toEqual(before)
  const seen = idsOf(await grid(bob, alice))
  expect(seen.indexOf(newer.id)).toBe(seen.indexOf(older.id) - 1)
  const draft = await posts({ asDraft: true })
  expect(await does('archivePost', draft.id)).toEqual({ post: null, ...refusal('CONFLICT', 'postId') })
})

test('three posts can be pinned, however many try at once; they come first, page by page', async () => {
  const carol = await content.account()
  const made: string[] = []
  for (let i = 0; i < 6; i++) made.push((await posts({}, carol)).id)
  const answers = await Promise.all(made.slice(0, 5).map((id) => does('pinPost', id, carol)))
  expect(answers.filter((answer) => answer.post?.isPinned)).toHaveLength(3)
  expect(answers.filter((answer) => !answer.post).map((answer) => answer.userErrors[0].code)).toEqual([
    'TOO_MANY',
    'TOO_MANY',
  ])
  expect((await does('pinPost', made[0] ?? '', bob)).userErrors[0].code).toBe('FORBIDDEN')

  const whole = idsOf(await grid(bob, carol))
  const pinned = whole.slice(0, 3)
  expect(whole.slice(3)).toEqual(made.filter((id) => !pinned.includes(id)).reverse())
  for (const size of [1, 2, 4]) {
    const walked: string[] = []
    for (let after: string | null = null; ; ) {
      const page = await grid(bob, carol, size, after)
      walked.push(...idsOf(page))
      after = page.pageInfo.endCursor
      if (!page.pageInfo.hasNextPage) break
    }
    expect(walked).toEqual(whole)
  }
  await does('archivePost', pinned[0] ?? '', carol)
  expect((await does('unpinPost', pinned[1] ?? '', carol)).post.isPinned).toBe(false)
  const rest = made.filter((id) => id !== pinned[0] && id !== pinned[2]).reverse()
  expect(idsOf(await grid(bob, carol))).toEqual([pinned[2], ...rest])
})

test('who may comment follows the post and its author (K1)', async () => {
  const post = await posts()
  const may = async (asker: Asker) =>
    (await fieldsFor(asker, post.id, 'viewerCanComment commentsDisabled hideLikeCount')) as object
  expect(await may(bob)).toEqual({ viewerCanComment: true, commentsDisabled: false, hideLikeCount: null })
  expect(await may(content.nobody)).toMatchObject({ viewerCanComment: null })
  await alice.does('updatePost', { postId: post.id, commentsDisabled: true, hideLikeCount: true })
  expect(await may(bob)).toEqual({ viewerCanComment: false, commentsDisabled: true, hideLikeCount: null })
  expect(await may(alice)).toMatchObject({ hideLikeCount: true })
  expect((await content.platform.facts.posts.get([post.id])).get(post.id)).toMatchObject({
    commentsDisabled: true,
    hidesLikeCount: true,
  })
})

test('reels are a list of their own', async () => {
  const carol = await content.account()
  const video = await content.uploads(carol, Buffer.from('these could be a video'), 'video/mp4')
  await content.finishes(video)
  const reel = await posts({ mediaIds: [video], kind: 'REEL' }, carol)
  await posts({}, carol)
  expect(idsOf(await grid(bob, carol, 5, null, 'reels'))).toEqual([reel.id])
})

test('a picture that is edited for a post is drawn anew before the post appears', async () => {
  const mediaId = await ready()
  const post = await posts({ mediaIds: [mediaId], edits: [{ mediaId, filter: 'LUNAR' }] })
  expect(post.status).toBe('PROCESSING')
  await content.finishes(mediaId)
  await content.settles()
  expect(await fieldsFor(bob, post.id, 'status media { filter }')).toEqual({
    status: 'PUBLISHED',
    media: [{ filter: 'LUNAR' }],
  })
})
