// Hashtags, places and tags in batches.
import { filterVisibleHashtags } from '#platform/hashtags.ts'
import { byId, createLoader } from '#platform/loader.ts'
import type { Topics } from '#platform/topics.ts'
import type { Visibility } from '#platform/visibility.ts'
import { visiblePlaces } from '../domain/places.ts'
import { type HashtagRow, hashtagFollowId, type TagRow } from '../model.ts'
import type { Store } from '../store.ts'

/** Loaders of hashtags, places and tags. Those that are called visible ask the policy; the callers of the others have. */
export function createTopicLoaders(
  store: Store,
  visibility: Visibility,
  topics: Pick<Topics, 'newestPosts'>,
) {
  const { viewerId } = visibility
  const follows = createLoader(async (ids) => byId(await store.findHashtagFollows(ids)))
  const followsHashtag = async (hashtagId: string): Promise<boolean | null> =>
    viewerId === null ? null : (await follows.load(hashtagFollowId(viewerId, hashtagId))) !== null
  /** Those that exist for the viewer; what he follows he knows. */
  const visibleOf = async (rows: readonly HashtagRow[]): Promise<HashtagRow[]> => {
    const visible = new Set(await filterVisibleHashtags(topics, visibility, rows))
    const kept = await Promise.all(rows.map(async (row) => visible.has(row) || followsHashtag(row._id)))
    return rows.filter((_, i) => kept[i])
  }
  return {
    hashtags: createLoader(async (ids) => byId(await store.findHashtags(ids))),
    hashtagsByName: createLoader(
      async (names) => new Map((await store.findHashtagsByName(names)).map((row) => [row.name, row])),
    ),
    visibleHashtags: createLoader(async (ids) => byId(await visibleOf(await store.findHashtags(ids)))),
    visibleHashtagsByName: createLoader(
      async (names) =>
        new Map((await visibleOf(await store.findHashtagsByName(names))).map((row) => [row.name, row])),
    ),
    /** Whether the viewer follows a hashtag; null when signed out. */
    followsHashtag,
    /** Places of posts that the viewer may see. */
    places: createLoader(async (ids) => byId(await store.findPlaces(ids))),
    visiblePlaces: createLoader((ids) => visiblePlaces({ ...store, topics, visibility }, ids)),
    /** The tags of a post, removed ones included. */
    tags: createLoader(
      async (postIds): Promise<Map<string, TagRow[]>> =>
        Map.groupBy(await store.findTags(postIds), (tag) => tag.postId),
    ),
  }
}
