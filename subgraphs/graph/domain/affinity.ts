// What follows, and what people post about, say about whom somebody may want to follow. Pure: from who follows whom, and posts
// about what, to weighted candidates.
import type { Candidate, Neighbours } from '../model.ts'

/** Weights are compared in cursors: as whole numbers they come back as they went. */
const scale = 1e6

/** How much a common acquaintance tells: the more people he has to do with, the less (Adamic and Adar 2003: 1 / log degree). */
export function telling(degree: number): number {
  return 1 / Math.log(2 + Math.max(0, degree))
}

/** Those whom friends follow, weighted by the friends: `mutualCount` is how many of them do. */
export function friendsOfFriends(friends: readonly Neighbours[], excluded: ReadonlySet<string>): Candidate[] {
  const found = new Map<string, { weight: number; mutualCount: number }>()
  for (const friend of friends) {
    const weight = telling(friend.followers + friend.following)
    for (const otherId of friend.otherIds) {
      if (excluded.has(otherId)) continue
      const known = found.get(otherId) ?? { weight: 0, mutualCount: 0 }
      found.set(otherId, { weight: known.weight + weight, mutualCount: known.mutualCount + 1 })
    }
  }
  return [...found].map(([otherId, { weight, mutualCount }]) => ({
    otherId,
    reason: 'MUTUAL_FOLLOWS',
    weight: Math.round(weight * scale),
    mutualCount,
  }))
}

/** Follows that two people must share before they are said to be alike. */
const minShared = 2

/**
 * Who follows the same accounts as somebody, most alike first: `followed` are accounts that he follows, each with its
 * followers. A shared account tells the more, the fewer follow it.
 */
export function alike(
  followed: readonly Neighbours[],
  excluded: ReadonlySet<string>,
  limit: number,
): { userId: string; likeness: number }[] {
  const found = new Map<string, { likeness: number; shared: number }>()
  for (const account of followed) {
    const weight = telling(account.followers)
    for (const userId of account.otherIds) {
      if (excluded.has(userId)) continue
      const known = found.get(userId) ?? { likeness: 0, shared: 0 }
      found.set(userId, { likeness: known.likeness + weight, shared: known.shared + 1 })
    }
  }
  return [...found]
    .filter(([, { shared }]) => shared >= minShared)
    .map(([userId, { likeness }]) => ({ userId, likeness }))
    .toSorted((a, b) => b.likeness - a.likeness || (a.userId < b.userId ? -1 : 1))
    .slice(0, limit)
}

/** Those whom people follow who are alike, weighted by likeness; who follows everyone is like nobody. */
export function followedByAlike(
  people: readonly Neighbours[],
  likeness: ReadonlyMap<string, number>,
  excluded: ReadonlySet<string>,
): Candidate[] {
  const weights = new Map<string, number>()
  for (const person of people) {
    const weight = (likeness.get(person.userId) ?? 0) / Math.sqrt(1 + Math.max(0, person.following))
    for (const otherId of person.otherIds) {
      if (!excluded.has(otherId)) weights.set(otherId, (weights.get(otherId) ?? 0) + weight)
    }
  }
  return [...weights].map(([otherId, weight]) => ({
    otherId,
    reason: 'SIMILAR_FOLLOWS',
    weight: Math.round(weight * scale),
    mutualCount: 0,
  }))
}

/** How many people's posts about it a hashtag weighs that somebody follows. */
const followedWeighs = 3

/**
 * What somebody cares for, the most first: each topic with how many people of his surroundings post about it, himself among
 * them. However often one does, he counts once.
 */
export function interestsIn(
  posts: readonly { authorId: string; topicIds: readonly string[] }[],
  followed: readonly string[],
  limit: number,
): Map<string, number> {
  const people = new Map<string, Set<string>>()
  for (const { authorId, topicIds } of posts)
    for (const topicId of topicIds) people.set(topicId, (people.get(topicId) ?? new Set()).add(authorId))
  const weights = new Map([...people].map(([topicId, { size }]) => [topicId, size]))
  for (const topicId of followed) weights.set(topicId, (weights.get(topicId) ?? 0) + followedWeighs)
  return new Map(
    [...weights].toSorted(([a, mine], [b, other]) => other - mine || (a < b ? -1 : 1)).slice(0, limit),
  )
}

/** Those who post about what somebody cares for, weighted by how much he does and by how many follow them. */
export function popularFor(
  posts: readonly { authorId: string; topicId: string }[],
  interests: ReadonlyMap<string, number>,
  followers: ReadonlyMap<string, number>,
): Candidate[] {
  const topics = new Map<string, Set<string>>()
  for (const { authorId, topicId } of posts)
    topics.set(authorId, (topics.get(authorId) ?? new Set()).add(topicId))
  return [...topics].map(([otherId, topicIds]) => {
    let shared = 0
    for (const topicId of topicIds) shared += interests.get(topicId) ?? 0
    const weight = shared * Math.log2(2 + Math.max(0, followers.get(otherId) ?? 0))
    return { otherId, reason: 'SHARED_INTERESTS', weight: Math.round(weight * scale), mutualCount: 0 }
  })
}

const order: Record<Candidate['reason'], number> = {
  MUTUAL_FOLLOWS: 0,
  SIMILAR_FOLLOWS: 1,
  SHARED_INTERESTS: 2,
  POPULAR: 3,
}

/** The order in which candidates are suggested: by reason, the heaviest first. */
export function compareCandidates(
  a: Pick<Candidate, 'reason' | 'weight' | 'otherId'>,
  b: Pick<Candidate, 'reason' | 'weight' | 'otherId'>,
): number {
  return (
    order[a.reason] - order[b.reason] ||
    b.weight - a.weight ||
    (a.otherId < b.otherId ? -1 : +(a.otherId > b.otherId))
  )
}
