// Weights of the ranking under experiment: what staff defines in User, Feed obeys and tells of, and the report counts.
import { expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { startSubgraph } from '#platform/subgraph.ts'
import { newId } from '#schema/ids.ts'
import { weights } from '#subgraphs/feed/domain/ranking/weights.ts'
import { createWorld } from '#subgraphs/feed/fixtures.ts'
import { feed } from '#subgraphs/feed/main.ts'
import type { WeightsRow } from '#subgraphs/feed/store/weights.ts'
import { startUser } from '#subgraphs/user/fixtures.ts'
import { setRole } from '#subgraphs/user/set-role.ts'
import { createAsker } from './asker.ts'

const experimentKey = 'home-ranking'
/** As many look as make each arm what it is. */
const perArm = 3

interface Arm {
  key: string
  accounts: number
}

test('each arm of an experiment orders the feed, and who looked stands in its report once', async () => {
  const { platform, stack, signsUp } = await startUser()
  await using _ = stack
  const feedSubgraph = await startSubgraph(platform, feed, stack)
  const world = createWorld(platform)
  const row: WeightsRow = {
    ...weights,
    signals: { ...weights.signals, mutual: 0, favorite: 2 },
    ...{ _id: 'favorites-first', served: false, createdAt: new Date(), looks: 0, loss: 0, usualLoss: 0 },
  }
  await platform.db('feed').collection<WeightsRow>('rankingWeights').insertOne(row)

  const staff = await signsUp('boss')
  await setRole(platform, 'boss', 'STAFF')
  const variants = [{ key: 'chronological' }, { key: 'favorites-first' }]
  for (const [mutation, input] of [
    ['upsertExperiment', { experimentKey, to: 600, variants }],
    ['startExperiment', { experimentKey }],
  ] as const) {
    const { userErrors } = await staff.does(mutation, input)
    expect(userErrors).toEqual([])
  }
  await expect.poll(() => platform.experiments.running(experimentKey)).not.toBe(null)

  const account = (_id = newId('user')) =>
    world.account({ _id, username: _id, emailFolded: _id } as Partial<AccountRow>)
  const authors = [await account(), await account(), await account()] as const
  const [favorite, friend] = authors
  const anHourAgo = Date.now() - 3_600_000
  const [first, second, third] = await world.posts(
    authors.map((authorId, i) => ({ authorId, publishedAt: anHourAgo + i * 60_000 })),
  )
  /** Someone in an arm of the experiment, or, null, in none, who follows all three. */
  const reader = async (variant: string | null) => {
    let _id = newId('user')
    while ((await platform.experiments.variantOf(experimentKey, _id)) !== variant) _id = newId('user')
    await account(_id)
    for (const author of authors) await world.follow(_id, author)
    await world.favor(_id, favorite)
    await world.follow(friend, _id)
    return createAsker(platform, feedSubgraph, { userId: _id, sessionId: newId('session') })
  }
  const orders = new Map<string | null, (string | undefined)[]>([
    ['chronological', [third, second, first]],
    ['favorites-first', [first, third, second]],
    [null, [second, first, third]],
  ])
  for (const [variant, expected] of orders) {
    for (let i = 0; i < perArm; i++) {
      const { asks } = await reader(variant)
      const { data } = await asks('{ homeFeed(first: 3) { nodes { id } } }')
      expect(
        data.homeFeed.nodes.map(({ id }: { id: string }) => id),
        String(variant),
      ).toEqual(expected)
      // Looking again is no second meeting.
      await asks('{ homeFeed(first: 3) { nodes { id } } }')
    }
  }

  const report = async (): Promise<Arm[]> =>
    (
      await staff.asks(
        `{ experimentReport(key: "${experimentKey}") { sampleRatio { isSuspicious } variants { key accounts } } }`,
      )
    ).data.experimentReport.variants
  await expect.poll(report).toEqual(variants.map(({ key }) => ({ key, accounts: perArm })))
  expect(await platform.db('feed').collection('outbox').countDocuments({ name: 'experiment.met' })).toBe(
    2 * perArm,
  )
})
