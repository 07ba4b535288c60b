// A world for tests: rows as their owners would have written them, and a feed as API.md defines it, by brute force.
import type { AccountRow } from '#platform/accounts.ts'
import { claimEvents, prepareConsumers } from '#platform/bus.ts'
import type { PostFactsRow, PostPosition } from '#platform/posts.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import type { Platform } from '#platform/service.ts'
import { type StoryFactsRow, type StoryViewFactsRow, storyViewId } from '#platform/stories.ts'
import { createVisibility } from '#platform/visibility.ts'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../../tests/platform.ts'
import { accountRow, postRow, storyRow } from '../../tests/rows.ts'
import { readOnce } from './context.ts'
import type { SuggestedDeps } from './domain/discovery/suggested-posts.ts'
import { createTopicNames } from './domain/discovery/topic-names.ts'
import type { HideDeps } from './domain/hide.ts'
import { type FeedOrder, type HomeFeedDeps, homeFeed } from './domain/home-feed.ts'
import { comparePositions } from './domain/position.ts'
import type { LearnDeps } from './domain/signals.ts'
import type { HiddenRow } from './model.ts'
import { createStore, prepare, type Store } from './store.ts'

/** Feed of a test file's own: its platform, its store, verbs on rows, and what learning takes. Dispose `stack` when the file is done. */
export async function testFeed(overrides: Parameters<typeof testPlatform>[0] = {}) {
  const { platform, stack } = await testPlatform(overrides)
  const db = platform.db('feed')
  await Promise.all([prepare(db), prepareConsumers(db)])
  const store = createStore(db, platform.cache, platform.config.namespace)
  const learning: LearnDeps = {
    store,
    posts: platform.facts.posts,
    relations: platform.facts.relations,
    accounts: platform.facts.accounts,
    transact: platform.transact('feed'),
    claim: (tx, batch) => claimEvents(tx, db, 'feed.signals', batch),
  }
  return { platform, stack, store, world: createWorld(platform), learning }
}
export type TestFeed = Awaited<ReturnType<typeof testFeed>>

/** What may speak against a post in a viewer's feed, each for itself; `favorite` only where favourites are asked for. */
type Objection = 'status' | 'audience' | 'account' | 'follow' | 'mute' | 'block' | 'hidden' | 'favorite'

export interface FeedTruth {
  posts: ReadonlyMap<string, PostFactsRow>
  objectionsTo(post: PostFactsRow): Set<Objection>
}

/** Whether nothing speaks against a post in a feed of that order. */
export function isInFeed(objections: ReadonlySet<Objection>, order: FeedOrder): boolean {
  return (
    objections.size === 0 || (order !== 'FAVORITES' && objections.size === 1 && objections.has('favorite'))
  )
}

/** Verbs on the rows of accounts, relations, posts and stories. */
export function createWorld(platform: Platform) {
  const users = platform.db('user').collection<AccountRow>('users')
  const relations = platform.db('graph').collection<RelationRow>('relations')
  const posts = platform.db('content').collection<PostFactsRow>('posts')
  const stories = platform.db('content').collection<StoryFactsRow>('stories')
  const views = platform.db('content').collection<StoryViewFactsRow>('storyViews')
  const hidden = platform.db('feed').collection<HiddenRow>('hidden')
  const { facts } = platform

  const relate = async (viewerId: string, otherId: string, change: Partial<RelationRow>) => {
    const _id = relationKey(viewerId, otherId)
    const empty: RelationRow = {
      _id,
      viewerId,
      otherId,
      follow: 'NONE',
      followAt: null,
      followedBy: 'NONE',
      followedByAt: null,
      blocksAt: null,
      blockedByAt: null,
      mutesAt: null,
      mutesUntil: null,
      version: 0,
    }
    const row = (await relations.findOne({ _id })) ?? empty
    await facts.relations.changing([_id], () =>
      relations.replaceOne({ _id }, { ...row, ...change, version: row.version + 1 }, { upsert: true }),
    )
  }

  return {
    async account(change: Partial<AccountRow> = {}): Promise<string> {
      const row = accountRow(change)
      await users.insertOne(row)
      return row._id
    },
    /** Changes an account as User would. */
    async changes(userId: string, change: Partial<AccountRow>) {
      await facts.accounts.changing([userId], () =>
        users.updateOne({ _id: userId }, { $set: change, $inc: { version: 1 } }),
      )
    },
    async follow(viewerId: string, otherId: string, follow: 'FOLLOWING' | 'NONE' = 'FOLLOWING') {
      const at = new Date()
      await relate(otherId, viewerId, { followedBy: follow, followedByAt: at })
      await relate(viewerId, otherId, { follow, followAt: at })
    },
    /** Without a time, he is a favourite no longer; `block` and `mute` have theirs alike. */
    favor: (viewerId: string, otherId: string, at: Date | null = new Date()) =>
      relate(viewerId, otherId, { favoriteAt: at }),
    async block(ownerId: string, otherId: string, at: Date | null = new Date()) {
      await relate(ownerId, otherId, { blocksAt: at })
      await relate(otherId, ownerId, { blockedByAt: at })
    },
    mute: (viewerId: string, otherId: string, at: Date | null = new Date()) =>
      relate(viewerId, otherId, { mutesAt: at }),
    muteStories: (viewerId: string, otherId: string, until: Date | null = null) =>
      relate(viewerId, otherId, { mutesStoriesAt: new Date(), mutesStoriesUntil: until }),
    /** `ownerId` hides his stories from `otherId`. */
    hideStories: (ownerId: string, otherId: string) =>
      relate(otherId, ownerId, { storiesHiddenByAt: new Date() }),
    /** `ownerId` counts `otherId` among his close friends. */
    closeFriend: (ownerId: string, otherId: string) =>
      relate(otherId, ownerId, { closeFriendOfAt: new Date() }),
    async story(authorId: string, change: Partial<StoryFactsRow> = {}): Promise<string> {
      const row = storyRow({ authorId, ...change })
      await stories.insertOne(row)
      return row._id
    },
    async sees(viewerId: string, storyId: string) {
      await views.insertOne({ _id: storyViewId(storyId, viewerId), storyId, viewerId, viewedAt: new Date() })
    },
    async followers(authorId: string, count: number): Promise<string[]> {
      const ids = Array.from({ length: count }, () => newId('user'))
      const at = new Date()
      const common = { blocksAt: null, blockedByAt: null, mutesAt: null, mutesUntil: null, version: 1 }
      const none = { follow: 'NONE', followAt: null } as const
      await relations.insertMany(
        ids.map((otherId) => ({
          ...common,
          ...none,
          _id: relationKey(authorId, otherId),
          viewerId: authorId,
          otherId,
          followedBy: 'FOLLOWING' as const,
          followedByAt: at,
        })),
      )
      return ids
    },
    async post(authorId: string, publishedAt: number): Promise<string> {
      const [id] = await this.posts([{ authorId, publishedAt }])
      return id as string
    },
    async posts(
      rows: readonly { authorId: string; publishedAt: number; audience?: PostFactsRow['audience'] }[],
    ): Promise<string[]> {
      const docs = rows.map((row) => postRow({ ...row, publishedAt: new Date(row.publishedAt) }))
      await posts.insertMany(docs)
      return docs.map((doc) => doc._id)
    },
    /** Changes a post as Content would. */
    async changesPost(id: string, change: Partial<PostFactsRow>) {
      await facts.posts.changing([id], () =>
        posts.updateOne({ _id: id }, { $set: change, $inc: { version: 1 } }),
      )
    },
    deletePost(id: string) {
      return this.changesPost(id, { status: 'DELETED' })
    },
    /** What the viewer's feed is made of at this moment: every post, and what speaks against it by the definition. */
    async truth(viewerId: string): Promise<FeedTruth> {
      const [all, people, stands, hides] = await Promise.all([
        posts.find().toArray(),
        users.find().toArray(),
        relations.find({ viewerId }).toArray(),
        hidden.find({ viewerId }).toArray(),
      ])
      const statuses = new Map(people.map((row) => [row._id, row.status]))
      const relationTo = new Map(stands.map((row) => [row.otherId, row]))
      const hiddenIds = new Set(hides.map((row) => row.subjectId))
      return {
        posts: new Map(all.map((post) => [post._id, post])),
        objectionsTo({ _id, authorId, audience, status }) {
          const relation = relationTo.get(authorId)
          const isOwn = authorId === viewerId
          const isOpen = audience === 'CLOSE_FRIENDS' ? relation?.closeFriendOfAt : audience !== 'ONLY_ME'
          const found: Record<Objection, boolean> = {
            status: status !== 'PUBLISHED',
            audience: !isOwn && !isOpen,
            account: !isOwn && statuses.get(authorId) !== 'ACTIVE',
            follow: !isOwn && relation?.follow !== 'FOLLOWING',
            mute: Boolean(relation?.mutesAt),
            block: Boolean(relation?.blocksAt ?? relation?.blockedByAt),
            hidden: hiddenIds.has(_id) || hiddenIds.has(authorId),
            favorite: !relation?.favoriteAt,
          }
          return new Set((Object.keys(found) as Objection[]).filter((name) => found[name]))
        },
      }
    },
    /** Ids of the viewer's home feed, by brute force; of his favourites' posts alone where `order` asks for these. */
    async expectedFeed(viewerId: string, order: FeedOrder = 'CHRONOLOGICAL'): Promise<string[]> {
      const truth = await this.truth(viewerId)
      return [...truth.posts.values()]
        .filter((post) => isInFeed(truth.objectionsTo(post), order))
        .map((post): PostPosition => ({ id: post._id, publishedAt: Number(post.publishedAt) }))
        .sort(comparePositions)
        .map((position) => position.id)
    },
  }
}

/** A small generator of whole numbers, so that a failure can be repeated. */
export function createRandom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A viewer with authors of every sort and 1,500 posts, many of one millisecond. */
export async function createCrowd(world: ReturnType<typeof createWorld>, store: Store, seed: number) {
  const random = createRandom(seed)
  const viewer = await world.account()
  const followed = await Promise.all(
    Array.from({ length: 8 }, (_, i) => world.account({ isPrivate: i % 3 === 0 })),
  )
  const [muted, suspended, unknown, celebrity] = [
    await world.account(),
    await world.account({ status: 'SUSPENDED' }),
    await world.account(),
    await world.account(),
  ]
  for (const author of [...followed, muted, suspended, celebrity]) await world.follow(viewer, author)
  await world.mute(viewer, muted)
  await store.celebrities.insert(celebrity)
  const authors = [...followed, muted, suspended, unknown, celebrity, viewer]
  const audiences = ['PUBLIC', 'PUBLIC', 'FOLLOWERS', 'ONLY_ME'] as const
  const base = Date.now() - 10_000_000
  const ids = await world.posts(
    Array.from({ length: 1_500 }, () => ({
      authorId: authors[random(authors.length)] as string,
      publishedAt: base + random(700) * 1_000,
      audience: audiences[random(audiences.length)] ?? ('PUBLIC' as const),
    })),
  )
  for (let i = 0; i < 60; i++) await world.deletePost(ids[random(ids.length)] as string)
  return { random, viewer, followed, base }
}

/** What the home feed of one request works with. */
export function feedDeps(
  platform: Platform,
  viewerId: string | null,
  change: Partial<HomeFeedDeps & Pick<HideDeps, 'posts'>> = {},
): HomeFeedDeps & SuggestedDeps & Pick<HideDeps, 'posts'> {
  const { facts, cursors, cache, config } = platform
  const store = createStore(platform.db('feed'), cache, config.namespace)
  return {
    store,
    posts: facts.posts,
    relations: facts.relations,
    visibility: createVisibility(facts, viewerId),
    hidden: readOnce(() => store.hidden.of(viewerId ?? '')),
    cursors,
    rankingVariant: async () => null,
    meetRanking: () => {},
    topicNames: createTopicNames({ store, ...facts }, Date.now),
    now: Date.now,
    ...change,
  }
}

/** Walks a viewer's whole feed, by default chronologically, a request a page; `between` runs after each page. Throws at a short page. */
export async function walkFeed(
  platform: Platform,
  viewerId: string,
  size: () => number,
  between: (page: number) => Promise<unknown> = async () => {},
  order: FeedOrder = 'CHRONOLOGICAL',
): Promise<string[]> {
  const ids: string[] = []
  let after: string | null = null
  for (let page = 1; ; page++) {
    const first = size()
    const args = { first, after, order }
    const { nodes, pageInfo } = await homeFeed(feedDeps(platform, viewerId), viewerId, args)
    if (pageInfo.hasNextPage && nodes.length < first) throw new Error('a short page that is not the last')
    ids.push(...nodes.map((node) => node.id))
    if (!pageInfo.hasNextPage) return ids
    after = pageInfo.endCursor
    await between(page)
  }
}
