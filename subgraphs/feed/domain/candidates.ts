// The candidates of a feed, in chronological order: from the viewer's timeline, from MongoDB where the timeline does not
// reach; and the policy that decides which of them he meets.
import { fillPage } from '#platform/page.ts'
import type { PostPosition } from '#platform/posts.ts'
import type { Relations } from '#platform/relations.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { PostFacts } from '#schema/facts.ts'
import { noFloor, type TimelineSlice } from '../model.ts'
import { comparePositions, floorPosition, laterPosition, mergePositions } from './position.ts'
import type { Candidate } from './ranking/features.ts'
import { maxFollowing, postsByAuthors, wantedAuthors } from './sources.ts'
import { buildTimeline, type TimelineDeps } from './timeline.ts'

export interface CandidateDeps extends TimelineDeps {
  relations: TimelineDeps['relations'] & Pick<Relations, 'favoriteIds'>
  visibility: Visibility
  /** Ids of what the viewer hides, posts and accounts; read once a request. */
  hidden: () => Promise<ReadonlySet<string>>
  now: () => number
}

/** Reads posts after a position, in chronological order; fewer than `limit` only at the end. */
export type ReadPosts = (after: PostPosition | null, limit: number) => Promise<PostPosition[]>

/** Reads of a page at most: each reads twice as much as the one before, up to 1,000 posts. */
export const maxRounds = 32

/** Reads the candidates of a viewer's feed. */
export function feedReader(deps: CandidateDeps, viewerId: string): ReadPosts {
  /** Once Redis failed, or somebody else builds the timeline, this request asks MongoDB alone. */
  let withoutTimeline = false
  const slice = async (after: PostPosition | null, limit: number): Promise<TimelineSlice | null> => {
    if (withoutTimeline) return null
    try {
      const { timelines } = deps.store
      const warm = await timelines.read(viewerId, after, limit)
      if (warm) return warm
      if (await buildTimeline(deps, viewerId)) {
        const built = await timelines.read(viewerId, after, limit)
        if (built) return built
      }
    } catch {
      // Redis is away. MongoDB has everything; when it is MongoDB that is away, the next read says so.
    }
    withoutTimeline = true
    return null
  }
  const stored = async (after: PostPosition | null, limit: number) => {
    const followingIds = await deps.relations.followingIds(viewerId, maxFollowing)
    const authors = await wantedAuthors(deps.visibility, followingIds, deps.now())
    return postsByAuthors(deps.posts, [viewerId, ...authors], after, limit)
  }

  return async (after, limit) => {
    const [timeline, own] = await Promise.all([
      slice(after, limit),
      postsByAuthors(deps.posts, [viewerId], after, limit),
    ])
    if (!timeline) return stored(after, limit)
    const celebrities = await wantedAuthors(deps.visibility, timeline.celebrityIds, deps.now())
    const fetched = await postsByAuthors(deps.posts, celebrities, after, limit)
    const floor = floorPosition(timeline.floor)
    const aboveFloor = (position: PostPosition) => comparePositions(position, floor) < 0
    const above = mergePositions(
      [timeline.entries, own.filter(aboveFloor), fetched.filter(aboveFloor)],
      limit,
    )
    if (above.length === limit || timeline.floor === noFloor) return above
    const below = await stored(laterPosition(after, floor), limit - above.length)
    return [...above, ...below]
  }
}

/** Reads the posts of the viewer's favourites, out of MongoDB: few authors, and nothing to keep up to date. */
export function favoritesReader(
  deps: { posts: CandidateDeps['posts']; relations: Pick<Relations, 'favoriteIds'> },
  viewerId: string,
): ReadPosts {
  let favorites: Promise<string[]> | undefined
  return async (after, limit) => {
    favorites ??= deps.relations.favoriteIds(viewerId, maxFollowing)
    return postsByAuthors(deps.posts, await favorites, after, limit)
  }
}

interface FoundPost {
  id: string
  authorId: string | null
  kind?: PostFacts['kind']
}

/**
 * Those of the posts that the viewer may see and that are in his feed at this moment, with their authors: a post of his own,
 * or of someone whom he follows and does not mute, less what he hides. With what kind of post each is.
 */
export async function visiblePosts<T extends FoundPost>(
  deps: Pick<CandidateDeps, 'visibility' | 'hidden' | 'now'>,
  items: readonly T[],
): Promise<T[]> {
  if (items.length === 0) return []
  const { visibility } = deps
  const now = deps.now()
  const [hidden, posts] = await Promise.all([deps.hidden(), visibility.posts(items.map(({ id }) => id))])
  const authors = new Set(Array.from(posts.values(), ({ authorId }) => authorId))
  const wanted = new Set(await wantedAuthors(visibility, [...authors], now))
  return items.flatMap((item) => {
    const post = posts.get(item.id)
    if (post?.status !== 'PUBLISHED' || hidden.has(item.id) || hidden.has(post.authorId)) return []
    const { authorId } = post
    return authorId === visibility.viewerId || wanted.has(authorId)
      ? { ...item, authorId, kind: post.kind }
      : []
  })
}

/** The newest candidates that the viewer meets, at most `limit`, and below which position there are more; null: there are none. */
export async function newestCandidates(
  deps: CandidateDeps,
  read: ReadPosts,
  limit: number,
): Promise<{ candidates: Candidate[]; floor: PostPosition | null }> {
  const { items, hasNextPage, last } = await fillPage<PostPosition & FoundPost>({
    size: limit,
    read: async (previous, count) =>
      (await read(previous, count)).map((position) => ({ ...position, authorId: null })),
    visible: (found) => visiblePosts(deps, found),
    rounds: maxRounds,
  })
  const relations = await deps.visibility.relations(new Set(items.map(({ authorId }) => authorId ?? '')))
  const candidates = items.map(({ id, publishedAt, authorId, kind }) => {
    const relation = relations.get(authorId ?? '')
    if (authorId === null || !kind || !relation) throw new Error('the policy did not tell the author')
    return { id, publishedAt, authorId, kind, relation }
  })
  const lowest = last ?? items.at(-1)
  const floor = hasNextPage && lowest ? { publishedAt: lowest.publishedAt, id: lowest.id } : null
  return { candidates, floor }
}
