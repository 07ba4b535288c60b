// Search over the running subgraph with its embedded engine: what is found, by whom, and what is remembered of it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { encodeEvent } from '#platform/bus.ts'
import type { CommentFactsRow } from '#platform/comments.ts'
import { createFigures } from '#platform/figures.ts'
import { searchTypes } from '#platform/search/engine.ts'
import { queryTerms } from '#platform/search/text.ts'
import { type EventName, type EventPayload, eventRow, eventSubject } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { type Asker, type RunningContent, refusal, startContent } from './fixtures.ts'
import { createSearch, startSearch } from './search-service.ts'

let content: RunningContent
let alice: Asker
let bob: Asker
let carol: Asker
const items = new Map<string, string>()

/** An event of another subgraph, as its relay would publish it. */
async function tells<N extends EventName>(name: N, payload: EventPayload<N>, at = new Date()): Promise<void> {
  const { jetstream, config } = content.platform
  const _id = newId('event')
  const subject = `${config.namespace}.${eventSubject(name, String((payload as never)[eventRow(name).key]))}`
  await jetstream.publish(subject, encodeEvent({ _id, name, payload, at, sentAt: null } as never), {
    msgID: _id,
  })
}

async function joins(
  username: string,
  change: Partial<AccountRow> & Record<string, unknown> = {},
): Promise<Asker> {
  const person = await content.account({ username, displayName: null, bio: null, ...change } as never)
  await tells('account.changed', { userId: person.id })
  return person
}
async function becomes(person: Asker, change: Partial<AccountRow>): Promise<void> {
  const users = content.platform.db('user').collection<AccountRow>('users')
  await content.platform.facts.accounts.changing([person.id], () =>
    users.updateOne({ _id: person.id }, { $set: change, $inc: { version: 1 } }),
  )
  await tells('account.changed', { userId: person.id })
  await content.settles()
}

beforeAll(async () => {
  content = await startContent()
  alice = await joins('alice.ames', { displayName: 'Alice Ames', bio: 'Paints lighthouses' } as never)
  bob = await joins('bob_builds', { displayName: 'Böb Büilder' } as never)
  carol = await joins('carol')
  await content.settles()
})
afterAll(() => content.stack.disposeAsync())

async function posts(input: Record<string, unknown>, owner = alice): Promise<string> {
  let mediaId = items.get(owner.id)
  if (!mediaId) {
    mediaId = await content.ready(owner)
    items.set(owner.id, mediaId)
  }
  const { post, userErrors } = await owner.does(
    'createPost',
    { mediaIds: [mediaId], ...input },
    'post { id }',
  )
  expect(userErrors).toEqual([])
  await content.settles()
  return post.id
}
async function comments(author: Asker, postId: string, text: string, change: Partial<CommentFactsRow> = {}) {
  const rows = content.platform.db('engagement').collection<CommentFactsRow>('comments')
  const row = {
    ...{ _id: newId('comment'), postId, authorId: author.id, parentId: null, text, createdAt: new Date() },
    ...{ score: 0, deletedAt: null, ...change },
  }
  await rows.insertOne(row)
  const { _id: commentId, authorId, parentId } = row
  await tells('comment.created', { commentId, postId, authorId, parentId })
  await content.settles()
  return row._id
}

const fragment =
  '__typename ... on User { id } ... on Hashtag { id name } ... on Post { id } ... on Place { id name } ... on Comment { id }'
const page = async (asker: Asker, query: string, args = '', variables: Record<string, unknown> = {}) =>
  (
    await asker.asks(
      `query ($query: String!) { search(query: $query${args}) { nodes { ${fragment} } pageInfo { hasNextPage endCursor } } }`,
      { query, ...variables },
    )
  ).data.search
const found = async (asker: Asker, query: string, args = ''): Promise<string[]> =>
  (await page(asker, query, args)).nodes.map((node: { id: string }) => node.id)
const suggested = async (asker: Asker, prefix: string, first = 10) =>
  (
    await asker.asks(
      `query ($prefix: String!, $first: Int) { searchSuggestions(prefix: $prefix, first: $first) { ${fragment} } }`,
      { prefix, first },
    )
  ).data.searchSuggestions
const recents = async (asker: Asker) =>
  (
    await asker.asks(
      `{ _entities(representations: [{ __typename: "Viewer", id: "${asker.id}" }]) { ... on Viewer { recentSearches { query searchedAt } } } }`,
    )
  ).data._entities[0].recentSearches.map(({ query }: { query: string }) => query)

test('one question finds people, hashtags, posts, places and comments; a type narrows it', async () => {
  const postId = await posts({
    caption: 'Quiet harbour #harbourlife',
    location: { name: 'Harbour of Vik', latitude: 61.1, longitude: 6.6 },
  })
  const commentId = await comments(carol, postId, 'what a harbour')
  const harold = await joins('harbour.master')
  await content.settles()
  const { nodes } = await page(bob, 'harbour')
  expect(new Set(nodes.map((node: { __typename: string }) => node.__typename))).toEqual(
    new Set(['User', 'Hashtag', 'Post', 'Place', 'Comment']),
  )
  expect(await found(bob, 'harbour', ', type: USER')).toEqual([harold.id])
  expect(await found(bob, 'harbour', ', type: POST')).toEqual([postId])
  expect(await found(bob, 'harbour', ', type: COMMENT')).toEqual([commentId])
  expect((await page(bob, 'harbour', ', type: HASHTAG')).nodes).toMatchObject([{ name: 'harbourlife' }])
  expect((await page(bob, 'harbour', ', type: PLACE')).nodes).toMatchObject([{ name: 'Harbour of Vik' }])
  expect(await found(content.nobody, 'harbour', ', type: POST')).toEqual([postId])
})

test('people are found by username, name and bio, whatever the accents and in spite of a mistake', async () => {
  expect(await found(carol, 'bob builder', ', type: USER')).toEqual([bob.id])
  expect(await found(carol, 'bob_biulds', ', type: USER')).toEqual([bob.id])
  expect(await found(carol, 'lighthouses', ', type: USER')).toEqual([alice.id])
  expect(await found(carol, 'aliceames', ', type: USER')).toEqual([alice.id])
})

test('a post is found by its caption and by what is said about its pictures, and no longer when that has changed', async () => {
  const mediaId = await content.uploads(carol, Buffer.from('another could be a picture'), 'image/jpeg')
  await content.finishes(mediaId)
  const id = await posts({ mediaIds: [mediaId], caption: 'Zebra crossing' }, carol)
  expect(await found(bob, 'zebra')).toEqual([id])
  await carol.does('updateMedia', { mediaId, altText: 'An okapi at dusk' })
  await content.settles()
  expect(await found(bob, 'okapi')).toEqual([id])
  await carol.does('updatePost', { postId: id, caption: 'Giraffe' })
  await content.settles()
  expect(await found(bob, 'zebra')).toEqual([])
  expect(await found(bob, 'giraffe')).toEqual([id])
  await carol.does('archivePost', { postId: id })
  expect(await found(bob, 'giraffe')).toEqual([])
  await carol.does('unarchivePost', { postId: id })
  await content.settles()
  expect(await found(bob, 'giraffe')).toEqual([id])
  await carol.does('deletePost', { postId: id })
  expect(await found(bob, 'giraffe')).toEqual([])
})

test('filters: by media, time, distance, place and author', async () => {
  const here = await posts({
    caption: 'fjord one',
    location: { name: 'Flåm', latitude: 60.8628, longitude: 7.1135 },
  })
  const there = await posts(
    { caption: 'fjord two', location: { name: 'Paris', latitude: 48.85, longitude: 2.35 } },
    bob,
  )
  const { place } = (
    await bob.asks('query ($id: ID!) { post(id: $id) { place { id } publishedAt: createdAt } }', { id: here })
  ).data.post
  const by = (filter: string) => found(carol, 'fjord', `, type: POST, filter: { ${filter} }`)
  expect(new Set(await by('mediaType: IMAGE'))).toEqual(new Set([here, there]))
  expect(await by('mediaType: VIDEO')).toEqual([])
  expect(await by('near: { latitude: 60.86, longitude: 7.11, radiusMeters: 2000 }')).toEqual([here])
  expect(await by(`placeId: "${place.id}"`)).toEqual([here])
  expect(await by(`userIds: ["${bob.id}"]`)).toEqual([there])
  expect(await by('before: "2020-01-01T00:00:00Z"')).toEqual([])
  expect(new Set(await by('after: "2020-01-01T00:00:00Z"'))).toEqual(new Set([here, there]))
})

test('pages go on without repetition, and a cursor belongs to its question', async () => {
  const ids = new Set<string>()
  for (let i = 0; i < 7; i++) ids.add(await posts({ caption: `penguin ${i}` }))
  const seen: string[] = []
  let after = ''
  for (;;) {
    const { nodes, pageInfo } = await page(bob, 'penguin', `, first: 3${after && `, after: "${after}"`}`)
    seen.push(...nodes.map((node: { id: string }) => node.id))
    after = pageInfo.endCursor
    if (!pageInfo.hasNextPage) break
  }
  expect(seen).toHaveLength(7)
  expect(new Set(seen)).toEqual(ids)
  const { codes } = await bob.asks(`{ search(query: "walrus", after: "${after}") { nodes { __typename } } }`)
  expect(codes).toEqual(['BAD_CURSOR'])
})

test('those whom one follows come first', async () => {
  const [far, near] = [await posts({ caption: 'narwhal' }), await posts({ caption: 'narwhal' }, bob)]
  const dora = await joins('dora')
  const emil = await joins('emil')
  await content.follow(dora, alice)
  await content.follow(emil, bob)
  expect(await found(dora, 'narwhal')).toEqual([far, near])
  expect(await found(emil, 'narwhal')).toEqual([near, far])
})

test('a private account is found, what it posts is not, but by its followers (V1)', async () => {
  const paul = await joins('paul.private', { isPrivate: true })
  const fay = await joins('fay')
  await content.follow(fay, paul)
  const id = await posts(
    { caption: 'capybara #secretcapybara', location: { name: 'Capybara Cove', latitude: 1, longitude: 1 } },
    paul,
  )
  expect(await found(bob, 'paul', ', type: USER')).toEqual([paul.id])
  expect(await found(bob, 'capybara')).toEqual([])
  expect(await suggested(bob, 'secretcap')).toEqual([])
  expect(await suggested(bob, 'capyb')).toEqual([])
  expect(await found(fay, 'capybara', ', type: POST')).toEqual([id])
  expect(await suggested(fay, 'secretcap')).toMatchObject([{ name: 'secretcapybara' }])
  expect(await suggested(fay, 'capyb')).toMatchObject([{ name: 'Capybara Cove' }])
  expect(await found(paul, 'capybara', ', type: POST')).toEqual([id])
  await becomes(paul, { isPrivate: false })
  expect(await found(bob, 'capybara', ', type: POST')).toEqual([id])
})

test('a post for followers, close friends or oneself is not found by others, at any page size', async () => {
  const audiences = ['FOLLOWERS', 'CLOSE_FRIENDS', 'ONLY_ME']
  for (const audience of audiences) await posts({ caption: 'axolotl #axolotls', audience })
  const open = await posts({ caption: 'axolotl' })
  for (const first of [1, 2, 50]) expect(await found(bob, 'axolotl', `, first: ${first}`)).toEqual([open])
  expect((await page(bob, 'axolotl', ', first: 1')).pageInfo.hasNextPage).toBe(false)
  expect(await suggested(bob, 'axolotls')).toEqual([])
})

test('a block hides either from the other at once, with everything either made, and no longer when it ends (V2)', async () => {
  const vera = await joins('vera.violet')
  const postId = await posts({ caption: 'quokka' }, vera)
  const commentId = await comments(vera, await posts({ caption: 'plain' }, bob), 'quokka too')
  expect(new Set(await found(carol, 'quokka'))).toEqual(new Set([postId, commentId]))
  for (const [one, other] of [
    [vera, carol],
    [carol, vera],
  ] as const) {
    await content.blocks(one, other)
    expect(await found(carol, 'quokka')).toEqual([])
    expect(await found(carol, 'vera')).toEqual([])
    expect(await suggested(carol, 'ver')).toEqual([])
    expect(await found(vera, 'carol', ', type: USER')).toEqual([])
    await content.parts(one, other)
  }
  expect(await found(carol, 'vera', ', type: USER')).toEqual([vera.id])
})

test('an account that is not in use is gone with what it made, and back when it is back', async () => {
  const sam = await joins('sam.sleeps')
  const id = await posts({ caption: 'wombat' }, sam)
  await becomes(sam, { status: 'DEACTIVATED' })
  expect(await found(bob, 'sleeps')).toEqual([])
  expect(await found(bob, 'wombat')).toEqual([])
  await becomes(sam, { status: 'ACTIVE' })
  expect(await found(bob, 'sleeps')).toEqual([sam.id])
  expect(await found(bob, 'wombat')).toEqual([id])
})

test('a restricted person’s comment is found by himself and by who restricts him only (V10)', async () => {
  const rita = await joins('rita')
  const postId = await posts({ caption: 'a picture' }, rita)
  const id = await comments(carol, postId, 'such a platypus')
  expect(await found(bob, 'platypus')).toEqual([id])
  await content.relates(rita, carol, { restrictsAt: new Date() }, { restrictedByAt: new Date() })
  expect(await found(bob, 'platypus')).toEqual([])
  expect(await found(content.nobody, 'platypus')).toEqual([])
  expect(await found(carol, 'platypus')).toEqual([id])
  expect(await found(rita, 'platypus')).toEqual([id])
  await content.parts(rita, carol)
})

test('a comment with a word that the post’s author filters is found by its writer and him only, replies to it too (V21)', async () => {
  const postId = await posts({ caption: 'a picture' })
  const filtered = await comments(bob, postId, 'margay above', { withheld: ['FILTERED'] })
  const replyId = await comments(carol, postId, 'margay below', { parentId: filtered })
  const dave = await joins('dave.two')
  for (const asker of [dave, carol, content.nobody]) {
    expect(await found(asker, 'margay')).toEqual([])
    const report = { subjectId: filtered, reason: 'SPAM' }
    if (asker !== content.nobody)
      expect(await asker.does('reportContent', report)).toMatchObject(refusal('NOT_FOUND', 'subjectId'))
  }
  for (const asker of [alice, bob])
    expect(new Set(await found(asker, 'margay'))).toEqual(new Set([filtered, replyId]))
})

test('a comment is found no longer once it is hidden, its thread is deleted, or its post is out of sight', async () => {
  const postId = await posts({ caption: 'a picture' })
  const rows = content.platform.db('engagement').collection<CommentFactsRow>('comments')
  const parentId = await comments(carol, postId, 'ocelot above')
  const replyId = await comments(bob, postId, 'ocelot below', { parentId })
  const dave = await joins('dave')
  expect(new Set(await found(dave, 'ocelot'))).toEqual(new Set([parentId, replyId]))
  // Engagement's rows decide, before any event has come.
  await rows.updateOne({ _id: parentId }, { $set: { hiddenAt: new Date() } })
  expect(await found(dave, 'ocelot')).toEqual([])
  expect(new Set(await found(alice, 'ocelot'))).toEqual(new Set([parentId, replyId]))
  await rows.updateOne({ _id: parentId }, { $unset: { hiddenAt: true } })
  await rows.updateOne({ _id: parentId }, { $set: { deletedAt: new Date() } })
  expect(await found(dave, 'ocelot')).toEqual([])
  await rows.updateOne({ _id: parentId }, { $set: { deletedAt: null } })
  await alice.does('updatePost', { postId, audience: 'ONLY_ME' })
  expect(await found(dave, 'ocelot')).toEqual([])
})

test('a shadow-banned account is found by itself and its followers, as far as they see it (V23)', async () => {
  const shady = await joins('shady.shade', { shadowBanned: true })
  const fan = await joins('fan')
  await content.follow(fan, shady)
  const id = await posts({ caption: 'chinchilla #chinchillas' }, shady)
  const commentId = await comments(shady, await posts({ caption: 'open' }), 'chinchilla!')
  expect(await found(bob, 'shady')).toEqual([])
  expect(await found(bob, 'chinchilla')).toEqual([])
  expect(await suggested(bob, 'chinchillas')).toEqual([])
  expect(await found(fan, 'shady', ', type: USER')).toEqual([shady.id])
  expect(await found(fan, 'chinchilla')).toEqual([])
  expect(new Set(await found(shady, 'chinchilla', ', type: POST'))).toEqual(new Set([id]))
  expect(await found(shady, 'chinchilla', ', type: COMMENT')).toEqual([commentId])
})

test('what moderators limit, strangers do not find; what is sensitive, only who takes it', async () => {
  const fan = await joins('fan.two')
  const minor = await joins('minor', { birthDate: `${new Date().getUTCFullYear() - 15}-01-01` })
  await content.follow(fan, alice)
  const [limited, sensitive] = [await posts({ caption: 'pangolin' }), await posts({ caption: 'aardvark' })]
  const rows = content.platform.db('content').collection<{ _id: string }>('posts')
  await rows.updateOne({ _id: limited }, { $set: { limited: true }, $inc: { version: 1 } })
  await rows.updateOne({ _id: sensitive }, { $set: { sensitive: true }, $inc: { version: 1 } })
  await content.platform.facts.posts.refresh([limited, sensitive])
  expect(await found(bob, 'pangolin')).toEqual([])
  expect(await found(fan, 'pangolin')).toEqual([limited])
  expect(await found(alice, 'pangolin')).toEqual([limited])
  expect(await found(bob, 'aardvark')).toEqual([sensitive])
  expect(await found(minor, 'aardvark')).toEqual([])
  expect(await found(content.nobody, 'aardvark')).toEqual([])
})

test('suggestions complete what is typed, from its first letter; signs choose people or hashtags', async () => {
  await posts({ caption: '#yellowyak', location: { name: 'Yellowstone', latitude: 44.6, longitude: -110.5 } })
  const yara = await joins('yellow.yara')
  await content.settles()
  const types = async (prefix: string) =>
    (await suggested(bob, prefix)).map((one: { __typename: string }) => one.__typename).sort()
  expect(await types('yell')).toEqual(['Hashtag', 'Place', 'User'])
  expect(await types('@yell')).toEqual(['User'])
  expect(await types('#yell')).toEqual(['Hashtag'])
  expect(await suggested(bob, '@y')).toEqual([{ __typename: 'User', id: yara.id }])
  expect(await suggested(bob, 'yell', 2)).toHaveLength(2)
})

test('bad questions are refused', async () => {
  const codes = async (args: string, field = 'search') =>
    (await bob.asks(`{ ${field}(${args}) { __typename } }`)).codes
  const bad = ['BAD_USER_INPUT']
  expect(await codes('query: ""')).toEqual(bad)
  expect(await codes('query: "   "')).toEqual(bad)
  expect(await codes(`query: "${'x'.repeat(201)}"`)).toEqual(bad)
  expect(await codes('query: "a\\u0000b"')).toEqual(bad)
  expect(await codes('query: "x", first: 0')).toEqual(bad)
  expect(await codes('query: "x", first: 101')).toEqual(bad)
  expect(await codes('query: "x", filter: { near: { latitude: 91, longitude: 0 } }')).toEqual(bad)
  expect(await codes('query: "x", filter: { near: { latitude: 0, longitude: 0, radiusMeters: 0 } }')).toEqual(
    bad,
  )
  expect(await codes('prefix: ""', 'searchSuggestions')).toEqual(bad)
  expect(await codes('prefix: "x", first: 21', 'searchSuggestions')).toEqual(bad)
  expect(await codes('query: "!!!"')).toEqual([])
})

test('recent searches: the last first, each once, fifty kept; one or all can be forgotten; nobody else’s', async () => {
  const rob = await joins('rob')
  for (const query of ['Tulips', 'roses', 'TULIPS ']) await page(rob, query)
  expect(await recents(rob)).toEqual(['TULIPS', 'roses'])
  const { nodes, pageInfo } = await page(rob, 'penguin', ', first: 1')
  expect(nodes).toHaveLength(1)
  await page(rob, 'penguin', `, first: 1, after: "${pageInfo.endCursor}"`)
  await suggested(rob, 'lilies')
  expect(await recents(rob)).toEqual(['penguin', 'TULIPS', 'roses'])
  expect(await recents(bob)).not.toContain('roses')
  const { recentSearches } = await rob.does(
    'removeRecentSearch',
    { query: 'tulips' },
    'recentSearches { query }',
  )
  expect(recentSearches).toEqual([{ query: 'penguin' }, { query: 'roses' }])
  expect(await rob.does('removeRecentSearch', { query: 'tulips' })).toMatchObject({
    userErrors: [{ code: 'NOT_FOUND', field: ['input', 'query'] }],
  })
  for (let i = 0; i < 55; i++) await page(rob, `nothing${i}`)
  const { data } = await rob.asks(
    `{ _entities(representations: [{ __typename: "Viewer", id: "${rob.id}" }]) { ... on Viewer { recentSearches(first: 50) { query } } } }`,
  )
  expect(data._entities[0].recentSearches).toHaveLength(50)
  expect(data._entities[0].recentSearches[0]).toEqual({ query: 'nothing54' })
  expect(await rob.does('clearRecentSearches', {}, 'recentSearches { query }')).toEqual({
    recentSearches: [],
    userErrors: [],
  })
  expect(await recents(rob)).toEqual([])
})

test('a process that starts builds its index from the rows that were there before, without any event', async () => {
  const { platform, store } = content
  const dora = await content.account({ username: 'gale.watcher', displayName: null, bio: null } as never)
  const postId = await posts({
    caption: 'The gale of the year #galeseason',
    location: { name: 'Gale Point', latitude: 70.1, longitude: 20.2 },
  })
  const commentId = newId('comment')
  await platform
    .db('engagement')
    .collection<CommentFactsRow>('comments')
    .insertOne({
      ...{ _id: commentId, postId, authorId: carol.id, parentId: null, text: 'such a gale' },
      ...{ createdAt: new Date(), score: 0, deletedAt: null },
    })
  // Nobody told the running one of the account and the comment.
  expect(await found(bob, 'gale', ', type: USER')).toEqual([])
  expect(await found(bob, 'gale', ', type: COMMENT')).toEqual([])

  const search = createSearch(platform)
  await using running = new AsyncDisposableStack()
  const { stop } = startSearch(platform, search)
  running.defer(stop)
  await search.opened
  const hits = await search.engine.query({
    ...{ terms: queryTerms('gale'), types: searchTypes, filter: {}, titlesOnly: false },
    ...{ favoredIds: [], askedAt: Date.now(), after: null, limit: 20 },
  })
  const [post] = await store.findPosts([postId])
  const [hashtag] = await store.findHashtagsByName(['galeseason'])
  expect(new Set(hits.map(({ id }) => id))).toEqual(
    new Set([dora.id, hashtag?._id, postId, post?.placeId, commentId]),
  )
})

test('how far the index is behind is told to whoever runs the whole', async () => {
  const { platform } = content
  const search = createSearch(platform)
  await using running = new AsyncDisposableStack()
  const { chores, stop } = startSearch(platform, search)
  running.defer(stop)
  await search.opened
  // One event takes 40 s to come.
  await tells('account.changed', { userId: carol.id }, new Date(Date.now() - 40_000))
  await expect.poll(() => search.lag()?.p99 ?? 0).toBeGreaterThanOrEqual(40_000)
  for (const chore of chores) await chore.run(new AbortController().signal)
  const told = await createFigures(platform.cache, platform.config.namespace).read()
  const lag = told.get('heliograph_search_lag_p99_seconds') ?? 0
  expect(lag).toBeGreaterThanOrEqual(40)
  expect(lag).toBeLessThan(100)
  expect(told.has('heliograph_search_lag_p50_seconds')).toBe(true)
})
