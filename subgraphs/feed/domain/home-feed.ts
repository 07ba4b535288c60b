// The home feed: an order, then the policy, then the page.
import { type Cursors, fillPage, type Page, pageOf, pageSize, type SortKey } from '#platform/page.ts'
import type { FeedItem } from '../model.ts'
import { type CandidateDeps, favoritesReader, feedReader, maxRounds, visiblePosts } from './candidates.ts'
import { chronologicalWalk, type Walk } from './chronological-walk.ts'
import { rankedWalk } from './ranked-walk.ts'

export interface HomeFeedDeps extends CandidateDeps {
  cursors: Cursors
}

export type FeedOrder = 'RANKED' | 'CHRONOLOGICAL' | 'FAVORITES'

/** A post of the feed and why it is there. */
interface FeedEdge {
  node: { id: string }
  reason: 'OWN' | 'FOLLOWING'
}

/** A page of the viewer's home feed, ranked unless asked otherwise. Signed out it is empty. */
export async function homeFeed(
  deps: HomeFeedDeps,
  viewerId: string | null,
  args: { first: number; after?: string | null | undefined; order?: FeedOrder | null | undefined },
): Promise<Page<{ id: string }, { reason: FeedEdge['reason'] }>> {
  const size = pageSize(args.first)
  const order = args.order ?? 'RANKED'
  const scope = { list: `homeFeed:${order}`, viewerId }
  const start = deps.cursors.decode(scope, args.after)
  const walk = viewerId === null ? async () => [] : await walkOf(deps, viewerId, order, start, size)
  const { items, hasNextPage } = await fillPage<FeedItem>({
    size,
    read: (last, limit) => walk(last?.key ?? start, limit),
    visible: (found) => visiblePosts(deps, found),
    rounds: maxRounds,
  })
  const edges = items.map((item) => ({
    node: { id: item.id },
    reason: item.authorId === viewerId ? ('OWN' as const) : ('FOLLOWING' as const),
    key: item.key,
  }))
  return pageOf(deps.cursors, scope, edges, {
    keyOf: ({ key }) => key,
    hasNextPage,
    hasPreviousPage: start !== null,
  })
}

async function walkOf(
  deps: HomeFeedDeps,
  viewerId: string,
  order: FeedOrder,
  start: SortKey | null,
  size: number,
): Promise<Walk> {
  switch (order) {
    case 'RANKED':
      return rankedWalk(deps, viewerId, start, size)
    case 'CHRONOLOGICAL':
      return chronologicalWalk(feedReader(deps, viewerId))
    case 'FAVORITES':
      return chronologicalWalk(favoritesReader(deps, viewerId))
  }
}
