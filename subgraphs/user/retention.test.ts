import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningUser, startUser } from './fixtures.ts'
import { impersonal, retentions } from './retention.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser()
  // So that what is made when it is first written to is there.
  await running.signsUp('someone')
})
afterAll(() => running.stack.disposeAsync())

const db = () => running.platform.db('user')

test('each collection that holds something about people has a period', async () => {
  const found = (await db().listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
  const known = new Set([...retentions.map(({ collection }) => collection), ...impersonal])
  expect(known.size).toBe(retentions.length + impersonal.length)
  expect(found.filter((name) => !known.has(name))).toEqual([])
  for (const { collection, why } of retentions) expect(why.length, collection).toBeGreaterThan(20)
})

test.each(
  retentions.flatMap(({ collection, period }) =>
    period === 'ACCOUNT' ? [] : [[collection, period.field, period.seconds] as const],
  ),
)('A9: %s go %s + %i s, by MongoDB itself', async (collection, field, seconds) => {
  const indexes = await db().collection(collection).indexes()
  const ending = indexes.filter((index) => index.expireAfterSeconds !== undefined)
  expect(ending).toMatchObject([{ key: { [field]: 1 }, expireAfterSeconds: seconds }])
})

test.each(retentions.flatMap(({ collection, period }) => (period === 'ACCOUNT' ? [[collection]] : [])))(
  '%s stay for as long as the account',
  async (collection) => {
    const indexes = await db()
      .collection(collection)
      .indexes()
      .catch(() => [])
    expect(indexes.filter((index) => index.expireAfterSeconds !== undefined)).toEqual([])
  },
)
