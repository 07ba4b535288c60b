// What is found of things: their documents in the search index. Who may see a thing is not in its document; it is asked when the
// thing is found.
import type { CommentFactsRow } from '#platform/comments.ts'
import type { ProfileRow } from '#platform/profiles.ts'
import type { SearchDocument, SearchMediaType } from '#platform/search/engine.ts'
import type { HashtagRow, MediaRow, PlaceRow, PostRow } from '../model.ts'

const nothing = { text: '', authorId: null, at: null, mediaTypes: [], placeId: null, point: null } as const

/** An account, by its names and what it says about itself. */
export function userDocument(profile: ProfileRow, followers: number): SearchDocument {
  return {
    ...nothing,
    id: profile._id,
    type: 'USER',
    title: [profile.username, profile.displayName].filter(Boolean).join(' '),
    text: profile.bio ?? '',
    authorId: profile._id,
    popularity: followers,
  }
}

export function hashtagDocument(row: HashtagRow): SearchDocument {
  return { ...nothing, id: row._id, type: 'HASHTAG', title: row.name, popularity: row.postCount }
}

export function placeDocument(row: PlaceRow): SearchDocument {
  return { ...nothing, id: row._id, type: 'PLACE', title: row.name, popularity: row.postCount, ...where(row) }
}

const where = (place: PlaceRow): Pick<SearchDocument, 'placeId' | 'point'> => {
  const [longitude, latitude] = place.point.coordinates
  return { placeId: place._id, point: { latitude, longitude } }
}

/** Whether a post can be found by others than its author at all. */
export const isFindable = (post: Pick<PostRow, 'status' | 'audience'>): boolean =>
  post.status === 'PUBLISHED' && post.audience !== 'ONLY_ME'

/** A post, by its caption and what is said about its pictures. */
export function postDocument(
  post: PostRow,
  media: readonly Pick<MediaRow, 'kind' | 'altText'>[],
  place: PlaceRow | null,
  popularity: number,
): SearchDocument {
  const kinds = new Set(media.map(({ kind }) => kind))
  return {
    ...nothing,
    id: post._id,
    type: 'POST',
    title: '',
    text: [post.caption, ...media.map(({ altText }) => altText)].filter(Boolean).join('\n'),
    authorId: post.authorId,
    at: post.publishedAt?.getTime() ?? null,
    mediaTypes: (['IMAGE', 'VIDEO'] satisfies SearchMediaType[]).filter((kind) => kinds.has(kind)),
    ...(place ? where(place) : {}),
    popularity,
  }
}

export function commentDocument(row: CommentFactsRow): SearchDocument {
  return {
    ...nothing,
    id: row._id,
    type: 'COMMENT',
    title: '',
    text: row.text,
    authorId: row.authorId,
    at: row.createdAt.getTime(),
    popularity: row.score,
  }
}
