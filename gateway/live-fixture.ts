// What the tests of sockets and event streams have in common: the small graph of executor/fixture.ts, subscriptions to one
// topic of it, and events for them.
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { FormattedExecutionResult } from 'graphql'
import { expect, vi } from 'vitest'
import type { Platform } from '#platform/service.ts'
import { createSessionWatch } from '#platform/sessions.ts'
import { accessTokenSeconds, createTokenIssuer, createTokenVerifier } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import { type Authentication, createAuthentication } from './authentication.ts'
import { createExecutor, type Executor } from './executor/executor.ts'
import { compose, type FixtureContext, localSources, subgraphs } from './executor/fixture.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'

/** Subscribes to the topic with an answer out of two subgraphs. */
export const query =
  'subscription($by: ID, $after: String) { postAdded(by: $by, after: $after) { cursor post { id author { name } } } }'

/** What servers of the small graph are made of. */
export interface LiveParts {
  readonly executor: Executor<FixtureContext>
  readonly authentication: Authentication
  readonly scope: () => FixtureContext
}

export async function liveParts(
  platform: Platform,
  stack: AsyncDisposableStack,
  banned: ReadonlySet<string> = new Set(),
): Promise<LiveParts> {
  const executor = createExecutor<FixtureContext>({
    supergraph: compose(subgraphs),
    sources: localSources(subgraphs),
  })
  const sessions = await createSessionWatch(platform)
  stack.defer(() => sessions.stop())
  return {
    executor,
    authentication: createAuthentication(createTokenVerifier(platform.config), sessions),
    scope: () => ({ calls: new Map(), banned }),
  }
}

/** Subscriptions that one topic feeds, whatever they ask. */
export function subscriptionsTo(
  topic: string,
  { live, cursors }: Platform,
  { executor, scope }: LiveParts,
): Subscriptions<FixtureContext> {
  return createSubscriptions({
    executor,
    live,
    cursors,
    scope,
    streamOf: () => ({ owner: 'engagement', topics: () => [topic] }),
    ownerOf: async () => null,
    access: { add: () => {}, remove: () => {} },
    onError: () => {},
  })
}

/** An event on a subject of the namespace. */
export async function publishEvent(
  { jetstream, config }: Platform,
  topic: string,
  name: string,
  payload: object,
): Promise<void> {
  const event = { id: randomUUID(), name, at: new Date(), payload }
  await jetstream.publish(`${config.namespace}.${topic}`, JSON.stringify(event))
}

/** A like of a post, which is what the small graph's subscription tells. */
export const publishLike = (
  platform: Platform,
  topic: string,
  postId: string,
  payload: object = {},
): Promise<void> => publishEvent(platform, topic, 'post.liked', { postId, userId: 'u0', ...payload })

/** A session's access token, and how the session ends. */
export async function signIn(platform: Platform): Promise<{ token: string; end(): Promise<void> }> {
  const session = { userId: newId('user'), sessionId: newId('session') }
  const { token } = await createTokenIssuer(platform.config).issue(session, new Date())
  const topic = `events.user.session.ended.${session.userId}`
  return { token, end: () => publishEvent(platform, topic, 'session.ended', session) }
}

/** Opens something on a clock of its own, and then has all the time of an access token pass at once. */
export async function outliveTokens<T>(open: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const opened = await open()
    vi.advanceTimersByTime(accessTokenSeconds * 1_000)
    return opened
  } finally {
    vi.useRealTimers()
  }
}

/** Begins to read a subscription, and comes back when it hears events. */
export async function listen(
  subscriptions: Subscriptions<FixtureContext>,
  stream: AsyncIterableIterator<unknown>,
) {
  const before = subscriptions.open
  const first = stream.next()
  first.catch(() => {})
  await expect.poll(() => subscriptions.open, { timeout: 10_000, interval: 5 }).toBe(before + 1)
  let pending: typeof first | undefined = first
  return {
    /** The next answer; `{}` after the last one. */
    next: async (): Promise<FormattedExecutionResult> => {
      const result = await (pending ?? stream.next())
      pending = undefined
      return result.done ? {} : (result.value as FormattedExecutionResult)
    },
    stop: () => stream.return?.(),
  }
}

/** A bare connection that has shaken hands by the WebSocket protocol (RFC 6455 §1.2), and does nothing by itself. */
export async function rawSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  const head = [
    'GET /graphql HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Protocol: graphql-transport-ws',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  return socket
}
