// Every subscription field of the API, heard through the gateway over a WebSocket and over Server-Sent Events alike.
import { buildSchema } from 'graphql'
import { createClient as createStream } from 'graphql-sse'
import { createClient as createSocket } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { within } from '#platform/within.ts'
import { readSchemaFile } from '#schema/sdl.ts'
import type { StreamName } from '#schema/streams.ts'
import * as op from '../web/src/operations.gen.ts'
import type { Person } from './person.ts'
import { picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

let system: System
/** Who listens, and who gives her something to hear. */
let alice: Person
let bob: Person
let sent: string
let story: string
let post: { id: string }
let next: string
let comment: { id: string }
let conversation: { id: string }
let message: { id: string }

beforeAll(async () => {
  system = await startSystem()
  alice = await system.signsUp('alice')
  bob = await system.signsUp('bob')
  await alice.follows(bob)
  await bob.follows(alice)
  const image = await picture()
  const [shown, told] = [await alice.uploads(image, 'image/jpeg'), await alice.uploads(image, 'image/jpeg')]
  next = await bob.uploads(image, 'image/jpeg')
  sent = await alice.sendsBytes(image, 'image/jpeg')
  await system.settle()
  post = await alice.posts([shown], 'for all of you')
  const { createStory } = await alice.does(op.CreateStoryDocument, { input: { mediaId: told } })
  story = createStory.story?.id ?? ''
  await system.settle()
  comment = (await bob.comments(post, 'frist')) ?? { id: '' }
  conversation = await bob.opensConversation(alice)
  message = (await alice.says(conversation, 'there?')) ?? { id: '' }
  await alice.feed()
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

interface Row {
  /** Arguments of the field that Alice listens to. */
  args?: () => string
  /** What she asks of it beside the cursor. */
  selects: string
  /** What then happens. */
  happens: () => Promise<unknown>
  /** What she hears of it. */
  hears: () => object
}

const rows: Record<StreamName, Row> = {
  mediaProgress: {
    args: () => `mediaId: "${sent}"`,
    selects: 'media { id status }',
    happens: () => alice.does(op.CompleteMediaUploadDocument, { input: { mediaId: sent } }),
    hears: () => ({ media: { id: sent, status: expect.stringMatching(/^(PROCESSING|READY)$/) } }),
  },
  storyViewed: {
    args: () => `storyId: "${story}"`,
    selects: 'story { id viewerCount }',
    happens: () => bob.does(op.MarkStoryViewedDocument, { input: { storyId: story } }),
    hears: () => ({ story: { id: story, viewerCount: 1 } }),
  },
  postLiked: {
    args: () => `postId: "${post.id}"`,
    selects: 'liked actor { username } post { likeCount }',
    happens: () => bob.likes(post),
    hears: () => ({ liked: true, actor: { username: 'bob' }, post: { likeCount: 1 } }),
  },
  commentAdded: {
    args: () => `postId: "${post.id}"`,
    selects: 'comment { text author { username } }',
    happens: () => bob.comments(post, 'second'),
    hears: () => ({ comment: { text: 'second', author: { username: 'bob' } } }),
  },
  commentChanged: {
    args: () => `postId: "${post.id}"`,
    selects: 'commentId change comment { text author { username } }',
    happens: () => bob.does(op.UpdateCommentDocument, { input: { commentId: comment.id, text: 'first' } }),
    hears: () => ({
      commentId: comment.id,
      change: 'EDITED',
      comment: { text: 'first', author: { username: 'bob' } },
    }),
  },
  notificationReceived: {
    selects: 'unreadNotificationCount notification { kind }',
    happens: () => bob.comments(post, 'third'),
    hears: () => ({ unreadNotificationCount: expect.any(Number), notification: { kind: 'COMMENT' } }),
  },
  feedUpdated: {
    selects: 'newPostCount post { caption author { username } }',
    happens: () => bob.posts([next], 'mine'),
    hears: () => ({ newPostCount: 1, post: { caption: 'mine', author: { username: 'bob' } } }),
  },
  conversationChanged: {
    args: () => `conversationId: "${conversation.id}"`,
    selects: 'change actor { username } message { id }',
    happens: () => bob.does(op.ReactToMessageDocument, { input: { messageId: message.id } }),
    hears: () => ({ change: 'REACTION', actor: { username: 'bob' }, message: { id: message.id } }),
  },
  messageReceived: {
    selects: 'message { text sender { username } } conversation { id }',
    happens: () => bob.says(conversation, 'here'),
    hears: () => ({
      message: { text: 'here', sender: { username: 'bob' } },
      conversation: { id: conversation.id },
    }),
  },
  presenceChanged: {
    args: () => `userIds: ["${bob.id}"]`,
    selects: 'user { username } presence { isOnline }',
    // Whoever has a socket open is there.
    happens: async () => bob.listens(op.NotificationReceivedDocument, {}),
    hears: () => ({ user: { username: 'bob' }, presence: { isOnline: true } }),
  },
}

test('every subscription field has its row', () => {
  const fields = buildSchema(readSchemaFile('api.graphql')).getSubscriptionType()?.getFields() ?? {}
  expect(Object.keys(rows).toSorted()).toEqual(Object.keys(fields).toSorted())
})

test.each(Object.entries(rows))('%s is heard over both transports', async (field, row) => {
  await system.settle()
  const authorization = `Bearer ${alice.accessToken}`
  const socket = createSocket({
    url: `${system.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization },
  })
  const stream = createStream({
    url: `${system.url}/graphql/stream`,
    retryAttempts: 0,
    headers: { authorization },
  })
  const args = row.args ? `(${row.args()})` : ''
  const query = `subscription { ${field}${args} { cursor ${row.selects} } }`
  const heard = [socket.iterate({ query }).next(), stream.iterate({ query }).next()]
  await system.hears(2)
  await row.happens()
  for (const first of heard) {
    const { value } = await within(30_000, first)
    expect(value).toEqual({ data: { [field]: { cursor: expect.any(String), ...row.hears() } } })
  }
  await socket.dispose()
  stream.dispose()
  await bob.leaves()
  await system.hears(0)
})
