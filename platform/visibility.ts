// The policy for one request: loads the facts that decisions need, in batches, once, and answers only what the viewer may
// see. There is no other way to turn an id into a reference.
import type DataLoader from 'dataloader'
import { type AccountFacts, type PostFacts, type Relation, type StoryFacts, stranger } from '#schema/facts.ts'
import { isId } from '#schema/ids.ts'
import type { Accounts } from './accounts.ts'
import { createLoader, keysPerRead } from './loader.ts'
import { chunksOf } from './parallel.ts'
import {
  canHear,
  canViewAccount,
  canViewContent,
  canViewPost,
  canViewStory,
  mayMeetSensitive,
} from './policy.ts'
import type { Posts } from './posts.ts'
import { type Relations, relationKey } from './relations.ts'
import type { Stories } from './stories.ts'

/** The published read models. */
export interface Facts {
  accounts: Accounts
  relations: Relations
  posts: Posts
  stories: Stories
}

export interface Visibility {
  viewerId: string | null
  /** How the viewer stands to an account; a stranger's relation when signed out or to himself. */
  relation(userId: string): Promise<Relation>
  /** The same of several accounts, by id. */
  relations(userIds: Iterable<string>): Promise<ReadonlyMap<string, Relation>>
  /** How one account stands to another, whoever looks: for rules that an author makes about others' comments. */
  between(userId: string, otherId: string): Promise<Relation>
  /** The account's facts; null when absent or hidden. */
  account(userId: string): Promise<AccountFacts | null>
  /** The facts of an account whose comments reach the viewer; null when absent, hidden or shadow-banned. */
  writer(userId: string): Promise<AccountFacts | null>
  /** Whether the viewer may see what the account publishes. */
  content(userId: string): Promise<boolean>
  /** The post's facts; null when absent or hidden. */
  post(postId: string): Promise<PostFacts | null>
  /** The facts of those posts that the viewer may see, by id. */
  posts(postIds: readonly string[]): Promise<ReadonlyMap<string, PostFacts>>
  /** The story's facts; null when absent, over or hidden. */
  story(storyId: string): Promise<StoryFacts | null>
  /** Those items whose account the viewer may see, in order. */
  filterByAccount<T>(items: readonly T[], userIdOf: (item: T) => string): Promise<T[]>
  /** Those items whose post the viewer may see, in order. */
  filterByPost<T>(items: readonly T[], postIdOf: (item: T) => string): Promise<T[]>
  /** Those items whose story the viewer may see, in order. */
  filterByStory<T>(items: readonly T[], storyIdOf: (item: T) => string): Promise<T[]>
  /** Those of the stories, whose facts were just read, that the viewer may see, in order. */
  filterStories(stories: readonly StoryFacts[]): Promise<StoryFacts[]>
  /** Forgets what was loaded, after a write that changed facts in this request. */
  forget(): void
}

/** The policy as one viewer meets it; `viewerId` null is a signed-out one. `now` is the clock by which stories end. */
export function createVisibility(
  facts: Facts,
  viewerId: string | null,
  now: () => number = Date.now,
): Visibility {
  let accounts: DataLoader<string, AccountFacts | null>
  let relations: DataLoader<string, Relation | null>
  let posts: DataLoader<string, PostFacts | null>
  let stories: DataLoader<string, StoryFacts | null>
  // Several subgraphs ask for the same: decisions are kept with the facts that they were made of.
  let standings: Map<string, Promise<[AccountFacts | null, Relation]>>
  let verdicts: Map<string, Promise<PostFacts | null>>
  /** Of many posts at once: a ranked page looks at hundreds, and a promise for each would cost more than its verdict. */
  let decided: Map<string, PostFacts | null>
  const forget = () => {
    standings = new Map()
    verdicts = new Map()
    decided = new Map()
    accounts = createLoader((ids) => facts.accounts.get(ids))
    relations = createLoader((keys) => facts.relations.get(keys))
    posts = createLoader((ids) => facts.posts.get(ids))
    stories = createLoader((ids) => facts.stories.get(ids))
  }
  forget()

  const relation = async (userId: string): Promise<Relation> => {
    if (viewerId === null || viewerId === userId || !isId(userId, 'user')) return stranger
    return (await relations.load(relationKey(viewerId, userId))) ?? stranger
  }
  const ofEach = async <V>(userIds: Iterable<string>, read: (userId: string) => Promise<V>) =>
    new Map(await Promise.all(Array.from(userIds, async (id) => [id, await read(id)] as const)))
  // What is no id is nobody's: asked for, it would stand in the cache as absent, however long it is.
  const withAuthor = (userId: string) =>
    remembered(standings, userId, () => {
      // The viewer's own account decides as well, of some posts and of how a feed is made: it comes along in the same read.
      if (viewerId !== null) accounts.load(viewerId).catch(() => {})
      return Promise.all([isId(userId, 'user') ? accounts.load(userId) : null, relation(userId)])
    })

  const account = async (userId: string) => {
    const [found, stands] = await withAuthor(userId)
    return found && canViewAccount(viewerId, found, stands) ? found : null
  }
  const writer = async (userId: string) => {
    const [found, stands] = await withAuthor(userId)
    return found && canHear(viewerId, found, stands) ? found : null
  }
  const content = async (userId: string) => {
    const [found, stands] = await withAuthor(userId)
    return found !== null && canViewContent(viewerId, found, stands)
  }
  const maySee = (
    found: PostFacts,
    [author, stands]: readonly [AccountFacts | null, Relation],
    own: AccountFacts | null,
  ) => {
    if (!author || !canViewPost(viewerId, found, author, stands)) return false
    return (
      !found.sensitive || viewerId === null || viewerId === found.authorId || mayMeetSensitive(own, now())
    )
  }
  const ownAccount = async () => (viewerId === null ? null : accounts.load(viewerId))
  const decidePost = async (postId: string) => {
    const found = isId(postId, 'post') ? await posts.load(postId) : null
    if (!found) return null
    const standing = await withAuthor(found.authorId)
    return maySee(found, standing, await ownAccount()) ? found : null
  }
  const post = async (postId: string) =>
    decided.has(postId)
      ? (decided.get(postId) ?? null)
      : remembered(verdicts, postId, () => decidePost(postId))
  const decidePosts = async (postIds: readonly string[], into: typeof decided) => {
    const found = await facts.posts.get(postIds)
    const authors = new Set(Array.from(found.values(), ({ authorId }) => authorId))
    const authorStandings = await ofEach(authors, withAuthor)
    const own = authors.size > 0 ? await ownAccount() : null
    for (const id of postIds) {
      const one = found.get(id)
      const standing = one && authorStandings.get(one.authorId)
      into.set(id, standing && maySee(one, standing, own) ? one : null)
    }
  }
  const seenPosts = async (postIds: readonly string[]) => {
    const [into, alone] = [decided, verdicts]
    const open = [...new Set(postIds)].filter((id) => !into.has(id) && !alone.has(id) && isId(id, 'post'))
    await Promise.all(Array.from(chunksOf(open, keysPerRead), (part) => decidePosts(part, into)))
    const seen = new Map<string, PostFacts>()
    for (const id of postIds) {
      const one = into.has(id) ? into.get(id) : await alone.get(id)
      if (one) seen.set(id, one)
    }
    return seen
  }
  // Not remembered: a story may end between two looks of a request that lasts.
  const decideStory = async (found: StoryFacts | null) => {
    if (!found) return null
    const [author, stands] = await withAuthor(found.authorId)
    return author && canViewStory(viewerId, found, author, stands, now()) ? found : null
  }
  const story = async (storyId: string) =>
    decideStory(isId(storyId, 'story') ? await stories.load(storyId) : null)
  const filter = async <T>(items: readonly T[], seen: (item: T) => Promise<unknown>) => {
    const verdicts = await Promise.all(items.map(seen))
    return items.filter((_, i) => Boolean(verdicts[i]))
  }

  const between = async (userId: string, otherId: string): Promise<Relation> =>
    (userId !== otherId && (await relations.load(relationKey(userId, otherId)))) || stranger

  return {
    viewerId,
    relation,
    relations: (userIds) => ofEach(userIds, relation),
    between,
    account,
    writer,
    content,
    post,
    posts: seenPosts,
    story,
    filterByAccount: (items, userIdOf) => filter(items, (item) => account(userIdOf(item))),
    async filterByPost(items, postIdOf) {
      const seen = await seenPosts(items.map(postIdOf))
      return items.filter((item) => seen.has(postIdOf(item)))
    },
    filterByStory: (items, storyIdOf) => filter(items, (item) => story(storyIdOf(item))),
    filterStories: (found) => filter(found, decideStory),
    forget,
  }
}

function remembered<V>(known: Map<string, Promise<V>>, key: string, decide: () => Promise<V>): Promise<V> {
  let promise = known.get(key)
  if (!promise) {
    promise = decide()
    known.set(key, promise)
  }
  return promise
}
