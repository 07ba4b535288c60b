import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import {
  type AccountPart,
  type AccountTask,
  createAccountLifecycle,
  type ExportPart,
  exportPartKey,
  removing,
} from './account-lifecycle.ts'
import type { Platform } from './service.ts'

let platform: Platform
let stack: AsyncDisposableStack
let clock: number
beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  await platform.storage.prepare()
})
afterAll(() => stack.disposeAsync())
beforeEach(async () => {
  clock = Date.now()
  await tasks().deleteMany({})
})

const tasks = () => platform.db('feed').collection<AccountTask>('accountTasks')
const signal = () => new AbortController().signal
const lifecycleOf = (part: Partial<AccountPart>) =>
  createAccountLifecycle({ ...platform, now: () => clock }, 'feed', { erase: [], sections: {}, ...part })
const erased = (userId: string) => [
  { id: newId('event'), name: 'account.erased' as const, at: new Date(), payload: { userId } },
]
const minute = 60_000
const day = 86_400_000

test('an erasure that breaks off goes on at the step where it stood, and an event that comes again adds none (A9)', async () => {
  const userId = newId('user')
  const ran: string[] = []
  let breaks = true
  const { handlers, chore } = lifecycleOf({
    erase: [
      async () => {
        ran.push('first')
        return ran.length < 3
      },
      async () => {
        if (breaks) throw new Error('killed')
        ran.push('second')
        return false
      },
    ],
  })
  await handlers['account.erased']([...erased(userId), ...erased(userId)])
  await expect(chore.run(signal())).rejects.toThrow('killed')
  await handlers['account.erased'](erased(userId))
  expect(await tasks().countDocuments()).toBe(1)

  breaks = false
  // Whoever died holds the lease for a minute.
  await chore.run(signal())
  expect(ran).toEqual(['first', 'first', 'first'])
  clock += minute
  await chore.run(signal())
  expect(ran).toEqual(['first', 'first', 'first', 'second'])
})

test('it runs again for what was on its way, and then forgets that it ran', async () => {
  const userId = newId('user')
  const rows = platform.db('feed').collection<{ _id: string; viewerId: string }>('late')
  const { handlers, chore } = lifecycleOf({
    erase: [removing(platform.db('feed'), 'late', (viewerId) => ({ viewerId }))],
  })
  await rows.insertMany(Array.from({ length: 1_201 }, () => ({ _id: newId('key'), viewerId: userId })))
  await rows.insertOne({ _id: 'another', viewerId: newId('user') })
  await handlers['account.erased'](erased(userId))
  for (const wait of [minute, day, 9 * day]) {
    await chore.run(signal())
    expect(await rows.countDocuments()).toBe(1)
    await rows.insertOne({ _id: newId('key'), viewerId: userId })
    clock += wait - 1
    await chore.run(signal())
    expect(await rows.countDocuments()).toBe(2)
    clock += 1
  }
  await chore.run(signal())
  expect(await rows.countDocuments()).toBe(1)
  expect(await tasks().countDocuments()).toBe(0)
})

test('of many processes one works on a task', async () => {
  let at = 0
  let most = 0
  const { handlers, chore } = lifecycleOf({
    erase: [
      async () => {
        at += 1
        most = Math.max(most, at)
        await platform.cache.ping()
        at -= 1
        return false
      },
    ],
  })
  await handlers['account.erased'](erased(newId('user')))
  await Promise.all(Array.from({ length: 8 }, () => chore.run(signal())))
  expect(most).toBe(1)
})

test('a part of a copy is written in pieces, and said to be complete when all of it is there', async () => {
  const [userId, exportId] = [newId('user'), newId('export')]
  const text = 'x'.repeat(1_000)
  let fails = true
  const { handlers, chore } = lifecycleOf({
    sections: {
      async *rows() {
        for (let i = 0; i < 9_000; i += 1) {
          if (fails && i === 6_000) throw new Error('killed')
          yield { i, text }
        }
      },
      async *nothing() {},
    },
  })
  const event = { id: newId('event'), name: 'export.requested' as const, at: new Date() }
  await handlers['export.requested']([{ ...event, payload: { userId, exportId } }])
  await expect(chore.run(signal())).rejects.toThrow('killed')
  const key = exportPartKey({ userId, exportId }, 'feed')
  expect(await platform.storage.head(key)).toBeNull()

  fails = false
  clock += minute
  await chore.run(signal())
  const { sections } = JSON.parse(await platform.storage.readText(key)) as ExportPart
  expect(sections.map(({ name, rows }) => [name, rows])).toEqual([
    ['rows', 9_000],
    ['nothing', 0],
  ])
  const keys = sections[0]?.keys ?? []
  expect(keys.length).toBeGreaterThan(1)
  const lines = (await Promise.all(keys.map((part) => platform.storage.readText(part)))).join('')
  const numbers = lines
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { i: number }).i)
  expect(numbers).toEqual(Array.from({ length: 9_000 }, (_, i) => i))
  expect(await tasks().countDocuments()).toBe(0)
})
