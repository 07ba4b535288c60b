import { expect, test, vi } from 'vitest'
import { newId } from '#schema/ids.ts'
import { feedDeps, testFeed } from '../fixtures.ts'
import { createExposures } from './exposures.ts'
import { homeFeed } from './home-feed.ts'

test('those who meet the experiment are told of together, each once; after a failure, when they look again; who refuses analytics is not', async () => {
  const { platform, stack, world } = await testFeed()
  await using _ = stack
  const outbox = platform.db('feed').collection('outbox')
  const told = async () => (await outbox.find().toArray()).map(({ payload }) => payload.userId).toSorted()
  const people = (await Promise.all(Array.from({ length: 5 }, () => world.account()))).toSorted()
  const shy = await world.account({ refusesAnalytics: true })
  const real = platform.transact('feed')
  let commits = 0
  let works = false
  const transact = Object.assign(
    <R>(body: Parameters<typeof real<R>>[0]) => {
      if (!works) return Promise.reject(new Error('MongoDB is away'))
      commits += 1
      return real(body)
    },
    { together: real.together },
  )
  const { log, experiments } = platform
  const exposures = createExposures({ experiments, accounts: platform.facts.accounts, transact, log })
  const looks = () => {
    for (const id of [...people, shy, newId('user'), ...people]) exposures.meet(id, 'chronological')
  }
  const look = () => {
    looks()
    return exposures.tell()
  }
  await look()
  expect(await told()).toEqual([])
  works = true
  const before = Date.now()
  await look()
  const after = Date.now()
  await look()
  expect([await told(), commits]).toEqual([people, 1])
  for (const { payload } of await outbox.find().toArray()) {
    expect(Date.parse(payload.at)).toBeGreaterThanOrEqual(before)
    expect(Date.parse(payload.at)).toBeLessThanOrEqual(after)
  }

  // Whoever ends while some are being told of waits for them too.
  await world.changes(shy, { refusesAnalytics: false })
  looks()
  void exposures.tell()
  await exposures.tell()
  expect(await told()).toEqual([...people, shy].toSorted())
})

test('who gets what his variant orders has met it; who gets an order that could not be kept has not', async () => {
  const { platform, stack, store, world } = await testFeed()
  await using _ = stack
  const viewer = await world.account()
  const meets = async (variant: string | null, keeps = true) => {
    const meetRanking = vi.fn()
    const keep = () => Promise.reject(new Error('Redis is away'))
    const rankings = keeps ? store.rankings : { ...store.rankings, keep }
    await homeFeed(
      feedDeps(platform, viewer, {
        ...{ meetRanking, rankingVariant: async () => variant },
        store: { ...store, rankings },
      }),
      viewer,
      { first: 3 },
    )
    return meetRanking.mock.calls.flat()
  }
  expect(await meets('some-weights')).toEqual(['some-weights'])
  expect(await meets('some-weights', false)).toEqual([])
  expect(await meets('chronological')).toEqual(['chronological'])
  expect(await meets(null)).toEqual([])
})
