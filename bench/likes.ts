// Likes: how many a second are durable, spread over posts and on one, and what ten thousand of one post make of notifications.
import { createECDH, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'graphql'
import { durableName, durables } from '#platform/bus.ts'
import type { OutboxRow } from '#platform/mongo.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import type { Platform } from '#platform/service.ts'
import { startWorker } from '#platform/worker.ts'
import type { ConsumerName } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { engagement } from '#subgraphs/engagement/main.ts'
import { type ReactionRow, reactionId } from '#subgraphs/engagement/model.ts'
import { postRow } from '../tests/rows.ts'
import { notifications } from '../workers/notifications/main.ts'
import type { Figure, Measurement } from './figure.ts'
import { scaled } from './size.ts'
import { openSubgraph } from './subgraph.ts'

const people = 500
const posts = 100
const perRun = scaled(2_000, 100)
const atOnce = 32
const viral = scaled(10_000, 200)

const like = parse(`mutation ($input: LikePostInput!) {
  likePost(input: $input) { post { id } userErrors { code } } }`)
const register = parse(`mutation ($input: RegisterPushSubscriptionInput!) {
  registerPushSubscription(input: $input) { userErrors { code } } }`)

interface Like {
  postId: string
  userId: string
}

/** Publishes so many posts of somebody's, and answers their ids. */
async function publish(platform: Platform, count: number, authorId: string): Promise<string[]> {
  const rows = Array.from({ length: count }, () => postRow({ authorId }))
  await platform.db('content').collection<PostFactsRow>('posts').insertMany(rows)
  return rows.map(({ _id }) => _id)
}

/** Likes a second, of so many people at once. */
async function rate(likes: readonly Like[], work: (like: Like) => Promise<void>): Promise<Measurement> {
  const waiting = [...likes]
  const started = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await work(next)
    }),
  )
  return { rate: (likes.length * 1_000) / (performance.now() - started) }
}

/** Resolves when the subgraph, and these consumers with their jobs, have nothing left to do. */
async function atRest(platform: Platform, others: readonly ConsumerName[] = []): Promise<void> {
  const db = platform.db('engagement')
  const own = (['engagement.counters', 'engagement.notifications', ...others] as const).map(durableName)
  for (let open = 1; open > 0; ) {
    const infos = await Promise.all(
      durables(platform.config.namespace)
        .filter(({ durable }) => own.includes(durable))
        .map(({ stream, durable }) => platform.streams.consumers.info(stream, durable)),
    )
    const left = await Promise.all([
      db.collection('outbox').countDocuments({ sentAt: null }, { limit: 1 }),
      db.collection('jobs').countDocuments({ finishedAt: null }, { limit: 1 }),
    ])
    open = infos.reduce((sum, info) => sum + info.num_pending + info.num_ack_pending, 0) + left[0] + left[1]
  }
}

/** Likes of posts in turn, each of another pair. */
function likesOf(postIds: readonly string[], userIds: readonly string[], count: number): Like[] {
  return Array.from({ length: count }, (_, i) => ({
    postId: postIds[i % postIds.length] as string,
    userId: userIds[Math.floor(i / postIds.length) % userIds.length] as string,
  }))
}

/** Opens the figure of likes spread over posts. */
export async function likesDurable(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, execute, accounts } = await openSubgraph(stack, engagement)
  const userIds = await accounts(people)
  const db = platform.db('engagement')
  // The same documents under other names, without anyone who listens.
  const raw = {
    likes: db.collection<ReactionRow>('rawLikes'),
    outbox: db.collection<OutboxRow>('rawOutbox'),
  }
  const indexes = await db.collection('likes').indexes()
  await raw.likes.createIndexes(indexes.filter(({ name }) => name !== '_id_'))

  const product = async () => {
    const postIds = await publish(platform, posts, userIds[0] as string)
    const measured = await rate(likesOf(postIds, userIds, perRun), ({ userId, postId }) =>
      execute(userId, like, { input: { postId } }),
    )
    await atRest(platform)
    return measured
  }
  const baseline = async () => {
    const postIds = await publish(platform, posts, userIds[0] as string)
    return rate(likesOf(postIds, userIds, perRun), ({ userId, postId }) =>
      platform.mongo.withSession((session) =>
        session.withTransaction(
          async () => {
            const at = new Date()
            const _id = reactionId(postId, userId)
            if (await raw.likes.findOne({ _id }, { session })) return
            const row: ReactionRow = { _id, targetId: postId, userId, state: 'ON', uncounted: 1, at }
            await raw.likes.replaceOne({ _id }, row, { upsert: true, session })
            const payload = { postId, userId }
            const event: OutboxRow = { _id: newId('event'), name: 'post.liked', payload, at, sentAt: null }
            await raw.outbox.insertOne(event, { session })
          },
          { writeConcern: { w: 'majority', j: true }, readConcern: { level: 'snapshot' } },
        ),
      ),
    )
  }
  await product()
  await baseline()
  return {
    name: 'likes-durable',
    what: `${perRun} likes of ${posts} posts by ${atOnce} people at once, each acknowledged when a majority's journals have it.`,
    units: { rate: 'likes/s' },
    better: 'more',
    product: {
      name: '`likePost` at the subgraph: policy, transaction, and meanwhile the relay, the counters and the notifications',
      measure: product,
    },
    baseline: { name: 'the driver alone: the same two documents in one transaction', measure: baseline },
    aim: 0.7,
  }
}

/** Opens the figure of likes of one hot post. */
export async function likesHot(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, execute, accounts } = await openSubgraph(stack, engagement)
  const userIds = await accounts(perRun)
  const over = async (count: number) => {
    const postIds = await publish(platform, count, userIds[0] as string)
    const measured = await rate(likesOf(postIds, userIds, perRun), ({ userId, postId }) =>
      execute(userId, like, { input: { postId } }),
    )
    await atRest(platform)
    return measured
  }
  await over(posts)
  await over(1)
  return {
    name: 'likes-hot',
    what: `${perRun} likes by ${atOnce} people at once, each acknowledged when a majority's journals have it.`,
    units: { rate: 'likes/s' },
    better: 'more',
    product: { name: '`likePost`, all of one post', measure: () => over(1) },
    baseline: { name: `\`likePost\`, spread over ${posts} posts`, measure: () => over(posts) },
    aim: 0.6,
  }
}

/** Opens the figure of what a viral post makes of notifications. */
export async function likesViral(stack: AsyncDisposableStack): Promise<Figure> {
  let pushes = 0
  const service = createServer((request, response) => {
    request.resume().on('end', () => {
      pushes++
      response.writeHead(201).end()
    })
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  stack.defer(() => void service.close())
  const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const world = await openSubgraph(stack, engagement, { pushServices: [origin] })
  const { platform, execute, accounts } = world
  await startWorker(platform, notifications, world.stack)
  const db = platform.db('engagement')

  const product = async () => {
    const [authorId = '', ...userIds] = await accounts(viral + 1)
    const curve = createECDH('prime256v1')
    const keys = { p256dh: curve.generateKeys('base64url'), auth: randomBytes(16).toString('base64url') }
    await execute(authorId, register, { input: { endpoint: `${origin}/${authorId}`, ...keys } })
    const postIds = await publish(platform, 1, authorId)
    pushes = 0
    await rate(likesOf(postIds, userIds, viral), ({ userId, postId }) =>
      execute(userId, like, { input: { postId } }),
    )
    await atRest(platform, ['notifications.push'])
    const rows = await db
      .collection('notifications')
      .countDocuments({ recipientId: authorId, kind: 'POST_LIKE' })
    return { rows, pushes }
  }
  // What one gets who writes a row and sends a push for each like.
  const baseline = async () => {
    const each = db.collection<{ _id: string; pushed: boolean }>('rawNotifications')
    await each.deleteMany({})
    const rows = Array.from({ length: viral }, () => ({ _id: newId('notification'), pushed: true }))
    await each.insertMany(rows)
    return {
      rows: await each.countDocuments({}),
      pushes: await each.countDocuments({ pushed: true }),
    }
  }
  return {
    name: 'likes-viral',
    what: `What ${viral} likes of one post make of notifications to its author, who has one device; counted, not timed.`,
    units: { rows: 'rows', pushes: 'pushes' },
    better: 'less',
    product: { name: '`likePost`, to the push service', measure: product },
    baseline: { name: 'a row and a push for each', measure: baseline },
    aim: null,
  }
}
