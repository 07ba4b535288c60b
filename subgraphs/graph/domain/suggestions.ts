// Whom a viewer may want to follow: friends of friends, then the popular. Both are read within bounds, whoever asks.
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import { wantsInFeed } from '#platform/policy.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { Candidate, SuggestedEdge, UserRef } from '../model.ts'

interface Deps {
  store: {
    listFollowedByFriends(
      viewerId: string,
      friendIds: readonly string[],
      perFriend: number,
    ): Promise<Candidate[]>
    listPopular(after: Candidate | null, limit: number): Promise<Candidate[]>
    listDismissed(viewerId: string, ids: readonly string[]): Promise<string[]>
  }
  loaders: { viewerFollowing(): Promise<string[]> }
  visibility: Visibility
  cursors: Cursors
  now: Date
}

/** How many of the viewer's newest follows are asked whom they follow, and how many of each one's newest follows count. */
const maxFriends = 100
const maxPerFriend = 50

/** A page of accounts that the viewer may want to follow; empty when signed out. */
export async function suggestUsers(
  deps: Deps,
  { first, after }: PageArguments,
): Promise<Page<UserRef, Omit<SuggestedEdge, 'node' | 'cursor'>>> {
  const size = pageSize(first)
  const { viewerId } = deps.visibility
  const scope = { list: 'suggestedUsers', viewerId }
  const key = deps.cursors.decode(scope, after)
  const start: Candidate | null = key && {
    reason: key[0] === 'POPULAR' ? 'POPULAR' : 'MUTUAL_FOLLOWS',
    weight: Number(key[1]),
    otherId: String(key[2]),
  }
  const friends = viewerId === null ? [] : rank(await friendsOfFriends(deps, viewerId))
  const known = new Set(friends.map(({ otherId }) => otherId))
  const { items, hasNextPage } =
    viewerId === null
      ? { items: [], hasNextPage: false }
      : await fillPage<Candidate>({
          size,
          read: async (last, limit) => {
            const position = last ?? start
            if (position?.reason === 'POPULAR') return deps.store.listPopular(position, limit)
            const found = friends.filter((one) => !position || compare(position, one) < 0).slice(0, limit)
            if (found.length === limit) return found
            return [...found, ...(await deps.store.listPopular(null, limit - found.length))]
          },
          visible: (candidates) =>
            suggestable(
              deps,
              viewerId,
              candidates.filter(({ reason, otherId }) => reason !== 'POPULAR' || !known.has(otherId)),
            ),
          rounds: 6,
        })
  const edges = items.map((one) => ({ ...one, node: { id: one.otherId }, mutualCount: mutualCount(one) }))
  return pageOf(deps.cursors, scope, edges, {
    keyOf: (edge) => [edge.reason, edge.weight, edge.otherId],
    hasNextPage,
    hasPreviousPage: start !== null,
  })
}

/** Candidates in the order in which they are suggested: the heaviest first. */
export function rank(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted(compare)
}

const compare = (a: Candidate, b: Candidate) =>
  b.weight - a.weight || (a.otherId < b.otherId ? -1 : +(a.otherId > b.otherId))

const mutualCount = ({ reason, weight }: Candidate) => (reason === 'MUTUAL_FOLLOWS' ? weight : 0)

async function friendsOfFriends(deps: Deps, viewerId: string): Promise<Candidate[]> {
  const following = await deps.loaders.viewerFollowing()
  // What an account that he may no longer see follows, is not his to know.
  const friends = await deps.visibility.filterByAccount(following.slice(0, maxFriends), (id) => id)
  if (friends.length === 0) return []
  const followed = new Set([viewerId, ...following])
  const found = await deps.store.listFollowedByFriends(viewerId, friends, maxPerFriend)
  return found.filter(({ otherId }) => !followed.has(otherId))
}

/** Those candidates that the viewer may see, has nothing to do with yet, and has not turned down. */
async function suggestable(deps: Deps, viewerId: string, candidates: Candidate[]): Promise<Candidate[]> {
  if (candidates.length === 0) return []
  const [seen, dismissed] = await Promise.all([
    deps.visibility.filterByAccount(candidates, ({ otherId }) => otherId),
    deps.store.listDismissed(
      viewerId,
      candidates.map(({ otherId }) => otherId),
    ),
  ])
  const refused = new Set([viewerId, ...dismissed])
  const relations = await Promise.all(seen.map(({ otherId }) => deps.visibility.relation(otherId)))
  return seen.filter(({ otherId }, i) => {
    const relation = relations[i]
    return (
      !refused.has(otherId) &&
      relation?.follow === 'NONE' &&
      !relation.restricts &&
      wantsInFeed(relation, deps.now.getTime())
    )
  })
}
