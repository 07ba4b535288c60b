// Stories through the gateway: from an upload over the tray to those who have seen it (V17, V21, S2, S3, C6).
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as op from '../web/src/operations.gen.ts'
import { type Person, send } from './person.ts'
import { picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

let system: System
let alice: Person
let bob: Person
let carol: Person
let open: string
let secret: string

beforeAll(async () => {
  system = await startSystem()
  alice = await system.signsUp('alice')
  bob = await system.signsUp('bob')
  carol = await system.signsUp('carol')
  for (const follower of [bob, carol]) await follower.follows(alice)
  const added = await alice.asks<{ addCloseFriend: { userErrors: [] } }, object>(
    `mutation { addCloseFriend(input: { userId: "${bob.id}" }) { userErrors { code } } }`,
  )
  expect(added.data?.addCloseFriend.userErrors).toEqual([])
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

const tells = async (person: Person, input: Omit<op.CreateStoryInput, 'mediaId'> = {}) => {
  const mediaId = await person.uploads(await picture('#336699'), 'image/jpeg')
  const { createStory } = await person.does(op.CreateStoryDocument, { input: { mediaId, ...input } })
  return createStory.story?.id as string
}
const trayOf = async (person: Person) =>
  (await person.does(op.StoryTrayDocument, { first: 20 })).storyTray.edges.map((edge) => ({
    author: edge.author.id,
    unseen: edge.hasUnseen,
    stories: edge.stories.map(({ id }) => id),
  }))
const storiesFor = async (person: Person, ...ids: string[]) =>
  (await person.does(op.StoriesDocument, { ids })).nodes

test('a story goes from the upload into the trays of those who may see it, and no further (V17)', async () => {
  open = await tells(alice, { stickers: { poll: { question: 'Blue?' }, mention: [{ userId: bob.id }] } })
  secret = await tells(alice, { audience: 'CLOSE_FRIENDS' })
  await system.settle()
  expect(await trayOf(bob)).toEqual([{ author: alice.id, unseen: true, stories: [open, secret] }])
  expect(await trayOf(carol)).toEqual([{ author: alice.id, unseen: true, stories: [open] }])
  expect(await trayOf(alice)).toEqual([{ author: alice.id, unseen: false, stories: [open, secret] }])

  const [first, hidden] = await storiesFor(carol, open, secret)
  expect(hidden).toBeNull()
  expect(first).toMatchObject({
    author: { username: 'alice' },
    media: { status: 'READY' },
    poll: { question: 'Blue?', voteCount: null },
    stickers: [{ kind: 'POLL' }, { kind: 'MENTION', user: { username: 'bob' } }],
  })
  const { data } = await send(system.url, op.StoriesDocument, { ids: [open, secret] })
  expect(data?.nodes).toEqual([null, null])
})

test('what a story shows is fetched by signed addresses only (V16)', async () => {
  const [story] = await storiesFor(bob, open)
  if (!story || !('media' in story)) throw new Error('no story')
  const [rendition] = story.media?.renditions ?? []
  expect((await fetch(String(rendition?.url))).status).toBe(200)
  expect((await fetch(String(rendition?.url).split('?')[0] as string)).status).toBe(403)
})

test('the author hears who sees it; what was seen is seen in the tray, too (C6)', async () => {
  const listening = alice.listens(op.StoryViewedDocument, { storyId: open })
  const eavesdropping = carol.listens(op.StoryViewedDocument, { storyId: open })
  await expect(eavesdropping.next()).rejects.toMatchObject({ codes: ['FORBIDDEN'] })
  await system.hears(1)
  await bob.does(op.MarkStoryViewedDocument, { input: { storyId: open } })
  expect((await listening.next()).storyViewed?.story).toEqual({ id: open, viewerCount: 1 })
  await bob.does(op.ReactToStoryDocument, { input: { storyId: secret, emoji: '🔥' } })
  await bob.does(op.VoteStoryPollDocument, { input: { storyId: open, optionIndex: 1 } })
  listening.stop()

  expect((await trayOf(bob))[0]?.unseen).toBe(false)
  expect((await trayOf(carol))[0]?.unseen).toBe(true)
  const viewers = await alice.does(op.StoryViewersDocument, { id: secret, first: 5 })
  expect(viewers.node).toMatchObject({
    viewerCount: 1,
    viewers: { edges: [{ reaction: '🔥', node: { username: 'bob' } }] },
  })
  expect((await bob.does(op.StoryViewersDocument, { id: secret, first: 5 })).node).toMatchObject({
    viewerCount: null,
    viewers: null,
  })
})

test('a highlight and the archive are found by id and from their account (S2, S3)', async () => {
  const { data } = await alice.asks<{ createHighlight: { highlight: { id: string } } }, object>(
    `mutation { createHighlight(input: { title: "Blue", storyIds: ["${secret}"] }) { highlight { id } } }`,
  )
  const id = data?.createHighlight.highlight.id
  const query = `{ node(id: "${id}") { ... on Highlight { title author { username } stories(first: 5) { nodes { id } } } }
    user(username: "alice") { highlights(first: 5) { nodes { id } } stories(first: 5) { nodes { id } } } }`
  expect((await bob.asks(query)).data).toEqual({
    node: { title: 'Blue', author: { username: 'alice' }, stories: { nodes: [{ id: secret }] } },
    user: { highlights: { nodes: [{ id }] }, stories: { nodes: [{ id: open }, { id: secret }] } },
  })
  expect((await carol.asks(query)).data).toEqual({
    node: null,
    user: { highlights: { nodes: [] }, stories: { nodes: [{ id: open }] } },
  })
  const archive = '{ viewer { storyArchive(first: 5) { nodes { id } } } }'
  expect((await alice.asks(archive)).data).toEqual({
    viewer: { storyArchive: { nodes: [{ id: secret }, { id: open }] } },
  })
  expect((await bob.asks(archive)).data).toEqual({ viewer: { storyArchive: { nodes: [] } } })
})

test('a block takes stories out of sight in both directions at once (V1, V2)', async () => {
  await tells(carol)
  await alice.follows(carol)
  await system.settle()
  expect((await trayOf(alice)).map(({ author }) => author)).toEqual([alice.id, carol.id])
  await carol.blocks(alice)
  expect((await trayOf(alice)).map(({ author }) => author)).toEqual([alice.id])
  expect((await trayOf(carol)).map(({ author }) => author)).toEqual([carol.id])
  expect(await storiesFor(carol, open)).toEqual([null])
})

test('a deleted story is gone everywhere at once', async () => {
  await alice.does(op.DeleteStoryDocument, { input: { storyId: secret } })
  expect(await trayOf(bob)).toEqual([{ author: alice.id, unseen: false, stories: [open] }])
  expect(await storiesFor(alice, secret)).toEqual([null])
})
