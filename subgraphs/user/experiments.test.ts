import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { claimEvents } from '#platform/bus.ts'
import { createExperiments } from '#platform/experiments.ts'
import type { DomainEvent, EventName, EventPayload } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import type { Asker } from '../../tests/asker.ts'
import { accountRow } from '../../tests/rows.ts'
import { countDeeds, type Deed, noteExposures } from './domain/experiments.ts'
import { type RunningUser, startUser } from './fixtures.ts'
import { createExperimentStore } from './store/experiments.ts'

let user: RunningUser
let staff: Asker
beforeAll(async () => {
  user = await startUser()
  const boss = await user.signsUp('boss')
  staff = boss
  await user.platform
    .db('user')
    .collection<{ _id: string }>('users')
    .updateOne({ _id: boss.id }, { $set: { role: 'STAFF' } })
})
afterAll(() => user.stack.disposeAsync())

let named = 0
const defines = async (change: Record<string, unknown> = {}): Promise<string> => {
  const experimentKey = `experiment-${++named}`
  const defined = await staff.does(
    'upsertExperiment',
    { experimentKey, layer: experimentKey, ...change },
    'experiment { status }',
  )
  expect(defined).toEqual({ experiment: { status: 'DRAFT' }, userErrors: [] })
  return experimentKey
}
const starts = async (experimentKey: string) => {
  const started = await staff.does('startExperiment', { experimentKey }, 'experiment { status }')
  expect(started).toEqual({ experiment: { status: 'RUNNING' }, userErrors: [] })
}
/** Defines and starts an experiment in a layer of its own, and waits until this process has heard of it. */
async function runs(change: Record<string, unknown> = {}): Promise<string> {
  const experimentKey = await defines(change)
  await starts(experimentKey)
  await expect
    .poll(() => user.platform.experiments.running(experimentKey), { timeout: 10_000 })
    .not.toBe(null)
  return experimentKey
}

const report = async (key: string) => {
  const { data } = await staff.asks(
    `query ($key: String!) { experimentReport(key: $key) { sampleRatio { isSuspicious } variants { key accounts results { metric mean isHarmed difference } } } }`,
    { key },
  )
  return data.experimentReport
}

const counts = async (batch: Deed[], experiments = user.platform.experiments) => {
  const db = user.platform.db('user')
  await countDeeds(
    {
      store: createExperimentStore(db),
      transact: user.platform.transact('user'),
      accounts: user.platform.facts.accounts,
      experiments,
      claim: (tx, events) => claimEvents(tx, db, 'user.experiments', events),
    },
    batch,
  )
}
/** What another subgraph tells of who met a variant. */
const meets = (...told: DomainEvent<'experiment.met'>[]) =>
  noteExposures(
    {
      store: createExperimentStore(user.platform.db('user')),
      transact: user.platform.transact('user'),
    },
    told,
  )
/** Mean likes of each variant's accounts. */
const likesIn = async (key: string): Promise<number[]> =>
  (await report(key)).variants.map(
    ({ results }: { results: { metric: string; mean: number }[] }) =>
      results.find(({ metric }) => metric === 'LIKES')?.mean,
  )
/** So many accounts that nobody signs in to. */
async function accountIds(count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, () => {
    const _id = newId('user')
    return accountRow({ _id, username: _id, emailFolded: _id } as Partial<AccountRow>)
  })
  await user.platform.db('user').collection<AccountRow>('users').insertMany(rows)
  return rows.map(({ _id }) => _id)
}
const event = <N extends EventName>(name: N, payload: EventPayload<N>, at = new Date(Date.now() + 1_000)) =>
  ({ id: newId('event'), name, at, payload }) as DomainEvent<N>

test('an account keeps its variant, and an exposure counts once', async () => {
  const key = await runs()
  const alice = await user.signsUp('alice')
  const { data } = await alice.asks('{ viewer { experiments { key variant } } }')
  const own = data.viewer.experiments.find((one: { key: string }) => one.key === key)
  expect(['control', 'treatment']).toContain(own.variant)
  for (let i = 0; i < 3; i++) {
    expect(await alice.does('recordExposure', { experimentKey: key }, 'assignment { key variant }')).toEqual({
      assignment: own,
      userErrors: [],
    })
  }
  const { variants } = await report(key)
  expect(variants.map((one: { accounts: number }) => one.accounts).sort()).toEqual([0, 1])
})

test('what people do after an exposure counts once, however often its event comes; what they did before does not (C10)', async () => {
  const key = await runs({ from: 0, to: 1_000 })
  const bob = await user.signsUp('bob')
  await bob.does('recordExposure', { experimentKey: key }, 'assignment { variant }')
  const like = event('post.liked', { postId: newId('post'), userId: bob.id })
  const early = event('post.liked', { postId: newId('post'), userId: bob.id }, new Date(0))
  const stranger = event('post.liked', { postId: newId('post'), userId: newId('user') })
  const seen = event('impressions.recorded', {
    userId: bob.id,
    impressions: [700, 800].map((dwellMs) => ({
      subjectId: newId('post'),
      authorId: null,
      surface: 'HOME' as const,
      position: null,
      dwellMs,
      watchedMs: 0,
      clicked: false,
      viewed: false,
    })),
  })
  for (let i = 0; i < 2; i++) await counts([like, early, stranger, seen, like])
  const { variants } = await report(key)
  const met = variants.find((one: { accounts: number }) => one.accounts === 1)
  const means = Object.fromEntries(
    met.results.map((one: { metric: string; mean: number }) => [one.metric, one.mean]),
  )
  expect(means).toMatchObject({ LIKES: 1, IMPRESSIONS: 2, DWELL_MS: 1_500, COMMENTS: 0 })
})

test('of who refuses analytics no exposure is kept, nor what he did since one', async () => {
  const key = await runs({ from: 0, to: 1_000 })
  const [eve, frank] = [await user.signsUp('eve'), await user.signsUp('frank')]
  const refuses = async ({ id }: { id: string }) => {
    const users = user.platform.db('user').collection<{ _id: string }>('users')
    await user.platform.facts.accounts.changing([id], () =>
      users.updateOne({ _id: id }, { $set: { refusesAnalytics: true }, $inc: { version: 1 } } as object),
    )
  }
  await refuses(eve)
  const met = 'assignment { key }'
  expect(await eve.does('recordExposure', { experimentKey: key }, met)).toMatchObject({ assignment: { key } })
  await frank.does('recordExposure', { experimentKey: key }, met)
  await refuses(frank)
  await counts([event('post.liked', { postId: newId('post'), userId: frank.id })])
  const { variants } = await report(key)
  expect(variants.map((one: { accounts: number }) => one.accounts).sort()).toEqual([0, 1])
  for (const { results } of variants)
    for (const { mean } of results as { mean: number }[]) expect(mean).toBe(0)
})

test('an exposure that is told of later is of the moment when it was met, and what was done since counts', async () => {
  const key = await runs()
  const grace = await user.signsUp('grace')
  const met = new Date(Date.now() - 2_000)
  const payload = { userId: grace.id, experimentKey: key, variant: 'treatment', at: met.toISOString() }
  const like = (after: number) =>
    event('post.liked', { postId: newId('post'), userId: grace.id }, new Date(met.getTime() + after))
  // Likes are heard of before the exposure and after it: what is of its moment or later counts, in whatever order.
  const [before, at, since] = [like(-1_000), like(0), like(700)]
  await counts([before, at, since])
  expect((await report(key)).variants.map((one: { accounts: number }) => one.accounts)).toEqual([0, 0])
  const told = event('experiment.met', payload, new Date())
  for (let i = 0; i < 2; i++) {
    await meets(told)
    await counts([before, since, like(-500), like(900 + i)])
  }
  expect(await likesIn(key)).toEqual([0, 4])
})

test('a deed and the exposure before it that are told of at the same moment are both kept (C10)', async () => {
  const key = await runs()
  const ids = await accountIds(20)
  const met = new Date(Date.now() - 2_000).toISOString()
  const exposures = ids.map((userId) =>
    event('experiment.met', { userId, experimentKey: key, variant: 'treatment', at: met }),
  )
  const likes = ids.map((userId) => event('post.liked', { postId: newId('post'), userId }, new Date()))
  await Promise.all([
    ...exposures.map((one) => meets(one)),
    ...likes.map((one) => counts([one])),
    ...likes.map((one) => counts([one])),
  ])
  expect(await likesIn(key)).toEqual([0, 1])
})

test('what is done in the moment in which an experiment starts counts, also where one has not heard of it yet (C10)', async () => {
  const key = await defines()
  const { config, mongo } = user.platform
  const elsewhere = createExperiments(mongo, config.namespace)
  expect(await elsewhere.running(key)).toBeNull()
  await starts(key)
  const ids = await accountIds(3)
  const at = new Date().toISOString()
  await meets(
    ...ids.map((userId) => event('experiment.met', { userId, experimentKey: key, variant: 'treatment', at })),
  )
  const likes = ids.map((userId) => event('post.liked', { postId: newId('post'), userId }, new Date()))
  await counts(likes, elsewhere)
  expect(await likesIn(key)).toEqual([0, 1])
})

test('a guard that a variant makes worse is named', async () => {
  const key = await runs({ guards: ['LIKES'] })
  const store = createExperimentStore(user.platform.db('user'))
  const people = (await accountIds(40)).map((id, i) => ({ id, variant: i % 2 ? 'treatment' : 'control' }))
  await user.platform.transact('user')((tx) =>
    store.insertExposures(
      tx,
      people.map(({ id, variant }) => ({ key, accountId: id, variant, at: new Date(0) })),
    ),
  )
  await counts(
    people.flatMap(({ id, variant }, i) =>
      Array.from({ length: (variant === 'control' ? 6 : 2) + (i % 4 > 1 ? 1 : 0) }, () =>
        event('post.liked', { postId: newId('post'), userId: id }),
      ),
    ),
  )
  const { variants, sampleRatio } = await report(key)
  const likes = variants.map((one: { results: { metric: string }[] }) =>
    one.results.find((result) => result.metric === 'LIKES'),
  )
  expect(likes).toMatchObject([
    { mean: 6.5, isHarmed: false, difference: null },
    { mean: 2.5, isHarmed: true, difference: -4 },
  ])
  expect(sampleRatio.isSuspicious).toBe(false)
})

test('a stopped experiment ends everywhere and never runs again', async () => {
  const key = await runs()
  const carol = await user.signsUp('carol')
  await staff.does('stopExperiment', { experimentKey: key }, 'experiment { status }')
  await expect.poll(() => user.platform.experiments.running(key), { timeout: 10_000 }).toBe(null)
  expect(
    (await carol.does('recordExposure', { experimentKey: key }, 'assignment { key }')).userErrors[0].code,
  ).toBe('NOT_FOUND')
  for (const mutation of ['startExperiment', 'upsertExperiment']) {
    expect(
      (await staff.does(mutation, { experimentKey: key }, 'experiment { key }')).userErrors[0].code,
    ).toBe('INVALID')
  }
})

test('of two that want the same buckets of a layer at the same moment one starts', async () => {
  const keys = ['left', 'right', 'beside']
  const [left, right] = [
    { from: 0, to: 600 },
    { from: 500, to: 900 },
  ]
  for (const [i, range] of [left, right, { from: 900, to: 1_000 }].entries()) {
    await staff.does(
      'upsertExperiment',
      { experimentKey: keys[i], layer: 'shared', ...range },
      'experiment { key }',
    )
  }
  const answers = await Promise.all(
    keys.map((experimentKey) => staff.does('startExperiment', { experimentKey }, 'experiment { key }')),
  )
  const refused = answers.filter(({ userErrors }) => userErrors.length > 0)
  expect(refused).toHaveLength(1)
  expect(answers[2].userErrors).toEqual([])
})

test('only staff defines, and a wrong definition is refused', async () => {
  const dave = await user.signsUp('dave')
  const code = async (who: Asker, input: Record<string, unknown>) =>
    (await who.does('upsertExperiment', { experimentKey: 'wrong', ...input }, 'experiment { key }'))
      .userErrors[0]?.code
  expect(await code(dave, {})).toBe('FORBIDDEN')
  expect(await code(staff, { experimentKey: 'No Key' })).toBe('INVALID')
  expect(await code(staff, { from: 10, to: 10 })).toBe('INVALID')
  expect(await code(staff, { variants: [{ key: 'one' }] })).toBe('INVALID')
  expect(await code(staff, { variants: [{ key: 'a' }, { key: 'a' }] })).toBe('INVALID')
  expect(await code(staff, { variants: [{ key: 'a' }, { key: 'b', weight: 0 }] })).toBe('INVALID')
  expect(await code(staff, { variants: Array.from({ length: 11 }, (_, i) => ({ key: `v${i}` })) })).toBe(
    'TOO_MANY',
  )
  expect((await dave.asks('{ experimentReport(key: "wrong") { experiment { key } } }')).codes).toEqual([
    'FORBIDDEN',
  ])
})
