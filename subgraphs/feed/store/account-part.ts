// What Feed does when an account ends, and what it has for a copy of his data.
import type { Db } from 'mongodb'
import { type AccountPart, ownKeys, removing, rowsOf } from '#platform/account-lifecycle.ts'
import type { CacheClient } from '#platform/redis.ts'
import { nobodyId } from '#schema/ids.ts'

/** The indexes by which an account's rows are found, where nothing else needs them. */
export async function prepareAccountPart(db: Db): Promise<void> {
  const author = { key: { authorId: 1 } as const, name: 'author' }
  await Promise.all([
    ...['engagements', 'postStats', 'affinities', 'descriptions'].map((name) =>
      db.collection(name).createIndexes([author]),
    ),
    db.collection('hidden').createIndexes([{ key: { subjectId: 1 }, name: 'subject' }]),
    db.collection('hashtagUses').createIndexes([{ key: { accountId: 1 }, name: 'account' }]),
  ])
}

/** Feed's part: what was learned of him and of what he published goes, and his feeds with it. */
export function createAccountPart(db: Db, redis: CacheClient, namespace: string): AccountPart {
  const byAuthor = (collection: string) => removing(db, collection, (userId) => ({ authorId: userId }))
  const byViewer = (collection: string) => removing(db, collection, ownKeys)
  const descriptions = db.collection('descriptions')
  const ownRows = (collection: string) => rowsOf(db, collection, ownKeys, ['_id', 'viewerId'])
  return {
    erase: [
      byViewer('hidden'),
      removing(db, 'hidden', (userId) => ({ subjectId: userId })),
      byViewer('engagements'),
      byAuthor('engagements'),
      byViewer('seen'),
      byAuthor('postStats'),
      byViewer('affinities'),
      byAuthor('affinities'),
      // They stay for a week, so that indexes in memory hear of it.
      async (userId) => {
        const empty = { gone: true, authorId: nobodyId, hashtags: [], vector: null, updatedAt: new Date() }
        await descriptions.updateMany({ authorId: userId }, { $set: empty })
        return false
      },
      removing(db, 'towerVectors', (userId) => ({ ownerId: userId })),
      removing(db, 'hashtagUses', (userId) => ({ accountId: userId })),
      removing(db, 'celebrities', (userId) => ({ _id: userId as never })),
      async (userId) => {
        await redis.unlink(`${namespace}:timeline:{${userId}}`)
        return false
      },
    ],
    sections: {
      hidden: ownRows('hidden'),
      'what-you-did-with-posts': ownRows('engagements'),
      'posts-you-were-shown': ownRows('seen'),
      'accounts-you-are-thought-to-like': ownRows('affinities'),
      'what-you-are-foreseen-to-like': rowsOf(db, 'towerVectors', (userId) => ({ subjectId: userId }), [
        '_id',
      ]),
    },
  }
}
