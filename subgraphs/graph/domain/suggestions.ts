// Whom a viewer may want to follow: friends of friends, then those whom people follow who follow what he does, then who is
// popular for what he cares for, then the popular. All are read within bounds, whoever asks.
import {
  type Cursors,
  fillPage,
  type Page,
  type PageArguments,
  pageOf,
  pageSize,
  type SortKey,
} from '#platform/page.ts'
import { wantsInFeed } from '#platform/policy.ts'
import type { Topics } from '#platform/topics.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { Candidate, CountRow, Neighbours, SuggestedEdge, UserRef } from '../model.ts'
import {
  alike,
  compareCandidates,
  followedByAlike,
  friendsOfFriends,
  interestsIn,
  popularFor,
} from './affinity.ts'

interface Deps {
  store: {
    listNeighbours(
      userIds: readonly string[],
      side: 'following' | 'followers',
      perUser: number,
    ): Promise<Neighbours[]>
    listPopular(after: Candidate | null, limit: number): Promise<Candidate[]>
    listDismissed(viewerId: string, ids: readonly string[]): Promise<string[]>
    listCounts(userIds: readonly string[], viewerId: null): Promise<{ counts: CountRow[] }>
  }
  topics: Topics
  loaders: { viewerFollowing(): Promise<string[]> }
  visibility: Visibility
  cursors: Cursors
  now: Date
}

/** How many of the viewer's newest follows are asked whom they follow, and how many of each one's newest follows count. */
const maxFriends = 100
const maxPerFriend = 50
/** How many of them are asked who follows them too, how many of each one's newest followers, and how many alike are heard. */
const maxTastes = 50
const maxPerTaste = 50
const maxAlike = 40
/** How many of his and their newest posts tell what he cares for, how many topics count, and how many posts of each are read. */
const maxPosts = 200
const maxTopics = 20
const maxPerTopic = 20

/**
 * A page of accounts that the viewer may want to follow; empty when signed out. Who refuses personalisation gets what everyone
 * would: the popular.
 */
export async function suggestUsers(
  deps: Deps,
  { first, after }: PageArguments,
): Promise<Page<UserRef, Omit<SuggestedEdge, 'node' | 'cursor'>>> {
  const size = pageSize(first)
  const { viewerId } = deps.visibility
  const scope = { list: 'suggestedUsers', viewerId }
  const key = deps.cursors.decode(scope, after)
  const start: Candidate | null = key && {
    reason: key[0] as Candidate['reason'],
    weight: Number(key[1]),
    otherId: String(key[2]),
    mutualCount: 0,
  }
  const isPersonal = viewerId !== null && !(await deps.visibility.account(viewerId))?.refusesPersonalisation
  const near = isPersonal ? await candidatesNear(deps, viewerId) : []
  const known = new Set(near.map(({ otherId }) => otherId))
  const keyOf = (one: Candidate): SortKey => [one.reason, one.weight, one.otherId]
  const { items, hasNextPage, last } =
    viewerId === null
      ? { items: [], hasNextPage: false, last: null }
      : await fillPage<Candidate>({
          size,
          read: async (previous, limit) => {
            const position = previous ?? start
            if (position?.reason === 'POPULAR') return deps.store.listPopular(position, limit)
            const found = near
              .filter((one) => !position || compareCandidates(position, one) < 0)
              .slice(0, limit)
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
  const edges = items.map((one) => ({ ...one, node: { id: one.otherId } }))
  return pageOf(deps.cursors, scope, edges, {
    keyOf,
    hasNextPage,
    end: last && keyOf(last),
    hasPreviousPage: start !== null,
  })
}

/** Candidates out of the viewer's surroundings, in the order in which they are suggested; each once, for its best reason. */
async function candidatesNear(deps: Deps, viewerId: string): Promise<Candidate[]> {
  const following = await deps.loaders.viewerFollowing()
  const newest = following.slice(0, maxFriends)
  const excluded = new Set([viewerId, ...following])
  const [friends, followed, popular] = await Promise.all([
    followsOf(deps, newest, maxPerFriend),
    newest.length === 0
      ? []
      : deps.store.listNeighbours(newest.slice(0, maxTastes), 'followers', maxPerTaste),
    popularNearby(deps, viewerId, newest, excluded),
  ])
  const similar = alike(followed, excluded, maxAlike)
  const theirs = await followsOf(
    deps,
    similar.map(({ userId }) => userId),
    maxPerFriend,
  )
  const likeness = new Map(similar.map((one) => [one.userId, one.likeness]))
  const found = friendsOfFriends(friends, excluded)
  const named = new Set([...excluded, ...found.map(({ otherId }) => otherId)])
  found.push(...followedByAlike(theirs, likeness, named))
  for (const { otherId } of found) named.add(otherId)
  return [...found, ...popular.filter(({ otherId }) => !named.has(otherId))].toSorted(compareCandidates)
}

/**
 * Those who post, for the viewer to see, about what he cares for: hashtags that he follows, and hashtags and places of what he
 * and those whom he follows posted last. A constant number of queries, however many topics there are.
 */
async function popularNearby(
  deps: Deps,
  viewerId: string,
  following: readonly string[],
  excluded: ReadonlySet<string>,
): Promise<Candidate[]> {
  const { topics, visibility } = deps
  const [posted, hashtags] = await Promise.all([
    topics.ofAuthors([viewerId, ...following], maxPosts),
    topics.followedBy(viewerId, maxTopics),
  ])
  const seen = await visibility.filterByPost(posted, ({ postId }) => postId)
  const interests = interestsIn(seen, hashtags, maxTopics)
  if (interests.size === 0) return []
  const found = await topics.newestPosts([...interests.keys()], maxPerTopic)
  const posts = await Promise.all(
    found.map(async ({ topicId, postId }) => {
      const post = await visibility.post(postId)
      return post && !post.limited && !excluded.has(post.authorId)
        ? [{ authorId: post.authorId, topicId }]
        : []
    }),
  )
  const about = posts.flat()
  const authorIds = [...new Set(about.map(({ authorId }) => authorId))]
  const { counts } = await deps.store.listCounts(authorIds, null)
  return popularFor(about, interests, new Map(counts.map(({ _id, followers }) => [_id, followers])))
}

/** Whom people follow, of those whose lists are the viewer's to see: what others follow is no reason that he may be told. */
async function followsOf(deps: Deps, userIds: readonly string[], perUser: number): Promise<Neighbours[]> {
  const shown = await Promise.all(userIds.map((userId) => deps.visibility.content(userId)))
  const visible = userIds.filter((_, i) => shown[i])
  return visible.length === 0 ? [] : deps.store.listNeighbours(visible, 'following', perUser)
}

/** Those candidates that the viewer may see, has nothing to do with yet, and has not turned down. */
async function suggestable(deps: Deps, viewerId: string, candidates: Candidate[]): Promise<Candidate[]> {
  if (candidates.length === 0) return []
  const ids = candidates.map(({ otherId }) => otherId)
  const [accounts, relations, dismissed] = await Promise.all([
    Promise.all(ids.map((id) => deps.visibility.account(id))),
    Promise.all(ids.map((id) => deps.visibility.relation(id))),
    deps.store.listDismissed(viewerId, ids),
  ])
  const refused = new Set([viewerId, ...dismissed])
  return candidates.filter(({ otherId }, i) => {
    const account = accounts[i]
    const relation = relations[i]
    return (
      // Who has not proven his address may be anyone, and whom nobody is to see is not to be shown around.
      account?.emailVerified &&
      !account.shadowBanned &&
      !refused.has(otherId) &&
      relation?.follow === 'NONE' &&
      !relation.restricts &&
      wantsInFeed(relation, deps.now.getTime())
    )
  })
}
