// Accounts that act like a clock, from the events of what they do to the moderators' queue.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '#platform/random.ts'
import { newId } from '#schema/ids.ts'
import { event, type RunningSafety, startSafety } from './fixtures.ts'

const [second, minute, hour] = [1_000, 60_000, 3_600_000]
const random = createRandom(23)
const between = (least: number, most: number) => least + random() * (most - least)
/** An interval of what comes at random, so often on average. */
const byChance = (mean: number) => -mean * Math.log(1 - random())
const start = Date.now() - 72 * hour
let content: RunningSafety

beforeAll(async () => {
  content = await startSafety()
})
afterAll(() => content.stack.disposeAsync())

interface Deed {
  userId: string
  at: number
}
/** Likes and follows in the order of their times, some at once, as they come from the streams. */
const happen = async (deeds: readonly Deed[]) => {
  const { handlers } = content
  const inOrder = deeds.toSorted((one, other) => one.at - other.at)
  for (let from = 0; from < inOrder.length; from += 50) {
    const some = inOrder.slice(from, from + 50)
    const [likes, follows] = [some.filter((_, i) => i % 3 > 0), some.filter((_, i) => i % 3 === 0)]
    await handlers['post.liked'](
      likes.map(({ userId, at }) => event('post.liked', at, { userId, postId: newId('post') })),
    )
    await handlers['follow.created'](
      follows.map(({ userId, at }) =>
        event('follow.created', at, { userId, otherId: newId('user'), accepted: false }),
      ),
    )
  }
}
const flagged = async () => new Set(await content.items().distinct('subjectId', { source: 'TIMING' }))

/** When somebody acts within so many hours from the start, after intervals that are drawn. */
function moments(hours: number, interval: () => number, from = start + between(0, hour)): number[] {
  const times: number[] = []
  for (let at = from; at < from + hours * hour; at += interval()) times.push(Math.round(at))
  return times
}
/** Some deeds within seconds of each other, wherever there was one. */
const inBursts = (times: readonly number[]) =>
  times.flatMap((at) => {
    let then = at
    return Array.from({ length: Math.ceil(between(2, 12)) }, () => {
      then += between(2, 25) * second
      return Math.round(then)
    })
  })
/** Days of so many waking hours each. */
const days = (waking: number, interval: () => number, count = 2) =>
  Array.from({ length: count }, (_, day) =>
    moments(waking, interval, start + day * 24 * hour + between(0, hour)),
  ).flat()

/** An interval that a program draws around a length, by up to so much of it; now and then it skips one. */
const ticks = (length: number, jitter: number, skips: number) => () =>
  length * (1 + between(-jitter, jitter)) * (random() < skips ? 2 : 1)

const programs: (() => number[])[] = [
  () => moments(30, ticks(between(2, 6) * minute, 0, 0)),
  () => moments(34, ticks(between(3, 12) * minute, between(0.1, 0.4), 0)),
  () => moments(32, ticks(between(3, 10) * minute, between(0.2, 0.5), 0.04)),
]
const humans: (() => number[])[] = [
  () => inBursts(days(16, () => byChance(90 * minute))),
  () => days(18, () => byChance(7 * minute)),
  // With habits as even as a program's, but asleep at night.
  () => days(17, ticks(9 * minute, 0.3, 0.1)),
  // Awake for more than a day, or two of them in turns.
  () => moments(32, () => Math.min(3 * hour, byChance(8 * minute))),
  () => inBursts(moments(32, () => Math.min(3 * hour, byChance(40 * minute)))),
  // Now and then, and as if by the clock.
  () => days(20, ticks(2 * hour, 0.05, 0)),
]

test('programs that act around the clock come before moderators, people do not', async () => {
  const [bots, others] = [await content.accountIds(24), await content.accountIds(90)]
  const deedsOf = (ids: readonly string[], ways: readonly (() => number[])[]) =>
    ids.flatMap((userId, i) => (ways[i % ways.length]?.() ?? []).map((at) => ({ userId, at })))
  await happen([...deedsOf(bots, programs), ...deedsOf(others, humans)])
  const found = await flagged()
  const [known, wrong] = [bots, others].map((ids) => ids.filter((id) => found.has(id)).length)
  const recall = (known ?? 0) / bots.length
  const precision = (known ?? 0) / Math.max(1, found.size)
  process.stdout.write(
    `clockwork in the queue: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} of ${bots.length} programs among ${others.length} others, ${wrong} of whom wrongly\n`,
  )
  expect(recall).toBeGreaterThanOrEqual(0.9)
  expect(precision).toBeGreaterThanOrEqual(0.9)
}, 60_000)

test('of a run a review tells once, however often it is told; it says why, and takes no trust', async () => {
  const { moderator, items } = content
  const [bot = '', gone = ''] = await content.accountIds(2)
  await content.suspends(gone)
  const run = moments(26, () => 10 * minute, start).map((at) => ({ userId: bot, at }))
  const shortOfADay = run.filter(({ at }) => at < start + 23 * hour)
  await happen(shortOfADay)
  await happen(shortOfADay)
  const reviews = () =>
    items()
      .find({ subjectId: { $in: [bot, gone] } })
      .toArray()
  expect(await reviews()).toEqual([])
  await happen([...run, ...run.map(({ at }) => ({ userId: gone, at }))])
  const [row, ...more] = await reviews()
  expect([row?.subjectId, more]).toEqual([bot, []])
  const { data } = await moderator.asks(
    `{ review(id: "${row?._id}") { source subjectKind reasons { reason } trust { score } } }`,
  )
  expect(data.review).toMatchObject({ source: 'TIMING', subjectKind: 'USER', reasons: [{ reason: 'SPAM' }] })
  const outbox = content.platform.db('content').collection('outbox')
  expect(await outbox.countDocuments({ name: 'account.weighed', 'payload.userId': bot })).toBe(0)

  // What has been looked at begins anew, and is shown again after another day of it.
  await moderator.does('resolveReview', { itemId: row?._id, decision: 'NONE' }, 'item { id }')
  const later = moments(46, () => 10 * minute, start + 26 * hour).map((at) => ({ userId: bot, at }))
  await happen(later.filter(({ at }) => at < start + 47 * hour))
  expect(await reviews()).toHaveLength(1)
  await happen(later)
  expect(await reviews()).toHaveLength(2)
})
