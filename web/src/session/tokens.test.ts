import { expect, test } from 'vitest'
import { keepTokens, storageKey, type TokenStorage, type Tokens, tokensOf } from './tokens.ts'

function memory(): TokenStorage & { value: string | null } {
  return {
    value: null,
    getItem() {
      return this.value
    },
    setItem(_key, value) {
      this.value = value
    },
    removeItem() {
      this.value = null
    },
  }
}

const pair = (n: number, expiresAt: number): Tokens => ({
  accessToken: `access-${n}`,
  expiresAt,
  refreshToken: `refresh-${n}`,
})

/** A server that takes each refresh token once, as the real one does. */
function server(lifetime: number) {
  let current = 1
  const asked: string[] = []
  const refresh = async (refreshToken: string): Promise<Tokens | null> => {
    asked.push(refreshToken)
    await Promise.resolve()
    if (refreshToken !== `refresh-${current}`) return null
    current += 1
    return pair(current, lifetime)
  }
  return { asked, refresh }
}

test('a token with life left is used as it is', async () => {
  const { asked, refresh } = server(0)
  const keeper = keepTokens({ storage: memory(), refresh, now: () => 0 })
  keeper.set(pair(1, 60_000))
  expect(await keeper.access()).toBe('access-1')
  expect(asked).toEqual([])
})

test('many who ask at once refresh once', async () => {
  const storage = memory()
  const { asked, refresh } = server(900_000)
  const keeper = keepTokens({ storage, refresh, now: () => 0 })
  keeper.set(pair(1, 10_000))
  expect(new Set(await Promise.all(Array.from({ length: 50 }, () => keeper.access())))).toEqual(
    new Set(['access-2']),
  )
  expect(asked).toEqual(['refresh-1'])
  expect(JSON.parse(storage.value ?? '')).toEqual(pair(2, 900_000))
})

test('two tabs refresh once: the second finds what the first has stored', async () => {
  const storage = memory()
  const { asked, refresh } = server(900_000)
  let last: Promise<unknown> = Promise.resolve()
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const run = last.then(work)
    last = run
    return run
  }
  storage.setItem(storageKey, JSON.stringify(pair(1, 10_000)))
  const tabs = [1, 2].map(() => keepTokens({ storage, refresh, now: () => 0, exclusively }))
  expect(await Promise.all(tabs.map((tab) => tab.access()))).toEqual(['access-2', 'access-2'])
  expect(asked).toEqual(['refresh-1'])
})

test('a refusal signs out and says so', async () => {
  const storage = memory()
  const keeper = keepTokens({ storage, refresh: async () => null, now: () => 0 })
  keeper.set(pair(7, 1))
  let changes = 0
  keeper.onChange(() => changes++)
  expect(await keeper.access()).toBeNull()
  expect(keeper.get()).toBeNull()
  expect(storage.value).toBeNull()
  expect(changes).toBe(1)
})

test('a server that cannot be reached signs nobody out', async () => {
  const keeper = keepTokens({
    storage: memory(),
    refresh: () => Promise.reject(new Error('offline')),
    now: () => 0,
  })
  keeper.set(pair(1, 1))
  await expect(keeper.access()).rejects.toThrow('offline')
  expect(keeper.get()).toEqual(pair(1, 1))
})

test('another tab that signs out is noticed', () => {
  const storage = memory()
  const keeper = keepTokens({ storage, refresh: async () => null })
  keeper.set(pair(1, 60_000))
  let changes = 0
  keeper.onChange(() => changes++)
  storage.removeItem(storageKey)
  keeper.reload()
  expect(keeper.get()).toBeNull()
  expect(changes).toBe(1)
})

test('what is stored and not understood counts as signed out', () => {
  const storage = memory()
  for (const text of ['nonsense', '{}', '{"accessToken":"a"}']) {
    storage.setItem(storageKey, text)
    expect(keepTokens({ storage, refresh: async () => null }).get()).toBeNull()
  }
})

test('a session without tokens gives none', () => {
  const session = { accessToken: 'a', accessTokenExpiresAt: '1970-01-01T00:00:01.000Z', refreshToken: 'r' }
  expect(tokensOf(session)).toEqual({ accessToken: 'a', expiresAt: 1000, refreshToken: 'r' })
  expect(tokensOf({ ...session, refreshToken: null })).toBeNull()
})
