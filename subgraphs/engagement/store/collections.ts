// Rows of collections. What is in one is said by the saves: those of a collection that is gone name it still, unread.
import type { Db, Filter } from 'mongodb'
import type { SharedTransaction, Transaction } from '#platform/mongo.ts'
import type { CollectionRow } from '../model.ts'

export async function prepareCollections(db: Db): Promise<void> {
  await db.collection('collections').createIndex({ userId: 1, _id: -1 }, { name: 'user' })
}

export type CollectionStore = ReturnType<typeof createCollectionStore>

export function createCollectionStore(db: Db) {
  const collections = db.collection<CollectionRow>('collections')
  return {
    async insertCollection(tx: Transaction, row: CollectionRow): Promise<void> {
      await collections.insertOne(row, { session: tx.session })
    },

    /** A collection, if it is this user's, as the transaction sees it. */
    async findCollection(tx: SharedTransaction, id: string, userId: string): Promise<CollectionRow | null> {
      const row = await tx.find(collections, id)
      return row?.userId === userId ? row : null
    },

    /** Those of some collections that are this user's. */
    listOwnCollections(userId: string, ids: readonly string[]): Promise<CollectionRow[]> {
      return collections.find({ _id: { $in: [...ids] }, userId }).toArray()
    },

    /** Answers the collection with its new name; null when it is not this user's. */
    renameCollection(tx: Transaction, id: string, userId: string, name: string) {
      return collections.findOneAndUpdate(
        { _id: id, userId },
        { $set: { name } },
        { returnDocument: 'after', session: tx.session },
      )
    },

    /** Answers the collection as it was; null when it is not this user's. */
    removeCollection(tx: Transaction, id: string, userId: string) {
      return collections.findOneAndDelete({ _id: id, userId }, { session: tx.session })
    },

    /** A user's collections, newest first, after an id. */
    listCollections(userId: string, afterId: string | null, limit: number): Promise<CollectionRow[]> {
      const filter: Filter<CollectionRow> = { userId }
      if (afterId) filter._id = { $lt: afterId }
      return collections.find(filter).sort({ _id: -1 }).limit(limit).toArray()
    },
  }
}
