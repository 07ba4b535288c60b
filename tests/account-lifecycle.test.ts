// An account's last days: its owner takes a copy of all that is his, and when it is deleted nothing of it remains anywhere.
import { buffer } from 'node:stream/consumers'
import { BSON } from 'mongodb'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { fromBuffer } from 'yauzl'
import type { AccountTask } from '#platform/account-lifecycle.ts'
import type { CacheClient } from '#platform/redis.ts'
import { subgraphNames } from '#schema/sdl.ts'
import type { ExportRow, UserRow } from '../subgraphs/user/model.ts'
import * as op from '../web/src/operations.gen.ts'
import { type Person, passwordOf } from './person.ts'
import { picture } from './pictures.ts'
import { type System, startSystem } from './system.ts'

let system: System
let ada: Person
let bob: Person
let eve: Person
/** A post of Bob's that Ada did things with, and his conversation with her. */
let bobsPost: { id: string }
let conversationId: string

/** Words that are Ada's alone: none of them may be anywhere when she is gone. */
const adas = {
  bio: 'cormorant-bio',
  caption: 'cormorant-caption',
  draft: 'cormorant-draft',
  comment: 'cormorant-comment',
  message: 'cormorant-message',
  title: 'cormorant-highlight',
  collection: 'cormorant-collection',
  email: 'adalovelace@example.org',
  username: 'adalovelace',
}

beforeAll(async () => {
  system = await startSystem()
  ada = await system.signsUp(adas.username)
  bob = await system.signsUp('bobolink')
  eve = await system.signsUp('evening')

  await ada.does(op.UpdateProfileDocument, { input: { bio: adas.bio, displayName: 'Cormorant' } })
  await ada.follows(bob)
  await bob.follows(ada)
  await eve.follows(ada)
  await ada.blocks(eve)

  const [adasMedia, bobsMedia, evesMedia, storyMedia] = await Promise.all([
    picture('#aa3311').then((bytes) => ada.uploads(bytes, 'image/jpeg')),
    picture('#3311aa').then((bytes) => bob.uploads(bytes, 'image/jpeg')),
    picture('#11aa33').then((bytes) => eve.uploads(bytes, 'image/jpeg')),
    picture('#555555').then((bytes) => ada.uploads(bytes, 'image/jpeg')),
  ])
  await system.settle()
  const post = await ada.posts([adasMedia], `${adas.caption} #cormorants`)
  bobsPost = await bob.posts([bobsMedia], `heron-caption for @${adas.username}`)
  await eve.becomesPrivate()
  await eve.posts([evesMedia], 'egret-caption')
  await ada.does(op.CreatePostDocument, {
    input: { mediaIds: [adasMedia], caption: adas.draft, asDraft: true },
  })
  const { createStory } = await ada.does(op.CreateStoryDocument, { input: { mediaId: storyMedia } })
  await ada.does(op.CreateHighlightDocument, {
    input: { title: adas.title, storyIds: [createStory.story?.id ?? ''] },
  })
  const collected = await ada.asks(
    'mutation ($name: String!) { createCollection(input: { name: $name }) { collection { id } } }',
    { name: adas.collection },
  )
  expect(collected.errors).toEqual([])

  await ada.likes(bobsPost)
  await bob.likes(post)
  await ada.does(op.SavePostDocument, { input: { postId: bobsPost.id } })
  const comment = await ada.comments(bobsPost, adas.comment)
  await bob.comments(post, 'heron-comment')
  await bob.does(op.CreateCommentDocument, {
    input: { postId: bobsPost.id, parentId: comment?.id, text: `heron-reply to @${adas.username}` },
  })

  const conversation = await ada.opensConversation(bob)
  conversationId = conversation.id
  await ada.says(conversation, adas.message)
  await system.settle()
  await bob.says(conversation, 'heron-message')
  const elsewhere = await bob.opensConversation(eve)
  await bob.says(elsewhere, 'heron-secret')
  await system.settle()
}, 180_000)
afterAll(() => system?.[Symbol.asyncDispose]())

/** Paths and contents of an archive. */
function unzip(bytes: Buffer): Promise<Map<string, Buffer>> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, archive) => {
      if (error) return reject(error)
      const found = new Map<string, Buffer>()
      archive.on('error', reject)
      archive.on('end', () => resolve(found))
      archive.on('entry', (entry) => {
        archive.openReadStream(entry, (failure, stream) => {
          if (failure) return reject(failure)
          buffer(stream).then((content) => {
            found.set(entry.fileName, content)
            archive.readEntry()
          }, reject)
        })
      })
      archive.readEntry()
    })
  })
}

const askForCopy = `mutation ($password: String) {
  requestDataExport(input: { password: $password }) {
    viewer { dataExports { id status url } }
    userErrors { code }
  }
}`
const copies = '{ viewer { dataExports { id status url byteSize expiresAt } } }'

interface Copies {
  viewer: { dataExports: { id: string; status: string; url: string | null; byteSize: number | null }[] }
}

test('a person gets a copy of all that is his, and of nobody else’s privacy (A9, V20)', async () => {
  const asked = await ada.asks<{ requestDataExport: Copies & { userErrors: object[] } }, object>(askForCopy, {
    password: passwordOf(adas.username),
  })
  expect(asked.data?.requestDataExport.userErrors).toEqual([])
  const again = await ada.asks<{ requestDataExport: { userErrors: object[] } }, object>(askForCopy, {
    password: passwordOf(adas.username),
  })
  expect(again.data?.requestDataExport.userErrors).toEqual([{ code: 'CONFLICT' }])

  const copy = await vi.waitFor(
    async () => {
      const { data } = await ada.asks<Copies, object>(copies)
      const [found] = data?.viewer.dataExports ?? []
      if (found?.status !== 'READY') throw new Error(`the copy is ${found?.status}`)
      return found
    },
    { timeout: 60_000, interval: 200 },
  )
  if (!copy.url) throw new Error('a copy that is READY has an address')
  const response = await fetch(copy.url)
  expect(response.status).toBe(200)
  const bytes = Buffer.from(await response.arrayBuffer())
  expect(bytes.length).toBe(copy.byteSize)
  // Without its signature the address is worth nothing.
  expect((await fetch(copy.url.split('?')[0] as string)).status).toBe(403)

  const files = await unzip(bytes)
  expect(files.has('index.html')).toBe(true)
  const pictures = [...files].filter(([path]) => path.startsWith('media/'))
  expect(pictures.length).toBe(2)
  for (const [, content] of pictures) expect(content.length).toBeGreaterThan(100)
  const said = [...files]
    .filter(([path]) => !path.startsWith('media/'))
    .map(([, content]) => content.toString('utf8'))
    .join('\n')
  for (const word of [adas.bio, adas.caption, adas.draft, adas.comment, adas.message, adas.title, adas.email])
    expect(said, word).toContain(word)
  // What was said to her is hers to read; all else that others have is theirs.
  expect(said).toContain('heron-message')
  for (const word of ['bobolink@', 'evening@', 'heron-secret', 'heron-caption', 'egret-caption'])
    expect(said, word).not.toContain(word)
  // Nor anything by which she could be impersonated.
  for (const word of ['passwordHash', '$argon2', '"seed"']) expect(said, word).not.toContain(word)
})

test('another one’s copies are not to be seen (V20)', async () => {
  const { data } = await bob.asks<Copies, object>(copies)
  expect(data?.viewer.dataExports).toEqual([])
  const rows = await system.platform.db('user').collection<ExportRow>('exports').find().toArray()
  expect(rows.map((row) => row.userId)).toEqual([ada.id])
})

/** Collections that may still name an erased account, and why. */
const remains: Readonly<Record<string, string>> = {
  'user.users': 'the tombstone: its id is never given again',
  'user.outbox': 'events, ids only: eight days',
  'graph.outbox': 'events, ids only: eight days',
  'content.outbox': 'events, ids only: eight days',
  'engagement.outbox': 'events, ids only: eight days',
  'messaging.outbox': 'events, ids only: eight days',
  'content.auditEntries': 'the audit of moderation, ids only: no entry of it can be changed',
  'content.jobs': 'ids only: until the job is a week old',
  'feed.jobs': 'ids only: until the job is a week old',
  'engagement.jobs': 'ids only: until the job is a week old',
  ...Object.fromEntries(
    subgraphNames.map((name) => [
      `${name}.accountTasks`,
      'the erasure itself, which runs for the last time after ten days and then goes',
    ]),
  ),
}

/** Where the account is named or quoted: in every collection, among the objects, and in both Redis. */
async function traces(): Promise<string[]> {
  const found: string[] = []
  for (const name of subgraphNames) {
    const db = system.platform.db(name)
    for (const { name: collection } of await db.listCollections({}, { nameOnly: true }).toArray()) {
      const place = `${name}.${collection}`
      for await (const row of db.collection(collection).find()) {
        const text = BSON.EJSON.stringify(row)
        if (text.includes(ada.id) && !remains[place]) found.push(`${place} names her: ${text}`)
        // In others' words her name stands as they wrote it.
        const words = Object.values(adas).filter((word) => text.includes(word))
        const quoted = /heron/.test(text) && words.every((word) => word === adas.username)
        if (words.length > 0 && !quoted) found.push(`${place} says ${words}: ${text}`)
      }
    }
  }
  for (const key of await system.platform.storage.listAll('')) {
    if (key.includes(ada.id)) found.push(`the object ${key}`)
  }
  for (const redis of [system.platform.cache, system.platform.queueRedis])
    for (const key of await redis.keys('*')) {
      if (!key.includes(system.platform.config.namespace)) continue
      const text = `${key} ${await readKey(redis, key)}`
      const words = Object.values(adas).filter((word) => text.includes(word))
      if (words.length > 0) found.push(`the key ${key} says ${words}`)
      // What names her ends by itself.
      if (key.includes(ada.id) && (await redis.ttl(key)) < 0) found.push(`the key ${key} stays`)
    }
  return found
}

const tasksOf = (name: (typeof subgraphNames)[number]) =>
  system.platform.db(name).collection<AccountTask>('accountTasks')

/** Waits until every subgraph has been through so many rounds of the erasure, and for all that follows from them. */
async function erasedEverywhere(rounds: number): Promise<void> {
  await vi.waitFor(
    async () => {
      for (const name of subgraphNames) {
        const task = await tasksOf(name).findOne({ _id: `ERASURE:${ada.id}` })
        if (!task || task.rounds < rounds) throw new Error(`${name} is at step ${task?.step}`)
      }
    },
    { timeout: 90_000, interval: 200 },
  )
  await system.settle()
}

test('when the grace period of an account is over, nothing of it remains anywhere (A9)', async () => {
  // What looks for her finds her while she is there.
  const before = (await traces()).join('\n')
  for (const [what, word] of Object.entries(adas)) {
    expect(before, what).toContain(word)
  }
  for (const place of ['graph.relations', 'engagement.likes', 'content.stories', 'messaging.conversations'])
    expect(before).toContain(`${place} names her`)

  await ada.does(op.DeleteAccountDocument, { input: { password: passwordOf(adas.username) } })
  const users = system.platform.db('user').collection<UserRow>('users')
  const yesterday = new Date(Date.now() - 86_400_000)
  const { modifiedCount } = await users.updateOne({ _id: ada.id }, { $set: { deletionAt: yesterday } })
  expect(modifiedCount).toBe(1)
  await erasedEverywhere(1)
  // The next round is due in a minute: it removes what the events of the first one left.
  for (const name of subgraphNames)
    await tasksOf(name).updateOne({ _id: `ERASURE:${ada.id}` }, { $set: { dueAt: yesterday } })
  await erasedEverywhere(2)

  expect(await traces()).toEqual([])
})

/** What a key holds, whatever it is. */
async function readKey(redis: CacheClient, key: string): Promise<string> {
  const type = await redis.type(key)
  if (type === 'string') return (await redis.get(key)) ?? ''
  if (type === 'hash') return JSON.stringify(await redis.hgetall(key))
  if (type === 'set') return JSON.stringify(await redis.smembers(key))
  if (type === 'zset') return JSON.stringify(await redis.zrange(key, 0, -1))
  if (type === 'list') return JSON.stringify(await redis.lrange(key, 0, -1))
  return ''
}

test('her pictures are gone from the object store, and those of others are there (M12)', async () => {
  const keys = await system.platform.storage.listAll('')
  const media = await system.platform.db('content').collection<{ _id: string }>('media').find().toArray()
  const ids = new Set(keys.flatMap((key) => /media_[0-9a-z]{26}/.exec(key)?.[0] ?? []))
  expect([...ids].sort()).toEqual(media.map((row) => row._id).sort())
  expect(media.length).toBe(2)
})

test('what others have stays as it was, and their counts are exact', async () => {
  const { data } = await bob.asks<
    {
      post: { likeCount: number; commentCount: number; comments: { edges: object[] } }
      viewer: { user: { followerCount: number; followingCount: number } }
    },
    object
  >(
    `query ($id: ID!) {
      post(id: $id) { likeCount commentCount comments(first: 10) { edges { node { id } } } }
      viewer { user { followerCount followingCount } }
    }`,
    { id: bobsPost.id },
  )
  // Replies go with the comment that they answer.
  expect(data).toMatchObject({
    post: { likeCount: 0, commentCount: 0, comments: { edges: [] } },
    viewer: { user: { followerCount: 0, followingCount: 0 } },
  })
})

test('a conversation with a deleted account can be read: what it said is empty, and nobody’s', async () => {
  const { data, errors } = await bob.asks<
    {
      conversation: {
        unreadCount: number
        members: { user: { id: string } | null }[]
        messages: { edges: { node: { text: string | null; sender: { id: string } | null } }[] }
      }
    },
    object
  >(
    `query ($id: ID!) {
      conversation(id: $id) {
        members { user { id } }
        messages(first: 10) { edges { node { text sender { id } } } }
      }
    }`,
    { id: conversationId },
  )
  expect(errors).toEqual([])
  const members = data?.conversation.members.map(({ user }) => user?.id ?? null)
  expect(new Set(members)).toEqual(new Set([bob.id, null]))
  const said = data?.conversation.messages.edges.map(({ node }) => [node.text, node.sender?.id ?? null])
  expect(said).toHaveLength(2)
  expect(said).toEqual(
    expect.arrayContaining([
      [null, null],
      ['heron-message', bob.id],
    ]),
  )
})

test('the name and the address are free again', async () => {
  const other = await system.signsUp(adas.username)
  expect(other.id).not.toBe(ada.id)
})
