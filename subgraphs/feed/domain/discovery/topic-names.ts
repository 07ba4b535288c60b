// Names of topics are hashtags, told to whoever comes: only while enough authors use them whose posts everybody may see.
import type { Accounts } from '#platform/accounts.ts'
import type { Posts } from '#platform/posts.ts'
import type { Store } from '../../store.ts'
import { factsOf } from '../post-facts.ts'
import { countsForTrends } from './describe.ts'
import { readEvery } from './read-every.ts'
import { fewestAuthors } from './topics.ts'

interface NameDeps {
  posts: Pick<Posts, 'get'>
  accounts: Pick<Accounts, 'get'>
}

/** A name is told for so long after it may not be any more. */
const keptMs = 10_000

/** Those of the posts whose hashtags may be told to everyone as things are. */
export async function countingPosts(
  { posts, accounts }: NameDeps,
  postIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for await (const facts of factsOf(posts, postIds)) {
    const authors = await accounts.get([...new Set([...facts.values()].map(({ authorId }) => authorId))])
    for (const [id, post] of facts) {
      const author = authors.get(post.authorId)
      if (author && countsForTrends(post, author)) found.add(id)
    }
  }
  return found
}

/** Reads which names of topics may be told, at most every ten seconds. */
export function createTopicNames(
  { store, ...deps }: NameDeps & { store: Pick<Store, 'topics' | 'descriptions'> },
  now: () => number,
): () => Promise<ReadonlySet<string>> {
  return readEvery(keptMs, now, async () => {
    const named = await store.topics.names()
    const ids = [...new Set(named.flatMap(({ postIds }) => postIds))]
    const [counting, heads] = await Promise.all([countingPosts(deps, ids), store.descriptions.heads(ids)])
    const stands = named.filter(({ name, postIds }) => {
      const using = postIds.filter((id) => counting.has(id) && heads.get(id)?.hashtags.includes(name))
      return using.length >= fewestAuthors
    })
    return new Set(stands.map(({ name }) => name))
  })
}
