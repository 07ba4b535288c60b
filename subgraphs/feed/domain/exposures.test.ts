import { expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testFeed } from '../fixtures.ts'
import { createExposures } from './exposures.ts'

test('those who meet the experiment at a moment are told of together, each once; after a failure, when they look again', async () => {
  const { platform, stack } = await testFeed()
  await using _ = stack
  const outbox = platform.db('feed').collection('outbox')
  const told = async () => (await outbox.find().toArray()).map(({ payload }) => payload.userId).toSorted()
  const outsider = newId('user')
  const people = Array.from({ length: 5 }, () => newId('user')).toSorted()
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
  const exposures = createExposures({
    experiments: { variantOf: async (_key, id) => (id === outsider ? null : 'chronological') },
    transact,
    log: platform.log,
  })
  const look = async () => {
    for (const id of [...people, outsider, ...people]) await exposures.meet(id)
    await exposures.tell()
  }
  await look()
  expect(await told()).toEqual([])
  works = true
  await look()
  await look()
  expect([await told(), commits]).toEqual([people, 1])
})
