import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { size } from '../../tests/size.ts'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'
import type { ReactionRow } from './model.ts'
import { reactionId } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')
const fields =
  'id kind actorCount actors(first: 3) { edges { node { id } } } subject { __typename id } readAt createdAt updatedAt'

async function notificationsOf(who: Asker) {
  const { notifications, unreadNotificationCount } = await who.sees(
    'Viewer',
    who.id,
    `unreadNotificationCount notifications(first: 50) { nodes { ${fields} } }`,
  )
  return {
    unread: unreadNotificationCount as number,
    nodes: notifications.nodes.map(
      (node: { kind: string; actorCount: number; actors: { edges: { node: { id: string } }[] } }) => ({
        ...node,
        actors: node.actors.edges.map((edge) => edge.node.id),
      }),
    ),
  }
}

const changes = (recipientId: string) =>
  db()
    .collection('outbox')
    .countDocuments({ name: 'notification.changed', 'payload.recipientId': recipientId })

/** Likes whose events are still on their way. */
async function insertLikes(targetId: string, users: Asker[]): Promise<void> {
  const fresh = { targetId, state: 'ON', uncounted: 1, at: new Date() } as const
  await db()
    .collection<ReactionRow>('likes')
    .insertMany(users.map(({ id }) => ({ ...fresh, _id: reactionId(targetId, id), userId: id })))
}

test('N1, N2: never about oneself; like, unlike, like is one', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  await alice.does('likePost', { postId })
  await bob.does('likePost', { postId })
  await settle()
  const first = await notificationsOf(alice)
  expect(first.unread).toBe(1)
  expect(first.nodes).toMatchObject([
    {
      kind: 'POST_LIKE',
      actorCount: 1,
      actors: [bob.id],
      subject: { __typename: 'Post', id: postId },
      readAt: null,
    },
  ])
  await alice.does('markNotificationsRead', {}, 'viewer { id unreadNotificationCount }')
  await bob.does('unlikePost', { postId })
  await settle()
  expect(await notificationsOf(alice)).toEqual({ unread: 0, nodes: [] })
  expect(await alice.sees('Notification', first.nodes[0].id, 'id')).toBeNull()
  await bob.does('likePost', { postId })
  await settle()
  const last = await notificationsOf(alice)
  // The same one, as read as it was.
  expect(last.unread).toBe(0)
  expect(last.nodes).toMatchObject([{ id: first.nodes[0].id, actorCount: 1 }])
  expect(await bob.sees('Notification', first.nodes[0].id, 'id')).toBeNull()
})

test('N3: many likes are one notification and as many pushes as there are batches', async () => {
  const { account, accounts, post, consumers, settle } = engagement
  const alice = await account()
  const postId = await post(alice)
  const count = size(10_000, 500)
  const users = await accounts(count)
  await insertLikes(postId, users)
  const events = users.map(({ id }) => eventOf('post.liked', { postId, userId: id }))
  for (let i = 0; i < count; i += 250) {
    await consumers['engagement.notifications']['post.liked'](events.slice(i, i + 250))
  }
  expect((await notificationsOf(alice)).nodes).toMatchObject([{ kind: 'POST_LIKE', actorCount: count }])
  expect(await changes(alice.id)).toBe(count / 250)

  // Those who leave are replaced among the hundred that are named.
  const named = await db().collection('notifications').findOne({ subjectId: postId })
  const leaving = users.filter(({ id }) => named?.actorIds.includes(id)).slice(0, 60)
  for (const user of leaving) await user.does('unlikePost', { postId })
  await settle()
  const left = await db().collection('notifications').findOne({ subjectId: postId })
  expect({ count: left?.actorCount, named: new Set(left?.actorIds).size }).toEqual({
    count: count - 60,
    named: 100,
  })
  expect(leaving.some(({ id }) => left?.actorIds.includes(id))).toBe(false)
}, 300_000)

test('N4: actors hidden from the recipient are neither shown nor counted', async () => {
  const { account, accounts, post, settle } = engagement
  const alice = await account()
  const [bob, carol] = (await accounts(2)) as [Asker, Asker]
  const postId = await post(alice)
  await bob.does('likePost', { postId })
  await settle()
  await carol.does('likePost', { postId })
  await settle()
  expect((await notificationsOf(alice)).nodes).toMatchObject([{ actorCount: 2, actors: [carol.id, bob.id] }])
  await engagement.blocks(alice, carol)
  const one = await notificationsOf(alice)
  expect(one.nodes).toMatchObject([{ actorCount: 1, actors: [bob.id] }])
  await engagement.blocks(bob, alice)
  expect(await notificationsOf(alice)).toEqual({ unread: 0, nodes: [] })
  expect(await alice.sees('Notification', one.nodes[0].id, 'id')).toBeNull()
})

test('nobody is told of someone whom he blocks or who blocks him', async () => {
  const { account, post, consumers } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  // The like that was given just before the block, handled just after it.
  await insertLikes(postId, [bob])
  await engagement.blocks(bob, alice)
  const event = eventOf('post.liked', { postId, userId: bob.id })
  await consumers['engagement.notifications']['post.liked']([event])
  expect(await db().collection('notifications').countDocuments({ recipientId: alice.id })).toBe(0)
})

test('comments and replies are told once each; deleting them takes that back', async () => {
  const { account, post, settle } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const postId = await post(alice)
  const create = async (who: Asker, text: string, parentId?: string) =>
    (await who.does('createComment', { postId, text, parentId }, 'comment { id }')).comment.id as string
  const byBob = await create(bob, 'first')
  const byCarol = await create(carol, 'reply', byBob)
  const byAlice = await create(alice, 'own post')
  const toAlice = await create(bob, 'to the author', byAlice)
  await carol.does('likeComment', { commentId: byBob })
  await settle()
  const kinds = async (who: Asker) =>
    (await notificationsOf(who)).nodes.map((node: { kind: string; subject: { id: string } }) => [
      node.kind,
      node.subject.id,
    ])
  expect((await kinds(alice)).sort()).toEqual(
    [
      ['REPLY', toAlice],
      ['COMMENT', byCarol],
      ['COMMENT', byBob],
    ].sort(),
  )
  expect((await kinds(bob)).sort()).toEqual([
    ['COMMENT_LIKE', byBob],
    ['REPLY', byCarol],
  ])
  await bob.does('deleteComment', { commentId: byBob })
  await settle()
  expect(await kinds(bob)).toEqual([])
  expect(await kinds(alice)).toEqual([['REPLY', toAlice]])
})

test('a deleted post takes its notifications along', async () => {
  const { account, post, consumers, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  await bob.does('likePost', { postId })
  await bob.does('createComment', { postId, text: 'hi' })
  await settle()
  expect((await notificationsOf(alice)).unread).toBe(2)
  const before = await changes(alice.id)
  await consumers['engagement.notifications']['post.deleted']([
    eventOf('post.deleted', { postId, authorId: alice.id }),
  ])
  expect(await notificationsOf(alice)).toEqual({ unread: 0, nodes: [] })
  expect(await changes(alice.id)).toBe(before + 2)
  expect(
    await db()
      .collection('notificationActors')
      .countDocuments({ _id: { $regex: postId } as never }),
  ).toBe(0)
})

test('follows: a request becomes an acceptance; ending takes back; a replay says nothing new', async () => {
  const { account, relates, consumers } = engagement
  const [alice, bob] = [await account(), await account()]
  const heard = consumers['engagement.notifications']
  const pair = { userId: bob.id, otherId: alice.id }
  await relates(bob, alice, { follow: 'REQUESTED' })
  const requested = eventOf('follow.requested', pair)
  await heard['follow.requested']([requested])
  expect((await notificationsOf(alice)).nodes).toMatchObject([
    { kind: 'FOLLOW_REQUEST', actors: [bob.id], subject: null },
  ])
  await relates(bob, alice, { follow: 'FOLLOWING' })
  const created = eventOf('follow.created', { ...pair, accepted: true })
  await heard['follow.created']([created])
  expect((await notificationsOf(alice)).nodes).toEqual([])
  expect((await notificationsOf(bob)).nodes).toMatchObject([{ kind: 'FOLLOW_ACCEPTED', actors: [alice.id] }])

  await relates(bob, alice, { follow: 'NONE' })
  await heard['follow.ended']([eventOf('follow.ended', pair)])
  expect((await notificationsOf(bob)).nodes).toEqual([])
  await relates(bob, alice, { follow: 'FOLLOWING' })
  const followed = eventOf('follow.created', { ...pair, accepted: false })
  await heard['follow.created']([followed])
  expect((await notificationsOf(alice)).nodes).toMatchObject([{ kind: 'FOLLOW', actors: [bob.id] }])
  const dump = () =>
    db()
      .collection('notifications')
      .find({ recipientId: { $in: [alice.id, bob.id] } })
      .toArray()
  const before = await dump()
  await heard['follow.requested']([requested])
  await heard['follow.created']([created, followed])
  expect(await dump()).toEqual(before)
})

test('notificationReceived is heard by the recipient alone', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  await bob.does('likePost', { postId })
  await settle()
  const { nodes } = await notificationsOf(alice)
  const event = eventOf('notification.changed', { notificationId: nodes[0].id, recipientId: alice.id })
  const hears = (asker: Asker) =>
    asker.asks(
      'subscription { notificationReceived { cursor unreadNotificationCount notification { id kind actorCount } } }',
      {},
      { cursor: 'c1', event },
    )
  expect((await hears(alice)).data.notificationReceived).toEqual({
    cursor: 'c1',
    unreadNotificationCount: 1,
    notification: { id: nodes[0].id, kind: 'POST_LIKE', actorCount: 1 },
  })
  expect((await hears(bob)).data.notificationReceived).toBeNull()
  expect((await hears(engagement.nobody)).codes).toEqual(['UNAUTHENTICATED'])
  await bob.does('unlikePost', { postId })
  await settle()
  expect((await hears(alice)).data.notificationReceived).toEqual({
    cursor: 'c1',
    unreadNotificationCount: 0,
    notification: null,
  })
})

test('markNotificationsRead reads all up to now; what comes later is unread', async () => {
  const { account, post, settle } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const postId = await post(alice)
  await bob.does('likePost', { postId })
  await settle()
  expect(await alice.does('markNotificationsRead', {}, 'viewer { id unreadNotificationCount }')).toEqual({
    viewer: { id: alice.id, unreadNotificationCount: 0 },
    userErrors: [],
  })
  expect((await notificationsOf(alice)).nodes[0].readAt).not.toBeNull()
  await carol.does('likePost', { postId })
  await settle()
  const { unread, nodes } = await notificationsOf(alice)
  expect(unread).toBe(1)
  expect(nodes).toMatchObject([{ actorCount: 2, actors: [carol.id, bob.id], readAt: null }])
})

test('his other devices hear that notifications were read, once, and how many are left', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  for (let i = 0; i < 3; i++) {
    await bob.does('likePost', { postId: await post(alice) })
    await settle()
  }
  const [newest, , oldest] = (await notificationsOf(alice)).nodes
  const outbox = db().collection('outbox')
  const about = { name: 'notification.changed', 'payload.recipientId': alice.id }
  const told = (await outbox.find(about).toArray()).map(({ _id }) => _id)
  /** What another device is sent of the changes since the last look. */
  const heard = async () => {
    const rows = await outbox.find({ ...about, _id: { $nin: [...told] } }).toArray()
    told.push(...rows.map(({ _id }) => _id))
    return Promise.all(
      rows.map(async ({ payload }) => {
        const event = eventOf('notification.changed', payload)
        const query =
          'subscription { notificationReceived { unreadNotificationCount notification { id readAt } } }'
        return (await alice.asks(query, {}, { cursor: 'c1', event })).data.notificationReceived
      }),
    )
  }
  const readAt = expect.any(String)
  await alice.does('markNotificationsRead', { notificationIds: [oldest.id] })
  expect(await heard()).toEqual([{ unreadNotificationCount: 2, notification: { id: oldest.id, readAt } }])
  await bob.does('markNotificationsRead', { notificationIds: [newest.id] })
  expect(await heard()).toEqual([])
  await alice.does('markNotificationsRead', {})
  expect(await heard()).toEqual([{ unreadNotificationCount: 0, notification: { id: newest.id, readAt } }])
  // Nothing is unread, so there is nothing to hear.
  await alice.does('markNotificationsRead', {})
  expect(await heard()).toEqual([])
})

test('notifications are paged by when they grew', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const postIds = [await post(alice), await post(alice), await post(alice)]
  for (const postId of postIds) {
    await bob.does('likePost', { postId })
    await settle()
  }
  const page = (after: string) =>
    `notifications(first: 2, after: ${after}) { nodes { subject { id } } pageInfo { hasNextPage endCursor } }`
  const one = (await alice.sees('Viewer', alice.id, page('null'))).notifications
  const two = (await alice.sees('Viewer', alice.id, page(JSON.stringify(one.pageInfo.endCursor))))
    .notifications
  const subjects = [...one.nodes, ...two.nodes].map((node) => node.subject.id)
  expect(subjects).toEqual(postIds.toReversed())
  expect([one.pageInfo.hasNextPage, two.pageInfo.hasNextPage]).toEqual([true, false])
  expect(await alice.sees('Notification', newId('notification'), 'id')).toBeNull()
})
