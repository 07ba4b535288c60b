// Accounts that act as one, from the events of what they do to the moderators' queue.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '#platform/random.ts'
import { createRecentDeeds, createRecentTexts } from '#platform/text-safety/recent.ts'
import type { DomainEvent } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { reviewCrowds, reviewRings } from './domain/rings.ts'
import { event, type RunningSafety, startSafety } from './fixtures.ts'
import type { ReviewItemRow } from './model.ts'

const [minute, hour] = [60_000, 3_600_000]
const random = createRandom(11)
const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
let content: RunningSafety

beforeAll(async () => {
  content = await startSafety()
})
afterAll(() => content.stack.disposeAsync())

const someDaysAgo = new Date(Date.now() - 72 * hour)
const accounts = (count: number) => content.accountIds(count, { createdAt: someDaysAgo })
const flagged = async () =>
  new Map((await content.items().find({ source: 'RING' }).toArray()).map((row) => [row.ownerId, row]))
const ringDeps = () => {
  const { platform, store } = content
  const { cache, config, facts, now } = platform
  return {
    ...{ ...store, accounts: facts.accounts, limited: true, now: () => new Date(now()) },
    transact: platform.transact('content'),
    deeds: createRecentDeeds(cache, config.namespace, now),
    texts: createRecentTexts(cache, config.namespace, now),
  }
}
const looks = () => reviewRings(ringDeps())
/** Comments, and their events, in the order of their times. */
const says = async (texts: readonly { authorId: string; text: string; at: number }[]) => {
  const rows = texts.map((text) => ({
    ...text,
    _id: newId('comment'),
    postId: newId('post'),
    deletedAt: null,
  }))
  await content.platform
    .db('engagement')
    .collection<{ _id: string }>('comments')
    .insertMany(rows.map(({ at: _, ...row }) => row))
  const told = rows
    .toSorted((a, b) => a.at - b.at)
    .map(({ _id: commentId, authorId, postId, at }) =>
      event('comment.created', at, { commentId, postId, authorId, parentId: null }),
    )
  await content.handlers['comment.created'](told)
}

const whose = ['the', 'this', 'that old', 'our', 'my favourite', 'your', 'every', 'such a', 'her']
const things = ['light', 'bridge', 'garden', 'harbour', 'tower', 'bakery', 'lake', 'cat', 'recipe', 'song']
const verbs = ['looks lovely', 'made my day', 'surprised us all', 'was closed', 'smells of summer']
const ends = ['today', 'after rain', 'with good friends', 'at five o’clock', 'in snow', 'last week']
const sentence = () => `${one(whose)} ${one(things)} ${one(verbs)} ${one(ends)}`

test('rings found by synchronised likes, follows and texts come before moderators, ordinary people do not', async () => {
  const now = Date.now()
  const people = await accounts(300)
  const rings = await Promise.all(Array.from({ length: 10 }, () => accounts(8)))
  const likes: DomainEvent<'post.liked'>[] = []
  const follows: DomainEvent<'follow.created'>[] = []
  const texts: { authorId: string; text: string; at: number }[] = []
  for (const ring of rings) {
    for (let k = 0; k < 10; k++) {
      const begins = now - 5 * hour * random() - minute
      const [kind, postId, otherId] = [one(['like', 'follow', 'text']), newId('post'), one(people)]
      const said = `${sentence()} and whoever wants to grow as fast as I did should really look at my page`
      for (const userId of ring) {
        if (random() > 0.75) continue
        const at = begins + random() * 30_000
        if (kind === 'like') likes.push(event('post.liked', at, { postId, userId }))
        else if (kind === 'follow') {
          follows.push(event('follow.created', at, { userId, otherId, accepted: false }))
        } else texts.push({ authorId: userId, text: `${said} ${one(['dear', 'friends', 'now'])}`, at })
      }
    }
  }
  // Chance: the same 200 posts and 50 well-known accounts, at any time; and one post that everybody likes at once.
  const posts = Array.from({ length: 200 }, () => newId('post'))
  const anyTime = () => now - 5 * hour * random()
  for (const userId of people) {
    for (let k = 0; k < 15; k++) likes.push(event('post.liked', anyTime(), { postId: one(posts), userId }))
    const otherId = one(people.slice(0, 50))
    follows.push(event('follow.created', anyTime(), { userId, otherId, accepted: false }))
    texts.push({ authorId: userId, text: `${sentence()}, ${sentence()}`, at: anyTime() })
    likes.push(event('post.liked', now - minute * random(), { postId: posts[0] as string, userId }))
  }
  await content.handlers['post.liked'](likes)
  await content.handlers['follow.created'](follows)
  await says(texts)
  await looks()
  const found = await flagged()
  const members = new Set(rings.flat())
  const known = [...members].filter((id) => found.has(id))
  const wrong = people.filter((id) => found.has(id))
  const recall = known.length / members.size
  const precision = known.length / Math.max(1, known.length + wrong.length)
  process.stdout.write(
    `rings in the queue: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} of ${members.size} members among ${people.length} others\n`,
  )
  expect(recall).toBeGreaterThanOrEqual(0.9)
  expect(precision).toBeGreaterThanOrEqual(0.95)
})

test('many who say nearly the same come before moderators at once, with each other; who says it alone or as three does not', async () => {
  const now = Date.now()
  const campaigns = await Promise.all([7, 7, 7, 3, 1].map((size) => accounts(size)))
  const words = ['today', 'friends', 'dear', 'really', 'please', 'hello', 'again']
  const offers = [
    'the very best watches in all of the town for half of their price and only until the end of this week',
    'whoever sends me a little money now gets ten times as much back before the month is over believe me',
    'my cousin works for this airline and gives away two hundred tickets to those who write to him first',
    'nobody pays for films any more since there is this page where all of them are free for ever',
    'lose twenty pounds in ten days as I did with a tea that doctors do not want you to know of',
  ]
  const texts = campaigns.flatMap((writers, c) =>
    writers.map((authorId, i) => ({ authorId, text: `${offers[c]} ${words[i]} ${one(words)}`, at: now + i })),
  )
  await says(texts)
  // However often their events come.
  await says(texts.slice(0, 2))
  const found = await flagged()
  const crowds = campaigns.slice(0, 3)
  const known = crowds.flat().filter((id) => found.has(id))
  process.stdout.write(
    `crowds in the queue: recall ${(known.length / crowds.flat().length).toFixed(3)} of ${crowds.flat().length} writers\n`,
  )
  expect(known.length / crowds.flat().length).toBeGreaterThanOrEqual(0.9)
  for (const id of campaigns.slice(3).flat()) expect(found.has(id)).toBe(false)

  const [first = '', ...others] = crowds[0] as string[]
  const { data } = await content.moderator.asks(
    `{ review(id: "${found.get(first)?._id}") { source subjectKind reasons { reason } text ring { id } } }`,
  )
  expect(data.review).toMatchObject({ source: 'RING', subjectKind: 'USER', reasons: [{ reason: 'SPAM' }] })
  // Until somebody has looked, for an hour at most, each is trusted like one who is new.
  const told = await content.platform
    .db('content')
    .collection('outbox')
    .find({ name: 'account.weighed' })
    .toArray()
  const trust = told.filter(({ payload }) => payload.userId === first).map(({ payload }) => payload)
  const { ringAt } = found.get(first) as ReviewItemRow
  expect(trust).toEqual([
    {
      ...{ userId: first, sequence: expect.any(Number) },
      ...{ lessTrustedUntil: null, leastTrustedUntil: Number(ringAt) + hour },
    },
  ])
  expect(told.some(({ payload }) => payload.userId === campaigns[4]?.[0])).toBe(false)
  expect(data.review.ring.map(({ id }: { id: string }) => id).sort()).toEqual(others.sort())
})

test('of what a crowd says each one’s review holds his own words alone, and they go with him (A9)', async () => {
  const now = Date.now()
  const words = ['today', 'friends', 'dear', 'really', 'please', 'hello']
  const writers = await accounts(words.length)
  const texts = writers.map((authorId, i) => ({
    authorId,
    text: `I let my lovely house by the lake to honest people for next to nothing this summer, ${words[i]}`,
    at: now + i,
  }))
  // Each is told of by itself.
  for (const text of texts) await says([text])
  const found = await flagged()
  for (const { authorId, text } of texts) {
    expect([null, text]).toContain(found.get(authorId)?.text)
    expect(found.get(authorId)?.ring).toHaveLength(writers.length - 1)
  }
  const [gone, said] = [writers[4] as string, texts[4]?.text as string]
  expect(found.get(gone)?.text).toBe(said)

  await content.erases(gone)
  expect(
    await content.items().countDocuments({ $or: [{ ownerId: gone }, { ring: gone }, { text: said }] }),
  ).toBe(0)
})

test('of a crowd that stands nothing is written but for who is new in it', async () => {
  const deps = ringDeps()
  let written = 0
  const transact: typeof deps.transact = Object.assign(
    ((...work) => {
      written += 1
      return deps.transact(...work)
    }) as typeof deps.transact,
    deps.transact,
  )
  const writers = await accounts(6)
  const words = ['today', 'friends', 'dear', 'really', 'please', 'hello']
  const writes = async (from: number, to: number) => {
    written = 0
    const rows = writers.slice(from, to).map((writerId, i) => ({
      ...{ textId: newId('comment'), writerId, at: new Date() },
      text: `who wants to earn a fortune from home within one week need only ask me how it is done, ${words[i]}`,
    }))
    await reviewCrowds({ ...deps, transact }, rows)
    return written
  }
  expect(await writes(0, 5)).toBe(5)
  expect(await writes(0, 5)).toBe(0)
  // The five who are known act as one with him too.
  expect(await writes(5, 6)).toBe(6)
  expect(await writes(0, 6)).toBe(0)
})

test('so do crowds of captions, and of messages that open conversations; friends who say the same among each other do not', async () => {
  const now = Date.now()
  const [authors, senders, friends] = await Promise.all([
    Promise.all(Array.from({ length: 5 }, () => content.account({ createdAt: someDaysAgo }))),
    accounts(5),
    accounts(5),
  ])
  for (const [i, author] of authors.entries()) {
    const mediaIds = [await content.ready(author)]
    const caption = `whoever orders two of these wonderful lamps today gets a third one for nothing, part ${i}`
    expect((await author.does('createPost', { mediaIds, caption }, 'post { id }')).userErrors).toEqual([])
  }
  await content.settles()

  const opener = 'hello you do not know me but I have a very good offer about your next journey to the sea'
  const wish = 'happy birthday to the very best friend in the world and may all your wishes come true today'
  const writes = (writers: readonly string[], text: string, messageOf: (i: number) => object) =>
    writers.map((senderId, i) => ({
      ...{ _id: newId('message'), senderId, text: `${text}, ${i}`, memberIds: [] },
      ...{ conversationId: newId('conversation'), sequence: 1, ordinal: 1, ...messageOf(i) },
    }))
  const party = { conversationId: newId('conversation') }
  const messages = [
    // A group that was renamed before the first word is as new as any.
    ...writes(senders, opener, (i) => (i === 0 ? { sequence: 4 } : {})),
    ...writes(friends, wish, (i) => ({ ...party, sequence: 60 + i, ordinal: 40 + i })),
  ]
  await content.platform
    .db('messaging')
    .collection<{ _id: string }>('messages')
    .insertMany(messages.map((message) => ({ ...message })))
  await content.handlers['message.sent'](
    messages.map(({ _id: messageId, text: _, ...message }, i) =>
      event('message.sent', now + i, { messageId, ...message }),
    ),
  )
  const found = await flagged()
  for (const { id } of authors) expect(found.get(id)?.ring).toHaveLength(4)
  for (const id of senders) expect(found.get(id)?.ring).toHaveLength(4)
  for (const id of friends) expect(found.has(id)).toBe(false)
})

test('what moderators have looked at is not shown them again for the same deeds', async () => {
  const before = await flagged()
  expect(before.size).toBeGreaterThan(0)
  const [row] = before.values()
  await content.moderator.does('resolveReview', { itemId: row?._id, decision: 'NONE' }, 'item { id }')
  await looks()
  expect((await flagged()).size).toBe(before.size)
  expect(await content.items().countDocuments({ subjectId: row?.subjectId as string, open: true })).toBe(0)
})

/** Four things that some accounts like at the same moments. */
const likesTogether = async (ring: readonly string[]) => {
  const at = Date.now() - minute
  const postIds = Array.from({ length: 4 }, () => newId('post'))
  await content.handlers['post.liked'](
    postIds.flatMap((postId) => ring.map((userId, i) => event('post.liked', at + i, { postId, userId }))),
  )
}

test('who acted as one with accounts that are gone by now is left alone', async () => {
  const ring = await accounts(4)
  await likesTogether(ring)
  await content.suspends(ring[0] as string)
  await looks()
  expect(await content.items().countDocuments({ subjectId: { $in: ring } })).toBe(0)
})

test('a ring that was told within a review of reports is not told again once that is decided', async () => {
  const ring = await accounts(4)
  const reported = ring[0] as string
  await content.moderator.does('reportContent', { subjectId: reported, reason: 'SPAM' }, 'report { id }')
  await likesTogether(ring)
  await looks()
  const row = await content.items().findOne({ subjectId: reported })
  expect(row).toMatchObject({ source: 'REPORTS' })
  expect(row?.ring?.toSorted()).toEqual(ring.slice(1).sort())
  await content.moderator.does('resolveReview', { itemId: row?._id, decision: 'NONE' }, 'item { id }')
  await looks()
  expect(await content.items().countDocuments({ subjectId: reported })).toBe(1)
})

test('a crowd at one thing does not push out what else is done', async () => {
  const { cache, config, now } = content.platform
  const deeds = createRecentDeeds(cache, `${config.namespace}:crowd`, now)
  const keys = Array.from({ length: 200 }, () => newId('post'))
  const early = keys.map((key) => ({ accountId: 'user_early', key, at: now() - hour }))
  await deeds.note(early)
  const key = newId('post')
  await deeds.note(Array.from({ length: 2_500 }, (_, i) => ({ accountId: `user_${i}`, key, at: now() })))
  const found = await deeds.read()
  expect(found.filter((deed) => deed.key === key)).toHaveLength(2_000)
  // Only what shares a part with it is gone: of 200 things at most a few.
  expect(found.filter(({ accountId }) => accountId === 'user_early').length).toBeGreaterThan(150)
})

test('who posts nearly the same again and again comes before moderators, by himself', async () => {
  const author = await content.account()
  const mediaIds = [await content.ready(author)]
  const waits = () => content.items().findOne({ subjectId: author.id, open: true })
  for (const word of ['one', 'two', 'three', 'four', 'five']) {
    expect(await waits()).toBeNull()
    const caption = `my new shop has the loveliest lamps of the whole street and opens at nine, number ${word}`
    expect((await author.does('createPost', { mediaIds, caption }, 'post { id }')).userErrors).toEqual([])
    await content.settles()
  }
  expect(await waits()).toMatchObject({ source: 'TEXT', reasons: { SPAM: 1 }, ownerId: author.id })
})
