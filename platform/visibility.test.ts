// The policy's loads: what a client makes up costs nothing that stays.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import { accountRow, postRow } from '../tests/rows.ts'
import type { AccountRow } from './accounts.ts'
import type { Platform } from './service.ts'
import { createVisibility } from './visibility.ts'

let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
})
afterAll(() => stack.disposeAsync())

test('what is no id is absent, and leaves nothing in the cache', async () => {
  const visibility = createVisibility(platform.facts, newId('user'))
  for (const id of ['', '*', '>', 'a:b', '../x', newId('comment'), 'x'.repeat(100_000)]) {
    expect(await visibility.account(id)).toBeNull()
    expect(await visibility.content(id)).toBe(false)
    expect(await visibility.post(id)).toBeNull()
    expect((await visibility.posts([id])).size).toBe(0)
    expect(await visibility.relation(id)).toMatchObject({ follow: 'NONE', blocks: false })
  }
  expect(await platform.cache.keys(`${platform.config.namespace}:*`)).toEqual([])
})

test('what is labelled sensitive is not there for minors, whoever shows it; for adults, strangers and its author it is', async () => {
  const users = platform.db('user').collection<AccountRow>('users')
  const year = new Date().getUTCFullYear()
  const person = async (birthDate: string) => {
    const row = accountRow({ _id: newId('user'), birthDate })
    await users.insertOne(row)
    return row._id
  }
  const [author, adult, minor] = [
    await person(`${year - 16}-01-01`),
    await person(`${year - 40}-01-01`),
    await person(`${year - 15}-01-01`),
  ]
  const post = postRow({ _id: newId('post'), authorId: author, sensitive: true })
  await platform.db('content').collection<typeof post>('posts').insertOne(post)
  const sees = async (viewerId: string | null) =>
    (await createVisibility(platform.facts, viewerId).post(post._id)) !== null
  expect(await Promise.all([author, adult, null, minor].map(sees))).toEqual([true, true, true, false])
  const finds = async (viewerId: string | null) =>
    (await createVisibility(platform.facts, viewerId).filterByPost([post._id], (id) => id)).length === 1
  expect(await Promise.all([author, adult, null, minor].map(finds))).toEqual([true, true, true, false])
})

test('however many posts are asked for together, each is decided as by itself, anew once what was known is forgotten', async () => {
  const author = accountRow()
  await platform.db('user').collection<AccountRow>('users').insertOne(author)
  const rows = Array.from({ length: 501 }, (_, i) =>
    postRow({ authorId: author._id, audience: i % 3 === 0 ? 'ONLY_ME' : 'PUBLIC' }),
  )
  const posts = platform.db('content').collection<(typeof rows)[number]>('posts')
  await posts.insertMany(rows)
  const ids = rows.map((row) => row._id)
  const visibility = createVisibility(platform.facts, newId('user'))
  const alone = await visibility.post(ids[1] ?? '')
  const seen = await visibility.posts([...ids, newId('post')])
  expect([...seen.keys()]).toEqual(ids.filter((_, i) => i % 3 !== 0))
  expect(seen.get(ids[1] ?? '')).toBe(alone)
  expect(await visibility.post(ids[0] ?? '')).toBeNull()
  expect(await visibility.post(ids[2] ?? '')).toBe(seen.get(ids[2] ?? ''))

  await posts.updateOne({ _id: ids[2] }, { $set: { audience: 'ONLY_ME' }, $inc: { version: 1 } })
  await platform.facts.posts.refresh([ids[2] ?? ''])
  const under = visibility.posts(ids)
  visibility.forget()
  await under
  expect(await visibility.post(ids[2] ?? '')).toBeNull()
  expect((await visibility.posts(ids)).has(ids[2] ?? '')).toBe(false)
})
