// Engagement's published rows of shares: what Messaging needs in order to write the messages that a share is.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

/** The published fields of a row of Engagement's `shares`. A row is never changed; it goes with its post. */
export interface ShareFactsRow {
  _id: string
  /** The post. */
  targetId: string
  /** Who shares it. */
  userId: string
  /** Into which conversations; none when it leaves the house. */
  conversationIds: string[]
  /** What he says about it. */
  text: string | null
}

export interface Shares {
  /** A share; null when it is gone with its post. */
  get(shareId: string): Promise<ShareFactsRow | null>
}

/** Reads shares. */
export function createShares(mongo: MongoClient, namespace: string): Shares {
  const rows = mongo.db(databaseName(namespace, 'engagement')).collection<ShareFactsRow>('shares')
  const projection = { targetId: 1, userId: 1, conversationIds: 1, text: 1 }
  return { get: (shareId) => rows.findOne({ _id: shareId }, { projection }) }
}
