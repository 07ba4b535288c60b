// The cache in front of the published read models: never older than the last acknowledged write.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPlatform } from '../tests/platform.ts'
import { codecOf, createFactModel, type FactModel, type Versioned } from './facts.ts'
import type { Platform } from './service.ts'

let platform: Platform
let stack: AsyncDisposableStack
/** The owner's rows, here a map; `loads` counts how often they were asked. */
const rows = new Map<string, Versioned<string>>()
let loads = 0
let facts: FactModel<string>

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  facts = createFactModel(platform.cache, `${platform.config.namespace}:fact`, async (keys) => {
    loads++
    return new Map(keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key) as Versioned<string>]] : [])))
  })
})
afterAll(() => stack.disposeAsync())

const write = (key: string, version: number, fact: string) => rows.set(key, { version, fact })

test('what was read once comes from the cache, absence included', async () => {
  write('a', 1, 'first')
  expect(await facts.get(['a', 'nobody'])).toEqual(new Map([['a', 'first']]))
  const before = loads
  expect(await facts.get(['a', 'nobody'])).toEqual(new Map([['a', 'first']]))
  expect(loads).toBe(before)
})

test('while a write is on its way the rows answer, and afterwards the new fact does', async () => {
  write('b', 1, 'old')
  await facts.get(['b'])
  await facts.changing(['b'], async () => {
    expect((await facts.get(['b'])).get('b')).toBe('old')
    write('b', 2, 'new')
    expect((await facts.get(['b'])).get('b')).toBe('new')
  })
  const before = loads
  expect((await facts.get(['b'])).get('b')).toBe('new')
  expect(loads).toBe(before)
})

test('a write that crashed before it wrote the cache is repaired by its event', async () => {
  write('c', 1, 'old')
  await facts.get(['c'])
  write('c', 2, 'new')
  await facts.refresh(['c'])
  expect((await facts.get(['c'])).get('c')).toBe('new')
})

test('a slow writer does not put an older fact back', async () => {
  write('d', 3, 'newest')
  await facts.refresh(['d'])
  write('d', 2, 'older')
  await facts.refresh(['d'])
  write('d', 3, 'newest')
  expect((await facts.get(['d'])).get('d')).toBe('newest')
})

test('facts of few kinds are short in the cache, read back whole, and nobody’s to change', async () => {
  const usual = { follow: 'NONE', blocks: false, until: null as number | null }
  const few = new Map<string, Versioned<typeof usual>>([
    ['follows', { version: 1, fact: { ...usual, follow: 'FOLLOWING' } }],
    ['mutes', { version: 2, fact: { ...usual, until: 5 } }],
    ['usual', { version: 3, fact: usual }],
  ])
  const prefix = `${platform.config.namespace}:kind`
  const load = async (keys: readonly string[]) =>
    new Map(keys.flatMap((key) => (few.has(key) ? [[key, few.get(key) as Versioned<typeof usual>]] : [])))
  const kinds = createFactModel(platform.cache, prefix, load, codecOf(usual))
  const keys = [...few.keys(), 'nobody']
  const whole = new Map([...few].map(([key, { fact }]) => [key, fact]))
  expect(await kinds.get(keys)).toEqual(whole)
  expect(await kinds.get(keys)).toEqual(whole)
  expect(await platform.cache.mget(keys.map((key) => `${prefix}:${key}`))).toEqual([
    '1|f|{"follow":"FOLLOWING"}',
    '2|f|{"until":5}',
    '3|f|{}',
    '0|f|null',
  ])
  // As an older process wrote it.
  await platform.cache.set(`${prefix}:old`, `9|f|${JSON.stringify({ ...usual, blocks: true })}`)
  const old = (await kinds.get(['old'])).get('old') as typeof usual
  expect(old).toEqual({ ...usual, blocks: true })
  expect(() => Object.assign(old, { blocks: false })).toThrow()
})

test('without Redis the rows answer (X3)', async () => {
  const { Redis } = await import('ioredis')
  const gone = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  gone.on('error', () => {})
  const alone = createFactModel(gone, 'x', async () => new Map([['e', { version: 1, fact: 'from rows' }]]))
  expect((await alone.get(['e'])).get('e')).toBe('from rows')
  expect(await alone.changing(['e'], async () => 'written')).toBe('written')
  // The event's handler must know, or else the fact that Redis comes back with is an old one.
  await expect(alone.refresh(['e'])).rejects.toThrow()
  gone.disconnect()
})
