// From the sending of a like to the author's socket: through the gateway, and by hand.
import { once } from 'node:events'
import { print } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { createTokenIssuer } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import type { LivePost } from '#subgraphs/content/model.ts'
import { settle } from '../tests/settle.ts'
import type { Child } from '../tests/system.ts'
import { LikePostDocument, PostLikedDocument } from '../web/src/operations.gen.ts'
import { type Figure, type Measurement, percentile } from './figure.ts'
import { asSent, headersOf } from './operation.ts'
import { openSystem } from './system.ts'
import { type Person, populate, postRow } from './world.ts'

const size = { viewers: 50, authors: 4, follows: 2, posts: 4 }
const postsPerRun = 5
const likes = size.viewers * postsPerRun

/** Opens the figure. */
export async function likeToSocket(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, start } = await openSystem(stack)
  const product = await start('gateway/all-in-one.ts')
  await start('workers/all.ts')
  const baseline = await start('bench/baseline/like.ts')
  const { viewers, authorIds } = await populate(platform, size)
  const authorId = authorIds[0] as string
  const { token } = await createTokenIssuer(platform.config).issue(
    { userId: authorId, sessionId: newId('session') },
    new Date(),
  )

  const posts = async () => {
    const rows = Array.from({ length: postsPerRun }, () => postRow(authorId, new Date(), []))
    await platform.db('content').collection<LivePost>('posts').insertMany(rows)
    return rows.map((row) => row._id)
  }
  const run = async (measure: (postIds: string[]) => Promise<number[]>): Promise<Measurement> => {
    const times = await measure(await posts())
    await settle(platform)
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
  }
  const throughGateway = (postIds: string[]) =>
    likeThroughGateway(product, { id: authorId, token }, viewers, postIds)
  const byHand = (postIds: string[]) => likeByHand(baseline, viewers, postIds)
  await run(throughGateway)
  await run(byHand)

  return {
    name: 'like-to-socket',
    what: `${likes} likes by ${size.viewers} people one after the other, from the request to the message on the author’s socket.`,
    units: { p50: 'ms', p99: 'ms' },
    better: 'less',
    product: {
      name: '`likePost` through the gateway to a `postLiked` subscription over graphql-ws, all its fields resolved',
      measure: () => run(throughGateway),
    },
    baseline: {
      name: 'one handler by hand: the transaction with the same documents, a publication over core NATS, a message over a WebSocket',
      measure: () => run(byHand),
    },
    aim: null,
  }
}

/** Milliseconds from each like's request to the author's event. */
async function likeThroughGateway(
  { port, adminUrl }: Child,
  author: Person,
  viewers: readonly Person[],
  postIds: readonly string[],
): Promise<number[]> {
  const socket = createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    connectionParams: { authorization: `Bearer ${author.token}` },
  })
  let arrived: (error?: Error) => void = () => {}
  const open = async () => {
    const text = await (await fetch(`${adminUrl}/metrics`)).text()
    return Number(/^heliograph_subscriptions (\d+)$/m.exec(text)?.[1])
  }
  const before = await open()
  for (const postId of postIds) {
    socket.subscribe(
      { query: print(PostLikedDocument), variables: { postId } },
      {
        next: ({ errors }) => arrived(errors && new Error(JSON.stringify(errors))),
        error: (error) => arrived(new Error(JSON.stringify(error))),
        complete: () => {},
      },
    )
  }
  while ((await open()) < before + postIds.length);
  const query = asSent(LikePostDocument)
  const times: number[] = []
  for (const postId of postIds) {
    for (const { token } of viewers) {
      const heard = new Promise<void>((resolve, reject) => {
        arrived = (error) => (error ? reject(error) : resolve())
      })
      const started = performance.now()
      const liked = fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: headersOf(token),
        body: JSON.stringify({ query, variables: { input: { postId } } }),
      }).then((response) => response.text())
      await heard
      times.push(performance.now() - started)
      const answer = await liked
      if (!answer.includes('"userErrors":[]')) throw new Error(answer)
    }
  }
  await socket.dispose()
  return times
}

async function likeByHand(
  { port }: Child,
  viewers: readonly Person[],
  postIds: readonly string[],
): Promise<number[]> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await once(socket, 'open')
  const times: number[] = []
  for (const postId of postIds) {
    for (const { id } of viewers) {
      const heard = once(socket, 'message')
      const started = performance.now()
      const liked = fetch(`http://127.0.0.1:${port}`, {
        method: 'POST',
        body: JSON.stringify({ postId, userId: id }),
      }).then((response) => response.text())
      await heard
      times.push(performance.now() - started)
      await liked
    }
  }
  socket.terminate()
  return times
}
