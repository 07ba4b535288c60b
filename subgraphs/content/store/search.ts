// What search reads of Content's rows, and rows of `recentSearches`, one for each account. Shard key: `_id`.
import type { ClientSession, Db } from 'mongodb'
import { newestFirst } from '#platform/mongo.ts'
import type { HashtagRow, PlaceRow, PostRow, RecentSearchesRow, SearchedFor } from '../model.ts'

/** What search does with MongoDB. */
export function createSearchStore(db: Db) {
  const recents = db.collection<RecentSearchesRow>('recentSearches')
  return {
    /** Posts of whatever status before an id, the newest first. */
    scanPosts: newestFirst(db.collection<PostRow>('posts')),
    scanHashtags: newestFirst(db.collection<HashtagRow>('hashtags')),
    scanPlaces: newestFirst(db.collection<PlaceRow>('places')),

    /** What somebody searched for, the last first. */
    async findRecentSearches(userId: string): Promise<SearchedFor[]> {
      return (await recents.findOne({ _id: userId }))?.searches ?? []
    },
    /** Puts a search before the others, once; of those the last `max` stay. */
    async pushRecentSearch(userId: string, search: SearchedFor, max: number): Promise<void> {
      const others = {
        $filter: {
          input: { $ifNull: ['$searches', []] },
          cond: { $ne: ['$$this.key', { $literal: search.key }] },
        },
      }
      const searches = { $slice: [{ $concatArrays: [[{ $literal: search }], others] }, max] }
      await recents.updateOne({ _id: userId }, [{ $set: { searches } }], { upsert: true })
    },
    /** Forgets one search, or all of them; whether there was something to forget. */
    async removeRecentSearches(userId: string, key: string | null, session: ClientSession): Promise<boolean> {
      if (key === null) return (await recents.deleteOne({ _id: userId }, { session })).deletedCount > 0
      const change = { $pull: { searches: { key } } }
      return (await recents.updateOne({ _id: userId }, change, { session })).modifiedCount > 0
    },
  }
}
