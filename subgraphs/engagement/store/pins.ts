// Rows of pinned comments, one for each post that has some.
import type { Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { PinsRow } from '../model.ts'

export type PinStore = ReturnType<typeof createPinStore>

export function createPinStore(db: Db) {
  const pins = db.collection<PinsRow>('pins')
  return {
    /** A post's pinned comments, the last pinned first. */
    async findPins(postId: string, tx?: Transaction): Promise<string[]> {
      return (await pins.findOne({ _id: postId }, { session: tx?.session }))?.commentIds ?? []
    },

    /** Writes the row whole; racing transactions on it conflict, and one runs again. */
    async putPins(tx: Transaction, postId: string, commentIds: string[]): Promise<void> {
      const { session } = tx
      if (commentIds.length === 0) await pins.deleteOne({ _id: postId }, { session })
      else await pins.replaceOne({ _id: postId }, { commentIds }, { upsert: true, session })
    },
  }
}
