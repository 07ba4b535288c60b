// Hashtags, mentions, people in posts, places.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { createVisibility } from '#platform/visibility.ts'
import { newId } from '#schema/ids.ts'
import { foldTopics, followAuthor, healTopics } from './domain/topics.ts'
import { type Asker, type RunningContent, refusal, startContent } from './fixtures.ts'
import type { LivePost, TopicPostRow } from './model.ts'

let content: RunningContent
let alice: Asker
let bob: Asker
let carol: Asker
/** One item for each author; posts of one author may share it. */
const items = new Map<string, string>()

beforeAll(async () => {
  content = await startContent()
  alice = await content.account({ username: 'alice' })
  bob = await content.account({ username: 'bob' })
  carol = await content.account({ username: 'carol' })
})
afterAll(() => content.stack.disposeAsync())

const itemOf = async (owner: Asker) => {
  const known = items.get(owner.id)
  if (known) return known
  const id = await content.ready(owner)
  items.set(owner.id, id)
  return id
}
const posts = async (input: Record<string, unknown> = {}, owner = alice) => {
  const { post, userErrors } = await owner.does(
    'createPost',
    { mediaIds: [await itemOf(owner)], ...input },
    'post { id status hashtags { id name } place { id name } }',
  )
  expect(userErrors).toEqual([])
  return post
}
const fieldsFor = async (asker: Asker, id: string, fields: string) =>
  (await asker.asks(`query ($id: ID!) { post(id: $id) { ${fields} } }`, { id })).data.post
const hashtag = async (asker: Asker, name: string) =>
  (
    await asker.asks(
      'query ($name: String!) { hashtag(name: $name) { id name postCount viewerFollows posts(first: 50) { nodes { id } } } }',
      { name },
    )
  ).data.hashtag
const idsOf = (page: { nodes: { id: string }[] }) => page.nodes.map((node) => node.id)
const list = async (asker: Asker, type: string, id: string, field: string, of = 'id') => {
  const { data } = await asker.asks(
    `query ($id: ID!) { _entities(representations: [{ __typename: "${type}", id: $id }]) {
      ... on ${type} { ${field}(first: 50) { nodes { ${of} } } } } }`,
    { id },
  )
  return data._entities[0]?.[field]?.nodes.map((node: Record<string, string>) => node[of]) ?? null
}
const deps = () => ({
  ...content.store,
  transact: content.platform.transact('content'),
  accounts: content.platform.facts.accounts,
  now: () => new Date(),
})
const told = async (name: string, postId: string) =>
  (
    await content.platform
      .db('content')
      .collection('outbox')
      .find({ name, 'payload.postId': postId })
      .toArray()
  ).map((row) => row.payload.userId)

const topicPosts = () => content.platform.db('content').collection<TopicPostRow>('topicPosts')
/** Newer posts of a topic that nobody sees. */
const hides = (topicId: string, count: number) =>
  topicPosts().insertMany(
    Array.from({ length: count }, () => ({
      ...{
        _id: newId('post'),
        topicId,
        postId: newId('post'),
        publishedAt: new Date(Date.now() + 3_600_000),
      },
      ...{ counts: false, counted: false, shown: true },
    })),
  )

test('a caption’s hashtags are one however they are spelt; their page shows what the viewer may see (K5)', async () => {
  const one = await posts({ caption: 'Dusk #Café #日本語' })
  const two = await posts({ caption: '#CAFE\u0301!', audience: 'FOLLOWERS' }, bob)
  const three = await posts({ caption: '#café', audience: 'ONLY_ME' }, carol)
  expect(one.hashtags.map((row: { name: string }) => row.name)).toEqual(['café', '日本語'])
  await content.settles()
  const page = await hashtag(alice, '#ＣＡＦÉ')
  expect(page).toMatchObject({ name: 'café', postCount: 1, viewerFollows: false })
  expect(idsOf(page.posts)).toEqual([one.id])
  expect(idsOf((await hashtag(bob, 'café')).posts)).toEqual([two.id, one.id])
  expect(await hashtag(content.nobody, 'café')).toMatchObject({ viewerFollows: null })
  expect(await hashtag(alice, 'no such tag')).toBeNull()
  expect(await hashtag(alice, 'unheardof')).toBeNull()
  expect(three.hashtags).toHaveLength(1)
})

test('a post leaves a hashtag’s page at once with an edit, a smaller audience, the archive and its deletion', async () => {
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.unshift((await posts({ caption: '#leaving' })).id)
  const [kept, edited, hidden, archived, deleted] = ids
  const shown = async () => idsOf((await hashtag(bob, 'leaving')).posts)
  expect(await shown()).toEqual(ids)
  await alice.does('updatePost', { postId: edited, caption: '#elsewhere' })
  await alice.does('updatePost', { postId: hidden, audience: 'ONLY_ME' })
  await alice.does('archivePost', { postId: archived })
  await alice.does('deletePost', { postId: deleted })
  expect(await shown()).toEqual([kept])
  expect(idsOf((await hashtag(bob, 'elsewhere')).posts)).toEqual([edited])
  await content.settles()
  expect((await hashtag(bob, 'leaving')).postCount).toBe(1)
  await alice.does('unarchivePost', { postId: archived })
  await alice.does('updatePost', { postId: hidden, audience: 'PUBLIC' })
  await content.settles()
  expect(await shown()).toEqual([kept, hidden, archived])
  expect((await hashtag(bob, 'leaving')).postCount).toBe(3)
})

test('a draft’s new hashtag has no page until it is published (V18)', async () => {
  const draft = await posts({ caption: '#secretproject', asDraft: true })
  expect(draft.hashtags).toEqual([])
  expect(await hashtag(alice, 'secretproject')).toBeNull()
  const entities = 'captionEntities { kind start length hashtag { name } }'
  expect((await fieldsFor(alice, draft.id, entities)).captionEntities).toEqual([
    { kind: 'HASHTAG', start: 0, length: 14, hashtag: null },
  ])
  await alice.does('publishPost', { postId: draft.id })
  expect(idsOf((await hashtag(bob, 'secretproject')).posts)).toEqual([draft.id])
})

test('a hashtag that is among some people exists for them alone, by whatever path one asks (V21)', async () => {
  const [dora, friend, erin] = [await content.account(), await content.account(), await content.account()]
  await content.follow(friend, dora)
  const caption = '#annasdivorce'
  const post = await posts({ caption, audience: 'FOLLOWERS' }, dora)
  const [{ id }] = post.hashtags
  await content.settles()
  const seenBy = async (asker: Asker) => {
    const node = `{ _entities(representations: [{ __typename: "Hashtag", id: "${id}", lookup: true }]) { ... on Hashtag { name } } }`
    return [(await hashtag(asker, 'annasdivorce'))?.id, (await asker.asks(node)).data._entities[0]?.name]
  }
  for (const asker of [dora, friend]) expect(await seenBy(asker)).toEqual([id, 'annasdivorce'])
  for (const asker of [erin, content.nobody]) expect(await seenBy(asker)).toEqual([undefined, undefined])
  const draft = await posts({ caption, asDraft: true }, erin)
  expect(draft.hashtags).toEqual([])
  expect((await fieldsFor(erin, draft.id, 'captionEntities { hashtag { id } }')).captionEntities).toEqual([
    { hashtag: null },
  ])
  // A post that one sees shows its own, however many newer ones are among others.
  await hides('#annasdivorce', 40)
  for (const asker of [dora, friend])
    expect(await fieldsFor(asker, post.id, 'hashtags { id } captionEntities { hashtag { id } }')).toEqual({
      ...{ hashtags: [{ id }], captionEntities: [{ hashtag: { id } }] },
    })
  expect(await seenBy(erin)).toEqual([undefined, undefined])
  await topicPosts().deleteMany({ counts: false, publishedAt: { $gt: new Date() } })
  const input = { hashtagId: id }
  expect(await erin.does('followHashtag', input)).toEqual(refusal('NOT_FOUND', 'hashtagId'))
  expect(await erin.does('reportContent', { subjectId: id, reason: 'SPAM' })).toEqual(
    refusal('NOT_FOUND', 'subjectId'),
  )
  const names = (asker: Asker) =>
    content.platform.hashtags.visibleIdsByName(createVisibility(content.platform.facts, asker.id), [
      'annasdivorce',
    ])
  expect([...(await names(friend)).values(), ...(await names(erin)).values()]).toEqual([id])

  // Who follows it knows it, and can let go of it, whatever has become of the posts.
  expect((await friend.does('followHashtag', input)).userErrors).toEqual([])
  await dora.does('deletePost', { postId: post.id })
  expect(await seenBy(friend)).toEqual([id, 'annasdivorce'])
  expect((await friend.does('unfollowHashtag', input)).userErrors).toEqual([])
  expect(await seenBy(friend)).toEqual([undefined, undefined])
})

test('a hashtag counts nobody’s posts who is private or not active, from when on he is and until he no longer is (V14)', async () => {
  const dora = await content.account()
  await posts({ caption: '#turns' })
  await posts({ caption: '#turns', location: { name: 'Turn', latitude: 1, longitude: 1 } }, dora)
  const becomes = async (change: Partial<AccountRow>) => {
    const users = content.platform.db('user').collection<AccountRow>('users')
    await users.updateOne({ _id: dora.id }, { $set: change, $inc: { version: 1 } })
    await followAuthor(deps(), dora.id)
    return (await hashtag(alice, 'turns')).postCount
  }
  await content.settles()
  expect((await hashtag(alice, 'turns')).postCount).toBe(2)
  expect(await becomes({ isPrivate: true })).toBe(1)
  // What a private account publishes meanwhile is not counted, and is once it is everyone's.
  await posts({ caption: '#turns' }, dora)
  await content.settles()
  expect((await hashtag(alice, 'turns')).postCount).toBe(1)
  expect(await becomes({ isPrivate: false })).toBe(3)
  expect(await becomes({ status: 'SUSPENDED' })).toBe(1)
  expect(await becomes({ status: 'ACTIVE' })).toBe(3)
  const [first, second] = [true, false].map((isPrivate) => becomes({ isPrivate }))
  await Promise.all([first, second])
  const { isPrivate } = (await content.platform.db('user').collection<AccountRow>('users').findOne({
    _id: dora.id,
  })) as AccountRow
  expect((await hashtag(alice, 'turns')).postCount).toBe(isPrivate ? 1 : 3)
})

test('a stranger meets neither limited nor sensitive posts on the pages of hashtags and places', async () => {
  const place = { name: 'Lagoon', latitude: -5, longitude: 40 }
  const [plain, limited, sensitive] = [
    await posts({ caption: '#lagoon', location: place }),
    await posts({ caption: '#lagoon', location: place }),
    await posts({ caption: '#lagoon', location: place, sensitive: true }),
  ]
  const rows = content.platform.db('content').collection<LivePost>('posts')
  await rows.updateOne({ _id: limited.id }, { $set: { limited: true }, $inc: { version: 1 } })
  await content.platform.facts.posts.refresh([limited.id])
  const fan = await content.account()
  await content.follow(fan, alice)
  const less = await content.account({ sensitiveContent: 'LESS' } as never)
  for (const [asker, seen] of [
    [alice, [sensitive, limited, plain]],
    [fan, [sensitive, limited, plain]],
    [bob, [sensitive, plain]],
    [less, [plain]],
    [content.nobody, [plain]],
  ] as const) {
    const ids = seen.map((post) => post.id)
    expect(idsOf((await hashtag(asker, 'lagoon')).posts)).toEqual(ids)
    expect(await list(asker, 'Place', plain.place.id, 'posts')).toEqual(ids)
  }
})

test('events that come twice count once, and a wrong count heals (C9, C10)', async () => {
  const { id } = await posts({ caption: '#counted' })
  await content.settles()
  await Promise.all([foldTopics(deps(), [id]), foldTopics(deps(), [id])])
  expect((await hashtag(bob, 'counted')).postCount).toBe(1)
  const rows = content.platform.db('content').collection('hashtags')
  await rows.updateOne({ name: 'counted' }, { $set: { postCount: 41, checkedAt: new Date(0) } })
  await healTopics(deps())
  expect((await hashtag(bob, 'counted')).postCount).toBe(1)
})

test('many posts with one new hashtag at once are all on its page and counted', async () => {
  const made = await Promise.all(
    Array.from({ length: 10 }, (_, i) => posts({ caption: '#rush' }, [alice, bob, carol][i % 3])),
  )
  await content.settles()
  const page = await hashtag(content.nobody, 'rush')
  expect(idsOf(page.posts).sort()).toEqual(made.map((post) => post.id).sort())
  expect(page.postCount).toBe(10)
})

test('hashtags can be followed, however often one says so', async () => {
  const { hashtags } = await posts({ caption: '#followed' })
  const input = { hashtagId: hashtags[0].id }
  const fields = 'hashtag { viewerFollows }'
  for (let i = 0; i < 2; i++) {
    expect(await bob.does('followHashtag', input, fields)).toEqual({
      hashtag: { viewerFollows: true },
      userErrors: [],
    })
  }
  expect(await list(bob, 'Viewer', bob.id, 'followedHashtags', 'name')).toEqual(['followed'])
  expect((await bob.does('unfollowHashtag', input, fields)).hashtag.viewerFollows).toBe(false)
  expect(await list(bob, 'Viewer', bob.id, 'followedHashtags', 'name')).toEqual([])
  expect(await bob.does('followHashtag', { hashtagId: 'hashtag_none' }, fields)).toEqual({
    hashtag: null,
    ...refusal('NOT_FOUND', 'hashtagId'),
  })
})

test('who is mentioned is linked and told, unless he does not let himself be, blocks the author, or is hidden (V7, K5)', async () => {
  await content.account({ username: 'quiet', mentionPolicy: 'NOBODY' })
  const dave = await content.account({ username: 'dave' })
  await content.blocks(dave, alice)
  const caption =
    '🔭 @Bob @carol @bob @dave @quiet @nobody @alice bob@example.org https://example.org/@bob #x'
  const post = await posts({ caption })
  const entities = 'mentions { id } captionEntities { kind start length user { id } url hashtag { name } }'
  const mention = (name: string, asker: Asker, from = 0) => ({
    kind: 'MENTION',
    start: caption.indexOf(name, from),
    length: name.length,
    user: { id: asker.id },
    url: null,
    hashtag: null,
  })
  const url = {
    kind: 'URL',
    start: caption.indexOf('https'),
    length: 24,
    user: null,
    url: 'https://example.org/@bob',
    hashtag: null,
  }
  const tag = {
    ...url,
    kind: 'HASHTAG',
    start: caption.indexOf('#x'),
    length: 2,
    url: null,
    hashtag: { name: 'x' },
  }
  expect(await fieldsFor(carol, post.id, entities)).toEqual({
    mentions: [bob, carol, alice].map(({ id }) => ({ id })),
    captionEntities: [
      mention('@Bob', bob),
      mention('@carol', carol),
      mention('@bob', bob),
      mention('@alice', alice),
      url,
      tag,
    ],
  })
  expect((await told('user.mentioned', post.id)).sort()).toEqual([bob.id, carol.id].sort())
  // Whom the viewer may not see is not there for him.
  await content.blocks(carol, bob)
  expect((await fieldsFor(carol, post.id, 'mentions { id }')).mentions).toEqual(
    [carol, alice].map(({ id }) => ({ id })),
  )
  await content.parts(carol, bob)
})

test('an edit tells new mentions only, and a draft tells nobody before it is published (K4)', async () => {
  const draft = await posts({ caption: 'hello @bob', asDraft: true })
  expect(await told('user.mentioned', draft.id)).toEqual([])
  await alice.does('publishPost', { postId: draft.id })
  expect(await told('user.mentioned', draft.id)).toEqual([bob.id])
  await alice.does('updatePost', { postId: draft.id, caption: 'hello @bob and @carol' })
  await alice.does('updatePost', { postId: draft.id, caption: 'bye @carol' })
  expect(await told('user.mentioned', draft.id)).toEqual([bob.id, carol.id])
  expect(await told('user.unmentioned', draft.id)).toEqual([bob.id])
})

const tags = 'userTags { user { id } media { id } x y status }'

test('a tag shows to others once the person has approved it, and stays away when he removed it', async () => {
  const mediaId = await itemOf(alice)
  const post = await posts({ userTags: [{ userId: bob.id, x: 0.25, y: 1 }] })
  const tag = { user: { id: bob.id }, media: { id: mediaId }, x: 0.25, y: 1, status: 'PENDING' }
  const seenBy = async (asker: Asker) => (await fieldsFor(asker, post.id, tags)).userTags
  expect(await seenBy(bob)).toEqual([tag])
  expect(await seenBy(alice)).toEqual([tag])
  expect(await seenBy(carol)).toEqual([])
  expect(await told('user.tagged', post.id)).toEqual([bob.id])
  expect(await list(bob, 'Viewer', bob.id, 'pendingTags')).toEqual([post.id])
  expect(await list(carol, 'User', bob.id, 'taggedPosts')).toEqual([])
  expect(await carol.does('approveTag', { postId: post.id }, 'post { id }')).toEqual({
    post: null,
    ...refusal('NOT_FOUND', 'postId'),
  })

  await bob.does('approveTag', { postId: post.id })
  expect(await seenBy(carol)).toEqual([{ ...tag, status: 'APPROVED' }])
  expect(await list(carol, 'User', bob.id, 'taggedPosts')).toEqual([post.id])
  expect(await list(bob, 'Viewer', bob.id, 'pendingTags')).toEqual([])

  expect((await carol.does('removeTag', { postId: post.id, userId: bob.id })).userErrors[0].code).toBe(
    'FORBIDDEN',
  )
  await bob.does('removeTag', { postId: post.id })
  expect(await told('user.untagged', post.id)).toEqual([bob.id])
  expect(await seenBy(alice)).toEqual([])
  expect(await list(carol, 'User', bob.id, 'taggedPosts')).toEqual([])
  expect(await alice.does('updatePost', { postId: post.id, userTags: [{ userId: bob.id }] })).toEqual(
    refusal('BLOCKED_BY_POLICY', 'userTags'),
  )
})

test('an author changes his tags; who is tagged already keeps his answer', async () => {
  const post = await posts({ userTags: [{ userId: bob.id }] })
  await bob.does('approveTag', { postId: post.id })
  const update = (userTags: object[]) =>
    alice.does('updatePost', { postId: post.id, userTags }, `post { ${tags} }`)
  const states = ({
    post: { userTags },
  }: {
    post: { userTags: { user: { id: string }; status: string }[] }
  }) => Object.fromEntries(userTags.map(({ user, status }) => [user.id, status]))
  expect(states(await update([{ userId: bob.id, x: 0, y: 0 }, { userId: carol.id }]))).toEqual({
    [bob.id]: 'APPROVED',
    [carol.id]: 'PENDING',
  })
  expect((await told('user.tagged', post.id)).sort()).toEqual([bob.id, carol.id].sort())
  expect(states(await update([{ userId: carol.id }]))).toEqual({ [carol.id]: 'PENDING' })
  expect(await told('user.untagged', post.id)).toEqual([bob.id])
  const { post: rest } = await alice.does(
    'removeTag',
    { postId: post.id, userId: carol.id },
    `post { ${tags} }`,
  )
  expect(rest.userTags).toEqual([])
})

test('an author rids his post of who is hidden from him, and learns nothing by it (V1, V2)', async () => {
  const account = () => content.account()
  const [blocked, blocker, removed, stranger] = [
    await account(),
    await account(),
    await account(),
    await account(),
  ]
  const post = await posts({ userTags: [blocked, blocker, removed].map(({ id }) => ({ userId: id })) })
  for (const person of [blocked, blocker]) await person.does('approveTag', { postId: post.id })
  await removed.does('removeTag', { postId: post.id })
  await content.blocks(alice, blocked)
  await content.blocks(blocker, alice)

  const answers = []
  for (const { id } of [blocked, blocker, removed, stranger, { id: 'user_01j00000000000000000000000' }])
    answers.push(
      await alice.does('removeTag', { postId: post.id, userId: id }, 'post { id } userErrors { code }'),
    )
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
    new Set([JSON.stringify({ post: { id: post.id }, userErrors: [] })]),
  )
  // Others saw them there, and do no more; who took himself out stays out.
  expect((await fieldsFor(carol, post.id, tags)).userTags).toEqual([])
  expect((await told('user.untagged', post.id)).sort()).toEqual([blocked.id, blocker.id, removed.id].sort())
  expect(await alice.does('updatePost', { postId: post.id, userTags: [{ userId: removed.id }] })).toEqual(
    refusal('BLOCKED_BY_POLICY', 'userTags'),
  )
})

test('whom an author may not tag is refused, and nonsense with it (V7)', async () => {
  const quiet = await content.account({ mentionPolicy: 'FOLLOWING' })
  const erin = await content.account()
  await content.blocks(erin, alice)
  const mediaIds = [await itemOf(alice)]
  const tries = (userTags: object[]) => alice.does('createPost', { mediaIds, userTags })
  expect(await tries([{ userId: erin.id }])).toEqual(refusal('NOT_FOUND', 'userTags'))
  expect(await tries([{ userId: 'user_none' }])).toEqual(refusal('NOT_FOUND', 'userTags'))
  expect(await tries([{ userId: quiet.id }])).toEqual(refusal('BLOCKED_BY_POLICY', 'userTags'))
  expect(await tries([{ userId: bob.id }, { userId: bob.id }])).toEqual(refusal('INVALID', 'userTags'))
  expect(await tries([{ userId: bob.id, x: 1.1, y: 0 }])).toEqual(refusal('INVALID', 'userTags'))
  expect(await tries([{ userId: bob.id, x: 1 }])).toEqual(refusal('INVALID', 'userTags'))
  expect(await tries([{ userId: bob.id, mediaId: await itemOf(bob) }])).toEqual(
    refusal('INVALID', 'userTags'),
  )
  expect(await tries(Array.from({ length: 21 }, () => ({ userId: bob.id })))).toEqual(
    refusal('TOO_MANY', 'userTags'),
  )
  await content.follow(quiet, alice)
  expect((await tries([{ userId: quiet.id }])).userErrors).toEqual([])
})

const near = async (asker: Asker, latitude: number, longitude: number, radiusMeters: number) =>
  (
    await asker.asks(
      `query ($latitude: Float!, $longitude: Float!, $radiusMeters: Int) {
        placesNear(latitude: $latitude, longitude: $longitude, radiusMeters: $radiusMeters) { name } }`,
      { latitude, longitude, radiusMeters },
    )
  ).data.placesNear.map((place: { name: string }) => place.name)

test('a location is found again by name and nearness, and has a page', async () => {
  const location = { name: 'Pier  7', latitude: 53.5, longitude: 9.9 }
  // Of several posts at once by whoever brings a place each names the same one.
  const made = await Promise.all([alice, alice, alice].map((asker) => posts({ location }, asker)))
  const [place] = made.map((post) => post.place)
  made.push(...(await Promise.all([bob, carol].map((asker) => posts({ location }, asker)))))
  expect(new Set(made.map((post) => post.place.id)).size).toBe(1)
  // 100 m to the north, written otherwise.
  const again = await posts({ location: { name: 'PIER 7', latitude: 53.5009, longitude: 9.9 } })
  expect(again.place.id).toBe(place.id)
  const far = await posts({ location: { ...location, latitude: 53.51 } })
  expect(far.place.id).not.toBe(place.id)
  const other = await posts({ location: { ...location, name: 'Pier 8' } })
  const byId = await posts({ placeId: other.place.id }, bob)
  expect(byId.place).toEqual(other.place)

  await content.settles()
  const { data } = await bob.asks(
    'query ($id: ID!) { place(id: $id) { name latitude longitude postCount posts(first: 10) { nodes { id } } } }',
    { id: place.id },
  )
  expect(data.place).toMatchObject({ name: 'Pier  7', latitude: 53.5, longitude: 9.9, postCount: 6 })
  expect(idsOf(data.place.posts).sort()).toEqual([...made, again].map((post) => post.id).sort())
  expect(await near(content.nobody, 53.5, 9.9, 200)).toHaveLength(2)
  expect(await near(content.nobody, 53.5, 9.9, 5_000)).toEqual(expect.arrayContaining(['Pier  7', 'Pier 8']))
})

test('a place exists for who may see a post that was made there, and nobody else (V21)', async () => {
  const home = { name: 'Home', latitude: 48.1, longitude: 11.5 }
  const post = await posts({ location: home, audience: 'FOLLOWERS' })
  const placeFor = async (asker: Asker) =>
    (await asker.asks('query ($id: ID!) { place(id: $id) { name } }', { id: post.place.id })).data.place
  const erin = await content.account()
  expect(await placeFor(alice)).toEqual({ name: 'Home' })
  expect(await placeFor(erin)).toBeNull()
  expect(await near(erin, 48.1, 11.5, 1_000)).toEqual([])
  expect(await erin.does('createPost', { mediaIds: [await itemOf(erin)], placeId: post.place.id })).toEqual(
    refusal('NOT_FOUND', 'placeId'),
  )
  await content.follow(erin, alice)
  expect(await placeFor(erin)).toEqual({ name: 'Home' })
  expect(await near(erin, 48.1, 11.5, 1_000)).toEqual(['Home'])
})

test('a location where only hidden posts were made is a new place, as one where nobody has been (V21)', async () => {
  const cottage = { name: 'Anna’s cottage', latitude: 47.1, longitude: 8.5 }
  const placeOf = async (owner: Asker, input: object = {}) =>
    (await posts({ location: cottage, ...input }, owner)).place.id
  const hidden = await placeOf(alice, { audience: 'ONLY_ME' })
  const draft = await placeOf(bob, { asDraft: true })
  const [erin, fan, finn] = [await content.account(), await content.account(), await content.account()]
  await content.follow(fan, alice)
  const own = await placeOf(erin, { asDraft: true })
  expect(new Set([hidden, draft, own]).size).toBe(3)
  // Each finds his own again, and whoever sees one by a post finds that.
  expect([await placeOf(alice, { audience: 'FOLLOWERS' }), await placeOf(erin)]).toEqual([hidden, own])
  expect([await placeOf(finn), await placeOf(fan)]).toEqual([own, hidden])
  // However many posts of another place of that name are hidden from him.
  await hides(hidden, 2_000)
  expect(await placeOf(finn)).toBe(own)
})

test('of a post that is hidden nobody learns whom it tags, nor leaves a trace of asking (V1, V21)', async () => {
  const quiet = await content.account({ mentionPolicy: 'NOBODY' })
  const other = await content.account({ mentionPolicy: 'FOLLOWING' })
  await content.follow(other, alice)
  const post = await posts({ userTags: [{ userId: other.id }] })
  const erin = await content.account()
  await content.blocks(alice, erin)
  const location = { name: 'Where erin asked', latitude: 3, longitude: 3 }
  const answers = []
  for (const postId of [post.id, 'post_01j00000000000000000000000'])
    for (const { id } of [other, quiet])
      answers.push(await erin.does('updatePost', { postId, userTags: [{ userId: id }], location }))
  for (const answer of answers) expect(answer).toEqual(refusal('NOT_FOUND', 'postId'))
  const places = content.platform.db('content').collection('places')
  expect(await places.countDocuments({ creatorId: erin.id })).toBe(0)
})

test('positions and distances have bounds', async () => {
  const tries = (location: object) => async () => {
    const { userErrors } = await alice.does('createPost', { mediaIds: [await itemOf(alice)], location })
    return userErrors[0]?.code
  }
  expect(await tries({ name: 'x', latitude: 90.1, longitude: 0 })()).toBe('INVALID')
  expect(await tries({ name: 'x', latitude: 0, longitude: -180.1 })()).toBe('INVALID')
  expect(await tries({ name: ' ', latitude: 0, longitude: 0 })()).toBe('INVALID')
  expect(await tries({ name: 'x'.repeat(101), latitude: 0, longitude: 0 })()).toBe('TOO_LONG')
  expect(await tries({ name: 'Pole', latitude: 90, longitude: 180 })()).toBeUndefined()
  const { codes } = await alice.asks('{ placesNear(latitude: 91, longitude: 0, radiusMeters: 10) { id } }')
  expect(codes).toEqual(['BAD_USER_INPUT'])
  const { codes: far } = await alice.asks(
    '{ placesNear(latitude: 1, longitude: 0, radiusMeters: 50001) { id } }',
  )
  expect(far).toEqual(['BAD_USER_INPUT'])
})
