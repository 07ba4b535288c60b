// Likes, comments and what is told of them while Engagement and the worker that reaches devices die, in turn: what was acknowledged is
// there, once, and everybody is told of it once (C1, C2, C4, N3, X1).
import { createECDH, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { durableName } from '#platform/bus.ts'
import type { OutboxRow } from '#platform/mongo.ts'
import { inParallel } from '#platform/parallel.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import type { JobRow } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { signedOut, signViewer, viewerHeader } from '#platform/viewer.ts'
import { newId } from '#schema/ids.ts'
import { pushLevel } from '#subgraphs/engagement/domain/pushing.ts'
import type { NotificationRow } from '#subgraphs/engagement/model.ts'
import { testEnvironment, testPlatform } from './platform.ts'
import { accountRow, postRow } from './rows.ts'
import { endWaits, settleSubgraph } from './settle.ts'
import { isProof, size } from './size.ts'
import { type Child, freePort, startProcess } from './system.ts'

const fans = size(400)
/** Those who act at the same moment: a request that waits for ten seconds is refused. */
const atOnce = 40
const postCount = 4
const kills = isProof ? 20 : 3
const consumers = ['engagement.counters', 'engagement.notifications', 'notifications.push'] as const
const awaited = consumers.map(durableName)
const isAwaited = (durable: string) => awaited.includes(durable)

let platform: Platform
let stack: AsyncDisposableStack
let env: Record<string, string | undefined>
let engagement: Child
let worker: Child
/** A push service that takes everything. */
const service = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(201).end())
})
const startEngagement = async () => {
  engagement = await startProcess('subgraphs/engagement/main.ts', env)
}
const startWorker = async () => {
  worker = await startProcess('workers/notifications/main.ts', env)
}

beforeAll(async () => {
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  env = testEnvironment({ PORT: String(await freePort()), PUSH_SERVICES: origin })
  ;({ platform, stack } = await testPlatform({}, env))
  await Promise.all([startEngagement(), startWorker()])
}, 120_000)
afterAll(async () => {
  await Promise.all([engagement?.stop(), worker?.stop()])
  await stack?.disposeAsync()
  service.close()
})

/** Resolves when Engagement is there. */
let up: Promise<unknown> = Promise.resolve()

/** Has somebody do something, as the gateway would: what has no answer is done again. */
async function does(userId: string, mutation: string, input: Record<string, unknown>): Promise<void> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`
  const query = `mutation ($input: ${type}) { ${mutation}(input: $input) { userErrors { code } } }`
  const body = JSON.stringify({ query, variables: { input } })
  const viewer = { ...signedOut(), userId, sessionId: newId('session') }
  for (;;) {
    await up
    const headers = { [viewerHeader]: signViewer(platform.signer('viewer'), viewer, body) }
    const url = `http://127.0.0.1:${engagement.port}/`
    const answer = await fetch(url, { method: 'POST', headers, body }).then(
      (response) => response.json(),
      () => null,
    )
    if (answer === null) continue
    expect(answer).toEqual({ data: { [mutation]: { userErrors: [] } } })
    return
  }
}

/** What dead processes had taken comes again now, as it would in half a minute. */
async function comesAgain(): Promise<void> {
  await endWaits(platform, isAwaited)
  const jobs = platform.db('engagement').collection<JobRow>('jobs')
  await jobs.updateMany({ state: 'ACTIVE' }, { $set: { leaseUntil: new Date() } })
}

test(`${fans} people and ${kills} kills: every like and comment is there, counted and told of once (C1, C2, C4, N3, X1)`, async () => {
  const db = platform.db('engagement')
  const ids = Array.from({ length: fans }, () => newId('user'))
  const alice = accountRow()
  await platform
    .db('user')
    .collection<AccountRow>('users')
    .insertMany([alice, ...ids.map((_id) => accountRow({ _id }))])
  const posts = Array.from({ length: postCount }, () => postRow({ authorId: alice._id }))
  await platform.db('content').collection<PostFactsRow>('posts').insertMany(posts)
  const postIds = posts.map(({ _id }) => _id)
  const curve = createECDH('prime256v1')
  curve.generateKeys()
  await does(alice._id, 'registerPushSubscription', {
    endpoint: `${env.PUSH_SERVICES}/phone`,
    p256dh: curve.getPublicKey('base64url'),
    auth: randomBytes(16).toString('base64url'),
  })

  let acknowledged = 0
  const acting = inParallel(ids, atOnce, async (userId) => {
    for (const postId of postIds) {
      await does(userId, 'likePost', { postId })
      await does(userId, 'createComment', { postId, text: `${userId} was here`, idempotencyKey: postId })
      acknowledged += 2
    }
  })
  const total = fans * postCount * 2
  for (let kill = 0; kill < kills; kill++) {
    const enough = (total * (kill + 1)) / (kills + 1)
    await expect.poll(() => acknowledged, { timeout: 120_000, interval: 5 }).toBeGreaterThanOrEqual(enough)
    if (kill % 2 === 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      up = promise
      await engagement.kill()
      await startEngagement()
      resolve()
    } else {
      await worker.kill()
      await startWorker()
    }
  }
  await acting
  await comesAgain()
  await settleSubgraph(platform, 'engagement', isAwaited)
  const jobs = db.collection<JobRow>('jobs')
  await expect.poll(() => jobs.countDocuments({ finishedAt: null }), { timeout: 60_000 }).toBe(0)

  const outbox = db.collection<OutboxRow>('outbox')
  for (const postId of postIds) {
    expect(await db.collection('likes').countDocuments({ targetId: postId, state: 'ON' })).toBe(fans)
    expect(await outbox.countDocuments({ name: 'post.liked', 'payload.postId': postId })).toBe(fans)
    const writers = await db.collection('comments').find({ postId, deletedAt: null }).toArray()
    expect(writers.map(({ authorId }) => authorId).toSorted()).toEqual(ids.toSorted())
    expect(await outbox.countDocuments({ name: 'comment.created', 'payload.postId': postId })).toBe(fans)
    const counters = db.collection<{ _id: string }>('postCounters')
    expect(await counters.findOne({ _id: postId })).toMatchObject({ likes: fans, comments: fans })
  }

  const told = await db
    .collection<NotificationRow>('notifications')
    .find({ recipientId: alice._id, withdrawnAt: null })
    .toArray()
  const likes = told.filter(({ kind }) => kind === 'POST_LIKE')
  expect(likes.map(({ subjectId }) => subjectId).toSorted()).toEqual(postIds.toSorted())
  for (const { _id, actorIds, actorCount } of likes) {
    expect(actorCount).toBe(fans)
    expect(new Set(actorIds).size).toBe(Math.min(fans, 100))
    const actors = await db.collection('notificationActors').distinct('actorId', { notificationId: _id })
    expect(actors.toSorted()).toEqual(ids.toSorted())
  }
  const comments = told.filter(({ kind }) => kind === 'COMMENT')
  expect(new Set(comments.map(({ subjectId }) => subjectId)).size).toBe(fans * postCount)
  expect(comments).toHaveLength(fans * postCount)

  // Each was pushed at the level that it reached: a comment once, a crowd's likes a handful of times at most.
  for (const { _id, actorCount } of [...likes, ...comments]) {
    const pushes = await jobs.find({ 'payload.notificationId': _id }).toArray()
    expect(pushes.map(({ state }) => state)).toEqual(pushes.map(() => 'DONE'))
    const levels = pushes.map((job) => Number(job._id.split(':')[2]))
    expect(Math.max(...levels)).toBe(pushLevel(actorCount))
    expect(new Set(levels).size).toBe(levels.length)
  }
}, 600_000)
