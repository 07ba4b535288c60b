// Hashtags, places and tags in batches.
import { byId, createLoader } from '#platform/loader.ts'
import type { Visibility } from '#platform/visibility.ts'
import { visiblePlaces } from '../domain/places.ts'
import { hashtagFollowId, type TagRow } from '../model.ts'
import type { Store } from '../store.ts'

/** Loaders of hashtags, places and tags. `visiblePlaces` asks the policy; the callers of the others have. */
export function createTopicLoaders(store: Store, visibility: Visibility) {
  const follows = createLoader(async (ids) => byId(await store.findHashtagFollows(ids)))
  return {
    hashtags: createLoader(async (ids) => byId(await store.findHashtags(ids))),
    hashtagsByName: createLoader(
      async (names) => new Map((await store.findHashtagsByName(names)).map((row) => [row.name, row])),
    ),
    /** Whether the viewer follows a hashtag; null when signed out. */
    followsHashtag: async (hashtagId: string): Promise<boolean | null> =>
      visibility.viewerId === null
        ? null
        : (await follows.load(hashtagFollowId(visibility.viewerId, hashtagId))) !== null,
    /** Places of posts that the viewer may see. */
    places: createLoader(async (ids) => byId(await store.findPlaces(ids))),
    visiblePlaces: createLoader((ids) => visiblePlaces({ ...store, visibility }, ids)),
    /** The tags of a post, removed ones included. */
    tags: createLoader(
      async (postIds): Promise<Map<string, TagRow[]>> =>
        Map.groupBy(await store.findTags(postIds), (tag) => tag.postId),
    ),
  }
}
