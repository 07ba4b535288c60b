import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVisibility } from '#platform/visibility.ts'
import type { DomainEvent } from '#schema/events.ts'
import { reconcileDue } from './domain/counters.ts'
import { setPostOpinion } from './domain/reactions.ts'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'
import type { CounterRow } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')
const counters = () => db().collection<CounterRow>('postCounters')
const deps = () => ({
  store: engagement.store,
  transact: engagement.platform.transact('engagement'),
  now: () => new Date(),
})
const countsOf = (who: Asker, postId: string) => who.sees('Post', postId, 'likeCount commentCount')

test('a damaged counter to which nothing happens heals by itself (C9)', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const [damaged, fresh] = [await post(alice), await post(alice)]
  for (const postId of [damaged, fresh]) {
    await bob.does('likePost', { postId })
    await bob.does('createComment', { postId, text: 'hi' })
  }
  await settle()
  const [longAgo, justNow] = [new Date(Date.now() - 2 * 86_400_000), new Date()]
  await counters().updateOne({ _id: damaged }, { $set: { likes: 70, comments: -3, checkedAt: longAgo } })
  await counters().updateOne({ _id: fresh }, { $set: { likes: 70, checkedAt: justNow } })
  // Processes that come at the same moment share the work.
  const mended = await Promise.all([1, 2, 3].map(() => reconcileDue(deps())))
  expect(mended.reduce((sum, one) => sum + one)).toBe(1)
  expect(await countsOf(bob, damaged)).toEqual({ likeCount: 1, commentCount: 1 })
  // Its turn has not come.
  expect((await countsOf(bob, fresh)).likeCount).toBe(70)
  expect(await reconcileDue(deps())).toBe(0)
})

test('200 people who like one post at once do not wait for each other (C2)', async () => {
  const { accounts, post, settle, platform, nobody } = engagement
  const people = await accounts(200)
  const [alice] = people as [Asker]
  const postId = await post(alice)
  // Likes of one post write no document in common: each transaction's body runs once.
  let runs = 0
  const { transact: real } = deps()
  const counted =
    <T, R>(body: (tx: T) => Promise<R>) =>
    (tx: T) => {
      runs++
      return body(tx)
    }
  const transact: typeof real = Object.assign(
    <R>(body: Parameters<typeof real<R>>[0]) => real(counted(body)),
    {
      together: <R>(key: string, body: Parameters<typeof real.together<R>>[1]) =>
        real.together(key, counted(body)),
    },
  )
  await Promise.all(
    people.map(({ id }) => {
      const visibility = createVisibility(platform.facts, id)
      return setPostOpinion(
        { ...deps(), transact, visibility, comment: async () => null },
        id,
        postId,
        'likes',
        true,
      )
    }),
  )
  expect(runs).toBe(200)
  expect((await countsOf(nobody, postId)).likeCount).toBe(200)
  await settle()
  expect(await counters().findOne({ _id: postId })).toMatchObject({ likes: 200 })
})

/** All that Engagement keeps, but when its events were sent. */
async function dump(): Promise<Record<string, unknown[]>> {
  const names = (await db().listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort()
  const collections = await Promise.all(
    names
      .filter((name) => !name.startsWith('system.'))
      .map(async (name) => [
        name,
        await db()
          .collection(name)
          .find({}, { projection: { sentAt: 0 } })
          .sort({ _id: 1 })
          .toArray(),
      ]),
  )
  return Object.fromEntries(collections)
}

test('all that ever happened, handled twice again in any order, changes nothing (C10)', async () => {
  const { accounts, post, settle, relates, consumers, platform } = engagement
  const people = (await accounts(6)) as [Asker, ...Asker[]]
  const [alice] = people
  const postIds = [await post(alice), await post(alice), await post(people[1] as Asker)]
  await relates(alice, people[2] as Asker, { restrictsAt: new Date() })
  let step = 0
  // A storm with no chance in it, so that a failure can be repeated.
  const pick = <T>(from: readonly T[]): T => {
    step = (step * 73 + 41) % 997
    return from[step % from.length] as T
  }
  const commentIds: string[] = []
  for (let i = 0; i < 60; i++) {
    const who = pick(people)
    const postId = pick(postIds)
    const deed = pick([
      'likePost',
      'unlikePost',
      'dislikePost',
      'savePost',
      'unsavePost',
      'say',
      'like',
      'delete',
    ])
    const commentId = commentIds.length > 0 ? pick(commentIds) : null
    if (deed === 'say') {
      const parentId = i % 2 === 0 ? commentId : null
      const said = await who.does('createComment', { postId, text: 'x', parentId }, 'comment { id }')
      if (said.comment) commentIds.push(said.comment.id)
    } else if (deed === 'like' || deed === 'delete') {
      if (commentId) await who.does(`${deed}Comment`, { commentId })
    } else await who.does(deed, { postId })
  }
  await settle()
  const before = await dump()
  expect(before.notifications?.length).toBeGreaterThan(3)

  const handlers = Object.values(consumers) as Record<string, (batch: DomainEvent[]) => Promise<void>>[]
  const rows = await db().collection('outbox').find().sort({ _id: 1 }).toArray()
  const stream = rows.map((row) => ({ ...row, id: row._id }) as unknown as DomainEvent)
  for (const order of [stream, stream.toReversed()]) {
    for (const event of order) {
      for (const handler of handlers) await handler[event.name]?.([event])
    }
  }
  await settle()
  expect(await dump()).toEqual(before)
  for (const postId of postIds) {
    const likes = await platform
      .db('engagement')
      .collection('likes')
      .countDocuments({ targetId: postId, state: 'ON' })
    expect((await countsOf(alice, postId)).likeCount).toBe(likes)
  }
})
