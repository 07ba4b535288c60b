// What Content keeps in MongoDB, and what its resolvers hand on.
import type { MediaFactsRow } from '#platform/media.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import type { Exposure } from '#platform/storage.ts'

export type MediaKind = MediaFactsRow['kind']
export type PostKind = 'POST' | 'REEL'

/** What a media item has once it is READY, and not before. */
export interface MediaResult {
  width: number | null
  height: number | null
  /** Milliseconds; null for pictures. */
  durationMs: number | null
  /** ThumbHash in base64. */
  placeholder: string | null
  dominantColor: string | null
  exposure: Exposure | null
  /** `<exposure>/media/<id>/<content hash>/`: everything that is served of it lies under it. */
  prefix: string | null
  /** The picture, or the video's poster, by width. */
  renditions: MediaFactsRow['renditions']
  /** The picture at full size, without metadata; null for videos. */
  originalKey: string | null
  hlsKey: string | null
  posterKey: string | null
}

/** A row of `media`. What was uploaded lies at `uploads/<id>` until the item is READY. */
export interface MediaRow extends MediaFactsRow, MediaResult {
  /** As declared; the worker checks it against the bytes. */
  contentType: string
  byteSize: number
  failure: { code: string; message: string } | null
  /** Percent, 0–100. */
  progress: number
  altText: string | null
  /** Counted up by each post that takes the item, so that whatever else changes the row conflicts with it. */
  uses: number
  /** Grows with each run of the worker: only the latest may finish the item. */
  fence: number
  createdAt: Date
  updatedAt: Date
}

/** A row of `posts`. A deleted one stays as a tombstone without its text. */
export interface PostRow extends PostFactsRow {
  kind: PostKind
  caption: string | null
  mediaIds: string[]
  createdAt: Date
  updatedAt: Date
}

/** A post that is not deleted. */
export interface LivePost extends PostRow {
  status: 'PROCESSING' | 'PUBLISHED'
}

/** An account, which is User's. */
export interface UserRef {
  id: string
}

/** How many published posts an account has: all, and those that others may come to see. */
export interface PostCount {
  total: number
  shared: number
}

/** Where the bytes of an upload lie until they are processed. */
export const uploadKey = (mediaId: string): string => `uploads/${mediaId}`

/** Every place where objects of a media item can lie. */
export const mediaPrefixes = (mediaId: string): string[] => [
  `public/media/${mediaId}/`,
  `private/media/${mediaId}/`,
  uploadKey(mediaId),
]
