// Keeps the search index like the rows: by events, one thing at a time, and whole when it is built anew.
import type { Comments } from '#platform/comments.ts'
import { byId } from '#platform/loader.ts'
import type { Popularity } from '#platform/popularity.ts'
import type { Profiles } from '#platform/profiles.ts'
import {
  type SearchDocument,
  type SearchEngine,
  type SearchType,
  searchTypes,
} from '#platform/search/engine.ts'
import type { EventPayload, EventsFor } from '#schema/events.ts'
import { type EntityName, entityOf } from '#schema/ids.ts'
import type { HashtagRow, PlaceRow, PostRow } from '../model.ts'
import type { Store } from '../store.ts'
import {
  commentDocument,
  hashtagDocument,
  isFindable,
  placeDocument,
  postDocument,
  userDocument,
} from './search-documents.ts'

/** Rows that are read at once while building. */
const scannedAtOnce = 500
/** Lags that are remembered. */
const lagsKept = 1_000

export interface SearchSources {
  engine: SearchEngine
  store: Pick<
    Store,
    | 'findPosts'
    | 'findHashtags'
    | 'findHashtagsByName'
    | 'findPlaces'
    | 'findMedia'
    | 'findPostsUsing'
    | 'scanPosts'
    | 'scanHashtags'
    | 'scanPlaces'
  >
  profiles: Profiles
  comments: Comments
  popularity: Popularity
  now(): number
}

export interface SearchIndex {
  engine: SearchEngine
  /** Makes the index show things as their rows are now; resolves when queries see it. Things of other types are left out. */
  refresh(ids: readonly string[]): Promise<void>
  /** As `refresh`, for posts with what they stand on: their hashtags and their place. */
  refreshPosts(postIds: readonly string[]): Promise<void>
  /** As `refresh`, for the posts that show some media. */
  refreshMedia(mediaIds: readonly string[]): Promise<void>
  /** Builds the whole index anew; the present one answers until then. */
  rebuild(): Promise<void>
  /** Resolves when the index was first built. */
  opened: Promise<void>
  /** Notes how long after an event queries saw it, in milliseconds. */
  noteLag(ms: number): void
  /** The lag of late, in milliseconds: half, and 99 in a hundred, were shorter. Null when there was nothing. */
  lag(): { p50: number; p99: number } | null
}

const types: Partial<Record<EntityName, SearchType>> = {
  User: 'USER',
  Hashtag: 'HASHTAG',
  Post: 'POST',
  Place: 'PLACE',
  Comment: 'COMMENT',
}

/** The type of what an id names; null when search knows nothing of it. */
export function searchTypeOf(id: string): SearchType | null {
  const entity = entityOf(id)
  return entity === null ? null : (types[entity] ?? null)
}

/** An index over these sources. */
export function createSearchIndex(sources: SearchSources): SearchIndex {
  const { engine, store, profiles, comments, popularity, now } = sources

  const ofPosts = async (rows: readonly PostRow[]): Promise<SearchDocument[]> => {
    const posts = rows.filter(isFindable)
    if (posts.length === 0) return []
    const placeIds = posts.flatMap(({ placeId }) => placeId ?? [])
    const [media, places, counts] = await Promise.all([
      store.findMedia([...new Set(posts.flatMap(({ mediaIds }) => mediaIds))]).then(byId),
      placeIds.length > 0 ? store.findPlaces([...new Set(placeIds)]).then(byId) : new Map<string, PlaceRow>(),
      popularity.ofPosts(posts.map(({ _id }) => _id)),
    ])
    return posts.map((post) =>
      postDocument(
        post,
        post.mediaIds.flatMap((id) => media.get(id) ?? []),
        (post.placeId && places.get(post.placeId)) || null,
        counts.get(post._id) ?? 0,
      ),
    )
  }
  const ofUsers = async (rows: Awaited<ReturnType<Profiles['find']>>): Promise<SearchDocument[]> => {
    const active = rows.filter(({ status }) => status === 'ACTIVE')
    const followers = await popularity.ofAccounts(active.map(({ _id }) => _id))
    return active.map((row) => userDocument(row, followers.get(row._id) ?? 0))
  }
  const ofComments = (rows: Awaited<ReturnType<Comments['find']>>) =>
    rows.filter(({ deletedAt }) => deletedAt === null).map(commentDocument)

  /** What there is to be found of some things; those of which there is nothing are left out. */
  const read = async (ids: readonly string[]): Promise<SearchDocument[]> => {
    const byType = Map.groupBy(ids, searchTypeOf)
    const of = (type: SearchType) => byType.get(type) ?? []
    const some = async <R>(type: SearchType, find: (ids: readonly string[]) => Promise<R[]>): Promise<R[]> =>
      of(type).length > 0 ? find(of(type)) : []
    const parts = await Promise.all([
      some('USER', profiles.find).then(ofUsers),
      some('HASHTAG', store.findHashtags).then((rows) => rows.map(hashtagDocument)),
      some('PLACE', store.findPlaces).then((rows) => rows.map(placeDocument)),
      some('POST', store.findPosts).then(ofPosts),
      some('COMMENT', comments.find).then(ofComments),
    ])
    return parts.flat()
  }

  /** Walks over all rows of a type, the newest first. */
  const scans: Record<
    SearchType,
    (beforeId: string | null) => Promise<{ rows: readonly { _id: string }[]; documents: SearchDocument[] }>
  > = {
    USER: async (beforeId) => {
      const rows = await profiles.scan(beforeId, scannedAtOnce)
      return { rows, documents: await ofUsers(rows) }
    },
    HASHTAG: async (beforeId) => {
      const rows: HashtagRow[] = await store.scanHashtags(beforeId, scannedAtOnce)
      return { rows, documents: rows.map(hashtagDocument) }
    },
    PLACE: async (beforeId) => {
      const rows: PlaceRow[] = await store.scanPlaces(beforeId, scannedAtOnce)
      return { rows, documents: rows.map(placeDocument) }
    },
    POST: async (beforeId) => {
      const rows = await store.scanPosts(beforeId, scannedAtOnce)
      return { rows, documents: await ofPosts(rows) }
    },
    COMMENT: async (beforeId) => {
      const rows = await comments.scan(beforeId, scannedAtOnce)
      return { rows, documents: ofComments(rows) }
    },
  }

  const write = async (ids: readonly string[]): Promise<void> => {
    const readAt = now()
    const documents = await read(ids)
    const found = new Set(documents.map(({ id }) => id))
    await engine.write({ documents, removedIds: ids.filter((id) => !found.has(id)), readAt })
  }

  // What is to be written while a batch is being written goes in the next: a thing that changes often is read once for all.
  let pending = new Set<string>()
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null
  const refresh = (ids: readonly string[]): Promise<void> => {
    for (const id of ids) if (searchTypeOf(id) !== null) pending.add(id)
    if (pending.size === 0) return last
    next ??= last
      .catch(() => {})
      .then(() => {
        const batch = [...pending]
        pending = new Set()
        next = null
        last = write(batch)
        return last
      })
    return next
  }

  const lags: number[] = []
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  return {
    engine,
    opened,
    refresh,
    async refreshPosts(postIds) {
      const posts = await store.findPosts(postIds)
      const names = [...new Set(posts.flatMap((post) => post.hashtags ?? []))]
      const hashtags = names.length > 0 ? await store.findHashtagsByName(names) : []
      const placeIds = posts.flatMap(({ placeId }) => placeId ?? [])
      await refresh([...postIds, ...hashtags.map(({ _id }) => _id), ...placeIds])
    },
    async refreshMedia(mediaIds) {
      await refresh((await store.findPostsUsing(mediaIds)).map(({ _id }) => _id))
    },
    async rebuild() {
      await engine.rebuild(async (put) => {
        for (const type of searchTypes) {
          let left = engine.capacity?.[type] ?? Number.POSITIVE_INFINITY
          let beforeId: string | null = null
          while (left > 0) {
            const readAt = now()
            const { rows, documents } = await scans[type](beforeId)
            const taken = documents.slice(0, left)
            if (taken.length > 0) await put({ documents: taken, removedIds: [], readAt })
            left -= taken.length
            beforeId = rows.at(-1)?._id ?? null
            if (rows.length < scannedAtOnce) break
          }
        }
      })
      open()
    },
    noteLag(ms) {
      lags.push(ms)
      if (lags.length > lagsKept) lags.shift()
    },
    lag() {
      if (lags.length === 0) return null
      const ascending = [...lags].sort((a, b) => a - b)
      const at = (share: number) =>
        ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0
      return { p50: at(0.5), p99: at(0.99) }
    },
  }
}

type PostPayload = { postId: string }
type CommentPayload = { commentId: string }

const ofPosts = (search: SearchIndex, payloads: readonly PostPayload[]) =>
  search.refreshPosts([...new Set(payloads.map(({ postId }) => postId))])
const ofComments = (search: SearchIndex, payloads: readonly CommentPayload[]) =>
  search.refresh(payloads.map(({ commentId }) => commentId))

/** What each event does to the index, however often it comes and in whatever order. */
export const refreshers = {
  'post.published': ofPosts,
  'post.changed': ofPosts,
  'post.archived': ofPosts,
  'post.unarchived': ofPosts,
  'post.deleted': ofPosts,
  'media.changed': (search, payloads) => search.refreshMedia(payloads.map(({ mediaId }) => mediaId)),
  'account.changed': (search, payloads) => search.refresh(payloads.map(({ userId }) => userId)),
  'comment.created': ofComments,
  'comment.changed': ofComments,
  'comment.deleted': ofComments,
} satisfies {
  [N in EventsFor<'content.search'>]: (
    search: SearchIndex,
    payloads: readonly EventPayload<N>[],
  ) => Promise<void>
}
