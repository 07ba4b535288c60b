// Where a feed's posts come from when MongoDB is asked.
import { chunksOf } from '#platform/parallel.ts'
import { wantsInFeed } from '#platform/policy.ts'
import type { PostPosition, Posts } from '#platform/posts.ts'
import { type Relations, relationKey } from '#platform/relations.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { PostFacts } from '#schema/facts.ts'
import { comparePositions } from './position.ts'

/** Accounts that one may follow at most, as far as a feed is concerned. */
export const maxFollowing = 10_000

/** MongoDB merges the index ranges of up to 200 authors; with more it would sort all their posts. */
const authorsPerQuery = 200

/** Published posts by any number of authors, newest first, after a position: queries in parallel, merged. */
export async function postsByAuthors(
  posts: Pick<Posts, 'byAuthors'>,
  authorIds: readonly string[],
  after: PostPosition | null,
  limit: number,
): Promise<PostPosition[]> {
  const found = await Promise.all(
    Array.from(chunksOf(authorIds, authorsPerQuery), (authors) => posts.byAuthors(authors, after, limit)),
  )
  const positions = found.flatMap((rows) => rows.map(positionOf))
  return (found.length > 1 ? positions.sort(comparePositions) : positions).slice(0, limit)
}

/** Whether `viewerId` follows `authorId` at this moment. */
export async function follows(
  relations: Pick<Relations, 'get'>,
  viewerId: string,
  authorId: string,
): Promise<boolean> {
  const key = relationKey(viewerId, authorId)
  return (await relations.get([key])).get(key)?.follow === 'FOLLOWING'
}

/** Where a published post stands. */
export function positionOf(post: PostFacts): PostPosition {
  return { id: post.id, publishedAt: post.publishedAt ?? 0 }
}

/** Those of the accounts whose posts belong into the viewer's feed: followed at this moment and not muted. */
export async function wantedAuthors(
  visibility: Visibility,
  accountIds: readonly string[],
  now: number,
): Promise<string[]> {
  const relations = await visibility.relations(accountIds)
  return accountIds.filter((id) => {
    const relation = relations.get(id)
    return relation?.follow === 'FOLLOWING' && wantsInFeed(relation, now)
  })
}
