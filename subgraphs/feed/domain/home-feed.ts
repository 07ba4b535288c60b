// The home feed: candidates from the viewer's timeline, from MongoDB where the timeline does not reach, then the policy,
// then the page.
import { type Cursors, fillPage, type Page, pageOf, pageSize, type SortKey } from '#platform/page.ts'
import { wantsInFeed } from '#platform/policy.ts'
import type { PostPosition } from '#platform/posts.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError } from '#schema/errors.ts'
import { type FeedItem, noFloor, type TimelineSlice } from '../model.ts'
import { comparePositions, floorPosition, laterPosition, mergePositions } from './position.ts'
import { maxFollowing, postsByAuthors, wantedAuthors } from './sources.ts'
import { buildTimeline, type TimelineDeps } from './timeline.ts'

export interface HomeFeedDeps extends TimelineDeps {
  visibility: Visibility
  cursors: Cursors
  now: () => number
}

/** A post of the feed and why it is there. */
interface FeedEdge {
  node: { id: string }
  reason: 'OWN' | 'FOLLOWING'
}

/** Reads of a page at most: each reads twice as much as the one before, up to 1,000 posts. */
const maxRounds = 32

/** A page of the viewer's home feed, newest first. Signed out it is empty. */
export async function homeFeed(
  deps: HomeFeedDeps,
  viewerId: string | null,
  args: { first: number; after?: string | null | undefined },
): Promise<Page<{ id: string }, { reason: FeedEdge['reason'] }>> {
  const size = pageSize(args.first)
  const scope = { list: 'homeFeed:CHRONOLOGICAL', viewerId }
  const start = positionIn(deps.cursors.decode(scope, args.after))
  const read = viewerId === null ? async () => [] : feedReader(deps, viewerId)
  const { items, hasNextPage } = await fillPage<FeedItem>({
    size,
    read: async (last, limit) =>
      (await read(last ?? start, limit)).map((position) => ({ ...position, authorId: null })),
    visible: (found) => visibleItems(deps, found),
    rounds: maxRounds,
  })
  const edges = items.map((item) => ({
    node: { id: item.id },
    reason: item.authorId === viewerId ? ('OWN' as const) : ('FOLLOWING' as const),
    publishedAt: item.publishedAt,
  }))
  return pageOf(deps.cursors, scope, edges, {
    keyOf: ({ publishedAt, node }) => [publishedAt, node.id],
    hasNextPage,
    hasPreviousPage: start !== null,
  })
}

/** Reads the candidates of a viewer's feed after a position, in order; fewer than `limit` only at the end. */
function feedReader(deps: HomeFeedDeps, viewerId: string) {
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

  return async (after: PostPosition | null, limit: number): Promise<PostPosition[]> => {
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

/** Those of the candidates that the viewer may see and that are in his feed at this moment: a post of his own, or of someone whom he follows and does not mute. */
async function visibleItems(deps: HomeFeedDeps, items: readonly FeedItem[]): Promise<FeedItem[]> {
  const { visibility } = deps
  const now = deps.now()
  const verdicts = await Promise.all(
    items.map(async (item): Promise<FeedItem | null> => {
      const post = await visibility.post(item.id)
      if (post?.status !== 'PUBLISHED') return null
      if (post.authorId !== visibility.viewerId) {
        const relation = await visibility.relation(post.authorId)
        if (relation.follow !== 'FOLLOWING' || !wantsInFeed(relation, now)) return null
      }
      return { ...item, authorId: post.authorId }
    }),
  )
  return verdicts.filter((item) => item !== null)
}

function positionIn(key: SortKey | null): PostPosition | null {
  if (key === null) return null
  const [publishedAt, id] = key
  if (typeof publishedAt !== 'number' || typeof id !== 'string') {
    throw new AppError('BAD_CURSOR', 'This cursor does not belong here: start again without it.')
  }
  return { publishedAt, id }
}
