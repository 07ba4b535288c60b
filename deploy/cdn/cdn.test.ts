// Delivery through a cache: what is served from it and what it lets go of, by the cache in Node and by nginx itself with the
// configuration beside this file.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import { createStorage, type Storage } from '#platform/storage.ts'
import { testPlatform } from '../../tests/platform.ts'
import { startNginx, whyNoNginx } from '../local/nginx.mjs'
import { rangeOf, startCache } from './cache.ts'

const purgeToken = 'a secret of the house'
let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  const started = await testPlatform()
  platform = started.platform
  stack = started.stack
})
afterAll(() => stack.disposeAsync())

/** Both caches, each before the bucket of the tests. */
const caches = {
  'the cache in Node': () => startCache({ origin: origin(), purgeToken, maxBytes: 1_000_000 }),
  async nginx() {
    const { s3, namespace } = platform.config
    const nginx = await startNginx({
      dir: await mkdtemp(join(tmpdir(), 'heliograph-nginx-')),
      store: new URL(s3.endpoint).host,
      ...{ bucket: `${namespace}-media`, purgeToken },
    })
    return { url: nginx.url, [Symbol.asyncDispose]: () => nginx.stop() }
  },
} satisfies Record<string, () => Promise<{ url: string } & AsyncDisposable>>

const origin = () => `${platform.config.s3.endpoint}/${platform.config.namespace}-media`
const statusOf = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url, { headers })).status
const from = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers })
  await answer.arrayBuffer()
  return answer.headers.get('x-cache')
}

const missing = whyNoNginx()
const runnable = Object.entries(caches).filter(([name]) => name !== 'nginx' || !missing)
if (missing) test.skip(`nginx is not tested: ${missing}`)

describe.each(runnable)('%s', (name, start) => {
  let cache: { url: string } & AsyncDisposable
  let storage: Storage
  /** Keys that no other cache was asked for. */
  const folder = `public/media/${name.replaceAll(' ', '-')}`

  beforeAll(async () => {
    cache = await start()
    storage = createStorage({ ...platform.config, cdn: { url: cache.url, purgeToken } })
  }, 120_000)
  afterAll(async () => {
    storage?.close()
    await cache?.[Symbol.asyncDispose]()
  })

  const put = async (key: string, bytes = Buffer.from('0123456789')) => {
    await storage.write(key, bytes, { contentType: 'image/jpeg', byteSize: bytes.length })
    return storage.urlOf(key)
  }

  test('of a thousand views of a feed’s pictures, all but the first of each come from the cache', async () => {
    const urls = await Promise.all(Array.from({ length: 20 }, (_, at) => put(`${folder}/feed/${at}.jpg`)))
    expect(urls.every((url) => url.startsWith(cache.url))).toBe(true)
    const views = Array.from({ length: 1_000 }, (_, at) => urls[(at * 7) % urls.length] as string)
    let hits = 0
    for (let at = 0; at < views.length; at += 50) {
      const answers = await Promise.all(views.slice(at, at + 50).map((url) => fetch(url)))
      for (const answer of answers) {
        expect([answer.status, answer.headers.get('cache-control')]).toEqual([
          200,
          'public, max-age=31536000, immutable',
        ])
        expect(await answer.text()).toBe('0123456789')
        if (answer.headers.get('x-cache') === 'HIT') hits++
      }
    }
    expect(hits).toBe(views.length - urls.length)
    expect(hits / views.length).toBeGreaterThanOrEqual(0.98)
  })

  test('parts are served, of the end too, and what lies beyond is refused', async () => {
    const url = await put(`${folder}/part/0.jpg`)
    const part = async (range: string) => {
      const answer = await fetch(url, { headers: { range } })
      return [answer.status, answer.headers.get('content-range'), await answer.text()]
    }
    expect(await part('bytes=2-4')).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await part('bytes=7-')).toEqual([206, 'bytes 7-9/10', '789'])
    expect(await part('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789'])
    expect((await part('bytes=10-'))[0]).toBe(416)
    const etag = (await fetch(url)).headers.get('etag') ?? ''
    expect(await statusOf(url, { 'if-none-match': etag })).toBe(304)
  })

  test('what is removed is gone from the cache too; without the secret nothing is purged (V14, M6)', async () => {
    const keys = [`${folder}/gone/h/a.jpg`, `${folder}/gone/h/b.jpg`]
    const urls = await Promise.all(keys.map((key) => put(key)))
    for (const url of urls) for (const status of [200, 200]) expect(await statusOf(url)).toBe(status)
    expect(await from(urls[0] ?? '', { 'x-cache-purge': 'a guess of a stranger' })).toBe('HIT')
    // Not gone while only the store was told: the cache is what the purge is for.
    await createStorage({ ...platform.config, cdn: null }).removePrefix(`${folder}/gone/h/b`)
    expect(await statusOf(urls[1] ?? '')).toBe(200)
    await put(keys[1] ?? '')
    await storage.removePrefix(`${folder}/gone/`)
    for (const url of urls) expect(await statusOf(url)).toBe(404)
  })

  test('private objects are not served by the cache, and nothing but what is asked for to be read', async () => {
    const url = await put(`private/media/${name.length}/0.jpg`)
    expect(url.startsWith(cache.url)).toBe(false)
    expect(await statusOf(url)).toBe(200)
    expect(await statusOf(`${cache.url}/private/media/${name.length}/0.jpg${new URL(url).search}`)).toBe(404)
    expect((await fetch(await put(`${folder}/read.jpg`), { method: 'DELETE' })).status).toBe(403)
  })
})

test('a part that there is not, and what is no part', () => {
  expect(rangeOf('bytes=5-2', 10)).toBe('unfit')
  expect(rangeOf('items=1-2', 10)).toBeNull()
})

test('the cache in Node is bounded: the object that was asked for longest ago goes first', async () => {
  await using cache = await startCache({ origin: origin(), purgeToken, maxBytes: 1_000_000 })
  const keys = [0, 1, 2].map((at) => `public/media/large/${at}.jpg`)
  for (const [at, key] of keys.entries()) {
    await platform.storage.write(key, Buffer.alloc(400_000, at), {
      contentType: 'image/jpeg',
      byteSize: 400_000,
    })
  }
  for (const key of keys) expect(await from(`${cache.url}/${key}`)).toBe('MISS')
  expect(await from(`${cache.url}/${keys[2]}`)).toBe('HIT')
  expect(await from(`${cache.url}/${keys[0]}`)).toBe('MISS')
})
