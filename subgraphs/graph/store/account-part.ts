// What Graph does when an account ends, and what it has for a copy of his data.
import type { Db, Document, Filter } from 'mongodb'
import { type AccountPart, removing, rowsOf } from '#platform/account-lifecycle.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Transact } from '#platform/mongo.ts'
import { dawn, relationKey } from '#platform/relations.ts'
import type { Relation } from '#schema/facts.ts'
import type { RelationDoc } from '../model.ts'
import { byKey, withKeys } from './keys.ts'

const chunk = 250

interface Deps {
  db: Db
  transact: Transact<'graph'>
  relations: FactModel<Relation>
  /** Takes the account's follows out of all counts, for it is not in use. */
  settle(userId: string): Promise<void>
}

/** Which fields of a row he gets. What others did to him is theirs to know: of it, what he sees in his own lists. */
const isToldOf: Readonly<Record<keyof RelationDoc, boolean>> = {
  _id: false,
  viewerId: false,
  otherId: true,
  follow: true,
  followAt: true,
  followedBy: true,
  followedByAt: true,
  blocksAt: true,
  blockedByAt: false,
  mutesAt: true,
  mutesUntil: true,
  mutesStoriesAt: true,
  mutesStoriesUntil: true,
  hidesStoriesAt: true,
  storiesHiddenByAt: false,
  favoriteAt: true,
  favoriteOfAt: false,
  closeFriendAt: true,
  closeFriendOfAt: false,
  restrictsAt: true,
  restrictedByAt: false,
  dismissedAt: true,
  version: false,
  counted: false,
  countDue: false,
  asleep: false,
}

/** Graph's part: both rows of every pair that the account is in go. */
export function createAccountPart({ db, transact, relations, settle }: Deps): AccountPart {
  const rows = db.collection<RelationDoc>('relations')

  const removePairs = async (userId: string): Promise<boolean> => {
    const otherIds = await rows
      .find({ viewerId: userId }, { projection: { _id: 0, otherId: 1 } })
      .limit(chunk)
      .map((row) => row.otherId)
      .toArray()
    if (otherIds.length === 0) return false
    // Before the rows go: what is counted and has no row any more would be counted for ever.
    await settle(userId)
    const keys = otherIds.flatMap((otherId) => [relationKey(userId, otherId), relationKey(otherId, userId)])
    await relations.changing(keys, () =>
      transact(async (tx) => {
        const options = { session: tx.session, ...byKey }
        const pairs = await rows.find(withKeys(keys), options).toArray()
        await rows.deleteMany(withKeys(keys), options)
        // What was published to his followers is deleted anyway; of those whom he followed somebody must hear.
        for (const { viewerId, otherId, follow } of pairs) {
          if (viewerId === userId && follow !== 'NONE') tx.emit('follow.ended', { userId, otherId })
        }
      }),
    )
    return otherIds.length === chunk
  }

  const own = (filter: Filter<Document>) => (userId: string) => ({ viewerId: userId, ...filter })
  const hidden = Object.entries(isToldOf).flatMap(([field, isTold]) => (isTold ? [] : [field]))
  const list = (filter: Filter<Document>) => rowsOf(db, 'relations', own(filter), hidden)
  const since = { $gt: dawn }
  return {
    erase: [removePairs, removing(db, 'counts', (userId) => ({ _id: userId as never }))],
    sections: {
      following: list({ follow: { $in: ['FOLLOWING', 'REQUESTED'] } }),
      followers: list({ followedBy: { $in: ['FOLLOWING', 'REQUESTED'] } }),
      blocked: list({ blocksAt: since }),
      muted: list({ mutesAt: since }),
      'muted-stories': list({ mutesStoriesAt: since }),
      'stories-hidden-from': list({ hidesStoriesAt: since }),
      restricted: list({ restrictsAt: since }),
      'close-friends': list({ closeFriendAt: since }),
      favorites: list({ favoriteAt: since }),
    },
  }
}
