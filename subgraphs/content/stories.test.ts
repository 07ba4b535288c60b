// Stories through the subgraph's own schema: who sees them and until when, what people do with them.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { storyMs } from '#platform/stories.ts'
import { type Asker, type RunningContent, refusal, startContent } from './fixtures.ts'

let content: RunningContent
let alice: Asker
let bob: Asker
let carol: Asker
const bytes = Buffer.from('these could be a picture')
const clock = { ahead: 0 }

beforeAll(async () => {
  content = await startContent()
  content.platform.now = () => Date.now() + clock.ahead
  ;[alice, bob, carol] = await Promise.all([content.account(), content.account(), content.account()])
  await content.follow(bob, alice)
})
afterEach(() => {
  clock.ahead = 0
})
afterAll(() => content.stack.disposeAsync())

const ready = (owner = alice) => content.ready(owner)
const tells = async (owner: Asker, input: Record<string, unknown> = {}) => {
  const mediaId = input.mediaId ?? (await ready(owner))
  const answer = await owner.does('createStory', { mediaId, ...input }, 'story { id status }')
  if (!answer.story) throw new Error(JSON.stringify(answer))
  return answer.story.id as string
}
const entity = async (asker: Asker, type: string, id: string, fields: string) => {
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { ${fields} } } }`
  const { data, codes } = await asker.asks(query, { r: [{ __typename: type, id }] })
  expect(codes).toEqual([])
  return data._entities[0]
}
const story = (asker: Asker, id: string, fields = 'id') => entity(asker, 'Story', id, fields)
const storiesOf = async (asker: Asker, owner: Asker, first = 100): Promise<string[] | null> =>
  (await entity(asker, 'User', owner.id, `stories(first: ${first}) { nodes { id } }`)).stories?.nodes.map(
    (node: { id: string }) => node.id,
  ) ?? null
const closeFriend = (owner: Asker, friend: Asker) =>
  content.relates(owner, friend, { closeFriendAt: new Date() }, { closeFriendOfAt: new Date() })
const events = (name: string, storyId: string) =>
  content.platform.db('content').collection('outbox').countDocuments({ name, 'payload.storyId': storyId })

test('a story whose picture is still processed is its author’s alone, and everyone’s who may see it once it is playable', async () => {
  const mediaId = await content.uploads(alice, bytes, 'image/jpeg')
  const id = await tells(alice, { mediaId })
  expect(await story(alice, id, 'status viewerHasSeen author { id }')).toEqual({
    status: 'PROCESSING',
    viewerHasSeen: true,
    author: { id: alice.id },
  })
  expect(await story(bob, id)).toBeNull()
  expect(await storiesOf(bob, alice)).not.toContain(id)
  await content.finishes(mediaId)
  await content.settles()
  expect(await story(bob, id, 'status viewerHasSeen media { status }')).toEqual({
    status: 'PUBLISHED',
    viewerHasSeen: false,
    media: { status: 'READY' },
  })
  expect(await events('story.published', id)).toBe(1)
  expect(await story(content.nobody, id)).toBeNull()

  const later = await tells(alice)
  expect((await storiesOf(bob, alice))?.slice(-2)).toEqual([id, later])
})

test('only own items that have their bytes can be a story, once a key', async () => {
  const mediaId = await ready(alice)
  expect(await bob.does('createStory', { mediaId })).toEqual(refusal('NOT_FOUND', 'mediaId'))
  const empty = await content.uploads(alice, bytes, 'image/jpeg', false)
  expect(await alice.does('createStory', { mediaId: empty })).toEqual(refusal('CONFLICT', 'mediaId'))
  expect(await content.nobody.does('createStory', { mediaId })).toEqual(['UNAUTHENTICATED'])
  const input = { mediaId, idempotencyKey: 'story' }
  const made = await Promise.all(
    Array.from({ length: 8 }, () => alice.does('createStory', input, 'story { id }')),
  )
  expect(new Set(made.map((answer) => answer.story.id)).size).toBe(1)
})

test('at its end a story is gone for others, its picture too, though no worker has run; its author has it in his archive (S1, S3)', async () => {
  const dora = await content.account()
  await content.follow(bob, dora)
  const mediaId = await ready(dora)
  const id = await tells(dora, { mediaId })
  const { expiresAt, createdAt } = await story(dora, id, 'createdAt expiresAt')
  expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(storyMs)
  expect(await entity(bob, 'Media', mediaId, 'id')).toEqual({ id: mediaId })

  clock.ahead = storyMs - 60_000
  expect(await storiesOf(bob, dora)).toEqual([id])
  clock.ahead = storyMs
  expect(await story(bob, id)).toBeNull()
  expect(await storiesOf(bob, dora)).toEqual([])
  expect(await entity(bob, 'Media', mediaId, 'id')).toBeNull()
  for (const [mutation, more] of [
    ['markStoryViewed', {}],
    ['reactToStory', { emoji: '🔭' }],
    ['voteStoryPoll', { optionIndex: 0 }],
    ['answerStoryQuestion', { text: 'late' }],
  ] as const) {
    expect(await bob.does(mutation, { storyId: id, ...more })).toEqual(refusal('NOT_FOUND', 'storyId'))
  }
  expect(await storiesOf(dora, dora)).toEqual([])
  const archive = 'storyArchive(first: 5) { nodes { id status } }'
  expect((await entity(dora, 'Viewer', dora.id, archive)).storyArchive.nodes).toEqual([
    { id, status: 'PUBLISHED' },
  ])
  expect(await entity(bob, 'Viewer', dora.id, archive)).toBeNull()
})

test('a story for close friends leaves no trace for others (V17), and none is shown to those it is hidden from', async () => {
  const dora = await content.account()
  for (const follower of [bob, carol]) await content.follow(follower, dora)
  await closeFriend(dora, bob)
  const mediaId = await ready(dora)
  const secret = await tells(dora, { mediaId, audience: 'CLOSE_FRIENDS' })
  const open = await tells(dora)
  const kept = await dora.does('createHighlight', { storyIds: [secret] }, 'highlight { id }')
  const highlight = kept.highlight.id as string

  expect(await storiesOf(bob, dora)).toEqual([secret, open])
  expect(await entity(bob, 'Highlight', highlight, 'title')).toEqual({ title: 'Highlights' })
  const list = 'highlights(first: 5) { nodes { id } }'
  expect((await entity(bob, 'User', dora.id, list)).highlights.nodes).toEqual([{ id: highlight }])

  expect(await storiesOf(carol, dora)).toEqual([open])
  expect(await story(carol, secret)).toBeNull()
  expect(await entity(carol, 'Media', mediaId, 'id')).toBeNull()
  expect(await entity(carol, 'Highlight', highlight, 'title')).toBeNull()
  expect((await entity(carol, 'User', dora.id, list)).highlights.nodes).toEqual([])
  expect(await carol.does('markStoryViewed', { storyId: secret })).toEqual(refusal('NOT_FOUND', 'storyId'))
  expect(await carol.does('deleteHighlight', { highlightId: highlight })).toEqual(
    refusal('NOT_FOUND', 'highlightId'),
  )
  const report = { subjectId: highlight, reason: 'SPAM' }
  expect(await carol.does('reportContent', report)).toEqual(refusal('NOT_FOUND', 'subjectId'))
  expect((await bob.does('reportContent', report)).userErrors).toEqual([])

  await content.relates(dora, bob, { hidesStoriesAt: new Date() }, { storiesHiddenByAt: new Date() })
  expect(await storiesOf(bob, dora)).toEqual([])
  expect(await story(bob, open)).toBeNull()
})

test('views are counted once each, and the count is the list (C6)', async () => {
  const dora = await content.account()
  const id = await tells(dora)
  const viewers = await Promise.all(Array.from({ length: 30 }, () => content.account()))
  await Promise.all(
    [dora, ...viewers, ...viewers, ...viewers].map((viewer) =>
      viewer.does('markStoryViewed', { storyId: id }, 'story { viewerHasSeen viewerCount }'),
    ),
  )
  const [first] = viewers
  expect(
    await story(first as Asker, id, 'viewerHasSeen viewerCount viewers(first: 1) { nodes { id } }'),
  ).toEqual({
    viewerHasSeen: true,
    viewerCount: null,
    viewers: null,
  })
  expect(await events('story.viewed', id)).toBe(30)

  const walk = async () => {
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const page: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } = (
        await story(
          dora,
          id,
          `viewers(first: 7${after ? `, after: "${after}"` : ''}) { nodes { id } pageInfo { hasNextPage endCursor } }`,
        )
      ).viewers
      seen.push(...page.nodes.map((node) => node.id))
      if (!page.pageInfo.hasNextPage) return seen
      after = page.pageInfo.endCursor
    }
  }
  const count = async () => (await story(dora, id, 'viewerCount')).viewerCount
  expect((await walk()).toSorted()).toEqual(viewers.map((viewer) => viewer.id).toSorted())
  expect(await count()).toBe(30)
  // Who is hidden from the author by now is neither listed nor counted.
  await content.blocks(first as Asker, dora)
  expect(await walk()).not.toContain(first?.id)
  expect(await count()).toBe(29)
})

test('its author alone hears who sees it', async () => {
  const id = await tells(alice)
  const document = 'subscription ($id: ID!) { storyViewed(storyId: $id) { cursor story { id viewerCount } } }'
  const quiet = { cursor: null, event: null }
  const payload = { storyId: id, authorId: alice.id, userId: bob.id }
  const event = { id: 'event_1', name: 'story.viewed', at: new Date(), payload } as const
  await bob.does('markStoryViewed', { storyId: id })
  expect((await alice.asks(document, { id }, quiet)).data).toEqual({ storyViewed: null })
  expect((await alice.asks(document, { id }, { cursor: '7', event })).data.storyViewed).toEqual({
    cursor: '7',
    story: { id, viewerCount: 1 },
  })
  for (const asker of [bob, content.nobody])
    expect((await asker.asks(document, { id }, quiet)).codes).toEqual(['FORBIDDEN'])
  expect((await alice.asks(document, { id: 'story_none' }, quiet)).codes).toEqual(['FORBIDDEN'])
})

test('a poll counts each vote once, however often it is cast, and shows the result to who has voted (C5)', async () => {
  const id = await tells(alice, { stickers: { poll: { question: 'Tea?', options: ['Yes', 'No', 'Later'] } } })
  const poll = 'poll { question voteCount viewerVote options { text voteCount } }'
  const vote = (asker: Asker, optionIndex: number) =>
    asker.does('voteStoryPoll', { storyId: id, optionIndex }, `story { ${poll} }`)
  expect((await story(bob, id, poll)).poll).toEqual({
    ...{ question: 'Tea?', voteCount: null, viewerVote: null },
    options: ['Yes', 'No', 'Later'].map((text) => ({ text, voteCount: null })),
  })
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => vote(bob, i % 2)))
  const accepted = new Set(
    answers.filter((answer) => answer.story).map((answer) => answer.story.poll.viewerVote),
  )
  expect(accepted.size).toBe(1)
  for (const answer of answers.filter(({ story: none }) => !none))
    expect(answer.userErrors).toEqual(refusal('CONFLICT', 'optionIndex').userErrors)
  await vote(carol, 2)
  const [option] = accepted
  const counts = ['Yes', 'No', 'Later'].map((text, i) => ({
    text,
    voteCount: i === option || i === 2 ? 1 : 0,
  }))
  expect((await story(bob, id, poll)).poll).toMatchObject({ voteCount: 2, options: counts })
  expect((await story(alice, id, poll)).poll).toMatchObject({
    voteCount: 2,
    viewerVote: null,
    options: counts,
  })

  expect(await vote(carol, 3)).toMatchObject(refusal('INVALID', 'optionIndex'))
  expect(await vote(carol, -1)).toMatchObject(refusal('INVALID', 'optionIndex'))
  expect(await vote(alice, 0)).toMatchObject(refusal('FORBIDDEN', 'storyId'))
  const plain = await tells(alice)
  expect(await bob.does('voteStoryPoll', { storyId: plain, optionIndex: 0 })).toEqual(
    refusal('CONFLICT', 'storyId'),
  )
})

test('reactions and answers reach the author alone', async () => {
  const id = await tells(alice, { stickers: { question: { prompt: 'Where to?' } } })
  const react = (emoji: string | null) =>
    bob.does('reactToStory', { storyId: id, emoji }, 'story { viewerReaction viewerHasSeen }')
  for (const emoji of ['', 'no', '👍👍', 'x'.repeat(17)])
    expect((await react(emoji)).userErrors[0].field).toEqual(['input', 'emoji'])
  expect((await react('👩🏽‍🚀')).story).toEqual({ viewerReaction: '👩🏽‍🚀', viewerHasSeen: true })
  expect((await react('❤️')).story.viewerReaction).toBe('❤️')
  expect(await events('story.reacted', id)).toBe(1)
  const viewers = 'viewers(first: 5) { edges { node { id } viewedAt reaction } }'
  expect((await story(alice, id, viewers)).viewers.edges).toEqual([
    { node: { id: bob.id }, viewedAt: expect.any(String), reaction: '❤️' },
  ])
  expect((await react(null)).story.viewerReaction).toBeNull()
  expect(await events('story.unreacted', id)).toBe(1)
  expect(await alice.does('reactToStory', { storyId: id, emoji: '❤️' })).toEqual(
    refusal('FORBIDDEN', 'storyId'),
  )

  const answer = (asker: Asker, text: string) =>
    asker.does('answerStoryQuestion', { storyId: id, text }, 'story { question { prompt viewerAnswer } }')
  await answer(bob, 'Nowhere')
  expect((await answer(bob, 'To sea')).story.question).toEqual({
    prompt: 'Where to?',
    viewerAnswer: 'To sea',
  })
  await answer(carol, 'Up')
  const answers = 'question { answers(first: 5) { nodes { author { id } text } } }'
  expect((await story(alice, id, answers)).question.answers.nodes).toEqual([
    { author: { id: carol.id }, text: 'Up' },
    { author: { id: bob.id }, text: 'To sea' },
  ])
  expect((await story(bob, id, answers)).question.answers).toBeNull()
  expect((await answer(bob, 'x'.repeat(501))).userErrors[0].code).toBe('TOO_LONG')
})

test('one mentions only whom one may see and who allows it; who is blocked does nothing (V7)', async () => {
  const [dora, erin] = [await content.account(), await content.account()]
  await content.blocks(erin, dora)
  const mediaId = await ready(dora)
  const mention = (...people: Asker[]) => ({ mention: people.map(({ id: userId }) => ({ userId })) })
  expect(await dora.does('createStory', { mediaId, stickers: mention(erin) })).toEqual(
    refusal('NOT_FOUND', 'stickers'),
  )
  const users = content.platform.db('user').collection<{ _id: string }>('users')
  await users.updateOne({ _id: carol.id }, { $set: { mentionPolicy: 'NOBODY' } })
  await content.platform.facts.accounts.refresh([carol.id])
  expect(await dora.does('createStory', { mediaId, stickers: mention(carol) })).toEqual(
    refusal('BLOCKED_BY_POLICY', 'stickers'),
  )
  const id = await tells(dora, { mediaId, stickers: mention(bob, dora) })
  expect((await story(bob, id, 'mentions { id } stickers { kind user { id } }')).mentions).toEqual([
    { id: bob.id },
    { id: dora.id },
  ])
  expect(await events('story.mentioned', id)).toBe(1)
  for (const mutation of ['markStoryViewed', 'reactToStory', 'deleteStory'])
    expect(await erin.does(mutation, { storyId: id })).toEqual(refusal('NOT_FOUND', 'storyId'))
  await content.blocks(dora, bob)
  expect((await story(alice, id, 'mentions { id }')).mentions).toHaveLength(2)
  expect(await story(bob, id)).toBeNull()
})

test('a highlight keeps stories with their audience beyond their day, until they are taken out (S2)', async () => {
  const dora = await content.account()
  for (const follower of [bob, carol]) await content.follow(follower, dora)
  await closeFriend(dora, bob)
  const secret = await tells(dora, { audience: 'CLOSE_FRIENDS', stickers: { poll: {} } })
  const open = await tells(dora)
  const loose = await tells(dora)
  const create = (input: object) => dora.does('createHighlight', input as never, 'highlight { id title }')
  expect(await create({ storyIds: [secret, secret] })).toMatchObject(refusal('INVALID', 'storyIds'))
  expect(await create({ storyIds: [] })).toMatchObject(refusal('INVALID', 'storyIds'))
  expect(await create({ storyIds: [open], coverStoryId: loose })).toMatchObject(
    refusal('INVALID', 'coverStoryId'),
  )
  expect(await bob.does('createHighlight', { storyIds: [open] })).toEqual(refusal('NOT_FOUND', 'storyIds'))
  const { highlight } = await create({ storyIds: [secret, open], title: 'Trips', coverStoryId: secret })
  expect(highlight.title).toBe('Trips')
  await create({ storyIds: [open] })

  clock.ahead = storyMs + 1
  const fields = 'cover { id } stories(first: 5) { nodes { id } }'
  const seenBy = async (asker: Asker) =>
    (await entity(asker, 'Highlight', highlight.id, fields)).stories.nodes
  expect(await seenBy(bob)).toEqual([{ id: secret }, { id: open }])
  expect(await seenBy(carol)).toEqual([{ id: open }])
  const coverFor = async (asker: Asker) => (await entity(asker, 'Highlight', highlight.id, fields)).cover.id
  expect(await coverFor(bob)).not.toBe(await coverFor(carol))
  expect(await story(carol, loose)).toBeNull()
  expect(await bob.does('voteStoryPoll', { storyId: secret, optionIndex: 0 })).toEqual(
    refusal('EXPIRED', 'storyId'),
  )
  expect(await storiesOf(bob, dora)).toEqual([])

  expect(await bob.does('updateHighlight', { highlightId: highlight.id })).toEqual(
    refusal('FORBIDDEN', 'highlightId'),
  )
  const update = (input: object) =>
    dora.does('updateHighlight', { highlightId: highlight.id, ...input }, `highlight { title ${fields} }`)
  expect((await update({ title: 'Voyages' })).highlight).toMatchObject({ title: 'Voyages' })
  await update({ storyIds: [secret, loose] })
  expect(await seenBy(carol)).toEqual([{ id: loose }])
  // The other highlight still shows this one.
  expect(await story(carol, open)).toEqual({ id: open })
  expect(
    (await dora.does('deleteHighlight', { highlightId: highlight.id }, 'highlight { title }')).highlight,
  ).toEqual({ title: 'Voyages' })
  expect(await story(carol, loose)).toBeNull()
  expect(await story(bob, secret)).toBeNull()
  expect(await story(dora, secret)).toEqual({ id: secret })
  expect(await dora.does('deleteHighlight', { highlightId: highlight.id })).toEqual(
    refusal('NOT_FOUND', 'highlightId'),
  )
})

test('a story that is taken out of two highlights at once is in none', async () => {
  const dora = await content.account()
  await content.follow(bob, dora)
  const [id, other] = [await tells(dora), await tells(dora)]
  const made = await Promise.all(
    [1, 2].map(() => dora.does('createHighlight', { storyIds: [id, other] }, 'highlight { id }')),
  )
  clock.ahead = storyMs + 1
  expect(await story(bob, id)).toEqual({ id })
  await Promise.all(
    made.map(({ highlight }) =>
      dora.does('updateHighlight', { highlightId: highlight.id, storyIds: [other] }),
    ),
  )
  expect(await story(bob, id)).toBeNull()
  expect(await story(bob, other)).toEqual({ id: other })
})

test('a deleted story is gone at once, with what people did with it, and its picture unless a post shows it (M6)', async () => {
  const [single, shared] = [await ready(), await ready()]
  await alice.does('createPost', { mediaIds: [shared] })
  const gone = await tells(alice, { mediaId: single, stickers: { poll: {}, question: {} } })
  const posted = await tells(alice, { mediaId: shared })
  const { highlight } = await alice.does('createHighlight', { storyIds: [gone, posted] }, 'highlight { id }')
  await bob.does('reactToStory', { storyId: gone })
  await bob.does('voteStoryPoll', { storyId: gone, optionIndex: 0 })
  await bob.does('answerStoryQuestion', { storyId: gone, text: 'a canary' })

  expect(await bob.does('deleteStory', { storyId: gone })).toEqual(refusal('FORBIDDEN', 'storyId'))
  const answers = await Promise.all(
    [1, 2].map(() => alice.does('deleteStory', { storyId: gone }, 'story { id }')),
  )
  expect(answers.filter((answer) => answer.story)).toHaveLength(1)
  for (const asker of [alice, bob]) expect(await story(asker, gone)).toBeNull()
  const left = await entity(bob, 'Highlight', highlight.id, 'stories(first: 5) { nodes { id } }')
  expect(left.stories.nodes).toEqual([{ id: posted }])
  await alice.does('deleteStory', { storyId: posted })
  expect(await entity(bob, 'Highlight', highlight.id, 'id')).toBeNull()
  await content.settles()
  expect(await content.row(single)).toBeNull()
  expect(await content.row(shared)).not.toBeNull()
  const db = content.platform.db('content')
  for (const name of ['storyViews', 'storyVotes', 'storyAnswers'])
    expect(await db.collection(name).countDocuments({ storyId: gone })).toBe(0)
})

test('a post that goes leaves the picture that a story shows', async () => {
  const mediaId = await ready()
  const { post } = await alice.does('createPost', { mediaIds: [mediaId] }, 'post { id }')
  const id = await tells(alice, { mediaId })
  await alice.does('deletePost', { postId: post.id })
  await content.settles()
  expect((await story(bob, id, 'media { id }')).media).toEqual({ id: mediaId })
})

test('a page of stories costs a constant number of reads, however long it is', async () => {
  const dora = await content.account()
  await content.follow(bob, dora)
  for (let i = 0; i < 8; i++) await tells(dora, { stickers: { poll: {}, question: {} } })
  const fields = `id media { id } viewerHasSeen viewerReaction poll { voteCount viewerVote options { voteCount } }
    question { viewerAnswer } viewerCount mentions { id }`
  const readsFor = async (asker: Asker, first: number) => {
    const db = content.platform.db('content')
    await db.command({ profile: 2 })
    const user = await entity(asker, 'User', dora.id, `stories(first: ${first}) { nodes { ${fields} } }`)
    await db.command({ profile: 0 })
    const names = ['stories', 'media', 'storyViews', 'storyVotes', 'storyAnswers']
    const ns = { $in: names.map((name) => `${db.databaseName}.${name}`) }
    const reads = await db.collection('system.profile').countDocuments({ ns })
    await db.collection('system.profile').drop()
    expect(user.stories.nodes).toHaveLength(first)
    return reads
  }
  expect(await readsFor(bob, 2)).toBe(await readsFor(bob, 8))
  expect(await readsFor(dora, 2)).toBe(await readsFor(dora, 8))
})
