import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWebPush } from '#platform/web-push.ts'
import { startWorker } from '#platform/worker.ts'
import { newId } from '#schema/ids.ts'
import { announce } from '#subgraphs/engagement/domain/announcements.ts'
import { dayOf, pseudonym } from '#subgraphs/engagement/domain/insights.ts'
import { lotOf, sendPushDigests } from '#subgraphs/engagement/domain/push-digests.ts'
import {
  type Asker,
  eventOf,
  type RunningEngagement,
  startEngagement,
} from '#subgraphs/engagement/fixtures.ts'
import { type DigestTrialRow, type PushDigestRow, reactionId } from '#subgraphs/engagement/model.ts'
import { pushNotification } from './consumers.ts'
import type { PushPayload } from './jobs.ts'
import { notifications } from './main.ts'

/** A push that a push service got. */
interface Arrived {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}

let engagement: RunningEngagement
let origin: string
const arrived: Arrived[] = []
/** What the service answers to each path; 201 otherwise. */
const answers = new Map<string, number[]>()
const service = createServer((request, response) => {
  buffer(request).then((body) => {
    const path = request.url ?? ''
    arrived.push({ path, headers: request.headers, body })
    response.writeHead(answers.get(path)?.shift() ?? 201).end()
  })
})

beforeAll(async () => {
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  engagement = await startEngagement({ pushServices: [origin] })
  await startWorker(engagement.platform, notifications, engagement.stack)
})
afterAll(async () => {
  await engagement.stack.disposeAsync()
  service.close()
})

let devices = 0
/** A browser that somebody lets be reached. */
async function device(of: Asker) {
  const curve = createECDH('prime256v1')
  curve.generateKeys()
  const auth = randomBytes(16)
  const path = `/device/${++devices}`
  const input = {
    endpoint: `${origin}${path}`,
    p256dh: curve.getPublicKey('base64url'),
    auth: auth.toString('base64url'),
  }
  const { userErrors } = await of.does('registerPushSubscription', input, 'viewer { id }')
  expect(userErrors).toEqual([])
  return {
    input,
    path,
    got: () => arrived.filter((push) => push.path === path),
    /** RFC 8188 and RFC 8291: one record. */
    reads({ body }: Arrived): unknown {
      const [salt, keyLength] = [body.subarray(0, 16), body.readUInt8(20)]
      const sender = body.subarray(21, 21 + keyLength)
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), curve.getPublicKey(), sender])
      const secret = Buffer.from(hkdfSync('sha256', curve.computeSecret(sender), auth, info, 32))
      const derive = (what: string, length: number) =>
        Buffer.from(hkdfSync('sha256', secret, salt, `Content-Encoding: ${what}\0`, length))
      const record = body.subarray(21 + keyLength)
      const decipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12))
      decipher.setAuthTag(record.subarray(-16))
      const text = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
      return JSON.parse(text.subarray(0, text.lastIndexOf(2)).toString())
    },
  }
}

const until = (reached: () => unknown) => expect.poll(reached, { timeout: 20_000 })
const pushJobs = () =>
  engagement.platform
    .db('engagement')
    .collection('jobs')
    .countDocuments({
      name: { $in: ['notifications.sendPush', 'notifications.sendDigest'] },
      finishedAt: null,
    })
/** Resolves when everything that was to be pushed was. */
async function pushed(): Promise<void> {
  await engagement.settle()
  const { streams, config } = engagement.platform
  await until(async () => {
    const { num_pending, num_ack_pending } = await streams.consumers.info(
      `${config.namespace}_events_engagement`,
      'notifications-push',
    )
    return num_pending + num_ack_pending + (await pushJobs())
  }).toBe(0)
}

test('a like reaches the device, encrypted for it, from a server that proves who it is', async () => {
  const { account, post, platform } = engagement
  const [alice, bob] = [await account(), await account()]
  const phone = await device(alice)
  const id = await post(alice)
  await bob.does('likePost', { postId: id })
  await until(() => phone.got().length).toBe(1)
  const [push] = phone.got() as [Arrived]
  expect(phone.reads(push)).toMatchObject({ kind: 'POST_LIKE', actorCount: 1, subjectId: id })
  expect(push.body.includes(id)).toBe(false)
  const [, token = '', key = ''] = /^vapid t=(\S+), k=(\S+)$/.exec(push.headers.authorization ?? '') ?? []
  expect(key).toBe(createWebPush(platform.config).publicKey)
  const [head = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(key, 'base64url')
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  }
  const signed = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  expect(signed).toBe(true)
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString()).aud).toBe(origin)
})

test('a post that many like makes a handful of pushes (N3)', async () => {
  const { account, accounts, post, platform } = engagement
  const alice = await account()
  const phone = await device(alice)
  const id = await post(alice)
  const crowd = await accounts(60)
  for (const part of [crowd.slice(0, 1), crowd.slice(1, 7), crowd.slice(7, 30), crowd.slice(30)]) {
    await Promise.all(part.map((fan) => fan.does('likePost', { postId: id })))
    await pushed()
  }
  expect(phone.got().length).toBeGreaterThanOrEqual(2)
  expect(phone.got().length).toBeLessThanOrEqual(5)
  expect(
    await platform.db('engagement').collection('notifications').countDocuments({ recipientId: alice.id }),
  ).toBe(1)
})

test('preferences bind: no push of a kind that is off, of strangers, or in quiet hours; the list is kept apart (N5)', async () => {
  const { account, post } = engagement
  const [alice, bob] = [await account(), await account()]
  const phone = await device(alice)
  const sets = async (input: Record<string, unknown>) =>
    await alice.does(
      'updateNotificationSettings',
      input,
      'viewer { notificationSettings { digest quietHours { start end timeZone } } }',
    )
  const told = async () => {
    const { notifications: page } = await alice.sees(
      'Viewer',
      alice.id,
      'notifications(first: 20) { nodes { kind } }',
    )
    return page.nodes.map((node: { kind: string }) => node.kind)
  }
  await sets({ kinds: [{ kind: 'POST_LIKE', channels: ['IN_APP'] }] })
  await bob.does('likePost', { postId: await post(alice) })
  await pushed()
  expect([await told(), phone.got()]).toEqual([['POST_LIKE'], []])

  await sets({ kinds: [{ kind: 'POST_LIKE', channels: ['PUSH'] }] })
  await bob.does('likePost', { postId: await post(alice) })
  await until(() => phone.got().length).toBe(1)
  expect(await told()).toEqual(['POST_LIKE'])

  await sets({ kinds: [{ kind: 'POST_LIKE', channels: ['PUSH', 'IN_APP'], from: 'FOLLOWING' }] })
  await bob.does('likePost', { postId: await post(alice) })
  await pushed()
  expect([(await told()).length, phone.got().length]).toEqual([1, 1])

  const hours = { start: '00:00', end: '23:59', timeZone: 'UTC' }
  const answer = await sets({
    kinds: [{ kind: 'COMMENT', from: 'EVERYONE' }],
    quietHours: hours,
    digest: 'WEEKLY',
  })
  expect(answer.viewer.notificationSettings).toEqual({ digest: 'WEEKLY', quietHours: hours })
  await bob.does('createComment', { postId: await post(alice), text: 'hello' })
  await pushed()
  expect([(await told())[0], phone.got().length]).toEqual(['COMMENT', 1])
})

test('what is hidden by the time of the push is not pushed (N4)', async () => {
  const { account, post, blocks, platform } = engagement
  const [alice, bob] = [await account(), await account()]
  const phone = await device(alice)
  const id = await post(alice)
  await blocks(alice, bob)
  // Written as a like whose notification came before the block.
  const _id = `notification_${'0'.repeat(26)}`
  const row = {
    recipientId: alice.id,
    kind: 'POST_LIKE',
    subjectId: id,
    postId: id,
    threadId: null,
    open: false,
  }
  const at = new Date()
  await platform
    .db('engagement')
    .collection<{ _id: string }>('notifications')
    .insertOne({
      ...{ _id, ...row, actorIds: [bob.id], actorCount: 1 },
      ...{ createdAt: at, updatedAt: at, readAt: null, withdrawnAt: null },
    } as never)
  await platform.transact('engagement')(async (tx) =>
    tx.emit('notification.changed', { notificationId: _id, recipientId: alice.id }),
  )
  await pushed()
  expect(phone.got()).toEqual([])
})

test('a device that is gone is forgotten; a service that is busy is asked again', async () => {
  const { account, post, platform } = engagement
  const [alice, bob] = [await account(), await account()]
  const [old, busy] = [await device(alice), await device(alice)]
  answers.set(old.path, [410])
  answers.set(busy.path, [503, 429])
  await bob.does('likePost', { postId: await post(alice) })
  await until(() => busy.got().length).toBe(3)
  await pushed()
  const left = await platform
    .db('engagement')
    .collection('pushSubscriptions')
    .find({ userId: alice.id })
    .toArray()
  expect(left.map(({ endpoint }) => endpoint)).toEqual([busy.input.endpoint])
})

test('a device tells its last owner only, and addresses that are no push service are refused', async () => {
  const { account, post } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const phone = await device(alice)
  await bob.does('registerPushSubscription', phone.input, 'viewer { id }')
  await carol.does('likePost', { postId: await post(alice) })
  await carol.does('likePost', { postId: await post(bob) })
  await until(() => phone.got().length).toBe(1)
  await pushed()
  expect(phone.got()).toHaveLength(1)
  await alice.does('unregisterPushSubscription', { endpoint: phone.input.endpoint }, 'viewer { id }')
  await carol.does('likePost', { postId: await post(bob) })
  await until(() => phone.got().length).toBe(2)
  await bob.does('unregisterPushSubscription', { endpoint: phone.input.endpoint }, 'viewer { id }')
  await carol.does('likePost', { postId: await post(bob) })
  await pushed()
  expect(phone.got()).toHaveLength(2)

  const code = async (change: object) =>
    (await alice.does('registerPushSubscription', { ...phone.input, ...change }, 'viewer { id }'))
      .userErrors[0]?.code
  for (const endpoint of [
    'http://127.0.0.1:1/x',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'nonsense',
    `${origin.replace('://', '://a:b@')}/x`,
  ]) {
    expect(await code({ endpoint })).toBe('INVALID')
  }
  expect(await code({ endpoint: `${origin}/${'x'.repeat(2_048)}` })).toBe('TOO_LONG')
  expect(await code({ p256dh: 'short' })).toBe('INVALID')
  expect(await code({ auth: 'short' })).toBe('INVALID')
  expect(await code({ platform: 'FCM' })).toBe('INVALID')
})

test('a key that a like leaves in the rows is no push twice', async () => {
  const { account, post, platform } = engagement
  const [alice, bob] = [await account(), await account()]
  const phone = await device(alice)
  const id = await post(alice)
  for (const mutation of ['likePost', 'unlikePost', 'likePost']) {
    await bob.does(mutation, { postId: id })
    await pushed()
  }
  expect(phone.got()).toHaveLength(1)
  expect(
    await platform
      .db('engagement')
      .collection<{ _id: string }>('likes')
      .countDocuments({ _id: reactionId(id, bob.id) }),
  ).toBe(1)
})

test('a push whose worker dies before its job is there is made when the event comes again, and once (X1)', async () => {
  const { account, post, platform, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  await bob.does('likePost', { postId: id })
  await settle()
  const db = platform.db('engagement')
  const row = await db.collection<{ _id: string }>('notifications').findOne({ recipientId: alice.id })
  const notificationId = row?._id ?? ''
  // Until now he had no device: what is asked here is asked for the first time.
  const phone = await device(alice)
  const { facts, jobs } = platform
  const deps = { store: engagement.store, facts, jobs, now: () => new Date() }
  const dies = { ...jobs, enqueue: () => Promise.reject(new Error('killed')) }
  await expect(pushNotification({ ...deps, jobs: dies }, notificationId)).rejects.toThrow('killed')
  for (let i = 0; i < 2; i++) await pushNotification(deps, notificationId)
  await until(() => phone.got().length).toBe(1)
  await pushed()
  expect(phone.got()).toHaveLength(1)
})

test('a message rings; of an encrypted conversation the push says nothing, not even which', async () => {
  const { accounts, consumers, platform } = engagement
  const [alice, bob] = (await accounts(2)) as [Asker, Asker]
  const phone = await device(alice)
  const rings = async (encrypted: boolean) => {
    const conversationId = newId('conversation')
    const members = [alice, bob].map(({ id }) => ({ userId: id, folder: 'PRIMARY' }))
    const row = { _id: conversationId, members, ...(encrypted ? { epoch: 1 } : {}) }
    await platform.db('messaging').collection<{ _id: string }>('conversations').insertOne(row)
    const payload = { messageId: newId('message'), conversationId, senderId: bob.id, sequence: 1 }
    const before = phone.got().length
    await consumers['engagement.notifications']['message.sent']([
      eventOf('message.sent', { ...payload, memberIds: [alice.id, bob.id] }),
    ])
    await until(() => phone.got().length).toBe(before + 1)
    return { conversationId, push: phone.reads(phone.got().at(-1) as Arrived) }
  }
  const plain = await rings(false)
  expect(plain.push).toMatchObject({ kind: 'MESSAGE', actorCount: 1, subjectId: plain.conversationId })
  const sealed = await rings(true)
  expect(sealed.push).toMatchObject({ kind: 'MESSAGE', subjectId: null })
  expect(JSON.stringify(sealed.push)).not.toContain(sealed.conversationId)
})

const dayToday = () => dayOf(new Date())
const trials = () => engagement.platform.db('engagement').collection<DigestTrialRow>('digestTrials')

test('a daily push that was decided reaches the device, encrypted for it, and says only how much waits', async () => {
  const { account, platform, store } = engagement
  const { secret } = platform.config
  const deps = {
    ...{ store, facts: platform.facts, transact: platform.transact('engagement'), secret },
    ...{ log: platform.log, now: () => new Date() },
  }
  // Somebody about whom the lot says yes today.
  let alice = await account()
  while (lotOf(secret, `${alice.id}:${dayToday()}`) !== true) alice = await account()
  const phone = await device(alice)
  for (const key of ['a', 'b']) {
    await announce(deps, { recipientId: alice.id, kind: 'MODERATION', subjectId: newId('post'), key })
  }
  await platform
    .db('engagement')
    .collection<PushDigestRow>('pushDigests')
    .updateOne({ _id: alice.id }, { $set: { dueAt: new Date(0) } }, { upsert: true })
  await sendPushDigests(deps)
  const digests = () =>
    phone
      .got()
      .map(phone.reads)
      .filter((push) => (push as PushPayload).kind === 'DIGEST')
  await until(digests).toHaveLength(1)
  await pushed()
  const [trial] = await trials().find({ userId: alice.id }).toArray()
  expect(digests()).toEqual([{ notificationId: trial?._id, kind: 'DIGEST', actorCount: 2, subjectId: null }])
})

test('a daily push is not sent to one who came meanwhile, wants quiet by now or none at all, nor twice (N5, N6)', async () => {
  const { accounts, platform } = engagement
  const [alice, came, asleep, unwilling, held] = (await accounts(5)) as [Asker, Asker, Asker, Asker, Asker]
  const people = [alice, came, asleep, unwilling, held]
  const phones = await Promise.all(people.map(device))
  const day = dayToday()
  const rows = people.map(({ id }): DigestTrialRow => {
    const actor = pseudonym(platform.config.secret, id)
    const drawn = { by: 'LOT' as const, sent: id !== held.id, count: 3, features: [], returned: null }
    return { _id: `${id}:${day}`, userId: id, actor, day, at: new Date(), ...drawn }
  })
  await trials().insertMany(rows)
  const actor = pseudonym(platform.config.secret, came.id)
  await platform
    .db('engagement')
    .collection<{ _id: string; day: string; actor: string }>('insightActivity')
    .insertOne({ _id: `${day}:${actor}`, day, actor })
  const quietHours = { start: '00:00', end: '23:59', timeZone: quietZone() }
  await asleep.does('updateNotificationSettings', { quietHours })
  await unwilling.does('updateNotificationSettings', { pushDigest: false })
  for (let i = 0; i < 2; i++) {
    await platform.transact('engagement')(async (tx) => {
      for (const { _id, userId } of rows) tx.emit('digest.pushed', { userId, digestId: _id })
    })
    await pushed()
  }
  expect(phones.map((phone) => phone.got().length)).toEqual([1, 0, 0, 0, 0])
})

/** A zone where it is not the last minute of the day, which no quiet hours hold. */
function quietZone(): string {
  return new Date().getUTCHours() === 23 ? 'Asia/Tokyo' : 'UTC'
}

test('a reply that the post’s author has hidden since is not pushed to whom it answers (N4)', async () => {
  const { account, post, platform, settle, store } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const postId = await post(alice)
  const comments = async (who: Asker, text: string, parentId?: string) =>
    (await who.does('createComment', { postId, text, parentId }, 'comment { id }')).comment.id as string
  const reply = await comments(carol, 'a reply', await comments(bob, 'a comment'))
  await settle()
  const rows = platform.db('engagement').collection<{ _id: string }>('notifications')
  const told = await rows.findOne({ recipientId: bob.id, kind: 'REPLY' })
  await device(bob)
  const made: string[] = []
  const jobs = { ...platform.jobs, enqueue: async (_: string, id: string) => void made.push(id) }
  const pushes = () =>
    pushNotification({ store, facts: platform.facts, jobs, now: () => new Date() }, told?._id ?? '')
  await alice.does('hideComment', { commentId: reply })
  await pushes()
  expect(made).toEqual([])
  await alice.does('hideComment', { commentId: reply, hidden: false })
  await pushes()
  expect(made).toHaveLength(1)
})
