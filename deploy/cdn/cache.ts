// The CDN's stand-in in Node: what `nginx.conf` beside it says, in as few lines as show it. A cache in front of the object
// store's public objects, in memory and bounded.
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'

export interface CacheOptions {
  /** Where the store has the bucket: `http://host:port/bucket`. */
  origin: string
  /** Who sends it as `X-Cache-Purge` makes the cache ask the store again. */
  purgeToken: string
  /** Bytes of bodies that are kept; the one that was asked for longest ago goes first. */
  maxBytes: number
  now?: () => number
}

export interface Cache extends AsyncDisposable {
  url: string
}

interface Kept {
  status: number
  headers: Record<string, string>
  body: Buffer
  until: number
}

/** Milliseconds for which an answer that is not there is kept. */
const absentMs = 60_000
const keptHeaders = ['content-type', 'etag', 'last-modified', 'cache-control']

const isToken = (given: unknown, token: string) => {
  const [a, b] = [Buffer.from(String(given ?? '')), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Milliseconds that an answer may be kept by its own word. */
function lifetimeOf(status: number, cacheControl: string | undefined): number {
  if (status === 403 || status === 404) return absentMs
  if (status !== 200 || !cacheControl || /private|no-store/.test(cacheControl)) return 0
  return Number(/max-age=(\d+)/.exec(cacheControl)?.[1] ?? 0) * 1000
}

/** First and last byte that a `Range` header asks for; null for the whole, 'unfit' when there is no such part. */
export function rangeOf(header: string | undefined, length: number): [number, number] | 'unfit' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (!match || (!match[1] && !match[2])) return null
  const first = match[1] ? Number(match[1]) : Math.max(0, length - Number(match[2]))
  const last = match[1] && match[2] ? Math.min(Number(match[2]), length - 1) : length - 1
  return first > last || first >= length ? 'unfit' : [first, last]
}

/** Starts the cache on a free port of this machine. */
export async function startCache({
  origin,
  purgeToken,
  maxBytes,
  now = Date.now,
}: CacheOptions): Promise<Cache> {
  // In the order in which they were last asked for.
  const kept = new Map<string, Kept>()
  const asked = new Map<string, Promise<Kept>>()
  let bytes = 0

  const drop = (path: string) => {
    bytes -= kept.get(path)?.body.length ?? 0
    kept.delete(path)
  }
  const keep = (path: string, answer: Kept) => {
    drop(path)
    if (answer.until <= now() || answer.body.length > maxBytes) return
    kept.set(path, answer)
    bytes += answer.body.length
    for (const oldest of kept.keys()) {
      if (bytes <= maxBytes) break
      drop(oldest)
    }
  }
  const ask = async (path: string): Promise<Kept> => {
    const answer = await request(origin + path)
    const body = Buffer.from(await answer.body.arrayBuffer())
    const headers = Object.fromEntries(
      keptHeaders.flatMap((name) => (answer.headers[name] ? [[name, String(answer.headers[name])]] : [])),
    )
    const until = now() + lifetimeOf(answer.statusCode, headers['cache-control'])
    const fresh = { status: answer.statusCode, headers, body, until }
    keep(path, fresh)
    return fresh
  }
  // Many who ask for the same at once are one question to the store.
  const askOnce = (path: string): Promise<Kept> => {
    const open = asked.get(path)
    if (open !== undefined) return open
    const answer = ask(path).finally(() => asked.delete(path))
    asked.set(path, answer)
    return answer
  }
  type Source = 'HIT' | 'MISS' | 'BYPASS'
  const find = async (path: string, purges: boolean): Promise<[Kept, Source]> => {
    if (purges) return [await ask(path), 'BYPASS']
    const known = kept.get(path)
    if (!known || known.until <= now()) {
      // Only who asks first misses; the others wait for his answer.
      const source: Source = asked.has(path) ? 'HIT' : 'MISS'
      return [await askOnce(path), source]
    }
    kept.delete(path)
    kept.set(path, known)
    return [known, 'HIT']
  }

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(incoming.url ?? '/', 'http://cdn').pathname
    if (!path.startsWith('/public/')) return void response.writeHead(404).end()
    if (incoming.method !== 'GET' && incoming.method !== 'HEAD') return void response.writeHead(403).end()
    const [answer, from] = await find(path, isToken(incoming.headers['x-cache-purge'], purgeToken))
    const headers = { ...answer.headers, 'x-cache': from, 'access-control-allow-origin': '*' }
    if (answer.status === 200 && incoming.headers['if-none-match'] === answer.headers.etag) {
      return void response.writeHead(304, headers).end()
    }
    const range = answer.status === 200 ? rangeOf(incoming.headers.range, answer.body.length) : null
    if (range === 'unfit') {
      return void response.writeHead(416, { 'content-range': `bytes */${answer.body.length}` }).end()
    }
    const [first, last] = range ?? [0, answer.body.length - 1]
    const body = answer.body.subarray(first, last + 1)
    response.writeHead(range ? 206 : answer.status, {
      ...headers,
      ...(range ? { 'content-range': `bytes ${first}-${last}/${answer.body.length}` } : {}),
      'accept-ranges': 'bytes',
      'content-length': body.length,
    })
    response.end(incoming.method === 'HEAD' ? undefined : body)
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.writeHead(502).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
