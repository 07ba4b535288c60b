import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { type Deed, dayOf, deedsOf, nobodysPseudonym } from './domain/insights.ts'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const counts = (deeds: Partial<Deed>[]) =>
  engagement.platform.transact('engagement')(async (tx) => {
    await engagement.store.addDeeds(
      tx,
      deeds.map((deed, i) => ({
        ...{
          id: `${newId('event')}:${i}`,
          at: new Date(),
          kind: 'IMPRESSION',
          actor: `a${i}`,
          actorSince: null,
        },
        ...{ ageBand: '18-24', subjectId: '', ownerId: null, surface: 'HOME', position: 0 },
        ...{ dwellMs: 1_000, watchedMs: 0, clicked: false, viewed: true },
        ...deed,
      })),
      () => newId('chunk'),
      (deed) => deed,
    )
  })
const fields =
  'impressions reach views likes comments shares saves storyCompletionRate averageWatchMs followerGrowth audience { dimension value accounts } hours csv'
const ofPost = async (who: Asker, postId: string) =>
  (await who.asks(`query ($postId: ID!) { postInsights(postId: $postId) { ${fields} } }`, { postId })).data
    .postInsights

test('an audience is divided by country as devices say it, without small groups', async () => {
  const { accounts, post, platform } = engagement
  const [alice, ...viewers] = (await accounts(14)) as [Asker, ...Asker[]]
  const postId = await post(alice)
  const zones = [
    ...Array(6).fill('Europe/Berlin'),
    ...Array(5).fill('Asia/Calcutta'),
    'Asia/Tokyo',
    'Asia/Tokyo',
  ]
  for (const [i, viewer] of viewers.entries()) {
    const impressions = [{ subjectId: postId, dwellMs: 2_000 }]
    const { userErrors } = await viewer.does(
      'recordImpressions',
      { impressions, timeZone: zones[i] },
      'recorded',
    )
    expect(userErrors).toEqual([])
  }
  const events = await platform
    .db('engagement')
    .collection('outbox')
    .find({ name: 'impressions.recorded', 'payload.impressions.subjectId': postId })
    .toArray()
  // Neither event nor row says more than the country.
  expect(JSON.stringify(events)).not.toContain('Europe')
  const known = { accounts: new Map(), authors: new Map() }
  await counts(
    events.flatMap(({ _id, payload }) =>
      deedsOf(
        { id: String(_id), name: 'impressions.recorded', at: new Date(), payload },
        known,
        platform.config.secret,
      ),
    ),
  )
  const { audience } = await ofPost(alice, postId)
  // Two in Japan are nobody's to know, nor is it to be found by what is left: the next smallest goes with them.
  expect(audience).toEqual([{ dimension: 'COUNTRY', value: 'DE', accounts: 6 }])
})

test('an author has the figures of his post, nobody else has (V20); small groups are not told apart', async () => {
  const { account, post, nobody } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  const one = { subjectId: postId, ownerId: alice.id }
  await counts([
    ...Array.from({ length: 6 }, (_, i) => ({ ...one, actor: `young${i}`, watchedMs: 2_000 })),
    ...Array.from({ length: 5 }, (_, i) => ({
      ...one,
      actor: `older${i}`,
      ageBand: '35-44' as const,
      viewed: false,
    })),
    ...Array.from({ length: 3 }, (_, i) => ({ ...one, actor: `old${i}`, ageBand: '55+' as const })),
    { ...one, actor: 'old0', ageBand: '55+' },
    { ...one, kind: 'LIKE', dwellMs: 0, viewed: false },
    { ...one, kind: 'SHARE', dwellMs: 0, viewed: false },
    ...Array.from({ length: 2 }, () => ({ ...one, kind: 'SAVE' as const, dwellMs: 0, viewed: false })),
  ])
  const insights = await ofPost(alice, postId)
  expect(insights).toMatchObject({
    impressions: 15,
    reach: 14,
    views: 10,
    likes: 1,
    shares: 1,
    saves: 2,
    comments: 0,
    averageWatchMs: 2_000,
    storyCompletionRate: null,
    followerGrowth: null,
    // Three of 55 and more are too few; the next group would tell how few.
    audience: [{ dimension: 'AGE_BAND', value: '18-24', accounts: 6 }],
  })
  expect(insights.csv).toBe(
    `day,impressions,views,likes,comments,shares,saves,followerGrowth\r\n${dayOf(new Date())},15,10,1,0,1,2,0\r\n`,
  )
  expect(await ofPost(bob, postId)).toBe(null)
  expect((await nobody.asks(`{ postInsights(postId: "${postId}") { reach } }`)).codes).toEqual([
    'UNAUTHENTICATED',
  ])
})

test('an audience is divided by hour, without hours at which fewer than five accounts looked', async () => {
  const { account, post } = engagement
  const alice = await account()
  const looksOf = (postId: string, hour: number, accounts: number, looks = 1, day = '2026-02-03') =>
    Array.from({ length: accounts * looks }, (_, i) => ({
      ...{ subjectId: postId, ownerId: alice.id, actor: `viewer${i % accounts}` },
      at: new Date(`${day}T${String(hour).padStart(2, '0')}:30:00.000Z`),
    }))
  const hoursOf = async (postId: string) => {
    const { hours } = await ofPost(alice, postId)
    expect(hours).toHaveLength(24)
    return Object.fromEntries([...hours.entries()].filter(([, count]) => count > 0))
  }
  const many = await post(alice)
  await counts([...looksOf(many, 7, 6, 2), ...looksOf(many, 9, 5)])
  // Others who look in the same hour of the same day, in another batch.
  await counts(looksOf(many, 7, 7))
  expect(await hoursOf(many)).toEqual({ 7: 19, 9: 5 })
  // One who looks often is one; the difference to the whole would tell of him, so the next smallest goes with him.
  await counts(looksOf(many, 20, 1, 8))
  expect(await hoursOf(many)).toEqual({ 7: 19 })
  // The same four on two days are four.
  await counts([...looksOf(many, 21, 4), ...looksOf(many, 21, 4, 1, '2026-02-04')])
  expect(await hoursOf(many)).toEqual({ 7: 19, 9: 5 })

  // Of who refuses analytics it is not known how many they are.
  const few = await post(alice)
  await counts([...looksOf(few, 7, 5), ...looksOf(few, 8, 6)])
  await counts(looksOf(few, 9, 9).map((look) => ({ ...look, actor: nobodysPseudonym })))
  expect(await hoursOf(few)).toEqual({ 8: 6 })
})

test("an account's figures sum up what it publishes, in the range that is asked", async () => {
  const alice = await engagement.account()
  const story = newId('story')
  const [early, late] = [new Date(Date.UTC(2026, 0, 1)), new Date(Date.UTC(2026, 0, 31))]
  await counts([
    { subjectId: newId('post'), ownerId: alice.id, at: early, actor: 'x' },
    { subjectId: newId('post'), ownerId: alice.id, at: late, actor: 'x' },
    { subjectId: story, ownerId: alice.id, at: late, actor: 'y', dwellMs: 6_000 },
    { subjectId: story, ownerId: alice.id, at: late, actor: 'z' },
    {
      subjectId: alice.id,
      ownerId: alice.id,
      kind: 'FOLLOW',
      at: late,
      actor: 'x',
      viewed: false,
      dwellMs: 0,
    },
  ])
  const inRange = async (from: string, to: string) =>
    (
      await alice.asks(
        `query ($range: DayRange) { accountInsights(range: $range) { impressions reach followerGrowth storyCompletionRate days { day impressions } } }`,
        { range: { from, to } },
      )
    ).data.accountInsights
  expect(await inRange('2026-01-01', '2026-01-31')).toEqual({
    impressions: 4,
    reach: 3,
    followerGrowth: 1,
    storyCompletionRate: 0.5,
    days: [
      { day: '2026-01-01', impressions: 1 },
      { day: '2026-01-31', impressions: 3 },
    ],
  })
  expect(await inRange('2026-01-02', '2026-01-30')).toMatchObject({ impressions: 0, reach: 0, days: [] })
  for (const range of [
    { from: '2026-01-02', to: '2026-01-01' },
    { from: '2024-01-01', to: '2026-01-01' },
  ]) {
    const { codes } = await alice.asks(
      'query ($range: DayRange) { accountInsights(range: $range) { reach } }',
      { range },
    )
    expect(codes).toEqual(['BAD_USER_INPUT'])
  }
})

test('figures that would take too long are given up in MongoDB, too: the author is told to come again', async () => {
  const { account, post, platform } = engagement
  const alice = await account()
  const postId = await post(alice)
  await counts(Array.from({ length: 8 }, () => ({ subjectId: postId })))
  const db = platform.db('engagement')
  await db.renameCollection('insightReach', 'rows')
  // Each row costs so much that eight are not summed up in time.
  const slow = { body: 'function () { sleep(700); return true }', args: [], lang: 'js' }
  await db.createCollection('insightReach', {
    viewOn: 'rows',
    pipeline: [{ $match: { $expr: { $function: slow } } }],
  })
  const query = 'query ($postId: ID!) { postInsights(postId: $postId) { reach } }'
  expect((await alice.asks(query, { postId })).codes).toEqual(['SERVICE_UNAVAILABLE'])
  await db.dropCollection('insightReach')
  await db.renameCollection('rows', 'insightReach')
  expect((await alice.asks(query, { postId })).data.postInsights.reach).toBe(8)
})

test('the figures of the platform are for staff', async () => {
  const { account } = engagement
  const [alice, boss] = [await account(), await account({ role: 'STAFF' })]
  const query = `{ platformInsights(range: { from: "2023-05-01", to: "2023-05-02" }) { activeAccounts newAccounts retention { afterDays share } timeSpentMs featureUse { surface impressions } days { day activeAccounts } pushDigest { drawn } } }`
  const on = (day: number) => new Date(Date.UTC(2023, 4, day, 5))
  await counts([
    { subjectId: newId('post'), at: on(1), actor: 'p', actorSince: '2023-05-01' },
    { subjectId: newId('post'), at: on(2), actor: 'p', actorSince: '2023-05-01', surface: 'REELS' },
    { subjectId: newId('post'), at: on(1), actor: 'q', actorSince: '2023-05-01' },
  ])
  expect((await alice.asks(query)).codes).toEqual(['FORBIDDEN'])
  expect((await boss.asks(query)).data.platformInsights).toEqual({
    activeAccounts: 2,
    newAccounts: 2,
    retention: [
      { afterDays: 1, share: 0.5 },
      { afterDays: 7, share: 0 },
      { afterDays: 28, share: 0 },
    ],
    timeSpentMs: 3_000,
    featureUse: [
      { surface: 'HOME', impressions: 2 },
      { surface: 'REELS', impressions: 1 },
    ],
    days: [
      { day: '2023-05-01', activeAccounts: 2 },
      { day: '2023-05-02', activeAccounts: 1 },
    ],
    // Nothing has been learned yet.
    pushDigest: null,
  })
})
