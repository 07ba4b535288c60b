// The home feed: an order, then the policy, then the page.
import { type Cursors, fillPage, type Page, pageOf, pageSize, type SortKey } from '#platform/page.ts'
import type { FeedItem } from '../model.ts'
import { favoritesReader, feedReader, maxRounds, visiblePosts } from './candidates.ts'
import { chronologicalWalk, type Walk } from './chronological-walk.ts'
import { type RankedWalkDeps, rankedWalk } from './ranked-walk.ts'

export interface HomeFeedDeps extends RankedWalkDeps {
  cursors: Cursors
}

export type FeedOrder = 'RANKED' | 'CHRONOLOGICAL' | 'FAVORITES'

type FeedReason = 'OWN' | 'FAVORITE' | 'FRIEND' | 'FOLLOWING'

/** A post of the feed and why it is there. */
interface FeedEdge {
  node: { id: string }
  reason: FeedReason
  isNew: boolean | null
}

/** A page of the viewer's home feed, ranked unless asked otherwise. Signed out it is empty. */
export async function homeFeed(
  deps: HomeFeedDeps,
  viewerId: string | null,
  args: { first: number; after?: string | null | undefined; order?: FeedOrder | null | undefined },
): Promise<Page<{ id: string }, Omit<FeedEdge, 'node'>>> {
  const size = pageSize(args.first)
  const order = args.order ?? 'RANKED'
  const scope = { list: `homeFeed:${order}`, viewerId }
  const start = deps.cursors.decode(scope, args.after)
  const walk = viewerId === null ? async () => [] : await walkOf(deps, viewerId, order, start, size)
  const { items, hasNextPage, last } = await fillPage<FeedItem>({
    size,
    read: (previous, limit) => walk(previous?.key ?? start, limit),
    visible: (found) => visiblePosts(deps, found),
    rounds: maxRounds,
  })
  const reasons = await Promise.all(items.map(({ authorId }) => reasonOf(deps, viewerId, authorId ?? '')))
  const edges = items.map((item, i) => ({
    node: { id: item.id },
    reason: reasons[i] ?? 'FOLLOWING',
    isNew: item.isNew ?? null,
    key: item.key,
  }))
  return pageOf(deps.cursors, scope, edges, {
    keyOf: ({ key }) => key,
    hasNextPage,
    end: last?.key ?? null,
    hasPreviousPage: start !== null,
  })
}

/** Why an author's posts are on the feed. The policy has loaded how the viewer stands to him. */
async function reasonOf(
  { visibility }: Pick<HomeFeedDeps, 'visibility'>,
  viewerId: string | null,
  authorId: string,
): Promise<FeedReason> {
  if (authorId === viewerId) return 'OWN'
  const { favorite, followedBy } = await visibility.relation(authorId)
  if (favorite) return 'FAVORITE'
  return followedBy === 'FOLLOWING' ? 'FRIEND' : 'FOLLOWING'
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
