// Delivery through a cache: what is served from it, what it lets go of, and that the configuration for nginx says the same.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import { createStorage, type Storage } from '#platform/storage.ts'
import { testPlatform } from '../../tests/platform.ts'
import { type Cache, rangeOf, startCache } from './cache.ts'

const purgeToken = 'a secret of the house'
let platform: Platform
let stack: AsyncDisposableStack
let cache: Cache
let storage: Storage

beforeAll(async () => {
  const started = await testPlatform()
  platform = started.platform
  stack = started.stack
  const { s3, namespace } = platform.config
  cache = await startCache({ origin: `${s3.endpoint}/${namespace}-media`, purgeToken, maxBytes: 1_000_000 })
  stack.use(cache)
  storage = createStorage({ ...platform.config, cdn: { url: cache.url, purgeToken } })
  stack.defer(() => storage.close())
})
afterAll(() => stack.disposeAsync())

const put = async (key: string, bytes = Buffer.from('0123456789')) => {
  await storage.write(key, bytes, { contentType: 'image/jpeg', byteSize: bytes.length })
  return storage.urlOf(key)
}
const statusOf = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url, { headers })).status

test('of a thousand views of a feed’s pictures, all but the first of each come from the cache', async () => {
  const urls = await Promise.all(Array.from({ length: 20 }, (_, at) => put(`public/media/feed/${at}.jpg`)))
  expect(urls.every((url) => url.startsWith(cache.url))).toBe(true)
  const before = { ...cache.counts }
  const views = Array.from({ length: 1_000 }, (_, at) => urls[(at * 7) % urls.length] as string)
  for (let at = 0; at < views.length; at += 50) {
    const answers = await Promise.all(views.slice(at, at + 50).map((url) => fetch(url)))
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ])
      expect(await answer.text()).toBe('0123456789')
    }
  }
  const misses = cache.counts.misses - before.misses
  expect(misses).toBe(urls.length)
  expect(1 - misses / views.length).toBeGreaterThanOrEqual(0.98)
})

test('parts are served, of the end too, and what lies beyond is refused', async () => {
  const url = await put('public/media/part/0.jpg')
  const part = async (range: string) => {
    const answer = await fetch(url, { headers: { range } })
    return [answer.status, answer.headers.get('content-range'), await answer.text()]
  }
  expect(await part('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234'])
  expect(await part('bytes=7-')).toEqual([206, 'bytes 7-9/10', '789'])
  expect(await part('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789'])
  expect((await part('bytes=10-'))[0]).toBe(416)
  expect(rangeOf('bytes=5-2', 10)).toBe('unfit')
  expect(rangeOf('items=1-2', 10)).toBeNull()
  const etag = (await fetch(url)).headers.get('etag') ?? ''
  expect(await statusOf(url, { 'if-none-match': etag })).toBe(304)
})

test('what is removed is gone from the cache too; without the secret nothing is purged (V14, M6)', async () => {
  const keys = ['public/media/gone/h/a.jpg', 'public/media/gone/h/b.jpg']
  const urls = await Promise.all(keys.map((key) => put(key)))
  for (const url of urls) for (const status of [200, 200]) expect(await statusOf(url)).toBe(status)
  const { purges } = cache.counts
  expect(await statusOf(urls[0] ?? '', { 'x-cache-purge': 'a guess of a stranger' })).toBe(200)
  expect(cache.counts.purges).toBe(purges)
  // Not gone while only the store was told: the cache is what the purge is for.
  await createStorage({ ...platform.config, cdn: null }).removePrefix('public/media/gone/h/b')
  expect(await statusOf(urls[1] ?? '')).toBe(200)
  await put(keys[1] ?? '')
  await storage.removePrefix('public/media/gone/')
  for (const url of urls) expect(await statusOf(url)).toBe(404)
})

test('private objects are not served by the cache', async () => {
  const url = await put('private/media/x/0.jpg')
  expect(url.startsWith(cache.url)).toBe(false)
  expect(await statusOf(url)).toBe(200)
  expect(await statusOf(`${cache.url}/private/media/x/0.jpg${new URL(url).search}`)).toBe(404)
})

test('the cache is bounded: the object that was asked for longest ago goes first', async () => {
  const urls = await Promise.all(
    [0, 1, 2].map((at) => put(`public/media/large/${at}.jpg`, Buffer.alloc(400_000, at))),
  )
  const from = async (url = '') => (await fetch(url)).headers.get('x-cache')
  for (const url of urls) expect(await from(url)).toBe('MISS')
  expect(await from(urls[2])).toBe('HIT')
  expect(await from(urls[0])).toBe('MISS')
})

test('the configuration for nginx is whole and says the same as the cache in Node', async () => {
  const text = (await readFile(new URL('nginx.conf', import.meta.url), 'utf8')).replace(/^\s*#.*$/gm, '')
  let depth = 0
  for (const line of text
    .split('\n')
    .map((one) => one.trim())
    .filter(Boolean)) {
    expect(line, 'each line opens or closes a block, or ends a directive').toMatch(/[{};]$/)
    depth += (line.match(/\{/g)?.length ?? 0) - (line.match(/\}/g)?.length ?? 0)
    expect(depth, line).toBeGreaterThanOrEqual(0)
  }
  expect(depth).toBe(0)
  const settingOf = (directive: string) => new RegExp(`^\\s*${directive}\\s+(.+);$`, 'm').exec(text)?.[1]
  expect(text).toMatch(/location \/public\/ \{/)
  expect(text).toMatch(/map \$http_x_cache_purge \$purges/)
  expect(settingOf('proxy_cache_bypass')).toBe('$purges')
  expect(settingOf('proxy_cache_lock')).toBe('on')
  expect(settingOf('proxy_cache_key')).toBe('$uri')
  expect(settingOf('proxy_cache_valid 403 404')).toBe('1m')
  expect(settingOf('proxy_force_ranges')).toBe('on')
  expect(settingOf('listen')).toMatch(/^127\.0\.0\.1:/)
})
