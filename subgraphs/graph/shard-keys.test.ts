// What Graph sends to its collections names their shard keys, so that a cluster asks no shard for nothing.
import type { Document } from 'mongodb'
import { expect, test } from 'vitest'
import { reconcileCounts, reconcileDue } from './domain/counts.ts'
import { acceptWaiting } from './domain/relation.ts'
import { settleAccount } from './domain/sleep.ts'
import { startGraph } from './fixtures.ts'
import type { CountRow } from './model.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore } from './store.ts'

const shardKeys: Readonly<Record<string, string>> = { relations: 'viewerId', counts: '_id' }

/** An operation that the server carried out on a collection, those within a pipeline included. */
interface Operation {
  collection: string
  filter: Document
}

/** Operations of an entry of the server's profile. */
function operationsIn({ op, ns, command }: Document): Operation[] {
  const collection = String(ns).split('.').slice(1).join('.')
  if (op === 'update' || op === 'remove') return [{ collection, filter: command.q }]
  if (command.find) return [{ collection, filter: command.filter }]
  if (!command.aggregate) return []
  const [first, ...stages] = command.pipeline as Document[]
  return [
    { collection, filter: first?.$match ?? {} },
    ...stages.flatMap(({ $lookup, $unionWith }) => {
      if ($unionWith) return [{ collection: $unionWith.coll, filter: $unionWith.pipeline[0].$match }]
      return $lookup ? [{ collection: $lookup.from, filter: { [$lookup.foreignField]: 'each' } }] : []
    }),
  ]
}

/** Whether a filter says which values of a field it is about. */
const names = (filter: Document, field: string): boolean =>
  Object.entries(filter).some(([key, condition]) => {
    if (key === '$and') return (condition as Document[]).some((one) => names(one, field))
    if (key === '$or') return (condition as Document[]).every((one) => names(one, field))
    return key === field && (typeof condition !== 'object' || '$in' in condition || '$eq' in condition)
  })

test('every query names its shard key, but for those that decision 0003 lists', async () => {
  const running = await startGraph()
  await using _stack = running.stack
  const { platform } = running
  const db = platform.db('graph')
  const { relations, accounts } = platform.facts
  const deps = { store: createStore(db), transact: platform.transact('graph'), relations, accounts }
  const [viewer, friend, closed, other] = await Promise.all(Array.from({ length: 4 }, () => running.person()))
  if (!viewer || !friend || !closed || !other) throw new Error('four people')
  const profile = db.collection('system.profile')
  await profile.drop().catch(() => {})
  await db.createCollection('system.profile', { capped: true, size: 64 * 1_048_576 })
  await db.command({ profile: 2 })

  await running.changes(closed, { isPrivate: true })
  for (const one of [friend, closed, other]) await viewer.acts('followUser', one)
  await friend.acts('followUser', other)
  await closed.acts('acceptFollowRequest', viewer)
  await friend.acts('followUser', closed)
  for (const act of ['muteUser', 'restrictUser', 'addCloseFriend', 'addFavorite', 'hideStoriesFrom'])
    await viewer.acts(act, friend)
  await other.acts('removeFollower', viewer)
  await viewer.acts('dismissSuggestion', other)
  await closed.acts('blockUser', other)
  const lists = ['blockedUsers', 'mutedUsers', 'followRequests', 'closeFriends', 'favorites']
  const page = '(first: 5) { nodes { id } }'
  const fields = ['followers', 'following', 'mutualFollowers'].map((list) => `${list}${page}`).join(' ')
  await viewer.sees(friend, `followerCount viewerFollowState ${fields}`)
  await closed.asks(
    `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Viewer { ${lists.map((list) => `${list}${page}`).join(' ')} } } }`,
    { refs: [{ __typename: 'Viewer', id: closed.id }] },
  )
  await viewer.asks(`{ suggestedUsers${page} }`)
  await running.counted()
  await running.changes(closed, { isPrivate: false })
  await acceptWaiting({ ...deps, now: new Date() }, closed.id)
  await running.changes(friend, { status: 'SUSPENDED' })
  await settleAccount(deps, friend.id)
  await reconcileCounts(deps, viewer.id)
  await db.collection<CountRow>('counts').updateOne({ _id: viewer.id }, { $set: { checkAt: new Date(0) } })
  await reconcileDue(deps, new AbortController().signal)
  const settle = (userId: string) => settleAccount(deps, userId)
  for (const step of createAccountPart({ db, ...deps, settle }).erase) while (await step(viewer.id));
  await db.command({ profile: 0 })

  const entries = await profile.find({ 'command.comment': { $ne: 'a test' } }).toArray()
  const sent = entries.flatMap(operationsIn).filter(({ collection }) => shardKeys[collection])
  const kinds = new Set(
    entries.map(({ op, command }) => `${op} ${command.aggregate ? 'aggregate' : ''}`.trim()),
  )
  expect([...kinds]).toEqual(expect.arrayContaining(['query', 'update', 'remove', 'command aggregate']))
  const scattered = sent
    .filter(({ collection, filter }) => !names(filter, shardKeys[collection] as string))
    .map(({ collection, filter }) => `${collection} by ${Object.keys(filter)}`)
  expect([...new Set(scattered)].toSorted()).toEqual([
    'counts by $and',
    'counts by checkAt',
    'relations by otherId,countDue',
    'relations by otherId,counted',
  ])
})
