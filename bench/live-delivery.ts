// One post, 5,000 sockets that hear its likes: what a delivery costs the server, against raw `ws` broadcasting the same bytes.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'
import type { Platform } from '#platform/service.ts'
import { createTokenIssuer } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import type { LivePost } from '#subgraphs/content/model.ts'
import type { Child } from '../tests/system.ts'
import type { Figure, Measurement } from './figure.ts'
import { openSystem } from './system.ts'
import { type Person, populate, postRow } from './world.ts'

const sockets = 5_000
const viewers = 100
const events = 20
/** Sockets that are opened at once. */
const step = 250

const alike = 'subscription ($id: ID!) { postLiked(postId: $id) { cursor liked post { id likeCount } } }'
const personal =
  'subscription ($id: ID!) { postLiked(postId: $id) { cursor liked post { id likeCount } actor { id } } }'

interface Audience {
  /** Resolves when each socket has got so many messages since the last call. */
  heard(count: number): Promise<void>
  close(): void
}

/** Opens the figure: deliveries against raw sockets. */
export async function liveDelivery(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, start, product, people, authorId, postId } = await open(stack)
  const baseline = await start('bench/baseline/broadcast.ts')
  let message = ''
  return {
    name: 'live-delivery',
    what: `Likes of one post to ${sockets} sockets of ${viewers} signed-in viewers, ${events} one after the other; each socket's message is awaited. The ratio is of deliveries for each second of processor time of the server's process; memory is what an idle subscriber adds to it.`,
    units: { efficiency: 'deliveries/s of its core', rate: 'deliveries/s', memory: 'KB a socket' },
    better: 'more',
    product: {
      name: 'a `postLiked` subscription over graphql-ws whose answer is alike for all, each socket subscribed and its access watched',
      measure: () =>
        measure(
          product,
          (i) =>
            subscriber(
              product,
              people[i % people.length] as Person,
              alike,
              postId,
              (text) => (message = text),
            ),
          () => like(platform, postId, authorId),
        ),
    },
    baseline: {
      name: 'raw `ws` broadcasting the same bytes',
      measure: () =>
        measure(
          baseline,
          async () => {
            const socket = new WebSocket(`ws://127.0.0.1:${baseline.port}`, { perMessageDeflate: false })
            await once(socket, 'open')
            return socket
          },
          () => fetch(`http://127.0.0.1:${baseline.port}`, { method: 'POST', body: message }),
        ),
    },
    aim: 0.6,
  }
}

/** Opens the figure: what an event costs, by how many see it with their own eyes. */
export async function liveScopes(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, product, people, authorId, postId } = await open(stack)
  const of = (count: number) => () =>
    measure(
      product,
      (i) => subscriber(product, people[i % count] as Person, personal, postId),
      () => like(platform, postId, authorId),
      1_000,
    )
  return {
    name: 'live-scopes',
    what: '1,000 sockets hear the likes of one post with their actor, which depends on who asks. The ratio is of deliveries for each second of processor time.',
    units: { efficiency: 'deliveries/s of its core', rate: 'deliveries/s', memory: 'KB a socket' },
    better: 'more',
    product: { name: `${viewers} viewers`, measure: of(viewers) },
    baseline: { name: 'one viewer', measure: of(1) },
    aim: null,
  }
}

async function open(stack: AsyncDisposableStack) {
  const { platform, start } = await openSystem(stack)
  const product = await start('gateway/all-in-one.ts')
  const { authorIds } = await populate(platform, { viewers: 10, authors: 1, follows: 1, posts: 1 })
  const authorId = authorIds[0] as string
  const row = postRow(authorId, new Date(), [])
  await platform.db('content').collection<LivePost>('posts').insertOne(row)
  const issuer = createTokenIssuer(platform.config)
  const people = await Promise.all(
    Array.from({ length: viewers }, async (): Promise<Person> => {
      const id = newId('user')
      const { token } = await issuer.issue({ userId: id, sessionId: newId('session') }, new Date())
      return { id, token }
    }),
  )
  return { platform, start, product, people, authorId, postId: row._id }
}

/** The event alone: what writing a like costs is another figure. */
async function like(platform: Platform, postId: string, userId: string): Promise<void> {
  const event = { id: randomUUID(), name: 'post.liked', at: new Date(), payload: { postId, userId } }
  const subject = `${platform.config.namespace}.events.engagement.post.liked.${postId}`
  await platform.jetstream.publish(subject, JSON.stringify(event))
}

async function subscriber(
  { port }: Child,
  { token }: Person,
  query: string,
  id: string,
  onText: (text: string) => void = () => {},
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', {
    perMessageDeflate: false,
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await once(socket, 'message')
  socket.once('message', (bytes) => onText(String(bytes)))
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { id } } }))
  return socket
}

async function measure(
  server: Child,
  connect: (i: number) => Promise<WebSocket>,
  publish: () => Promise<unknown>,
  count = sockets,
): Promise<Measurement> {
  const before = memoryOf(server)
  const audience = await gather(connect, count)
  // The first event reaches those whose subscription has begun; all have when all hear it.
  for (let all = false; !all; ) {
    const heard = audience.heard(1).then(() => true)
    await publish()
    all = await Promise.race([heard, pause(3_000)])
  }
  const memory = (memoryOf(server) - before) / count / 1024
  const started = performance.now()
  const used = cpuOf(server)
  for (let i = 0; i < events; i++) {
    const heard = audience.heard(1)
    await publish()
    await heard
  }
  const seconds = (performance.now() - started) / 1_000
  const cpu = cpuOf(server) - used
  audience.close()
  await pause(1_000)
  return { efficiency: (count * events) / cpu, rate: (count * events) / seconds, memory }
}

async function gather(connect: (i: number) => Promise<WebSocket>, count: number): Promise<Audience> {
  const all: WebSocket[] = []
  /** How many messages each has got that nobody has waited for. */
  const got: number[] = []
  let behind = 0
  let wanted = 0
  let resolve: () => void = () => {}
  for (let from = 0; from < count; from += step) {
    const some = await Promise.all(
      Array.from({ length: Math.min(step, count - from) }, (_, i) => connect(from + i)),
    )
    for (const [i, socket] of some.entries()) {
      got[from + i] = 0
      socket.on('message', () => {
        got[from + i] = (got[from + i] as number) + 1
        if (got[from + i] === wanted && --behind === 0) resolve()
      })
    }
    all.push(...some)
  }
  return {
    heard(more) {
      const { promise, resolve: done } = Promise.withResolvers<void>()
      // Who was too late for one that was sent before does not owe it.
      got.fill(0)
      wanted = more
      behind = count
      resolve = done
      return promise
    },
    close() {
      for (const socket of all) socket.terminate()
    },
  }
}

const pause = (ms: number) => new Promise<false>((resolve) => setTimeout(() => resolve(false), ms))

/** Seconds of processor time; Linux alone tells. */
function cpuOf({ process: { pid } }: Child): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function memoryOf({ process: { pid } }: Child): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}
