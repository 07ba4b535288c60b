// What makes a trend and what does not, on real MongoDB. Clocks are given.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { newId } from '#schema/ids.ts'
import { type TestFeed, testFeed } from '../../fixtures.ts'
import { describePost } from './describe.ts'
import { fewestAccounts, mostHashtags, trendHalfLifeMs, trendsOf } from './trends.ts'
import { wordModel } from './vectors.ts'

let { platform, stack, store, world } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const hour = 3_600_000
const start = Date.now()
const names = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)
/** So many accounts use a hashtag, a post each. */
const use = (count: number, name: string, at: number) =>
  Promise.all(
    names(count, name).map(() =>
      store.trends.put({ id: newId('post'), authorId: newId('user'), at }, [name]),
    ),
  )
const usesAt = async (now: number) => new Map((await store.trends.usesAt(now)).map((one) => [one.name, one]))
const trendingAt = async (now: number, among: readonly string[]) =>
  trendsOf(await store.trends.usesAt(now)).filter((name) => among.includes(name))

const describe = (id: string) => describePost({ store, ...platform.facts, model: wordModel }, id)
async function publish(authorId: string, hashtag: string, change: Partial<PostFactsRow> = {}) {
  const id = await world.post(authorId, start - hour)
  const rows = platform.db('content').collection<{ _id: string }>('posts')
  await rows.updateOne({ _id: id }, { $set: { caption: '', mediaIds: [], hashtags: [hashtag], ...change } })
  await describe(id)
  return id
}

test('fewer fresh accounts beat more stale ones: a use counts half after each half-life', async () => {
  await use(5, 'stale', start - 20 * hour)
  await use(4, 'fresh', start)
  expect(await trendingAt(start, ['stale', 'fresh'])).toEqual(['fresh', 'stale'])
  const [before, after] = [await usesAt(start), await usesAt(start + trendHalfLifeMs)]
  expect(before.get('fresh')).toEqual({ name: 'fresh', accounts: 4, fresh: 4, usual: 0 })
  // Within the day the accounts are the same ones; what they are worth halves.
  expect(after.get('fresh')).toMatchObject({ accounts: 4, fresh: expect.closeTo(2, 9) })
  // Fewer accounts are ahead of it by then.
  const later = start + trendHalfLifeMs
  await use(fewestAccounts, 'newest', later)
  expect(await trendingAt(later, ['fresh', 'newest'])).toEqual(['newest', 'fresh'])
})

test('an account that uses too many hashtags in a day means none of them', async () => {
  const loud = newId('user')
  const at = start - hour
  await use(fewestAccounts - 1, 'chorus', at)
  const put = (count: number, prefix: string) =>
    store.trends.put({ id: newId('post'), authorId: loud, at }, [...names(count, prefix)])
  await store.trends.put({ id: newId('post'), authorId: loud, at }, ['chorus'])
  await put(mostHashtags - 1, 'loud')
  expect(await trendingAt(start, ['chorus'])).toEqual(['chorus'])
  await put(1, 'louder')
  expect(await trendingAt(start, ['chorus'])).toEqual([])
})

test.each<[string, Partial<AccountRow>, Partial<PostFactsRow>]>([
  ['an open account', {}, {}],
  ['a private one', { isPrivate: true }, {}],
  ['one without a proven address', { emailVerifiedAt: null }, {}],
  ['one that is kept out of sight', { shadowBanned: true }, {}],
  ['one that is suspended', { status: 'SUSPENDED' }, {}],
  ['a post that is kept out of suggestions', {}, { limited: true }],
  ['a sensitive one', {}, { sensitive: true }],
  ['one for followers', {}, { audience: 'FOLLOWERS' }],
  ['an archived one', {}, { status: 'ARCHIVED' }],
])('whether the hashtag of %s trends', async (what, account, post) => {
  const name = what.replaceAll(' ', '')
  for (let i = 0; i < fewestAccounts; i++) await publish(await world.account(account), name, post)
  expect(await trendingAt(start, [name])).toEqual(what === 'an open account' ? [name] : [])
})

test('a post that is deleted, hidden or edited takes its uses with it', async () => {
  const ways: Record<string, (id: string) => Promise<unknown>> = {
    deleted: (id) => world.deletePost(id),
    hidden: (id) => world.changesPost(id, { audience: 'ONLY_ME' }),
    limited: (id) => world.changesPost(id, { limited: true }),
    edited: (id) => world.changesPost(id, { hashtags: ['other'] } as never),
  }
  for (const [name, change] of Object.entries(ways)) {
    const ids = []
    for (let i = 0; i < fewestAccounts; i++) ids.push(await publish(await world.account(), name))
    expect(await trendingAt(start, [name])).toEqual([name])
    await change(ids[0] as string)
    await describe(ids[0] as string)
    expect(await trendingAt(start, [name]), name).toEqual([])
  }
})
