// The daily push: who is sent one, once a day, and what is learned from it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '#platform/random.ts'
import { newId } from '#schema/ids.ts'
import { announce } from './domain/announcements.ts'
import { dayOf, pseudonym } from './domain/insights.ts'
import { learnFromPushDigests, lotOf, nextPushDigestAt, sendPushDigests } from './domain/push-digests.ts'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'
import type { DigestTrialRow, PushDigestRow } from './model.ts'

const dayMs = 86_400_000
const present = new Date()
let engagement: RunningEngagement
beforeAll(async () => {
  // What is due is decided by the tests alone.
  engagement = await startEngagement({ chores: false })
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')
const trials = () => db().collection<DigestTrialRow>('digestTrials')
const planned = () => db().collection<PushDigestRow>('pushDigests')
const activity = () => db().collection<{ _id: string; day: string }>('insightActivity')
const deps = () => ({
  ...{ store: engagement.store, facts: engagement.platform.facts },
  transact: engagement.platform.transact('engagement'),
  secret: engagement.platform.config.secret,
  log: engagement.platform.log,
  now: () => present,
})
const isDue = (who: Asker) =>
  planned().updateOne({ _id: who.id }, { $set: { dueAt: new Date(present.getTime() - 1) } }, { upsert: true })
const sentTo = (who: Asker) =>
  db().collection('outbox').countDocuments({ name: 'digest.pushed', 'payload.userId': who.id })

/** Somebody with a device for whom something waits, about whom the lot says this today. */
async function waiting(lot: boolean | null): Promise<Asker> {
  for (;;) {
    const who = await engagement.account()
    if (lotOf(deps().secret, `${who.id}:${dayOf(present)}`) !== lot) continue
    const { userErrors } = await who.does('registerPushSubscription', {
      endpoint: `https://fcm.googleapis.com/fcm/send/${who.id}`,
      p256dh: 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM',
      auth: 'tBHItJI5svbpez7KI4CCXg',
    })
    expect(userErrors).toEqual([])
    await announce(deps(), { recipientId: who.id, kind: 'MODERATION', subjectId: newId('post'), key: 'one' })
    await isDue(who)
    return who
  }
}

test('it is decided at six in the evening where the person is, or when his quiet hours end', () => {
  const after = new Date('2026-03-02T10:00:00Z')
  expect(nextPushDigestAt(null, after)).toEqual(new Date('2026-03-02T18:00:00Z'))
  const inTokyo = { startMinute: 60, endMinute: 120, timeZone: 'Asia/Tokyo' }
  expect(nextPushDigestAt(inTokyo, after)).toEqual(new Date('2026-03-03T09:00:00Z'))
  const asleep = { startMinute: 17 * 60, endMinute: 20 * 60, timeZone: 'UTC' }
  expect(nextPushDigestAt(asleep, after)).toEqual(new Date('2026-03-02T20:00:00Z'))
})

test('a lot decides about a fifth of the people anew each day, about half of them against it', () => {
  const drawn = Array.from({ length: 20_000 }, (_, i) => lotOf('secret', `user_${i}:2026-03-02`))
  const share = (value: boolean | null) => drawn.filter((one) => one === value).length / drawn.length
  for (const value of [true, false]) expect(Math.abs(share(value) - 0.1)).toBeLessThan(0.01)
  const tomorrow = Array.from({ length: 100 }, (_, i) => lotOf('secret', `user_${i}:2026-03-03`))
  expect(tomorrow).not.toEqual(drawn.slice(0, 100))
})

test('the lot sends one or none, once a day, and the others get none while nothing is shown (N6)', async () => {
  const [chosen, held, other] = [await waiting(true), await waiting(false), await waiting(null)]
  // Processes that do it at the same moment share the work.
  const sent = await Promise.all([sendPushDigests(deps()), sendPushDigests(deps()), sendPushDigests(deps())])
  expect(sent.reduce((sum, count) => sum + count, 0)).toBe(1)
  expect(await sendPushDigests(deps())).toBe(0)
  expect([await sentTo(chosen), await sentTo(held), await sentTo(other)]).toEqual([1, 0, 0])
  const rows = await trials().find().toArray()
  expect(Object.fromEntries(rows.map((row) => [row.userId, [row.by, row.sent]]))).toEqual({
    [chosen.id]: ['LOT', true],
    [held.id]: ['LOT', false],
    [other.id]: ['MODEL', false],
  })
})

test('whoever is due again on a day has had his, is planned for the next, and holds up nobody (N6)', async () => {
  const twice = await waiting(true)
  expect(await sendPushDigests(deps())).toBe(1)
  const [first] = await trials().find({ userId: twice.id }).toArray()
  await isDue(twice)
  const other = await waiting(true)
  expect(await sendPushDigests(deps())).toBe(1)
  expect([await sentTo(twice), await sentTo(other)]).toEqual([1, 1])
  expect(await trials().find({ userId: twice.id }).toArray()).toEqual([first])
  const next = await planned().findOne({ _id: twice.id })
  expect(next?.dueAt.getTime()).toBeGreaterThan(present.getTime())
})

test('one about whom it cannot be decided holds up nobody', async () => {
  const [broken, other] = [await waiting(true), await waiting(true)]
  const { store } = deps()
  const failing = {
    ...store,
    findSettings: async (userId: string) => {
      if (userId === broken.id) throw new Error('his settings are not to be read')
      return store.findSettings(userId)
    },
  }
  const told: object[] = []
  const log = { error: (what: object) => void told.push(what) } as ReturnType<typeof deps>['log']
  expect(await sendPushDigests({ ...deps(), store: failing, log })).toBe(1)
  expect(told).toMatchObject([{ userId: broken.id }])
  expect([await sentTo(broken), await sentTo(other)]).toEqual([0, 1])
  // He is decided about as soon as it can be.
  expect(await sendPushDigests(deps())).toBe(1)
  expect(await sentTo(broken)).toBe(1)
})

test('nobody is sent one who was here, for whom nothing waits, who wants none or has no device (N5)', async () => {
  const here = await waiting(true)
  const actor = pseudonym(deps().secret, here.id)
  await activity().insertOne({ _id: `${dayOf(present)}:${actor}`, day: dayOf(present) })
  const reader = await waiting(true)
  await reader.does('markNotificationsRead', {})
  const unwilling = await waiting(true)
  await unwilling.does('updateNotificationSettings', { pushDigest: false })
  const gone = await waiting(true)
  await db().collection('pushSubscriptions').deleteMany({ userId: gone.id })

  expect(await sendPushDigests(deps())).toBe(0)
  const userId = { $in: [here.id, reader.id, unwilling.id, gone.id] }
  expect(await trials().countDocuments({ userId })).toBe(0)
  const next = await planned().find({ _id: userId }).toArray()
  expect(next.map(({ _id }) => _id).toSorted()).toEqual([here.id, reader.id, unwilling.id].toSorted())
  for (const { dueAt } of next) expect(dueAt.getTime()).toBeGreaterThan(present.getTime())
})

test('what came of it is learned, and then it goes to those whom it helps', async () => {
  const random = createRandom(7)
  const day = dayOf(new Date(present.getTime() - 3 * dayMs))
  const today = (await trials().findOne({ by: 'LOT' })) as DigestTrialRow
  // People like him come back for a push; for whom less waits it drives away.
  const past = Array.from({ length: 4_000 }, (_, i): DigestTrialRow => {
    const sent = i % 2 === 0
    const isLike = random() < 0.5
    const returned = random() < (sent ? (isLike ? 0.5 : 0.1) : 0.2)
    const features = isLike ? today.features : today.features.map((value) => value * 0.4)
    return { ...today, _id: `user_${i}:${day}`, userId: `user_${i}`, day, sent, returned, features }
  })
  const unsettled = { ...today, _id: `user_x:${day}`, actor: 'actor x', day, returned: null }
  const away = { ...unsettled, _id: `user_y:${day}`, actor: 'actor y' }
  await trials().insertMany([...past, unsettled, away])
  const dayAfter = dayOf(new Date(Date.parse(day) + dayMs))
  await activity().insertOne({ _id: `${dayAfter}:actor x`, day: dayAfter })

  const { store } = deps()
  const asked: number[] = []
  const counting = {
    ...store,
    findActiveDays: (ids: readonly string[]) => {
      asked.push(ids.length)
      return store.findActiveDays(ids)
    },
  }
  const verdict = await learnFromPushDigests({ ...deps(), store: counting })
  // Both days of both people in one question.
  expect(asked).toEqual([4])
  expect(verdict?.least).toBeGreaterThan(0.1)
  expect(verdict?.saved).toBeGreaterThan(0.2)
  expect((await trials().findOne({ _id: unsettled._id }))?.returned).toBe(true)
  expect((await trials().findOne({ _id: away._id }))?.returned).toBe(false)
  // Today is not over.
  expect((await trials().findOne({ _id: today._id }))?.returned).toBeNull()
  // Once a day.
  expect(await learnFromPushDigests(deps())).toBeNull()
  // Staff reads what was learned.
  const boss = await engagement.account({ role: 'STAFF' })
  const { data } = await boss.asks(
    '{ platformInsights { pushDigest { at drawn chosenShare uplift upliftAtLeast savedShare } } }',
  )
  expect(data.platformInsights.pushDigest).toEqual({
    at: present.toISOString(),
    drawn: await trials().countDocuments({ by: 'LOT', returned: { $ne: null } }),
    chosenShare: verdict?.share,
    uplift: verdict?.uplift,
    upliftAtLeast: verdict?.least,
    savedShare: verdict?.saved,
  })

  const [helped, held] = [await waiting(null), await waiting(false)]
  expect(await sendPushDigests(deps())).toBe(1)
  expect([await sentTo(helped), await sentTo(held)]).toEqual([1, 0])
})
