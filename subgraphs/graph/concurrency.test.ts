import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeEvent } from '#platform/bus.ts'
import type { OutboxRow } from '#platform/mongo.ts'
import { eventSubject } from '#schema/events.ts'
import { countRelations, reconcileCounts, reconcileDue } from './domain/counts.ts'
import { settleAccount } from './domain/sleep.ts'
import { type Person, type RunningGraph, startGraph } from './fixtures.ts'
import type { CountRow, RelationDoc } from './model.ts'
import { createStore } from './store.ts'

let running: RunningGraph
beforeAll(async () => {
  running = await startGraph()
})
afterAll(() => running.stack.disposeAsync())

const pair = async () => [await running.person(), await running.person()] as const

/** Checks that two rows mirror each other and are a legal state; answers the first. */
async function legal(one: Person, other: Person): Promise<RelationDoc> {
  const [mine, theirs] = [await running.relation(one, other), await running.relation(other, one)]
  if (!mine || !theirs) throw new Error('a row is missing')
  expect(theirs).toMatchObject({
    follow: mine.followedBy,
    followAt: mine.followedByAt,
    followedBy: mine.follow,
    followedByAt: mine.followAt,
    blocksAt: mine.blockedByAt,
    blockedByAt: mine.blocksAt,
    closeFriendAt: mine.closeFriendOfAt,
    closeFriendOfAt: mine.closeFriendAt,
    restrictsAt: mine.restrictedByAt,
    restrictedByAt: mine.restrictsAt,
    version: mine.version,
  })
  if (mine.blocksAt || mine.blockedByAt) expect([mine.follow, mine.followedBy]).toEqual(['NONE', 'NONE'])
  for (const row of [mine, theirs]) if (row.favoriteAt) expect(row.follow).toBe('FOLLOWING')
  if (mine.blocksAt || mine.blockedByAt)
    expect([mine.closeFriendAt, mine.closeFriendOfAt, mine.restrictsAt, mine.restrictedByAt]).toEqual(
      Array(4).fill(null),
    )
  return mine
}

test('C1, C3: 100 parallel follows are one; a storm of follows and unfollows ends as its rows say', async () => {
  const [ann, ben] = await pair()
  await Promise.all(Array.from({ length: 100 }, () => ann.acts('followUser', ben)))
  expect((await legal(ann, ben)).follow).toBe('FOLLOWING')
  const created = await running.platform
    .db('graph')
    .collection('outbox')
    .countDocuments({ name: 'follow.created', 'payload.userId': ann.id })
  expect(created).toBe(1)
  await running.counted()
  expect(await running.counts(ben)).toMatchObject({ followers: 1, following: 0 })

  const seen = await Promise.all(
    Array.from({ length: 100 }, (_, i) => ann.acts(i % 2 ? 'unfollowUser' : 'followUser', ben)),
  )
  for (const { followerCount } of seen) expect([0, 1]).toContain(followerCount)
  const follows = (await legal(ann, ben)).follow === 'FOLLOWING' ? 1 : 0
  await running.counted()
  expect(await running.counts(ben)).toMatchObject({ followers: follows, following: 0 })
  expect(await running.counts(ann)).toMatchObject({ followers: 0, following: follows })
  expect(await running.nobody.sees(ben)).toMatchObject({ followerCount: follows })
})

test('C2: fifty followers at once are fifty', async () => {
  const star = await running.person()
  const fans = await Promise.all(Array.from({ length: 50 }, () => running.person()))
  await Promise.all(fans.map((fan) => fan.acts('followUser', star)))
  await running.counted()
  expect(await running.counts(star)).toMatchObject({ followers: 50 })
})

test('the follower who makes a round number is announced', async () => {
  const [star, fan, later] = [await running.person(), await running.person(), await running.person()]
  const db = running.platform.db('graph')
  const checkAt = new Date(Date.now() + 3_600_000)
  await db
    .collection<{ _id: string }>('counts')
    .insertOne({ _id: star.id, followers: 99, following: 0, checkAt } as { _id: string })
  for (const one of [fan, later]) {
    await one.acts('followUser', star)
    await running.counted()
  }
  const reached = await db.collection('outbox').find({ name: 'followers.reached' }).toArray()
  expect(reached.map(({ payload }) => payload)).toEqual([{ userId: star.id, count: 100 }])
})

test('C7: races of block and follow, accept and decline, leave a legal state', async () => {
  const races: [setup: string[], left: string, right: string][] = [
    [[], 'blockUser', 'followUser'],
    [['followUser'], 'blockUser', 'unfollowUser'],
    [[], 'blockUser', 'blockUser'],
    [['blockUser'], 'unblockUser', 'followUser'],
    [['followUser'], 'acceptFollowRequest', 'cancelFollowRequest'],
    [['followUser'], 'removeFollower', 'unfollowUser'],
  ]
  for (const [setup, left, right] of races) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const [owner, other] = [
          await running.person({ isPrivate: right === 'cancelFollowRequest' }),
          await running.person(),
        ]
        for (const mutation of setup)
          await (mutation === 'blockUser' ? owner.acts(mutation, other) : other.acts(mutation, owner))
        await Promise.all([owner.acts(left, other), other.acts(right, owner)])
        await legal(owner, other)
      }),
    )
  }
})

test('C7: however actions interleave, no follow, favourite, close friend or restriction crosses a block', async () => {
  const [one, other] = await pair()
  const wild = [
    ...['followUser', 'blockUser', 'unblockUser', 'followUser', 'removeFollower', 'unfollowUser'],
    ...['addFavorite', 'addCloseFriend', 'restrictUser'],
  ]
  for (let round = 0; round < 8; round++) {
    await Promise.all(
      Array.from({ length: 25 }, (_, i) => {
        const mutation = wild[(i * 7 + round * 3) % wild.length] as string
        return i % 2 ? one.acts(mutation, other) : other.acts(mutation, one)
      }),
    )
    await legal(one, other)
  }
  await running.counted()
  const mine = await legal(one, other)
  expect(await running.counts(one)).toMatchObject({
    following: mine.follow === 'FOLLOWING' ? 1 : 0,
    followers: mine.followedBy === 'FOLLOWING' ? 1 : 0,
  })
})

test('C10: events that come again, in parallel and late, count nothing twice', async () => {
  const [ann, ben] = await pair()
  await ann.acts('followUser', ben)
  const deps = {
    store: createStore(running.platform.db('graph')),
    transact: running.platform.transact('graph'),
  }
  const events = [
    { userId: ann.id, otherId: ben.id },
    { userId: ben.id, otherId: ann.id },
  ]
  await Promise.all(Array.from({ length: 10 }, () => countRelations(deps, events)))
  await countRelations(deps, events)
  expect(await running.counts(ben)).toMatchObject({ followers: 1, following: 0 })
  expect(await running.counts(ann)).toMatchObject({ followers: 0, following: 1 })
})

test('C9: counts that were damaged heal, by hand and by being looked at', async () => {
  const [ann, ben] = await pair()
  await ann.acts('followUser', ben)
  await running.counted()
  const counts = running.platform.db('graph').collection<CountRow>('counts')
  const deps = {
    store: createStore(running.platform.db('graph')),
    transact: running.platform.transact('graph'),
  }

  await counts.updateOne({ _id: ben.id }, { $set: { followers: 41 } })
  expect(await reconcileCounts(deps, ben.id)).toBe(true)
  expect(await running.counts(ben)).toMatchObject({ followers: 1, following: 0 })
  expect(await reconcileCounts(deps, ben.id)).toBe(false)

  await counts.updateOne({ _id: ben.id }, { $set: { followers: -5, checkAt: new Date() } })
  expect((await running.nobody.sees(ben)).followerCount).toBe(0)
  await expect.poll(async () => (await running.nobody.sees(ben)).followerCount).toBe(1)

  await counts.deleteOne({ _id: ben.id })
  await expect.poll(async () => (await running.nobody.sees(ben)).followerCount).toBe(1)
})

test('reconciling among follows neither loses nor doubles any', async () => {
  const star = await running.person()
  const fans = await Promise.all(Array.from({ length: 20 }, () => running.person()))
  const deps = {
    store: createStore(running.platform.db('graph')),
    transact: running.platform.transact('graph'),
  }
  await Promise.all(fans.flatMap((fan) => [fan.acts('followUser', star), reconcileCounts(deps, star.id)]))
  await running.counted()
  expect(await running.counts(star)).toMatchObject({ followers: 20, following: 0 })
})

test('V19: follows of accounts that are not in use count for nobody, and count again when these are back', async () => {
  const [ann, ben, cat, dan] = await Promise.all(Array.from({ length: 4 }, () => running.person()))
  if (!ann || !ben || !cat || !dan) throw new Error('four people')
  await ann.acts('followUser', ben)
  await ben.acts('followUser', ann)
  await cat.acts('followUser', ben)
  await ben.acts('followUser', dan)
  await running.counted()
  const { store, transact } = {
    store: createStore(running.platform.db('graph')),
    transact: running.platform.transact('graph'),
  }
  const deps = { store, transact, accounts: running.platform.facts.accounts }
  const countsOf = async (person: Person) => {
    const row = await running.counts(person)
    return [row?.followers, row?.following]
  }
  const all = async () => [await countsOf(ann), await countsOf(cat), await countsOf(dan)]
  const whole = await all()
  expect(whole).toEqual([
    [1, 1],
    [0, 1],
    [1, 0],
  ])

  for (const status of ['SUSPENDED', 'DEACTIVATED', 'DELETED'] as const) {
    await running.changes(ben, { status })
    await Promise.all([settleAccount(deps, ben.id), settleAccount(deps, ben.id)])
    expect(await all()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ])
    for (const person of [ann, cat, dan]) expect(await reconcileCounts(deps, person.id)).toBe(false)
    expect(await dan.sees(dan, 'followers(first: 5) { totalCount nodes { id } }')).toEqual({
      followers: { totalCount: 0, nodes: [] },
    })
    // Of two who are away, one that is back does not bring the other's follows back.
    await running.changes(cat, { status: 'DEACTIVATED' })
    await settleAccount(deps, cat.id)
    await running.changes(ben, { status: 'ACTIVE' })
    await settleAccount(deps, ben.id)
    expect(await countsOf(ben)).toEqual([1, 2])
    await running.changes(cat, { status: 'ACTIVE' })
    await settleAccount(deps, cat.id)
    expect(await countsOf(ben)).toEqual([2, 2])
    expect(await all()).toEqual(whole)
  }
})

test('V19: Graph hears of a suspension by its event', async () => {
  const [ann, ben] = await pair()
  await ann.acts('followUser', ben)
  await running.counted()
  await running.changes(ann, { status: 'SUSPENDED' })
  await running.platform.transact('user')(async (tx) => tx.emit('account.changed', { userId: ann.id }))
  const { _id, name, payload, at } = (await running.platform
    .db('user')
    .collection<OutboxRow>('outbox')
    .findOne({ 'payload.userId': ann.id })) as OutboxRow
  const subject = `${running.platform.config.namespace}.${eventSubject('account.changed', ann.id)}`
  const event = encodeEvent({ _id, name, payload, at, sentAt: null })
  await running.platform.jetstream.publish(subject, event, { msgID: _id })
  await expect.poll(() => running.counts(ben), { timeout: 15_000 }).toMatchObject({ followers: 0 })
})

test('C9: counts at which nobody looks are checked in turn', async () => {
  const [ann, ben] = await pair()
  await ann.acts('followUser', ben)
  await running.counted()
  const deps = {
    store: createStore(running.platform.db('graph')),
    transact: running.platform.transact('graph'),
  }
  const counts = running.platform.db('graph').collection<CountRow>('counts')
  await counts.updateOne({ _id: ben.id }, { $set: { followers: 77, checkAt: new Date(0) } })
  expect(await reconcileDue(deps, new AbortController().signal)).toBe(1)
  expect(await running.counts(ben)).toMatchObject({ followers: 1, following: 0 })
  expect((await running.counts(ben))?.checkAt.getTime()).toBeGreaterThan(Date.now())
  expect(await reconcileDue(deps, new AbortController().signal)).toBe(0)
})
