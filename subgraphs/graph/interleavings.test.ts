// Whatever two people do to each other, in whatever order and however much of it at once: nobody follows across a block, rows
// mirror each other, and the counts are those of the rows (V2, V3, V13, C3, C7).
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { size } from '../../tests/size.ts'
import { type Person, type RunningGraph, startGraph } from './fixtures.ts'

let running: RunningGraph
beforeAll(async () => {
  running = await startGraph()
})
afterAll(() => running.stack.disposeAsync())

const actions = [
  'followUser',
  'acceptFollowRequest',
  'declineFollowRequest',
  'cancelFollowRequest',
  'unfollowUser',
  'removeFollower',
  'blockUser',
  'unblockUser',
] as const

/** A step: what each of the two does to the other, at the same moment when both do something. */
const step = fc.record({
  one: fc.option(fc.constantFrom(...actions)),
  other: fc.option(fc.constantFrom(...actions)),
})
const story = fc.record({
  isPrivate: fc.tuple(fc.boolean(), fc.boolean()),
  steps: fc.array(step, { minLength: 3, maxLength: 9 }),
})

async function legal(one: Person, other: Person) {
  const [mine, theirs] = await Promise.all([running.relation(one, other), running.relation(other, one)])
  if (!mine || !theirs) {
    expect(mine).toEqual(theirs)
    return null
  }
  expect([theirs.follow, theirs.followedBy]).toEqual([mine.followedBy, mine.follow])
  expect([theirs.blocksAt, theirs.blockedByAt]).toEqual([mine.blockedByAt, mine.blocksAt])
  if (mine.blocksAt || mine.blockedByAt) expect([mine.follow, mine.followedBy]).toEqual(['NONE', 'NONE'])
  return mine
}

test('C7, V2, V3: interleavings of follow, accept, block and unblock never leave a follower across a block', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ isPrivate, steps }) => {
      const [one, other] = [
        await running.person({ isPrivate: isPrivate[0] }),
        await running.person({ isPrivate: isPrivate[1] }),
      ]
      for (const { one: mine, other: theirs } of steps) {
        await Promise.all([mine && one.acts(mine, other), theirs && other.acts(theirs, one)])
        await legal(one, other)
      }
      const row = await legal(one, other)
      const seen = await one.sees(other)
      const hidden = Boolean(row?.blockedByAt) && !row?.blocksAt
      expect(seen === null).toBe(hidden)
      if (seen) expect(seen.viewerFollowState).toBe(row?.follow ?? 'NONE')

      // C3: whatever the storm was, the counts are those of the rows.
      const [followers, following] = [row?.followedBy === 'FOLLOWING', row?.follow === 'FOLLOWING'].map(
        Number,
      )
      await expect
        .poll(async () => {
          const counts = await running.counts(one)
          return [counts?.followers ?? 0, counts?.following ?? 0]
        })
        .toEqual([followers, following])
    }),
    { numRuns: size(1_000), interruptAfterTimeLimit: 900_000, markInterruptAsFailure: true },
  )
}, 1_000_000)

test('V13: however often a request is accepted at once, it is one follow', async () => {
  const [owner, asking] = [await running.person({ isPrivate: true }), await running.person()]
  await asking.acts('followUser', owner)
  await Promise.all(Array.from({ length: size(100, 10) }, () => owner.acts('acceptFollowRequest', asking)))
  const accepted = await running.platform
    .db('graph')
    .collection('outbox')
    .countDocuments({ name: 'follow.created', 'payload.userId': asking.id })
  expect(accepted).toBe(1)
  await running.counted()
  expect(await running.counts(owner)).toMatchObject({ followers: 1, following: 0 })
})

test('C3: a storm of follows and unfollows by many ends equal to the rows, never negative', async () => {
  const star = await running.person()
  const fans = await Promise.all(Array.from({ length: size(100, 10) }, () => running.person()))
  const seen = await Promise.all(
    fans.flatMap((fan, i) =>
      Array.from({ length: 6 }, (_, n) => fan.acts((i + n) % 2 ? 'unfollowUser' : 'followUser', star)),
    ),
  )
  for (const one of seen) expect(one.followerCount).toBeGreaterThanOrEqual(0)
  const rows = await Promise.all(fans.map((fan) => running.relation(fan, star)))
  const followers = rows.filter((row) => row?.follow === 'FOLLOWING').length
  await expect.poll(async () => (await running.counts(star))?.followers ?? 0).toBe(followers)
  expect((await star.sees(star)).followerCount).toBe(followers)
})
