// Content's published read model of media: what others need in order to use one. The rows are Content's; this file names
// the part of them that is published.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

/** One stored form of a media item. */
export interface MediaRendition {
  /** Key in the object store. */
  key: string
  /** Pixels. */
  width: number
  height: number
  contentType: string
}

/** The published fields of a row of Content's `media`. */
export interface MediaFactsRow {
  _id: string
  ownerId: string
  kind: 'IMAGE' | 'VIDEO' | 'AUDIO' | 'CIPHERTEXT'
  status: 'PENDING' | 'PROCESSING' | 'READY' | 'FAILED'
  renditions: MediaRendition[]
  /** What it shows; absent or empty for what is for everyone. */
  labels?: ('SENSITIVE' | 'ADULT' | 'BLOCKED' | 'CLAIMED')[]
}

export interface MediaFacts {
  /** An item's published fields; null when there is none. */
  find(mediaId: string): Promise<MediaFactsRow | null>
}

/** The media read model, by media id. */
export function createMediaFacts(mongo: MongoClient, namespace: string): MediaFacts {
  const rows = mongo.db(databaseName(namespace, 'content')).collection<MediaFactsRow>('media')
  return {
    find: (mediaId) =>
      rows.findOne(
        { _id: mediaId },
        { projection: { ownerId: 1, kind: 1, status: 1, renditions: 1, labels: 1 } },
      ),
  }
}
