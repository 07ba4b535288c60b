// Facts of posts, of however many.
import { chunksOf } from '#platform/parallel.ts'
import type { Posts } from '#platform/posts.ts'
import type { PostFacts } from '#schema/facts.ts'

/** Posts whose facts are read at once. */
const factsAtOnce = 1_000

/** Reads the facts of posts, a thousand at a time; those that are not there are left out. */
export async function* factsOf(
  posts: Pick<Posts, 'get'>,
  postIds: readonly string[],
): AsyncGenerator<ReadonlyMap<string, PostFacts>> {
  for (const ids of chunksOf(postIds, factsAtOnce)) yield await posts.get(ids)
}
