// The demo world as data: it must be acceptable to the API before anything is sent.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readOperations } from './client.ts'
import { drawnPieces, folderPieces } from './gallery.ts'
import { pictures } from './pictures.ts'
import {
  acceptedRequests,
  accounts,
  closeFriends,
  conversations,
  demoPassword,
  demoUsername,
} from './world.ts'
import { posts } from './world-posts.ts'
import { stories } from './world-stories.ts'

const byName = new Map(accounts.map((account) => [account.username, account]))
const mayRead = (reader: string, author: string, audience?: 'CLOSE_FRIENDS') =>
  reader === author || (audience ? closeFriends[author]?.includes(reader) : mayReadPublic(reader, author))
const mayReadPublic = (reader: string, author: string) =>
  !byName.get(author)?.isPrivate ||
  acceptedRequests.some(([follower, followee]) => follower === reader && followee === author)
const length = (text: string) => [...text].length

test('accounts are within the bounds of signUp and its limit of 50 an hour', () => {
  expect(byName.size).toBe(accounts.length)
  expect(accounts.length).toBeLessThanOrEqual(20)
  expect(accounts[0]?.username).toBe(demoUsername)
  expect(demoPassword.length).toBeGreaterThanOrEqual(8)
  for (const { username, displayName, bio, birthDate, follows } of accounts) {
    expect(username).toMatch(/^[a-z0-9._]{1,30}$/)
    expect(length(displayName)).toBeLessThanOrEqual(64)
    expect(length(bio)).toBeLessThanOrEqual(150)
    expect(birthDate).toMatch(/^(19[0-9]{2}|200[0-9])-[01][0-9]-[0-3][0-9]$/)
    expect(new Set(follows).size, username).toBe(follows.length)
    for (const followee of follows) {
      expect(byName.has(followee), followee).toBe(true)
      expect(followee).not.toBe(username)
    }
  }
  for (const [follower, followee] of acceptedRequests) {
    expect(byName.get(follower)?.follows).toContain(followee)
  }
})

test('the visitor finds a feed, followers, likes, unread messages and a request', () => {
  const follows = byName.get(demoUsername)?.follows ?? []
  expect(follows.length).toBeGreaterThanOrEqual(12)
  expect(posts.filter((post) => follows.includes(post.author)).length).toBeGreaterThan(25)
  expect(accounts.filter((account) => account.follows.includes(demoUsername)).length).toBeGreaterThan(5)
  expect(posts.some((post) => post.author === demoUsername && post.likes.length > 3)).toBe(true)
  // What one likes already is suggested no more.
  const reels = posts.filter(({ kind }) => kind === 'REEL')
  expect(reels.length).toBeGreaterThanOrEqual(3)
  for (const reel of reels) expect(reel.likes, reel.key).not.toContain(demoUsername)
  const own = conversations.filter(({ members }) => members.includes(demoUsername))
  expect(own.some(({ readBy, unread }) => readBy === demoUsername && (unread ?? 0) > 0)).toBe(true)
  expect(
    own.some(({ members: [starter = ''] }) => starter !== demoUsername && !follows.includes(starter)),
  ).toBe(true)
})

test('posts are within the bounds of createPost, and whoever acts on one may see it', () => {
  expect(new Set(posts.map(({ key }) => key)).size).toBe(posts.length)
  // An author's posts are told apart by their captions.
  expect(new Set(posts.map(({ author, caption }) => `${author} ${caption}`)).size).toBe(posts.length)
  const shown = posts.flatMap((post) => post.pictures ?? [])
  expect(new Set(shown).size).toBe(shown.length)
  expect(new Set(shown)).toEqual(new Set(Object.keys(pictures)))
  for (const [i, post] of posts.entries()) {
    // The feed shows them in this order.
    expect(posts[i - 1]?.author, post.key).not.toBe(post.author)
    expect(byName.has(post.author)).toBe(true)
    expect(length(post.caption)).toBeLessThanOrEqual(2_200)
    expect((post.pictures?.length ?? 0) + (post.video ? 1 : 0)).toBeGreaterThan(0)
    if (post.kind === 'REEL') expect(post.pictures).toBeUndefined()
    expect(new Set(post.likes).size).toBe(post.likes.length)
    const written = (post.comments ?? []).flatMap((comment) => [comment, ...(comment.replies ?? [])])
    for (const reader of [...post.likes, ...written.map(({ by }) => by)]) {
      expect(byName.has(reader), reader).toBe(true)
      expect(mayRead(reader, post.author, post.audience), `${reader} on ${post.key}`).toBe(true)
    }
    for (const { text } of written) expect(length(text)).toBeLessThanOrEqual(1_000)
  }
})

test('conversations are between people of the world', () => {
  for (const { members, messages, unread = 0 } of conversations) {
    expect(members.length).toBeGreaterThanOrEqual(2)
    for (const username of members) expect(byName.has(username)).toBe(true)
    expect(unread).toBeLessThan(messages.length)
    for (const { by, post } of messages) {
      expect(members).toContain(by)
      if (post) expect(posts.map(({ key }) => key)).toContain(post)
    }
  }
})

test('stories are within the bounds of createStory, and whoever answers one may see it', () => {
  expect(new Set(stories.map(({ key }) => key)).size).toBe(stories.length)
  expect(new Set(stories.map(({ author }) => author)).size).toBeGreaterThanOrEqual(6)
  for (const { key, author, audience, poll, question, mentions = [], seenBy = {} } of stories) {
    expect(length(poll?.question ?? question?.prompt ?? '')).toBeLessThanOrEqual(100)
    for (const option of poll?.options ?? []) expect(length(option)).toBeLessThanOrEqual(40)
    for (const choice of Object.values(poll?.votes ?? {})) expect(poll?.options[choice]).toBeDefined()
    const answering = [...Object.keys(poll?.votes ?? {}), ...Object.keys(question?.answers ?? {})]
    for (const reader of [...answering, ...Object.keys(seenBy), ...mentions]) {
      expect(byName.has(reader), reader).toBe(true)
      expect(mayRead(reader, author, audience), `${reader} on ${key}`).toBe(true)
    }
  }
})

test('the operations that the seeding sends exist', async () => {
  const operations = await readOperations()
  const used =
    'SignIn SignUp UserProfile UserPosts UpdateProfile UpdateSettings FollowUser AcceptFollowRequest CreateMediaUpload CompleteMediaUpload Media CreatePost LikePost Comments CreateComment Conversations CreateConversation SendMessage ReactToMessage MarkConversationRead Viewer RequestEmailVerification VerifyEmail AddCloseFriend ApproveTag UpdateMedia CreateStory MarkStoryViewed ReactToStory VoteStoryPoll AnswerStoryQuestion UserHighlights CreateHighlight'
  for (const name of used.split(' ')) expect(operations.has(name), name).toBe(true)
})

test('every post has works to show; a folder lends its own', async () => {
  for (const { works } of drawnPieces('ffmpeg', new AbortController().signal)) {
    for (const { alt } of works) expect(length(alt ?? '')).toBeLessThanOrEqual(1_000)
  }
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-gallery-'))
  try {
    await expect(folderPieces(folder)).rejects.toThrow('no pictures')
    for (const file of ['b_clip.MP4', 'a-first-light.jpg', 'notes.txt'])
      await writeFile(join(folder, file), 'x')
    const pieces = await folderPieces(folder)
    expect(pieces.map(({ caption, works }) => [caption, works[0]?.contentType])).toEqual([
      ['a first light', 'image/jpeg'],
      ['b clip', 'video/mp4'],
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
