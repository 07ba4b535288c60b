import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { type Announcement, announce } from './domain/announcements.ts'
import { foldReactions } from './domain/counters.ts'
import { tellReel } from './domain/reel-notices.ts'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'
import { type NotificationRow, type ReactionRow, reactionId } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')
const deps = () => ({
  store: engagement.store,
  facts: engagement.platform.facts,
  transact: engagement.platform.transact('engagement'),
  now: () => new Date(),
})
const told = async (who: Asker) =>
  (
    await who.sees(
      'Viewer',
      who.id,
      'notifications(first: 50) { nodes { id kind milestone actorCount subject { id } readAt } }',
    )
  ).notifications.nodes
const rowsOf = (recipientId: string) =>
  db().collection<NotificationRow>('notifications').find({ recipientId, withdrawnAt: null }).toArray()
const wants = (who: Asker, kind: string, channels: string[]) =>
  who.does('updateNotificationSettings', { kinds: [{ kind, channels }] })

/** Likes of a post by so many people whom nobody else knows, counted. */
async function liked(postId: string, count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, (): ReactionRow => {
    const userId = newId('user')
    const _id = reactionId(postId, userId)
    return { _id, targetId: postId, userId, state: 'ON', uncounted: 1, at: new Date() }
  })
  await db().collection<ReactionRow>('likes').insertMany(rows)
  const ids = rows.map((row) => row._id)
  await foldReactions(deps(), 'likes', ids)
  return ids
}

test('a round number of likes is told once, by nobody in particular', async () => {
  const { account, post } = engagement
  const alice = await account()
  const postId = await post(alice)
  await liked(postId, 99)
  expect(await told(alice)).toEqual([])
  const [last] = await liked(postId, 1)
  const milestone = {
    kind: 'MILESTONE',
    milestone: 100,
    actorCount: 0,
    subject: { id: postId },
    readAt: null,
  }
  expect(await told(alice)).toEqual([expect.objectContaining(milestone)])

  // One takes his like back, another comes: a hundred again, and no news.
  const likes = db().collection<ReactionRow>('likes')
  await likes.updateOne({ _id: last as string }, { $set: { state: 'OFF', uncounted: -1 } })
  await foldReactions(deps(), 'likes', [last as string])
  await liked(postId, 1)
  expect(await told(alice)).toHaveLength(1)
  await liked(postId, 900)
  expect((await told(alice)).map((one: { milestone: number }) => one.milestone)).toEqual([1_000, 100])
})

test('followers that make a round number are told once, and not to who does not want it (N5)', async () => {
  const { account, consumers } = engagement
  const [alice, bob] = [await account(), await account()]
  await wants(bob, 'MILESTONE', [])
  const reached = [alice, bob].map(({ id }) => eventOf('followers.reached', { userId: id, count: 1_000 }))
  for (let i = 0; i < 2; i++) await consumers['engagement.notifications']['followers.reached'](reached)
  expect(await told(alice)).toMatchObject([{ kind: 'MILESTONE', milestone: 1_000, subject: null }])
  expect(await told(bob)).toEqual([])
})

test('a decision of moderators is told once, also when what it is about is gone', async () => {
  const { account } = engagement
  const alice = await account()
  const about = { subjectId: newId('post'), key: 'review_1' }
  const decision: Announcement = { recipientId: alice.id, kind: 'MODERATION', ...about }
  await Promise.all(Array.from({ length: 5 }, () => announce(deps(), decision)))
  expect(await told(alice)).toMatchObject([{ kind: 'MODERATION', actorCount: 0, subject: null }])
  const { unreadNotificationCount } = await alice.sees('Viewer', alice.id, 'unreadNotificationCount')
  expect(unreadNotificationCount).toBe(1)
})

test('a decision that is taken back is not told again, and what was told of it goes (C10)', async () => {
  const { account, consumers, post } = engagement
  const alice = await account()
  const subjectId = await post(alice)
  const start = Date.now()
  const decided = (decision: 'REMOVE' | null, afterMs: number) => {
    const payload = { subjectId, recipientId: alice.id, itemId: newId('review'), decision }
    return { ...eventOf('review.decided', payload), at: new Date(start + afterMs) }
  }
  const hears = consumers['engagement.notifications']['review.decided']
  const first = decided('REMOVE', 0)
  await hears([first])
  expect(await told(alice)).toMatchObject([{ kind: 'MODERATION' }])
  const back = decided(null, 1)
  await hears([back])
  expect(await told(alice)).toEqual([])
  await hears([first, back])
  expect(await told(alice)).toEqual([])
  // Another decision is told; the same taking back, once more, means the one before.
  await hears([decided('REMOVE', 2), back])
  expect(await told(alice)).toMatchObject([{ kind: 'MODERATION' }])
})

test('some notifications are read and the others not', async () => {
  const { account } = engagement
  const [alice, bob] = [await account(), await account()]
  for (const key of ['a', 'b']) {
    await announce(deps(), { recipientId: alice.id, kind: 'MODERATION', subjectId: null, key })
  }
  const [first, second] = await told(alice)
  await bob.does('markNotificationsRead', { notificationIds: [first.id] })
  expect((await told(alice)).every((one: { readAt: string }) => one.readAt === null)).toBe(true)
  await alice.does('markNotificationsRead', { notificationIds: [first.id] })
  const read = Object.fromEntries(
    (await told(alice)).map((one: { id: string; readAt: string }) => [one.id, one.readAt]),
  )
  expect(read).toEqual({ [first.id]: expect.any(String), [second.id]: null })
  const many = Array.from({ length: 101 }, () => newId('notification'))
  expect((await alice.does('markNotificationsRead', { notificationIds: many })).userErrors).toEqual([
    { code: 'TOO_MANY', field: ['input', 'notificationIds'] },
  ])
})

/** A conversation as Messaging would write it; those named in `apart` have another part in it. */
async function conversation(
  members: Asker[],
  { apart = {}, epoch }: { apart?: Record<string, object>; epoch?: number } = {},
): Promise<string> {
  const _id = newId('conversation')
  const kind = members.length > 2 ? 'GROUP' : 'DIRECT'
  const parts = members.map(({ id }) => ({ userId: id, folder: 'PRIMARY', ...apart[id] }))
  await engagement.platform
    .db('messaging')
    .collection<{ _id: string }>('conversations')
    .insertOne({ _id, kind, members: parts, ...(epoch === undefined ? {} : { epoch }) } as { _id: string })
  return _id
}

let sequence = 0
const sent = (conversationId: string, sender: Asker, members: Asker[]) =>
  eventOf('message.sent', {
    ...{ messageId: newId('message'), conversationId, senderId: sender.id, sequence: ++sequence },
    memberIds: members.map(({ id }) => id),
  })
const reachedBy = async (who: Asker) =>
  who.does('registerPushSubscription', {
    platform: 'WEB',
    endpoint: `https://fcm.googleapis.com/fcm/send/${who.id}`,
    p256dh: 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM',
    auth: 'tBHItJI5svbpez7KI4CCXg',
  })

test('messages ring once for a conversation until it is read, for those with a device who neither mute it nor left it a request', async () => {
  const { accounts, consumers } = engagement
  const [alice, bob, muter, stranger, offline, blocker] = (await accounts(6)) as [
    ...[Asker, Asker, Asker, Asker, Asker, Asker],
  ]
  const members = [alice, bob, muter, stranger, offline, blocker]
  for (const who of [alice, muter, stranger, blocker]) {
    expect((await reachedBy(who)).userErrors).toEqual([])
  }
  await engagement.blocks(blocker, bob)
  const id = await conversation(members, {
    apart: { [muter.id]: { mutedUntil: new Date(8.64e15) }, [stranger.id]: { folder: 'REQUESTS' } },
  })
  const { 'message.sent': hears, 'conversation.changed': changes } = consumers['engagement.notifications']
  const first = sent(id, bob, members)
  await hears([first, sent(id, bob, members)])
  await hears([first])
  await hears([sent(id, muter, members)])
  // What changes an earlier message, or the keys of the group, is no news.
  const silent = sent(id, muter, members)
  await hears([{ ...silent, payload: { ...silent.payload, quiet: true } }])
  const kinds = await Promise.all(members.map(async (who) => (await rowsOf(who.id)).length))
  expect(kinds).toEqual([1, 0, 0, 0, 0, 1])
  const [row] = await rowsOf(alice.id)
  expect(row).toMatchObject({
    ...{ kind: 'MESSAGE', subjectId: id, messages: 3, actorIds: [muter.id, bob.id], quiet: true },
  })
  // Of one whom he blocks he heard nothing.
  expect((await rowsOf(blocker.id))[0]).toMatchObject({ messages: 1, actorIds: [muter.id] })
  // It has a list of its own.
  expect(await told(alice)).toEqual([])

  const read = { conversationId: id, actorId: alice.id, messageId: null, memberIds: [alice.id] }
  await changes([eventOf('conversation.changed', { ...read, change: 'UPDATED' })])
  expect(await rowsOf(alice.id)).toHaveLength(1)
  await changes([eventOf('conversation.changed', { ...read, change: 'READ' })])
  expect(await rowsOf(alice.id)).toEqual([])
  await hears([sent(id, bob, members)])
  const [next] = await rowsOf(alice.id)
  expect(next?._id).not.toBe(row?._id)
  expect(next).toMatchObject({ messages: 1 })
})

test('a person who wants messages in the list gets them there; encrypted ones are marked', async () => {
  const { accounts, consumers } = engagement
  const [alice, bob] = (await accounts(2)) as [Asker, Asker]
  await wants(alice, 'MESSAGE', ['IN_APP'])
  const id = await conversation([alice, bob], { epoch: 3 })
  await consumers['engagement.notifications']['message.sent']([sent(id, bob, [alice, bob])])
  expect(await told(alice)).toMatchObject([{ kind: 'MESSAGE', subject: null, actorCount: 1 }])
  expect((await rowsOf(alice.id))[0]).toMatchObject({ sealed: true })
})

test('a message’s notification is about the conversation, for who is in it and as long as it is there for him (V1)', async () => {
  const { accounts, consumers, platform } = engagement
  const [alice, bob, carol] = (await accounts(3)) as [Asker, Asker, Asker]
  await wants(alice, 'MESSAGE', ['IN_APP'])
  const two = await conversation([alice, bob])
  const many = await conversation([alice, bob, carol])
  await consumers['engagement.notifications']['message.sent']([
    sent(two, bob, [alice, bob]),
    sent(many, carol, [alice, bob, carol]),
  ])
  const subjects = async () =>
    (await told(alice)).map((one: { subject: { id: string } | null }) => one.subject?.id).toSorted()
  expect(await subjects()).toEqual([two, many].toSorted())
  const out = { $pull: { members: { userId: alice.id } } } as object
  await platform.db('messaging').collection<{ _id: string }>('conversations').updateOne({ _id: many }, out)
  expect(await subjects()).toEqual([two, undefined])
  await engagement.blocks(alice, bob)
  expect(await subjects()).not.toContain(two)
})

test('whoever is erased is in no notification of messages any more (A9)', async () => {
  const { accounts, consumers } = engagement
  const [alice, bob, carol] = (await accounts(3)) as [Asker, Asker, Asker]
  await reachedBy(alice)
  const [both, alone] = [await conversation([alice, bob, carol]), await conversation([alice, bob])]
  await consumers['engagement.notifications']['message.sent']([
    sent(both, bob, [alice, carol]),
    sent(both, carol, [alice, bob]),
    sent(alone, bob, [alice]),
  ])
  expect(await rowsOf(alice.id)).toHaveLength(2)
  await engagement.erases(bob.id)
  expect(await rowsOf(alice.id)).toMatchObject([{ subjectId: both, actorIds: [carol.id], actorCount: 1 }])
})

test('a new reel is told to those whose favourite its author is, once, and to none who may not see it', async () => {
  const { account, post, relates, consumers, platform } = engagement
  const [alice, fan, close, follower, shut] = await Promise.all([1, 2, 3, 4, 5].map(() => account()))
  if (!alice || !fan || !close || !follower || !shut) throw new Error('too few')
  const at = new Date()
  const favourite = async (who: Asker, more = {}) => {
    await relates(who, alice, { follow: 'FOLLOWING', followAt: at, favoriteAt: at, ...more })
    await relates(alice, who, { followedBy: 'FOLLOWING', followedByAt: at, favoriteOfAt: at })
  }
  await favourite(fan)
  await favourite(close, { closeFriendOfAt: at })
  await relates(follower, alice, { follow: 'FOLLOWING', followAt: at })
  await favourite(shut)
  await wants(shut, 'REEL', [])

  const [reel, secret, picture] = [
    await post(alice, { kind: 'REEL' }),
    await post(alice, { kind: 'REEL', audience: 'CLOSE_FRIENDS' }),
    await post(alice),
  ]
  const published = [reel, secret, picture].map((postId) =>
    eventOf('post.published', { postId, authorId: alice.id }),
  )
  await consumers['engagement.notifications']['post.published'](published)
  const jobs = await db().collection('jobs').find({ name: 'notifications.tellReel' }).toArray()
  expect(jobs.map(({ payload }) => payload.postId).sort()).toEqual([reel, secret].sort())
  for (let i = 0; i < 2; i++) {
    for (const postId of [reel, secret]) {
      expect(await tellReel(deps(), { postId, authorId: alice.id, afterId: null })).toBeNull()
    }
  }
  const subjects = async (who: Asker) =>
    (await told(who)).map(({ kind, subject }: { kind: string; subject: { id: string } }) => [
      kind,
      subject.id,
    ])
  expect(await subjects(fan)).toEqual([['REEL', reel]])
  expect((await subjects(close)).sort()).toEqual(
    [
      ['REEL', reel],
      ['REEL', secret],
    ].sort(),
  )
  expect(await Promise.all([follower, shut, alice].map(subjects))).toEqual([[], [], []])
  expect(await platform.facts.relations.favoriteOfIds(alice.id, null, 2)).toHaveLength(2)
})
