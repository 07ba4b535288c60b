// Reports, reviews, appeals, the audit log.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { claimEvents } from '#platform/bus.ts'
import { createComments } from '#platform/comments.ts'
import { createFigures } from '#platform/figures.ts'
import type { Transaction } from '#platform/mongo.ts'
import { createProfiles } from '#platform/profiles.ts'
import { createReportables } from '#platform/reportables.ts'
import { createRecentTexts } from '#platform/text-safety/recent.ts'
import { signedOut } from '#platform/viewer.ts'
import type { DomainEvent } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { testEnvironment } from '../../tests/platform.ts'
import { reviewReportedMessages } from './domain/message-reports.ts'
import { type ReviewDeps, resolveReview } from './domain/moderation.ts'
import { brokenLink, findTampering } from './domain/moderation-audit.ts'
import { bandsOf } from './domain/picture-marks.ts'
import { publishDue } from './domain/scheduling.ts'
import { reviewComments, reviewMessages, reviewProfiles } from './domain/text-review.ts'
import { type Asker, type RunningContent, startContent } from './fixtures.ts'
import type { AuditRow, MediaRow, ReviewItemRow } from './model.ts'
import { tellReviewFigures } from './review-figures.ts'

let content: RunningContent
let alice: Asker
let bob: Asker
let carol: Asker
let moderator: Asker
let second: Asker
let mediaId: string

beforeAll(async () => {
  content = await startContent({ rateLimits: true })
  alice = await content.account({ username: 'alice' })
  bob = await content.account({ username: 'bob' })
  carol = await content.account({ username: 'carol' })
  moderator = await content.account({ username: 'moderator', role: 'MODERATOR' })
  second = await content.account({ username: 'second', role: 'MODERATOR' })
  mediaId = await content.ready(alice)
})
afterAll(() => content.stack.disposeAsync())

const refusal = (code: string, ...field: string[]) => [{ code, field: ['input', ...field] }]
const posts = async (input: Record<string, unknown> = {}): Promise<string> =>
  (await alice.does('createPost', { mediaIds: [mediaId], ...input }, 'post { id }')).post.id
const reports = (asker: Asker, subjectId: string, reason = 'SPAM') =>
  asker.does('reportContent', { subjectId, reason, details: 'look' }, 'report { id status reason subjectId }')
const itemFields =
  'id subjectId subjectKind ownerId text reportCount priority isOpen decision viewerHasClaimed reasons { reason count } appeal { status text } ownerStrikeCount'
const queue = async (asker = moderator) => {
  const { data } = await asker.asks(
    `{ reviewQueue(first: 100) { nodes { ${itemFields} } pageInfo { hasNextPage } } }`,
  )
  return data.reviewQueue.nodes as Record<string, never>[]
}
const itemOf = async (subjectId: string): Promise<Record<string, never> & { id: string }> =>
  (await queue()).find((item) => item.subjectId === subjectId) as never
const decides = (itemId: string, decision: string, by = moderator) =>
  by.does('resolveReview', { itemId, decision }, `item { ${itemFields} }`)
const sees = async (asker: Asker, id: string) =>
  (await asker.asks('query ($id: ID!) { post(id: $id) { id sensitive } }', { id })).data.post
const rowOf = (id: string) => content.store.getPost(id)
const emitted = (name: string) =>
  content.platform.db('content').collection('outbox').find({ name }).sort({ _id: 1 }).toArray()

test('reports of one thing are one review, each person counts once, and no one but moderators sees it', async () => {
  const id = await posts({ caption: 'buy now' })
  const { report, userErrors } = await reports(bob, id)
  expect(userErrors).toEqual([])
  expect(report).toMatchObject({ status: 'OPEN', reason: 'SPAM', subjectId: id })
  expect((await reports(bob, id, 'HATE')).report.id).toBe(report.id)
  await Promise.all([reports(carol, id), reports(second, id)])
  const item = await itemOf(id)
  expect(item).toMatchObject({ subjectKind: 'POST', ownerId: alice.id, text: 'buy now', reportCount: 3 })
  expect(item.reasons).toEqual(
    expect.arrayContaining([
      { reason: 'HATE', count: 1 },
      { reason: 'SPAM', count: 2 },
    ]),
  )
  // The ranking is told once of each who reported.
  const told = (await emitted('content.reported')).map(({ payload }) => payload)
  expect(told).toHaveLength(3)
  for (const person of [bob, carol, second])
    expect(told).toContainEqual({ reporterId: person.id, subjectId: id, ownerId: alice.id })
  const mine = await bob.asks(
    '{ _entities(representations: [{ __typename: "Viewer", id: "' +
      bob.id +
      '" }]) { ... on Viewer { reports(first: 10) { nodes { subjectId status } } } } }',
  )
  expect(mine.data._entities[0].reports.nodes).toEqual([{ subjectId: id, status: 'OPEN' }])
  for (const query of [
    'reviewQueue(first: 1) { nodes { id } }',
    'auditLog(first: 1) { nodes { hash } }',
    'reviewMetrics { backlog }',
  ]) {
    expect((await alice.asks(`{ ${query} }`)).codes).toEqual(['FORBIDDEN'])
    expect((await content.nobody.asks(`{ ${query} }`)).codes).toEqual(['UNAUTHENTICATED'])
  }
  expect((await decides(item.id, 'NONE', alice)).userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
})

test('things of every kind can be reported, and their reporters hear what became of it; their owners do not hear of them', async () => {
  const [nora, ole] = [await content.account(), await content.account()]
  const { platform } = content
  const item = await content.ready(ole)
  const { post } = await ole.does(
    'createPost',
    { mediaIds: [item], caption: 'at #kinds' },
    'post { id hashtags { id } }',
  )
  const { story } = await ole.does('createStory', { mediaId: item }, 'story { id }')
  const kept = { storyIds: [story.id], title: 'Days' }
  const { highlight } = await ole.does('createHighlight', kept, 'highlight { id }')
  const comment = { _id: newId('comment'), postId: post.id, authorId: ole.id, parentId: null, text: 'hm' }
  await platform
    .db('engagement')
    .collection('comments')
    .insertOne({ ...comment, deletedAt: null, createdAt: new Date(), score: 0 } as never)
  const conversation = { _id: newId('conversation'), title: 'Watches', members: [{ userId: nora.id }] }
  await platform
    .db('messaging')
    .collection('conversations')
    .insertOne(conversation as never)
  const owned = [post.id, item, story.id, highlight.id, comment._id, ole.id]
  const things = [...owned, post.hashtags[0].id, conversation._id]
  for (const id of things) expect([id, (await reports(nora, id)).userErrors]).toEqual([id, []])
  const found = await Promise.all(things.map(itemOf))
  expect(found.map(({ subjectKind }) => String(subjectKind))).toEqual([
    ...['POST', 'MEDIA', 'STORY', 'HIGHLIGHT', 'COMMENT', 'USER', 'HASHTAG', 'CONVERSATION'],
  ])
  expect(found.map(({ ownerId }) => ownerId)).toEqual([...owned.map(() => ole.id), null, null])

  // A story that was taken down is its author's alone, and comes back; what becomes of a report its reporter hears.
  const [, , aboutStory, aboutHighlight] = found
  const seesStory = async (asker: Asker) =>
    (
      await asker.asks('query ($r: [_Any!]!) { _entities(representations: $r) { ... on Story { id } } }', {
        r: [{ __typename: 'Story', id: story.id }],
      })
    ).data._entities[0]
  const own = async (asker: Asker, field: string) =>
    (
      await asker.asks(
        `{ _entities(representations: [{ __typename: "Viewer", id: "${asker.id}" }]) { ... on Viewer { ${field} } } }`,
      )
    ).data._entities[0]
  const heard = async () => {
    const { reports: all } = await own(nora, 'reports(first: 20) { nodes { subjectId status } }')
    return new Map(
      all.nodes.map(({ subjectId, status }: { subjectId: string; status: string }) => [subjectId, status]),
    )
  }
  await decides(aboutStory?.id ?? '', 'REMOVE')
  await decides(aboutHighlight?.id ?? '', 'NONE')
  expect(await seesStory(nora)).toBeNull()
  expect(await seesStory(ole)).toEqual({ id: story.id })
  expect((await heard()).get(story.id)).toBe('ACTED')
  expect((await heard()).get(highlight.id)).toBe('DISMISSED')
  expect((await heard()).get(post.id)).toBe('OPEN')
  const told = await own(
    ole,
    'moderationDecisions(first: 20) { nodes { id subjectId decision reason message appeal { text } } } reports(first: 20) { nodes { id } }',
  )
  expect(told.moderationDecisions.nodes.map(({ subjectId }: { subjectId: string }) => subjectId)).toContain(
    story.id,
  )
  expect(JSON.stringify(told)).not.toContain(nora.id)
  await moderator.does('undoReview', { itemId: aboutStory?.id })
  expect(await seesStory(nora)).toEqual({ id: story.id })
  expect((await heard()).get(story.id)).toBe('OPEN')
})

test('ten people who report at the same moment make one review of ten reports', async () => {
  const id = await posts()
  const people = await Promise.all(Array.from({ length: 10 }, () => content.account()))
  const answers = await Promise.all(people.map((person) => reports(person, id)))
  expect(answers.every((answer) => answer.report)).toBe(true)
  expect(await itemOf(id)).toMatchObject({ reportCount: 10 })
})

test('what one does not see cannot be reported, as if it were not there (V11)', async () => {
  const hidden = await posts({ audience: 'ONLY_ME' })
  for (const id of [
    hidden,
    'post_00000000000000000000000000',
    'nonsense',
    'message_00000000000000000000000000',
  ]) {
    expect(await reports(bob, id)).toEqual({ report: null, userErrors: refusal('NOT_FOUND', 'subjectId') })
  }
})

test('a grave reason comes before many small ones', async () => {
  const [spam, grave] = [await posts(), await posts()]
  await Promise.all([bob, carol, second].map((person) => reports(person, spam)))
  await reports(bob, grave, 'CHILD_SAFETY')
  const order = (await queue()).map((item) => String(item.subjectId))
  expect(order.indexOf(grave)).toBeLessThan(order.indexOf(spam))
})

test('a removed post is its author’s alone, an appeal another moderator grants restores it exactly', async () => {
  const id = await posts({ caption: 'fine, really', sensitive: true })
  await reports(bob, id)
  const { id: itemId } = await itemOf(id)
  const before = await rowOf(id)
  expect((await decides(itemId, 'REMOVE')).item).toMatchObject({ isOpen: false, decision: 'REMOVE' })
  expect(await sees(bob, id)).toBeNull()
  expect(await sees(alice, id)).toMatchObject({ id })
  expect((await decides(itemId, 'NONE')).userErrors).toEqual(refusal('CONFLICT', 'itemId'))
  const appeals = (asker: Asker) =>
    asker.does(
      'appealDecision',
      { decisionId: itemId, text: 'look again' },
      'decision { decision appeal { status } }',
    )
  expect((await appeals(bob)).userErrors).toEqual(refusal('NOT_FOUND', 'decisionId'))
  expect((await appeals(alice)).decision).toEqual({ decision: 'REMOVE', appeal: { status: 'PENDING' } })
  expect((await appeals(alice)).userErrors).toEqual(refusal('CONFLICT', 'decisionId'))
  expect((await decides(itemId, 'NONE')).userErrors).toEqual(refusal('FORBIDDEN', 'itemId'))
  expect((await decides(itemId, 'NONE', second)).item.appeal).toMatchObject({ status: 'OVERTURNED' })
  expect(await sees(bob, id)).toMatchObject({ id, sensitive: true })
  const { version: _1, updatedAt: _2, ...was } = before ?? ({} as never)
  const { version: _3, updatedAt: _4, ...is } = (await rowOf(id)) ?? ({} as never)
  expect(is).toEqual(was)
})

test('an author is told what was decided about his post and why, in words of the house; nobody else is', async () => {
  const item = await content.uploads(alice, Buffer.from('a third picture'), 'image/jpeg')
  await content.finishes(item)
  const [id, other] = [await posts(), await posts({ mediaIds: [item] })]
  const told = async (who: Asker, postId: string) =>
    (
      await who.asks(
        'query ($postId: ID!) { post(id: $postId) { moderation { subjectId decision reason message } } }',
        { postId },
      )
    ).data.post?.moderation
  expect(await told(alice, id)).toBeNull()
  await reports(bob, id, 'SPAM')
  await reports(carol, id, 'HATE')
  const { id: itemId } = await itemOf(id)
  const said = { itemId, decision: 'LIMIT', templateKey: 'hate', note: 'a word among moderators' }
  expect((await moderator.does('resolveReview', said)).userErrors).toEqual([])
  const message = 'This incites against people for what they are.'
  expect(await told(alice, id)).toEqual({ subjectId: id, decision: 'LIMIT', reason: 'HATE', message })
  expect(await told(bob, id)).toBeNull()
  // Of a picture that was removed, every post that shows it tells.
  await reports(bob, item, 'NUDITY')
  await decides((await itemOf(item)).id, 'REMOVE')
  expect(await told(alice, other)).toEqual({
    ...{ subjectId: item, decision: 'REMOVE', reason: 'NUDITY', message: null },
  })
  await moderator.does('undoReview', { itemId, note: 'a mistake' })
  expect(await told(alice, id)).toBeNull()
  // The record, which lasts, holds none of these words.
  const entries = await content.platform
    .db('content')
    .collection<AuditRow>('auditEntries')
    .find({ itemId })
    .sort({ _id: 1 })
    .toArray()
  expect(entries.map(({ action, detail }) => [action, detail])).toEqual([
    ['LIMIT', 'hate'],
    ['UNDO', null],
  ])
})

test('a label stays against its author’s will, and an undo takes it away', async () => {
  const id = await posts()
  await reports(bob, id, 'NUDITY')
  const { id: itemId } = await itemOf(id)
  await decides(itemId, 'LABEL')
  expect(await sees(bob, id)).toMatchObject({ sensitive: true })
  expect((await alice.does('updatePost', { postId: id, sensitive: false })).userErrors).toEqual(
    refusal('BLOCKED_BY_POLICY', 'sensitive'),
  )
  const undone = await second.does('undoReview', { itemId, note: 'art' }, 'item { isOpen decision }')
  expect(undone.item).toEqual({ isOpen: true, decision: null })
  expect(await sees(bob, id)).toMatchObject({ sensitive: false })
  expect((await decides(itemId, 'LIMIT')).userErrors).toEqual([])
  expect((await rowOf(id))?.limited).toBe(true)
})

test('a decision about an item is one about every post that shows it', async () => {
  const item = await content.uploads(alice, Buffer.from('another picture'), 'image/jpeg')
  await content.finishes(item)
  const ids = [await posts({ mediaIds: [item] }), await posts({ mediaIds: [item] })]
  await reports(bob, item)
  const { id: itemId } = await itemOf(item)
  await decides(itemId, 'REMOVE')
  for (const id of ids) expect(await sees(bob, id)).toBeNull()
  await moderator.does('undoReview', { itemId })
  for (const id of ids) expect(await sees(bob, id)).toMatchObject({ id })

  const stands = () => Promise.all(ids.map(rowOf))
  await decides(itemId, 'LABEL')
  for (const id of ids) expect(await sees(bob, id)).toMatchObject({ sensitive: true })
  await moderator.does('undoReview', { itemId })
  await decides(itemId, 'LIMIT')
  for (const row of await stands()) expect(row).toMatchObject({ limited: true, labelled: false })
  await moderator.does('undoReview', { itemId })
  for (const row of await stands()) expect(row).toMatchObject({ limited: false, sensitive: false })
})

test.each(['post first', 'picture first'])(
  'what two reviews took down comes back with the last of them, as it stood before the first: %s',
  async (order) => {
    const item = await content.uploads(alice, Buffer.from(`a picture, ${order}`), 'image/jpeg')
    await content.finishes(item)
    const id = await posts({ mediaIds: [item], sensitive: true })
    const before = await rowOf(id)
    for (const subjectId of [id, item]) await reports(bob, subjectId, 'VIOLENCE')
    const [about, other] = [await itemOf(id), await itemOf(item)]
    for (const review of [about, other]) await decides(review.id, 'REMOVE')
    const undone = order === 'post first' ? [about, other] : [other, about]
    const undoes = (itemId = '') => moderator.does('undoReview', { itemId }, 'item { isOpen }')
    await undoes(undone[0]?.id)
    expect(await sees(bob, id)).toBeNull()
    expect((await content.row(item))?.labels).toEqual(['BLOCKED'])
    await undoes(undone[1]?.id)
    expect(await sees(bob, id)).toMatchObject({ sensitive: true })
    expect((await content.row(item))?.labels).toEqual([])
    const { version: _1, updatedAt: _2, ...was } = before ?? ({} as never)
    const { version: _3, updatedAt: _4, ...is } = (await rowOf(id)) ?? ({} as never)
    expect(is).toMatchObject(was)
  },
)

test('reviews from before labels were kept let go of what they had given', async () => {
  const rows = content.platform.db('content').collection<ReviewItemRow>('reviewItems')
  const undoes = (itemId: string) => moderator.does('undoReview', { itemId }, 'item { isOpen }')
  for (const shape of [{ before: [], added: 'BLOCKED' }, { before: [] }]) {
    const item = await content.uploads(
      alice,
      Buffer.from(`a picture, ${JSON.stringify(shape)}`),
      'image/jpeg',
    )
    await content.finishes(item)
    const id = await posts({ mediaIds: [item] })
    for (const subjectId of [id, item]) await reports(bob, subjectId, 'VIOLENCE')
    const [{ id: old }, { id: fresh }] = [await itemOf(id), await itemOf(item)]
    for (const itemId of [old, fresh]) await decides(itemId, 'REMOVE')
    const effect = { kind: 'LABELS', id: item, ...shape } as never
    await rows.updateOne(
      { _id: old },
      { $set: { 'effects.$[labels]': effect } },
      { arrayFilters: [{ 'labels.kind': 'LABELS' }] },
    )
    await undoes(fresh)
    const held = shape.added ? ['BLOCKED'] : []
    expect((await content.row(item))?.labels).toEqual(held)
    await undoes(old)
    expect((await content.row(item))?.labels).toEqual([])
    expect(await sees(bob, id)).toMatchObject({ id })
  }
})

test('a picture that is both claimed and taken down is known as both, each as long as a review holds it', async () => {
  const item = await content.uploads(alice, Buffer.from('a picture of many troubles'), 'image/jpeg')
  await content.finishes(item)
  const perceptualHash = 'f0f0cc330f5a96e1'
  const media = content.platform.db('content').collection<MediaRow>('media')
  await media.updateOne({ _id: item }, { $set: { perceptualHash } })
  const ids = [
    await posts({ mediaIds: [item] }),
    await posts({ mediaIds: [item] }),
    await posts({ mediaIds: [item] }),
  ]
  const reasons = ['COPYRIGHT', 'NUDITY', 'VIOLENCE']
  const items: string[] = []
  for (const [i, id] of ids.entries()) {
    await reports(bob, id, reasons[i])
    const { id: itemId } = await itemOf(id)
    await decides(itemId, 'REMOVE')
    items.push(itemId)
  }
  const [claimed, first, other] = items as [string, string, string]
  const known = async () =>
    (await content.store.findMarks(bandsOf(perceptualHash)))
      .map(({ kind, reason, itemId }) => ({ kind, reason, itemId }))
      .toSorted((a, b) => a.kind.localeCompare(b.kind))
  const claim = { kind: 'CLAIMED', reason: 'COPYRIGHT', itemId: claimed }
  expect(await known()).toEqual([{ kind: 'BLOCKED', reason: 'NUDITY', itemId: first }, claim])
  const undoes = (itemId: string) => moderator.does('undoReview', { itemId }, 'item { isOpen }')
  await undoes(first)
  expect(await known()).toEqual([{ kind: 'BLOCKED', reason: 'VIOLENCE', itemId: other }, claim])
  await undoes(other)
  expect(await known()).toEqual([claim])
  await undoes(claimed)
  expect(await known()).toEqual([])
})

test('a mark that one review lets go of while another comes to hold it stays', async () => {
  const { platform, store } = content
  const item = await content.ready(alice)
  const perceptualHash = 'cc0ff0335a0f96e1'
  const media = platform.db('content').collection<MediaRow>('media')
  await media.updateOne({ _id: item }, { $set: { perceptualHash } })
  const [first, other] = [await posts({ mediaIds: [item] }), await posts({ mediaIds: [item] })]
  for (const id of [first, other]) await reports(bob, id, 'VIOLENCE')
  const [firstItem, otherItem] = [(await itemOf(first)).id, (await itemOf(other)).id]
  await decides(firstItem, 'REMOVE')
  const known = async () => (await store.findMarks(bandsOf(perceptualHash))).map(({ itemId }) => itemId)
  expect(await known()).toEqual([firstItem])

  // The other decision has looked around already when the first one is undone, and marks the picture after that.
  let looks = 0
  const { accounts, posts: facts, stories } = platform.facts
  const deps: ReviewDeps = {
    ...{ ...store, accounts, posts: facts, stories, now: () => new Date() },
    transact: platform.transact('content'),
    async findMedia(ids, session) {
      const found = await store.findMedia(ids, session)
      if (looks++ === 0) await moderator.does('undoReview', { itemId: firstItem }, 'item { id }')
      return found
    },
  }
  const viewer = { ...signedOut(), userId: second.id, sessionId: newId('session') }
  await resolveReview(deps, viewer, { itemId: otherItem, decision: 'REMOVE' })
  expect(looks).toBeGreaterThan(1)
  expect(await known()).toEqual([otherItem])
  // Also where the log does not put the two in a row.
  const markId = `${perceptualHash}:BLOCKED`
  const client = platform.mongo
  await using one = client.startSession()
  await using two = client.startSession()
  one.startTransaction()
  await store.findMedia([item], one)
  await two.withTransaction(() => store.removeMark(markId, two))
  const mark = { _id: markId, bands: bandsOf(perceptualHash), kind: 'BLOCKED' as const }
  const puts = store.putMark({ ...mark, reason: 'VIOLENCE', itemId: otherItem, createdAt: new Date() }, one)
  await expect(puts).rejects.toMatchObject({ codeName: 'WriteConflict' })
})

test('an account that two reviews suspended is let go by the last of them, and one that no review suspended by none', async () => {
  const { platform } = content
  const stands = async (userId: string, status: 'ACTIVE' | 'SUSPENDED') => {
    const users = platform.db('user').collection<AccountRow>('users')
    await users.updateOne({ _id: userId }, { $set: { status }, $inc: { version: 1 } })
    await platform.facts.accounts.refresh([userId])
  }
  const toldOf = async (userId: string) =>
    (await emitted('account.decided')).flatMap(({ payload }) =>
      payload.userId === userId ? [payload.on] : [],
    )
  const suspends = async (itemId: string) => expect((await decides(itemId, 'SUSPEND')).userErrors).toEqual([])
  const undoes = (itemId: string) => moderator.does('undoReview', { itemId })
  const reviewsOf = async (owner: Asker) => {
    const item = await content.ready(owner)
    const { post } = await owner.does('createPost', { mediaIds: [item] }, 'post { id }')
    for (const subjectId of [post.id, owner.id]) await reports(bob, subjectId)
    return [(await itemOf(post.id)).id, (await itemOf(owner.id)).id] as const
  }
  const dora = await content.account()
  const [one, two] = await reviewsOf(dora)
  await suspends(one)
  await stands(dora.id, 'SUSPENDED')
  await suspends(two)
  await undoes(one)
  expect(await toldOf(dora.id)).toEqual([true])
  await undoes(two)
  expect(await toldOf(dora.id)).toEqual([true, false])

  const emil = await content.account()
  const [third] = await reviewsOf(emil)
  await stands(emil.id, 'SUSPENDED')
  await suspends(third)
  await undoes(third)
  expect(await toldOf(emil.id)).toEqual([])
})

test('accounts change by event, and nobody decides about himself or his equals', async () => {
  await reports(bob, carol.id, 'IMPERSONATION')
  const about = await itemOf(carol.id)
  expect((await decides(about.id, 'REMOVE')).userErrors).toEqual(refusal('INVALID', 'decision'))
  await decides(about.id, 'LIMIT')
  await moderator.does('undoReview', { itemId: about.id })
  await decides(about.id, 'SUSPEND')
  const told = (await emitted('account.decided')).flatMap(({ payload }) =>
    payload.userId === carol.id ? [[payload.change, payload.on]] : [],
  )
  expect(told).toEqual([
    ['SHADOW_BANNED', true],
    ['SHADOW_BANNED', false],
    ['SUSPENDED', true],
  ])
  await Promise.all([reports(bob, moderator.id), reports(bob, second.id)])
  for (const one of [moderator, second]) {
    expect((await decides((await itemOf(one.id)).id, 'SUSPEND')).userErrors).toEqual(
      refusal('FORBIDDEN', 'itemId'),
    )
  }
})

test('who is shadow-banned is told nothing of it, nor of its end: no decision, no news, nothing to appeal against (V23)', async () => {
  const frank = await content.account()
  await reports(bob, frank.id, 'SPAM')
  const { id: itemId } = await itemOf(frank.id)
  const lists = async () => {
    const { data } = await frank.asks(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Viewer { moderationDecisions(first: 5) { nodes { id decision } } } } }',
      { r: [{ __typename: 'Viewer', id: frank.id }] },
    )
    return data._entities[0].moderationDecisions.nodes
  }
  const news = async () =>
    (await emitted('review.decided')).filter(({ payload }) => payload.recipientId === frank.id).length
  await decides(itemId, 'LIMIT')
  expect((await emitted('account.decided')).at(-1)?.payload).toMatchObject({
    ...{ userId: frank.id, change: 'SHADOW_BANNED', on: true },
  })
  expect([await lists(), await news()]).toEqual([[], 0])
  const appeals = () => frank.does('appealDecision', { decisionId: itemId }, 'decision { id }')
  expect((await appeals()).userErrors).toEqual(refusal('NOT_FOUND', 'decisionId'))
  await moderator.does('undoReview', { itemId })
  expect([await lists(), await news()]).toEqual([[], 0])
  expect((await appeals()).userErrors).toEqual(refusal('NOT_FOUND', 'decisionId'))
  // Of all else he hears.
  await decides(itemId, 'WARN')
  const warned = [{ id: itemId, decision: 'WARN' }]
  expect([await lists(), await news()]).toEqual([warned, 1])

  // What he was told of does not vanish under a limit, nor does his appeal.
  const limits = async () => {
    const { data } = await moderator.asks(`{ review(id: "${itemId}") { possibleDecisions } }`)
    expect(data.review.possibleDecisions).not.toContain('LIMIT')
    expect((await decides(itemId, 'LIMIT', second)).userErrors).toEqual(refusal('CONFLICT', 'decision'))
  }
  expect((await appeals()).userErrors).toEqual([])
  await limits()
  expect([await lists(), await news()]).toEqual([warned, 1])
  await decides(itemId, 'WARN', second)
  expect([await lists(), await news()]).toEqual([warned, 2])
  await moderator.does('undoReview', { itemId })
  const takenBack = [{ id: itemId, decision: null }]
  expect([await lists(), await news()]).toEqual([takenBack, 3])
  await limits()
  await decides(itemId, 'NONE')
  const [last, told] = [await lists(), await news()]
  await reports(bob, frank.id, 'SPAM')
  expect((await decides((await itemOf(frank.id)).id, 'LIMIT')).userErrors).toEqual([])
  expect([await lists(), await news()]).toEqual([last, told])
  expect((await appeals()).userErrors).toEqual(refusal('CONFLICT', 'decisionId'))
})

test('a claim keeps others away until it runs out', async () => {
  const id = await posts()
  await reports(bob, id)
  const { id: itemId } = await itemOf(id)
  const claimed = await moderator.does('claimReview', { itemId }, 'item { viewerHasClaimed claimedUntil }')
  expect(claimed.item.viewerHasClaimed).toBe(true)
  expect((await decides(itemId, 'NONE', second)).userErrors).toEqual(refusal('CONFLICT', 'itemId'))
  const rows = content.platform.db('content').collection('reviewItems')
  await rows.updateOne({ _id: itemId as never }, { $set: { claimedUntil: new Date(0) } })
  expect((await decides(itemId, 'NONE', second)).userErrors).toEqual([])
})

test('a moderator sees what waits, what is appealed against, what is his and what is decided, page by page', async () => {
  // What is taken down for what it shows cannot be posted again, so it is of a picture of its own.
  const shown = await content.ready(alice)
  const ids = await Promise.all([posts(), posts({ mediaIds: [shown] }), posts()])
  for (const id of ids) await reports(bob, id, 'VIOLENCE')
  const fields = 'id subjectId isOpen owner { id } media { id } possibleDecisions'
  const list = async (view: string, asker = moderator) => {
    const found: Record<string, never>[] = []
    for (let after: string | null = null; ; ) {
      const { data } = await asker.asks(
        `query ($view: ReviewView, $after: String) { reviewQueue(view: $view, first: 2, after: $after) {
          nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`,
        { view, after },
      )
      found.push(...data.reviewQueue.nodes)
      if (!data.reviewQueue.pageInfo.hasNextPage) return found
      after = data.reviewQueue.pageInfo.endCursor as string
    }
  }
  const subjects = async (view: string, asker = moderator) =>
    (await list(view, asker)).map(({ subjectId }) => String(subjectId))
  const waiting = await list('OPEN')
  expect(waiting).toEqual((await queue()).map(({ id }) => expect.objectContaining({ id, isOpen: true })))
  expect(waiting.find(({ subjectId }) => subjectId === ids[0])).toMatchObject({
    owner: { id: alice.id },
    media: [{ id: mediaId }],
    possibleDecisions: expect.arrayContaining(['LABEL', 'REMOVE', 'NONE']),
  })

  const [claimed, decided] = [await itemOf(String(ids[0])), await itemOf(String(ids[1]))]
  await moderator.does('claimReview', { itemId: claimed.id })
  expect(await subjects('CLAIMED')).toEqual([ids[0]])
  expect(await subjects('CLAIMED', second)).toEqual([])
  await decides(claimed.id, 'NONE')
  expect(await subjects('CLAIMED')).toEqual([])
  await decides(decided.id, 'REMOVE')
  expect((await subjects('DECIDED')).slice(0, 2)).toEqual([ids[1], ids[0]])
  expect(await subjects('APPEALS')).not.toContain(ids[1])
  await alice.does('appealDecision', { decisionId: decided.id, text: 'no' })
  expect(await subjects('APPEALS')).toContain(ids[1])
  expect(await subjects('DECIDED')).not.toContain(ids[1])

  // Of what is removed, the moderator still sees what it showed; nobody else sees the review.
  const one = `{ review(id: "${decided.id}") { subjectId media { id } } }`
  expect((await moderator.asks(one)).data.review).toEqual({ subjectId: ids[1], media: [{ id: shown }] })
  expect((await alice.asks(one)).codes).toEqual(['FORBIDDEN'])
  expect((await moderator.asks('{ review(id: "review_0") { id } }')).data.review).toBeNull()
})

test('a copyright claim can be contradicted, and what stays removed is a strike', async () => {
  const id = await posts()
  const files = (asker: Asker) =>
    asker.does('fileCopyrightClaim', { subjectId: id, work: 'My photograph' }, 'claim { id work isOwnClaim }')
  expect((await files(alice)).userErrors).toEqual(refusal('FORBIDDEN', 'subjectId'))
  const { claim } = await files(bob)
  expect(claim).toMatchObject({ work: 'My photograph', isOwnClaim: true })
  const { id: itemId } = await itemOf(id)
  expect((await decides(itemId, 'REMOVE')).item.ownerStrikeCount).toBe(1)
  const answers = (asker: Asker) =>
    asker.does(
      'answerCopyrightClaim',
      { claimId: claim.id, text: 'I took it' },
      'claim { answer isOwnClaim }',
    )
  expect((await answers(bob)).userErrors).toEqual(refusal('NOT_FOUND', 'claimId'))
  expect((await answers(alice)).claim).toEqual({ answer: 'I took it', isOwnClaim: false })
  expect((await decides(itemId, 'NONE', second)).item).toMatchObject({
    ownerStrikeCount: 0,
    appeal: { status: 'OVERTURNED', text: 'I took it' },
  })
  expect(await sees(bob, id)).toMatchObject({ id })
})

test('with three strikes nobody publishes, until an answer is granted', async () => {
  const frida = await content.account()
  const blocked = { userErrors: [{ code: 'BLOCKED_BY_POLICY', field: ['input'] }] }
  const mediaId = await content.ready(frida)
  const publishes = (input: object = {}) =>
    frida.does('createPost', { mediaIds: [mediaId], ...input }, 'post { id }')
  const scheduledAt = new Date(Date.now() + 3_600_000).toISOString()
  const { post: scheduled } = await publishes({ scheduledAt })
  const claims: { claimId: string; itemId: string }[] = []
  for (let i = 0; i < 3; i++) {
    const { post } = await frida.does('createPost', { mediaIds: [await content.ready(frida)] }, 'post { id }')
    const claimed = { subjectId: post.id, work: `photograph ${i}` }
    const { claim } = await bob.does('fileCopyrightClaim', claimed, 'claim { id }')
    const { id: itemId } = await itemOf(post.id)
    claims.push({ claimId: claim.id, itemId })
    expect((await decides(itemId, 'REMOVE')).item.ownerStrikeCount).toBe(i + 1)
  }
  expect(await publishes()).toMatchObject(blocked)
  expect(await frida.does('createStory', { mediaId }, 'story { id }')).toMatchObject(blocked)
  const { post: draft } = await publishes({ asDraft: true })
  const out = () => frida.does('publishPost', { postId: draft.id }, 'post { status }')
  expect(await out()).toMatchObject(blocked)
  expect(await frida.does('updatePost', { postId: draft.id, scheduledAt }, 'post { id }')).toMatchObject(
    blocked,
  )
  // What she had scheduled before is a draft again when its time has come.
  const { platform, store } = content
  const { posts } = platform.facts
  await publishDue({
    ...store,
    posts,
    transact: platform.transact('content'),
    now: () => new Date(scheduledAt),
  })
  expect(await rowOf(scheduled.id)).toMatchObject({ status: 'DRAFT', scheduledAt: null })

  const [{ claimId, itemId } = { claimId: '', itemId: '' }] = claims
  await frida.does('answerCopyrightClaim', { claimId, text: 'I took it' }, 'claim { answer }')
  expect(await out()).toMatchObject(blocked)
  expect((await decides(itemId, 'NONE', second)).item).toMatchObject({ ownerStrikeCount: 2 })
  expect((await out()).post).toEqual({ status: 'PUBLISHED' })
  expect((await publishes()).post.id).toMatch(/^post_/)
})

test('a strike is what was decided to be one, and a post with its picture is one thing', async () => {
  const gina = await content.account()
  const item = await content.uploads(gina, Buffer.from('whose picture is this'), 'image/jpeg')
  await content.finishes(item)
  const of = async (mediaIds: string[]) =>
    (await gina.does('createPost', { mediaIds }, 'post { id }')).post.id
  const [spam, copy] = [await of([await content.ready(gina)]), await of([item])]
  for (const asker of [bob, carol]) await reports(asker, spam)
  await reports(alice, spam, 'COPYRIGHT')
  expect((await decides((await itemOf(spam)).id, 'REMOVE')).item.ownerStrikeCount).toBe(0)
  for (const subjectId of [copy, item]) await reports(bob, subjectId, 'COPYRIGHT')
  for (const subjectId of [copy, item]) {
    expect((await decides((await itemOf(subjectId)).id, 'REMOVE')).item.ownerStrikeCount).toBe(1)
  }
})

test('a post that was taken down while it waited for its picture appears with the undo', async () => {
  const item = await content.uploads(alice, Buffer.from('a picture that takes long'), 'image/jpeg')
  const id = await posts({ mediaIds: [item], caption: 'Guaranteed pr\u200Bofit, slowly' })
  const { id: itemId } = await itemOf(id)
  const undoes = () => moderator.does('undoReview', { itemId }, 'item { isOpen }')
  await decides(itemId, 'REMOVE')
  await undoes()
  expect(await rowOf(id)).toMatchObject({ status: 'PROCESSING' })
  await decides(itemId, 'REMOVE')
  await content.finishes(item)
  await content.settles()
  expect(await rowOf(id)).toMatchObject({ status: 'REMOVED', publishedAt: null })
  await undoes()
  expect(await rowOf(id)).toMatchObject({ status: 'PUBLISHED', publishedAt: expect.any(Date) })
  expect(await sees(bob, id)).toMatchObject({ id })
  const told = (await emitted('post.published')).filter(({ payload }) => payload.postId === id)
  expect(told).toHaveLength(1)
})

test('a caption is judged before it is taken: refused, queued and kept out of suggestions, or free', async () => {
  const tries = (caption: string) => alice.does('createPost', { mediaIds: [mediaId], caption }, 'post { id }')
  const worst = 'k1ll yourself, you are worthless, guaranteed profit'
  expect((await tries(worst)).userErrors).toEqual(refusal('BLOCKED_BY_POLICY', 'caption'))
  const id = await posts({ caption: 'Guaranteed pr\u200Bofit with me' })
  expect(await itemOf(id)).toMatchObject({ reportCount: 0, reasons: [{ reason: 'SCAM', count: 1 }] })
  expect((await rowOf(id))?.limited).toBe(true)
  const harmless = await posts({ caption: 'the morning light' })
  expect((await rowOf(harmless))?.limited).toBeUndefined()
  const edit = await alice.does('updatePost', { postId: harmless, caption: worst })
  expect(edit.userErrors).toEqual(refusal('BLOCKED_BY_POLICY', 'caption'))
})

test('comments and messages are judged after the fact, however often their events come', async () => {
  const { platform, store } = content
  const at = new Date()
  const text = 'I will k!ll you'
  const [commentId, messageId] = [newId('comment'), newId('message')]
  const comments = platform.db('engagement').collection('comments')
  await comments.insertOne({ _id: commentId as never, authorId: bob.id, text, deletedAt: null })
  const messages = platform.db('messaging').collection('messages')
  await messages.insertOne({ _id: messageId as never, senderId: bob.id, text })
  const deps = {
    ...store,
    transact: platform.transact('content'),
    comments: createComments(platform.mongo, platform.config.namespace),
    reportables: createReportables(platform.mongo, platform.config.namespace),
    texts: createRecentTexts(platform.cache, platform.config.namespace, () => at.getTime()),
    limited: true,
    now: () => at,
  }
  await Promise.all([reviewComments(deps, [commentId]), reviewComments(deps, [commentId])])
  await reviewMessages(deps, [messageId])
  for (const id of [commentId, messageId]) {
    expect(await itemOf(id)).toMatchObject({
      ownerId: bob.id,
      text,
      reasons: [{ reason: 'VIOLENCE', count: 1 }],
    })
  }
  expect((await queue()).filter((item) => item.subjectId === commentId)).toHaveLength(1)
})

test('a report of a message is one however often it is told, also after the decision (C10)', async () => {
  const { platform, store } = content
  const messageId = newId('message')
  const evidence = [
    { messageId, senderId: bob.id, sentAt: new Date(), text: 'vile', content: '{"text":"vile"}' },
  ]
  await platform
    .db('messaging')
    .collection('messageReports')
    .insertOne({
      _id: `${alice.id}:${messageId}` as never,
      ...{ messageId, senderId: bob.id, reason: 'HATE', details: 'look', evidence, createdAt: new Date() },
    })
  const event = {
    ...{ id: newId('event'), name: 'message.reported' as const, at: new Date() },
    payload: { messageId, reporterId: alice.id },
  }
  const deps = {
    ...store,
    transact: platform.transact('content'),
    reportables: createReportables(platform.mongo, platform.config.namespace),
    claim: (tx: Transaction, batch: readonly DomainEvent[]) =>
      claimEvents(tx, platform.db('content'), 'content.safety', batch),
  } as Parameters<typeof reviewReportedMessages>[0]
  await Promise.all([reviewReportedMessages(deps, [event]), reviewReportedMessages(deps, [event])])
  const item = await itemOf(messageId)
  expect(item).toMatchObject({ ownerId: bob.id, text: 'vile', reportCount: 1 })
  expect((await decides(item.id, 'WARN')).userErrors).toEqual([])
  await reviewReportedMessages(deps, [event])
  expect(await itemOf(messageId)).toBeUndefined()
  // Of what is gone there is nothing to look at.
  const before = await queue()
  await reviewReportedMessages(deps, [
    { ...event, id: newId('event'), payload: { messageId: newId('message'), reporterId: alice.id } },
  ])
  expect(await queue()).toEqual(before)
})

test('what an account says of itself is judged when it changes, and what was looked at once is not shown again', async () => {
  const { platform, store } = content
  const threat = await content.account({ username: 'quiet' })
  const users = platform.db('user').collection('users')
  await users.updateOne(
    { _id: threat.id as never },
    { $set: { bio: 'I will k!ll you all', displayName: 'Q' } },
  )
  const deps = {
    ...store,
    transact: platform.transact('content'),
    comments: createComments(platform.mongo, platform.config.namespace),
    reportables: createReportables(platform.mongo, platform.config.namespace),
    profiles: createProfiles(platform.mongo, platform.config.namespace),
    limited: true,
    now: () => new Date(),
  }
  await reviewProfiles(deps, [threat.id, bob.id, threat.id])
  const item = await itemOf(threat.id)
  expect(item).toMatchObject({ subjectKind: 'USER', text: 'quiet\nQ\nI will k!ll you all' })
  expect(await itemOf(bob.id)).toBeUndefined()
  await decides(item.id, 'NONE')
  await reviewProfiles(deps, [threat.id])
  expect(await itemOf(threat.id)).toBeUndefined()
  await users.updateOne({ _id: threat.id as never }, { $set: { bio: 'Believe me: I will k!ll you all' } })
  await reviewProfiles(deps, [threat.id])
  expect(await itemOf(threat.id)).toBeDefined()
})

test('who says nearly the same again and again comes before moderators once; who says different things does not', async () => {
  const { platform, store } = content
  const at = new Date()
  const comments = platform.db('engagement').collection('comments')
  const deps = {
    ...store,
    transact: platform.transact('content'),
    comments: createComments(platform.mongo, platform.config.namespace),
    reportables: createReportables(platform.mongo, platform.config.namespace),
    texts: createRecentTexts(platform.cache, platform.config.namespace, () => at.getTime()),
    limited: true,
    now: () => at,
  }
  const [robot, talker] = [newId('user'), newId('user')]
  const writes = async (authorId: string, text: string) => {
    const id = newId('comment')
    await comments.insertOne({ _id: id as never, authorId, text, deletedAt: null })
    // Events may come again: a text is counted once.
    for (let i = 0; i < 5; i++) await reviewComments(deps, [id])
  }
  const words = ['garden', 'river', 'window', 'kitchen', 'harbour', 'orchard']
  for (const word of words) {
    await writes(
      talker,
      `what a lovely ${word} and how nice that the ${word}s of your town are open to ${word} people`,
    )
  }
  expect(await itemOf(talker)).toBeUndefined()
  for (const word of words) {
    await writes(
      robot,
      `come and see my wonderful page with the best offers of the whole season for you and yours dear ${word}`,
    )
  }
  expect(await itemOf(robot)).toMatchObject({
    ...{ subjectKind: 'USER', ownerId: robot, reportCount: 0, reasons: [{ reason: 'SPAM', count: 1 }] },
  })
})

test('the audit log shows what was changed, moved or taken out', async () => {
  expect(await findTampering(content.store)).toBeNull()
  const rows = content.platform.db('content').collection<AuditRow>('auditEntries')
  const all = await rows.find().sort({ _id: 1 }).toArray()
  expect(all.length).toBeGreaterThan(10)
  const third = all[2] as AuditRow
  const last = all.at(-1) as AuditRow
  expect(brokenLink(all.filter((entry) => entry !== third))).toBe(3)
  expect(brokenLink(all.map((entry) => (entry === third ? { ...entry, detail: 'nothing' } : entry)))).toBe(3)
  await rows.updateOne({ _id: 3 }, { $set: { actorId: bob.id } })
  expect(await findTampering(content.store)).toBe(3)
  const program = fileURLToPath(new URL('check-audit-log.ts', import.meta.url))
  const env = { ...testEnvironment(), NAMESPACE: content.platform.config.namespace }
  const told = promisify(execFile)(process.execPath, [program], { env })
  await expect(told).rejects.toMatchObject({ code: 2, stdout: expect.stringContaining('entry 3 of') })
  await rows.replaceOne({ _id: 3 }, third)
  await rows.deleteOne({ _id: last._id })
  expect(await findTampering(content.store)).toBe(last._id)
  await rows.insertOne(last)
  expect(await findTampering(content.store)).toBeNull()
  const { data } = await moderator.asks(
    '{ auditLog(first: 2) { nodes { sequence hash } pageInfo { hasNextPage } } }',
  )
  expect(data.auditLog).toMatchObject({
    nodes: [{ sequence: last._id, hash: last.hash }, {}],
    pageInfo: { hasNextPage: true },
  })
})

test('everyone may read what was decided, but no count below five', async () => {
  const { data } = await content.nobody.asks(
    '{ transparencyReport { reports { reason count } decisions { decision count } appeals } }',
  )
  const { reports: told, appeals } = data.transparencyReport
  expect(told).toContainEqual({ reason: 'CHILD_SAFETY', count: null })
  expect(told.find(({ reason }: { reason: string }) => reason === 'SPAM').count).toBeGreaterThanOrEqual(10)
  expect(appeals).toBeNull()
  const metrics = await moderator.asks(
    '{ reviewMetrics { backlog oldestOpenedAt medianLatencyMs overturnRate } }',
  )
  expect(metrics.data.reviewMetrics).toMatchObject({ backlog: (await queue()).length, overturnRate: 1 })
  const { medianLatencyMs, oldestOpenedAt } = metrics.data.reviewMetrics
  expect(medianLatencyMs).toBeGreaterThan(0)

  // The same is told to whoever runs the whole.
  const { platform, store } = content
  const figures = createFigures(platform.cache, platform.config.namespace)
  const now = Date.now()
  await tellReviewFigures(store, figures, now)
  const shown = await figures.read()
  expect(shown.get('heliograph_review_latency_seconds')).toBe(medianLatencyMs / 1000)
  expect(shown.get('heliograph_review_oldest_seconds')).toBe((now - Date.parse(oldestOpenedAt)) / 1000)
  expect(shown.get('heliograph_review_backlog')).toBe((await queue()).length)
  expect(shown.get('heliograph_review_overturn_rate')).toBe(1)
  expect(shown.get('heliograph_media_unlabelled')).toBe(await store.countUnlabelled())
})

test('moderators see how far an owner is trusted, and by what; nobody else does', async () => {
  const dave = await content.account({ createdAt: new Date(Date.now() - 15.5 * 86_400_000) })
  const trusted =
    'level score ageDays isEmailVerified isShadowBanned violationCount upheldReportCount openReportCount ringSize'
  const trust = async (subjectId: string) => {
    const { data } = await moderator.asks(
      `{ reviewQueue(first: 100) { nodes { subjectId ownerTrust { ${trusted} } } } }`,
    )
    return data.reviewQueue.nodes.find((one: { subjectId: string }) => one.subjectId === subjectId).ownerTrust
  }
  await reports(bob, dave.id)
  const known = {
    level: 'NORMAL',
    ageDays: 15,
    isEmailVerified: true,
    isShadowBanned: false,
    violationCount: 0,
    upheldReportCount: 0,
    ringSize: 0,
  }
  // What nobody has looked at takes nothing.
  expect(await trust(dave.id)).toEqual({ ...known, score: 20 + 20 + 40, openReportCount: 1 })
  await reports(carol, dave.id)
  expect(await trust(dave.id)).toEqual({ ...known, score: 20 + 20 + 40, openReportCount: 2 })
  await decides((await itemOf(dave.id)).id, 'WARN')
  await reports(bob, dave.id)
  expect(await trust(dave.id)).toEqual({
    ...known,
    violationCount: 1,
    upheldReportCount: 2,
    score: 20 + 20 + 19,
    openReportCount: 1,
  })
  // What the machine saw of it counts while nobody has looked.
  const rows = content.platform.db('content').collection('reviewItems')
  await rows.updateOne({ subjectId: dave.id, open: true }, { $set: { ring: [bob.id, carol.id] } })
  expect(await trust(dave.id)).toMatchObject({ ringSize: 2, score: 20 + 20, openReportCount: 1 })
})

test('what is decided against an account says how far it is trusted, and a granted appeal takes that back; a shadow-ban tells nothing (V23)', async () => {
  const erin = await content.account({ createdAt: new Date(Date.now() - 60 * 86_400_000) })
  const said = async () =>
    (await emitted('account.weighed'))
      .map(({ payload }) => payload)
      .filter(({ userId }) => userId === erin.id)
      .toSorted((one, other) => one.sequence - other.sequence)
  const trust = async () => {
    const { lessTrustedUntil, leastTrustedUntil } = (await said()).at(-1) ?? {}
    const since = async (until: number | null) => until && new Date(until - 365 * 86_400_000)
    return Promise.all([lessTrustedUntil, leastTrustedUntil].map(since))
  }
  const item = await content.ready(erin)
  const removed = async (...reporters: Asker[]) => {
    const { post } = await erin.does('createPost', { mediaIds: [item] }, 'post { id }')
    for (const one of reporters) await reports(one, post.id)
    const { id } = await itemOf(post.id)
    await decides(id, 'REMOVE')
    return { id, at: (await content.store.getReview(id))?.decidedAt }
  }
  const first = await removed(bob)
  expect(await trust()).toEqual([first.at, null])
  const other = await removed(bob)
  expect(await trust()).toEqual([other.at, first.at])

  // While another look is asked for it counts on; when that finds otherwise, it never was.
  await erin.does('appealDecision', { decisionId: first.id }, 'decision { id }')
  expect(await trust()).toEqual([other.at, first.at])
  await decides(first.id, 'NONE', second)
  expect(await trust()).toEqual([other.at, null])
  await moderator.does('undoReview', { itemId: other.id }, 'item { id }')
  expect(await trust()).toEqual([null, null])
  await decides(other.id, 'NONE')

  // What five people told, and was so, weighs as much as two decisions.
  const crowd = await Promise.all(Array.from({ length: 5 }, () => content.account()))
  const told = await removed(...crowd)
  expect(await trust()).toEqual([told.at, told.at])
  await moderator.does('undoReview', { itemId: told.id }, 'item { id }')
  await decides(told.id, 'NONE')

  // Nobody learns from a limit that he is not seen.
  await reports(bob, erin.id)
  await decides((await itemOf(erin.id)).id, 'LIMIT')
  expect(await trust()).toEqual([null, null])
})
