import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { createConsumers } from './consumers.ts'
import { eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'
import { type ReactionRow, reactionId } from './model.ts'
let e: RunningEngagement
beforeAll(async () => { e = await startEngagement() })
afterAll(() => e.stack.disposeAsync())
const db = () => e.platform.db('engagement')
test('stress dup', async () => {
  const other = createConsumers(e.platform, e.store)
  let bad: string[] = []
  for (let r = 0; r < 3; r++) {
    const id = await e.post(await e.account())
    const users = await e.accounts(40)
    const row = { targetId: id, state: 'ON', uncounted: 1, at: new Date() } as const
    await db().collection<ReactionRow>('likes').insertMany(users.map((user) => ({ ...row, _id: reactionId(id, user.id), userId: user.id })))
    const batches = [0, 10, 20, 30].map((f) => users.slice(f, f + 10).map((u) => eventOf('post.liked', { postId: id, userId: u.id })))
    const res = await Promise.allSettled(batches.flatMap((b) => [e.consumers, other].flatMap((u) => [u['engagement.counters']['post.liked'](b), u['engagement.notifications']['post.liked'](b)])))
    bad.push(...res.flatMap((x) => x.status === 'rejected' ? [String(x.reason)] : []))
    const g = await db().collection('notifications').find({ subjectId: id }).toArray()
    expect(g.map((x) => x.actorCount)).toEqual([40])
    // staggered first likes of one user
    const p2 = await e.post(await e.account()); const u = await e.account()
    const rs = await Promise.all(Array.from({ length: 30 }, () => u.does('likePost', { postId: p2 }, 'post { likeCount }')))
    for (const x of rs) if (!x.post || x.post.likeCount !== 1) bad.push(JSON.stringify(x))
  }
  console.log('BAD', bad.length, [...new Set(bad)].slice(0, 5))
}, 200000)
test('plans', async () => {
  const posts = Array.from({ length: 50 }, () => newId('post'))
  const users = Array.from({ length: 200 }, () => newId('user'))
  await db().collection<any>('likes').insertMany(posts.flatMap((p) => users.map((u, i) => ({ _id: `${p}:${u}`, targetId: p, userId: u, state: 'ON', uncounted: i % 40 === 0 ? 1 : 0, at: new Date() }))))
  const cs: any[] = []
  for (const p of posts) for (let i = 0; i < 100; i++) cs.push({ _id: newId('comment'), postId: p, authorId: users[i], parentId: i % 3 === 0 ? null : cs.at(-(i % 3))._id, text: 'x', createdAt: new Date(), deletedAt: null, uncounted: i % 50 === 0 ? 1 : 0 })
  await db().collection<any>('comments').insertMany(cs)
  await db().collection<any>('notifications').insertMany(cs.map((c, i) => ({ _id: newId('notification'), recipientId: users[i % 10], kind: 'COMMENT', subjectId: c._id, postId: c.postId, threadId: c.parentId ?? c._id, actorIds: [], actorCount: 1, open: true, createdAt: new Date(), updatedAt: new Date(Date.now() - i), readAt: i % 2 ? new Date() : null, withdrawnAt: null })))
  await db().command({ profile: 2 })
  await e.store.readFigures('post', posts.slice(0, 20), new Set(['likes', 'comments', 'liked', 'saved', 'saves']), users[3]!)
  await e.store.readFigures('comment', cs.slice(0, 20).map((c) => c._id), new Set(['likes', 'replies', 'liked']), users[3]!)
  await e.store.listNewest(posts.slice(0, 20), 7)
  await e.store.listReactionsTo('likes', posts[1]!, { at: new Date(), otherId: 'z' }, 20)
  await e.store.listSaves(users[1]!, { at: new Date(), otherId: 'z' }, 20)
  await e.store.listTopLevel(posts[1]!, cs[150]._id, 20)
  await e.store.listReplies(cs[3]._id, cs[3]._id, 20)
  await e.store.listNotifications(users[1]!, { updatedAt: new Date(), id: 'z' }, 20)
  await e.store.listUnread(users[1]!, 100)
  const transact = e.platform.transact('engagement')
  await transact(async (tx) => {
    await e.store.listThreads(tx, [cs[0]._id], 100)
    await e.store.findGroups(tx, [newId('notification')], [{ recipientId: users[1]!, kind: 'COMMENT', subjectId: cs[1]._id }])
    await e.store.listActorIds(tx, 'x', 10)
    await e.store.removeAbout(tx, { postId: posts[4]! }, 10)
    await e.store.removeAbout(tx, { threadId: cs[9]._id }, 10)
    await e.store.removeAbout(tx, { subjectId: cs[9]._id }, 10)
    await e.store.compareCounters(tx, 'post', posts[2]!)
    await e.store.tombstoneThread(tx, cs[0]._id, new Date())
    await e.store.markRead(tx, users[1]!, new Date())
  })
  await db().command({ profile: 0 })
  for (const p of await db().collection('system.profile').find({ ns: { $not: /profile|outbox|consumed/ } }).toArray()) {
    const c = p.command
    console.log(p.op, p.ns.split('.')[1], JSON.stringify(c.filter ?? c.pipeline ?? c.q ?? c).slice(0, 110), '| plan', p.planSummary, 'keys', p.keysExamined, 'docs', p.docsExamined, 'n', p.nreturned, p.hasSortStage ? 'SORT' : '', p.millis + 'ms')
  }
}, 100000)
test('time', async () => {
  const posts = (await db().collection('likes').distinct('targetId')).slice(0, 20)
  const u = newId('user')
  const w = new Set(['likes', 'comments', 'liked', 'saved'] as const)
  const own = posts.map((p) => `${p}:${u}`)
  const D = db(), C = (n: string) => D.collection<any>(n)
  const L = { $in: [-1, 1] }
  const par = () => Promise.all([
    C('postCounters').find({ _id: { $in: posts } }).toArray(), C('likes').find({ _id: { $in: own } }).toArray(), C('saves').find({ _id: { $in: own } }).toArray(),
    C('likes').find({ targetId: { $in: posts }, uncounted: L }, { projection: { _id: 0, targetId: 1, uncounted: 1 } }).toArray(),
    C('comments').find({ postId: { $in: posts }, uncounted: L }, { projection: { _id: 0, postId: 1, uncounted: 1 } }).toArray() ])
  const par3 = () => Promise.all([C('postCounters').find({ _id: { $in: posts } }).toArray(), C('likes').find({ _id: { $in: own } }).toArray(), C('saves').find({ _id: { $in: own } }).toArray()])
  for (const [name, f] of [['union', () => e.store.readFigures('post', posts, w, u)], ['par', par], ['par3', par3], ['preview', () => e.store.listNewest(posts, 7)]] as const) {
    for (let i = 0; i < 100; i++) await f()
    const t = performance.now(); for (let i = 0; i < 300; i++) await f()
    const seq = (performance.now() - t) / 300
    const t2 = performance.now(); for (let i = 0; i < 30; i++) await Promise.all(Array.from({ length: 10 }, f))
    console.log(name, 'seq', seq.toFixed(2), 'ms; conc', ((performance.now() - t2) / 300).toFixed(2), 'ms')
  }
}, 60000)
test('union subplans', async () => {
  const posts = (await db().collection('likes').distinct('targetId')).slice(0, 20)
  const ex = await db().collection('likes').find({ targetId: { $in: posts }, uncounted: { $in: [-1, 1] }, userId: { $ne: 'x' } }, { projection: { _id: 0, targetId: 1, uncounted: 1 } }).explain('executionStats')
  console.log(JSON.stringify(ex.queryPlanner.winningPlan).slice(0, 600), ex.executionStats.totalKeysExamined, ex.executionStats.totalDocsExamined)
  const ex2 = await db().collection('comments').aggregate([{ $match: { parentId: { $in: ['a', 'comment_x'] }, uncounted: { $in: [-1, 1] } } }, { $limit: 10 }, { $group: { _id: '$parentId', add: { $sum: '$uncounted' } } }]).explain()
  console.log(JSON.stringify((ex2 as any).queryPlanner ?? (ex2 as any).stages?.[0]).slice(0, 900))
})
