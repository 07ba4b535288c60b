// Telling a CDN that an object is gone. A cache that is asked with the secret header goes to the origin, whatever it holds, and
// keeps what the origin now says; for a removed object that is 404 (deploy/cdn/nginx.conf).
import { request } from 'undici'
import type { Config } from './config.ts'
import { Outage } from './outage.ts'
import { inParallel } from './parallel.ts'

const parallelPurges = 8
const purgeMs = 5_000

/** Makes a function that drops objects, by key, from the CDN. It does nothing without a CDN, and for keys that no CDN keeps. */
export function createPurge(cdn: Config['cdn']): (keys: readonly string[]) => Promise<void> {
  const token = cdn?.purgeToken
  if (!cdn || !token) return async () => {}
  const root = `${cdn.url.replace(/\/$/, '')}/`
  return async (keys) => {
    const kept = keys.filter((key) => key.startsWith('public/'))
    await inParallel(kept, parallelPurges, async (key) => {
      const { statusCode, body } = await request(root + key, {
        headers: { 'x-cache-purge': token, range: 'bytes=0-0' },
        signal: AbortSignal.timeout(purgeMs),
      })
      await body.dump()
      if (statusCode >= 500) throw new Outage(`the CDN answers a purge with ${statusCode}`)
    })
  }
}
