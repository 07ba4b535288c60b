// Many calls at once through the endpoint: what must happen once happens once, and what is counted is counted exactly.
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as op from '../web/src/operations.gen.ts'
import type { Person } from './person.ts'
import { picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

let system: System
let alice: Person
let bob: Person
let post: { id: string }

beforeAll(async () => {
  system = await startSystem()
  alice = await system.signsUp('alice')
  bob = await system.signsUp('bob')
  post = await alice.posts([await alice.uploads(await picture(), 'image/jpeg')], 'for all of you')
  await system.settle()
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

const times = <T>(count: number, act: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => act(i)))
const followers = async (person: Person) =>
  (await bob.does(op.FollowersDocument, { username: person.username, first: 50 })).user?.followers

test('100 parallel likes by one person are one like, one row and one notification (C1)', async () => {
  await times(100, () => bob.likes(post))
  await system.settle()
  expect(await alice.post(post.id)).toMatchObject({ likeCount: 1 })
  const { post: liked } = await alice.does(op.LikersDocument, { postId: post.id, first: 100 })
  expect(liked?.likers?.nodes.map((person) => person.username)).toEqual(['bob'])
  const { viewer } = await alice.does(op.NotificationsDocument, { first: 10 })
  expect(viewer?.notifications.nodes).toMatchObject([{ kind: 'POST_LIKE', actorCount: 1 }])
})

test('50 people who like in parallel are exactly 50 likes more (C2)', async () => {
  const people = await times(50, (i) => system.signsUp(`fan${i}`))
  await Promise.all(people.map((person) => person.likes(post)))
  await system.settle()
  expect(await alice.post(post.id)).toMatchObject({ likeCount: 51 })
})

test('a storm of likes and unlikes ends as its rows say, and is never negative (C3)', async () => {
  let lowest = 0
  await times(100, async (i) => {
    const { likeCount } = (i % 2 ? await bob.unlikes(post) : await bob.likes(post)) ?? {}
    lowest = Math.min(lowest, likeCount ?? 0)
  })
  await system.settle()
  const { post: liked } = await bob.does(op.LikersDocument, { postId: post.id, first: 100 })
  expect(await bob.post(post.id)).toMatchObject({
    likeCount: liked?.likers?.nodes.length,
    viewerHasLiked: liked?.likers?.nodes.some((person) => person.username === 'bob'),
  })
  expect(lowest).toBe(0)
})

test('100 parallel follows are one follow; a storm of follows and unfollows ends as its rows say (C1, C3)', async () => {
  await times(100, () => bob.follows(alice))
  await system.settle()
  expect(await followers(alice)).toMatchObject({ totalCount: 1, nodes: [{ username: 'bob' }] })

  await times(60, (i) => (i % 2 ? bob.unfollows(alice) : bob.follows(alice)))
  await system.settle()
  const list = await followers(alice)
  expect(list?.totalCount).toBe(list?.nodes.length)
  const { user } = await bob.does(op.UserProfileDocument, { username: 'alice', first: 9 })
  expect(user?.followerCount).toBe(list?.nodes.length)
  expect(user?.viewerFollowState).toBe(list?.nodes.length === 1 ? 'FOLLOWING' : 'NONE')
})

test('100 parallel sends of one message are one message; different ones get 1, 2, 3 … without a gap (D2)', async () => {
  const conversation = await bob.opensConversation(alice)
  const sent = await times(100, () => bob.says(conversation, 'only once', 'message-1'))
  expect(new Set(sent.map((message) => message?.id)).size).toBe(1)
  await times(50, (i) => (i % 2 ? bob : alice).says(conversation, `number ${i}`))
  const { conversation: read } = await alice.does(op.ConversationDocument, { id: conversation.id, last: 100 })
  expect(read?.messages.nodes.map((message) => message.sequence)).toEqual(
    Array.from({ length: 51 }, (_, i) => i + 1),
  )
})

test('50 parallel openings of one conversation are one conversation', async () => {
  const carol = await system.signsUp('carol')
  const opened = await times(50, (i) =>
    i % 2 ? carol.opensConversation(alice) : alice.opensConversation(carol),
  )
  expect(new Set(opened.map((conversation) => conversation.id)).size).toBe(1)
})

test('50 parallel posts with one idempotency key are one post; another body is a mismatch (C4)', async () => {
  const mediaId = await alice.uploads(await picture('#228844'), 'image/jpeg')
  const input = { mediaIds: [mediaId], caption: 'once', idempotencyKey: 'post-1' }
  const posts = await times(50, () => alice.does(op.CreatePostDocument, { input }))
  expect(new Set(posts.map(({ createPost }) => createPost.post?.id)).size).toBe(1)
  await expect(
    alice.does(op.CreatePostDocument, { input: { ...input, caption: 'twice' } }),
  ).rejects.toMatchObject({
    codes: ['IDEMPOTENCY_MISMATCH'],
  })
})

test('20 parallel sign-ups with one name have one winner (C8)', async () => {
  const outcomes = await times(20, (i) =>
    system.signsUp(i % 2 ? 'wanted' : 'WANTED').catch((error) => error.codes),
  )
  expect(outcomes.filter((outcome) => !Array.isArray(outcome))).toHaveLength(1)
  expect(outcomes.filter(Array.isArray)).toEqual(Array(19).fill(['TAKEN']))
})
