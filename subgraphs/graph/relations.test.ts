import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import type { OutboxRow } from '#platform/mongo.ts'
import { relationKey } from '#platform/relations.ts'
import { stranger } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import { accountRow } from '../../tests/rows.ts'
import { acceptWaiting } from './domain/relation.ts'
import { strangers } from './domain/transition.ts'
import { type RunningGraph, startGraph } from './fixtures.ts'
import type { CountRow, RelationDoc } from './model.ts'
import { createStore } from './store.ts'

let running: RunningGraph
beforeAll(async () => {
  running = await startGraph()
})
afterAll(() => running.stack.disposeAsync())

test('a follow is seen at once by both, in state and counts', async () => {
  const [ann, ben] = [await running.person(), await running.person()]
  expect(await ann.acts('followUser', ben)).toMatchObject({
    id: ben.id,
    followerCount: 1,
    followingCount: 0,
    viewerFollowState: 'FOLLOWING',
    followsViewer: false,
  })
  expect(await ben.sees(ann)).toMatchObject({
    viewerFollowState: 'NONE',
    followsViewer: true,
    followingCount: 1,
  })
  expect(await ann.sees(ann)).toMatchObject({
    viewerFollowState: 'SELF',
    followingCount: 1,
    followsViewer: false,
  })
  await running.counted()
  expect(await running.nobody.sees(ben)).toMatchObject({
    followerCount: 1,
    viewerFollowState: null,
    followsViewer: null,
    viewerHasBlocked: null,
    viewerHasMuted: null,
  })
  expect(await ann.acts('unfollowUser', ben)).toMatchObject({ followerCount: 0, viewerFollowState: 'NONE' })
  await running.counted()
  expect(await running.counts(ben)).toMatchObject({ followers: 0 })
  expect(await running.counts(ann)).toMatchObject({ following: 0 })
})

test('V11–V13, V15: a private account is asked, accepts once, and takes it back', async () => {
  const [cleo, dan] = [await running.person({ isPrivate: true }), await running.person()]
  const list = 'followers(first: 10) { totalCount nodes { id } edges { followedAt } }'
  expect(await dan.acts('followUser', cleo)).toMatchObject({
    viewerFollowState: 'REQUESTED',
    followerCount: 0,
  })
  expect(await dan.sees(cleo, list)).toEqual({ followers: null })

  const requests = async () =>
    (
      await cleo.asks(
        'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Viewer { followRequests(first: 5) { nodes { id } } } } }',
        {
          refs: [{ __typename: 'Viewer', id: cleo.id }],
        },
      )
    ).data._entities[0].followRequests.nodes
  expect(await requests()).toEqual([{ id: dan.id }])

  const answers = await Promise.all(Array.from({ length: 10 }, () => cleo.acts('acceptFollowRequest', dan)))
  for (const answer of answers) expect(answer).toMatchObject({ followsViewer: true, followingCount: 1 })
  expect(await requests()).toEqual([])
  expect(await dan.sees(cleo, list)).toMatchObject({ followers: { totalCount: 1, nodes: [{ id: dan.id }] } })
  expect(await cleo.acts('declineFollowRequest', dan)).toEqual(['CONFLICT'])
  expect(await dan.acts('cancelFollowRequest', cleo)).toEqual(['CONFLICT'])

  expect(await cleo.acts('removeFollower', dan)).toMatchObject({ followsViewer: false, followingCount: 0 })
  expect(await dan.sees(cleo, list)).toEqual({ followers: null })
  expect(await dan.acts('followUser', cleo)).toMatchObject({ viewerFollowState: 'REQUESTED' })
  expect(await cleo.acts('declineFollowRequest', dan)).toMatchObject({ followsViewer: false })
  expect(await cleo.acts('acceptFollowRequest', dan)).toEqual(['NOT_FOUND'])
  await running.counted()
  expect(await running.counts(cleo)).toMatchObject({ followers: 0 })
})

test('V1–V3: a block hides both, ends follows and requests both ways, and brings none back', async () => {
  const [eli, fay] = [await running.person(), await running.person({ isPrivate: true })]
  await eli.acts('followUser', fay)
  await fay.acts('followUser', eli)
  await running.counted()
  expect(await eli.acts('blockUser', fay)).toMatchObject({
    viewerHasBlocked: true,
    viewerFollowState: 'NONE',
    followsViewer: false,
    followingCount: 0,
  })
  expect(await fay.sees(eli)).toBeNull()
  const blocked = async (person: typeof eli) =>
    (
      await person.asks(
        'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Viewer { blockedUsers(first: 5) { nodes { id viewerHasBlocked } } } } }',
        {
          refs: [{ __typename: 'Viewer', id: person.id }],
        },
      )
    ).data._entities[0].blockedUsers.nodes
  expect(await blocked(eli)).toEqual([{ id: fay.id, viewerHasBlocked: true }])
  expect(await blocked(fay)).toEqual([])
  for (const mutation of [
    'followUser',
    'unfollowUser',
    'blockUser',
    'unblockUser',
    'muteUser',
    'acceptFollowRequest',
  ]) {
    expect(await fay.acts(mutation, eli)).toEqual(['NOT_FOUND'])
  }
  expect(await eli.acts('followUser', fay)).toEqual(['NOT_FOUND'])
  expect(await eli.acts('unblockUser', fay)).toMatchObject({
    viewerHasBlocked: false,
    viewerFollowState: 'NONE',
  })
  await running.counted()
  expect(await running.counts(eli)).toMatchObject({ followers: 0, following: 0 })
  expect(await running.counts(fay)).toMatchObject({ followers: 0, following: 0 })
})

test('V9: a mute is the viewer’s alone, and ends by itself', async () => {
  const [gil, hal] = [await running.person(), await running.person()]
  await gil.acts('followUser', hal)
  expect(await gil.acts('muteUser', hal)).toMatchObject({
    viewerHasMuted: true,
    viewerFollowState: 'FOLLOWING',
    followerCount: 1,
  })
  expect(await hal.sees(gil)).toMatchObject({ viewerHasMuted: false, followsViewer: true })
  const muted = async () =>
    (
      await gil.asks(
        'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Viewer { mutedUsers(first: 5) { nodes { id } } } } }',
        {
          refs: [{ __typename: 'Viewer', id: gil.id }],
        },
      )
    ).data._entities[0].mutedUsers.nodes
  expect(await muted()).toEqual([{ id: hal.id }])
  expect(await gil.acts('unmuteUser', hal)).toMatchObject({ viewerHasMuted: false })
  expect(await gil.acts('muteUser', hal, { until: new Date(Date.now() - 1).toISOString() })).toEqual([
    'INVALID',
  ])

  const until = new Date(Date.now() + 400)
  expect(await gil.acts('muteUser', hal, { until: until.toISOString() })).toMatchObject({
    viewerHasMuted: true,
  })
  await expect.poll(async () => (await gil.sees(hal)).viewerHasMuted).toBe(false)
  expect(await muted()).toEqual([])
})

test('V9: posts and stories are muted apart; hidden stories are the viewer’s secret, and stay hidden through a block', async () => {
  const [iva, jon] = [await running.person(), await running.person()]
  const fields = 'viewerHasMuted viewerHasMutedStories viewerHidesStories'
  const lists = async (person: typeof iva) => {
    const { data } = await person.asks(
      `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Viewer { mutedUsers(first: 5) { nodes { id } }
        mutedStoryUsers(first: 5) { nodes { id } } storiesHiddenFrom(first: 5) { nodes { id } } } } }`,
      { refs: [{ __typename: 'Viewer', id: person.id }] },
    )
    return Object.values(data._entities[0] as Record<string, { nodes: unknown[] }>).map(
      ({ nodes }) => nodes.length,
    )
  }
  const facts = async () => {
    const key = relationKey(iva.id, jon.id)
    const { mutedUntil, storiesMutedUntil, hidesStories } =
      (await running.platform.facts.relations.get([key])).get(key) ?? stranger
    return [mutedUntil !== null, storiesMutedUntil !== null, hidesStories]
  }
  await iva.acts('muteUser', jon, { what: 'STORIES' })
  expect([await facts(), await lists(iva)]).toEqual([
    [false, true, false],
    [0, 1, 0],
  ])
  await iva.acts('muteUser', jon)
  await iva.acts('unmuteUser', jon, { what: 'STORIES' })
  expect([await facts(), await lists(iva)]).toEqual([
    [true, false, false],
    [1, 0, 0],
  ])
  await iva.acts('unmuteUser', jon)
  await iva.acts('hideStoriesFrom', jon)
  expect(await iva.sees(jon, fields)).toEqual({
    viewerHasMuted: false,
    viewerHasMutedStories: false,
    viewerHidesStories: true,
  })
  expect(await jon.sees(iva, fields)).toMatchObject({ viewerHidesStories: false })
  const theirs = relationKey(jon.id, iva.id)
  const hidden = async () => (await running.platform.facts.relations.get([theirs])).get(theirs)
  expect(await hidden()).toMatchObject({ storiesHiddenBy: true, hidesStories: false })

  await iva.acts('blockUser', jon)
  await iva.acts('unblockUser', jon)
  expect([await facts(), await lists(iva), await lists(jon)]).toEqual([
    [false, false, true],
    [0, 0, 1],
    [0, 0, 0],
  ])
  await iva.acts('unhideStoriesFrom', jon)
  expect(await hidden()).toMatchObject({ storiesHiddenBy: false })
})

const marks = 'viewerIsFavorite viewerIsCloseFriend viewerHasRestricted'
const noMarks = { viewerIsFavorite: false, viewerIsCloseFriend: false, viewerHasRestricted: false }

test('favourites, close friends and restrictions are the viewer’s alone, and listed newest first', async () => {
  const [una, vic, wes] = [await running.person(), await running.person(), await running.person()]
  const lists = async (person: typeof una) => {
    const { data } = await person.asks(
      `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Viewer {
        favorites(first: 5) { nodes { id } } closeFriends(first: 5) { nodes { id } } restrictedUsers(first: 5) { nodes { id } }
      } } }`,
      { refs: [{ __typename: 'Viewer', id: person.id }] },
    )
    const ids = Object.entries(data._entities[0]).map(([list, page]) => [
      list,
      (page as { nodes: { id: string }[] }).nodes.map(({ id }) => id),
    ])
    return Object.fromEntries(ids)
  }
  expect(await una.acts('addFavorite', vic)).toEqual(['FORBIDDEN'])
  for (const other of [vic, wes]) {
    await una.acts('followUser', other)
    for (const mutation of ['addFavorite', 'addCloseFriend', 'restrictUser', 'addFavorite']) {
      expect(await una.acts(mutation, other)).toMatchObject({ viewerFollowState: 'FOLLOWING' })
    }
  }
  expect(await una.sees(vic, marks)).toEqual({
    viewerIsFavorite: true,
    viewerIsCloseFriend: true,
    viewerHasRestricted: true,
  })
  expect(await vic.sees(una, marks)).toEqual(noMarks)
  expect(await running.nobody.sees(vic, marks)).toEqual({
    viewerIsFavorite: null,
    viewerIsCloseFriend: null,
    viewerHasRestricted: null,
  })
  const both = [wes.id, vic.id]
  expect(await lists(una)).toEqual({ favorites: both, closeFriends: both, restrictedUsers: both })
  expect(await lists(vic)).toEqual({ favorites: [], closeFriends: [], restrictedUsers: [] })

  const { relations } = running.platform.facts
  expect(await relations.favoriteIds(una.id, 10)).toEqual(both)
  expect(await relations.favoriteIds(una.id, 1)).toEqual([wes.id])
  // From the other side, for those who are told of reels.
  expect(await relations.favoriteOfIds(vic.id, null, 10)).toEqual([una.id])
  expect(await relations.favoriteOfIds(vic.id, una.id, 10)).toEqual([])
  expect(await relations.favoriteOfIds(una.id, null, 10)).toEqual([])
  const keys = [`${una.id}:${vic.id}`, `${vic.id}:${una.id}`] as const
  const facts = await relations.get(keys)
  expect(facts.get(keys[0])).toMatchObject({
    ...{ favorite: true, closeFriend: true, closeFriendOf: false, restricts: true, restrictedBy: false },
  })
  expect(facts.get(keys[1])).toMatchObject({
    ...{ favorite: false, closeFriend: false, closeFriendOf: true, restricts: false, restrictedBy: true },
  })

  // Each ends by its own action; a favourite ends with the follow too, whoever ends that.
  await una.acts('unfollowUser', vic)
  await wes.acts('removeFollower', una)
  expect(await lists(una)).toEqual({ favorites: [], closeFriends: both, restrictedUsers: both })
  const favouriteOf = await Promise.all([vic, wes].map(({ id }) => relations.favoriteOfIds(id, null, 10)))
  expect(favouriteOf).toEqual([[], []])
  await una.acts('followUser', vic)
  expect(await una.sees(vic, marks)).toMatchObject({ viewerIsFavorite: false, viewerIsCloseFriend: true })
  await una.acts('removeCloseFriend', vic)
  await una.acts('unrestrictUser', vic)
  expect(await una.sees(vic, marks)).toEqual(noMarks)
})

test('a block ends favourites, close friends and restrictions both ways, and brings none back', async () => {
  const [xia, yan] = [await running.person(), await running.person()]
  for (const [one, other] of [
    [xia, yan],
    [yan, xia],
  ] as const) {
    for (const mutation of ['followUser', 'addFavorite', 'addCloseFriend', 'restrictUser'])
      await one.acts(mutation, other)
    expect(await one.sees(other, marks)).toEqual({
      viewerIsFavorite: true,
      viewerIsCloseFriend: true,
      viewerHasRestricted: true,
    })
  }
  await xia.acts('blockUser', yan)
  for (const mutation of ['addFavorite', 'addCloseFriend', 'restrictUser', 'removeCloseFriend']) {
    expect(await xia.acts(mutation, yan)).toEqual(['NOT_FOUND'])
    expect(await yan.acts(mutation, xia)).toEqual(['NOT_FOUND'])
  }
  await xia.acts('unblockUser', yan)
  expect(await xia.sees(yan, marks)).toEqual(noMarks)
  expect(await yan.sees(xia, marks)).toEqual(noMarks)
  expect(await running.platform.facts.relations.favoriteIds(yan.id, 10)).toEqual([])
})

test('what is absent, hidden or oneself is refused', async () => {
  const [ida, jon] = [await running.person(), await running.person({ status: 'SUSPENDED' })]
  expect(await ida.acts('followUser', ida)).toEqual(['INVALID'])
  expect(await ida.acts('blockUser', ida)).toEqual(['INVALID'])
  for (const id of [jon.id, newId('user'), newId('post'), '', '$ne', 'x'.repeat(100_000)]) {
    expect(await ida.acts('followUser', { id })).toEqual(['NOT_FOUND'])
    expect(await ida.acts('unblockUser', { id })).toEqual(['NOT_FOUND'])
  }
  expect(await running.nobody.acts('followUser', ida)).toEqual(['UNAUTHENTICATED'])
  expect(await ida.sees(jon)).toBeNull()
})

test('one may follow 7,500 accounts', async () => {
  const [mia, ned, oda] = [await running.person(), await running.person(), await running.person()]
  await mia.acts('followUser', ned)
  await running.counted()
  const counts = running.platform.db('graph').collection<CountRow>('counts')
  await counts.updateOne({ _id: mia.id }, { $set: { following: 7_500 } })
  expect(await mia.acts('followUser', oda)).toEqual(['TOO_MANY'])
  expect(await mia.acts('followUser', ned)).toMatchObject({ viewerFollowState: 'FOLLOWING' })
  expect(await mia.acts('unfollowUser', ned)).toMatchObject({ viewerFollowState: 'NONE' })
})

test('the idempotency key of an action', async () => {
  const [kai, liv] = [await running.person(), await running.person()]
  const first = await kai.acts('followUser', liv, { idempotencyKey: 'k' })
  await kai.acts('unfollowUser', liv)
  expect(first).toMatchObject({ viewerFollowState: 'FOLLOWING' })
  expect(await kai.acts('followUser', liv, { idempotencyKey: 'k' })).toMatchObject({
    viewerFollowState: 'NONE',
  })
  expect(await kai.acts('followUser', kai, { idempotencyKey: 'k' })).toEqual(['IDEMPOTENCY_MISMATCH'])
  // The answer of a repetition is not a way around a block that came since.
  await liv.acts('blockUser', kai)
  expect(await kai.acts('followUser', liv, { idempotencyKey: 'k' })).toEqual([])
})

test('V11: at an account that opens its doors nobody waits any more', async () => {
  const ann = await running.person({ isPrivate: true })
  const [ben, cat, dan] = [await running.person(), await running.person(), await running.person()]
  for (const person of [ben, cat, dan]) await person.acts('followUser', ann)
  await cat.acts('cancelFollowRequest', ann)
  await running.changes(dan, { status: 'SUSPENDED' })
  // More than are accepted at once.
  const crowd = Array.from({ length: 120 }, () => accountRow())
  await running.platform.db('user').collection<AccountRow>('users').insertMany(crowd)
  await running.platform
    .db('graph')
    .collection<RelationDoc>('relations')
    .insertMany(crowd.flatMap(({ _id }) => requestRows(_id, ann.id)))

  const deps = {
    store: createStore(running.platform.db('graph')),
    transact: running.platform.transact('graph'),
    accounts: running.platform.facts.accounts,
    relations: running.platform.facts.relations,
    now: new Date(),
  }
  await acceptWaiting(deps, ann.id)
  expect(await ben.sees(ann, 'viewerFollowState')).toEqual({ viewerFollowState: 'REQUESTED' })

  await running.changes(ann, { isPrivate: false })
  await Promise.all([acceptWaiting(deps, ann.id), acceptWaiting(deps, ann.id)])
  expect(await ben.sees(ann, 'viewerFollowState')).toEqual({ viewerFollowState: 'FOLLOWING' })
  expect(await cat.sees(ann, 'viewerFollowState')).toEqual({ viewerFollowState: 'NONE' })
  await running.counted()
  expect(await running.nobody.sees(ann, 'followerCount')).toEqual({ followerCount: 121 })
  // Each is told once that he follows now.
  const told = await running.platform
    .db('graph')
    .collection<OutboxRow>('outbox')
    .find({ name: 'follow.created', 'payload.otherId': ann.id })
    .toArray()
  expect(new Set(told.map(({ payload }) => (payload as { userId: string }).userId)).size).toBe(121)
  expect(told).toHaveLength(121)
  expect(told.every(({ payload }) => (payload as { accepted: boolean }).accepted)).toBe(true)
  // Who was not in use when it opened still waits: it may be somebody whom nobody wants.
  await running.changes(dan, { status: 'ACTIVE' })
  expect(await dan.sees(ann, 'viewerFollowState')).toEqual({ viewerFollowState: 'REQUESTED' })
})

/** A request to follow, as both see it. */
function requestRows(fromId: string, toId: string): [RelationDoc, RelationDoc] {
  const followAt = new Date()
  const row = { ...strangers, version: 1, counted: false, countDue: false }
  return [
    {
      ...{ ...row, _id: relationKey(fromId, toId), viewerId: fromId, otherId: toId },
      ...{ follow: 'REQUESTED', followAt },
    },
    {
      ...{ ...row, _id: relationKey(toId, fromId), viewerId: toId, otherId: fromId },
      ...{ followedBy: 'REQUESTED', followedByAt: followAt },
    },
  ]
}
