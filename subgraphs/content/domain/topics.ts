// Topics: the pages of hashtags and places. A post stands on them in the transaction that publishes it; how many posts a topic has
// is added up afterwards, in batches, so that a hashtag which everyone uses holds nobody up.
import type { FactModel } from '#platform/facts.ts'
import { byId } from '#platform/loader.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import { hashtagTopic } from '#platform/topics.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { LivePost, PostRow, TopicPostRow } from '../model.ts'
import type { Store } from '../store.ts'
import { type FindDeps, filterFound } from './findable.ts'

type Placed = Pick<PostRow, '_id' | 'status' | 'audience' | 'publishedAt' | 'hashtags' | 'placeId'>

/** The topics on whose pages a post stands. */
export function topicsOf(post: Placed): string[] {
  if (post.status !== 'PUBLISHED' || post.audience === 'ONLY_ME') return []
  return [...(post.hashtags ?? []).map(hashtagTopic), ...(post.placeId ? [post.placeId] : [])]
}

/** The rows that a post's topics need, out of those that there are. */
export function topicChanges(
  post: Placed,
  existing: readonly TopicPostRow[],
): { written: TopicPostRow[]; removedIds: string[] } {
  const known = new Map(existing.map((row) => [row.topicId, row]))
  const topics = topicsOf(post)
  const written = topics.map(
    (topicId): TopicPostRow => ({
      _id: `${topicId}:${post._id}`,
      topicId,
      postId: post._id,
      publishedAt: post.publishedAt ?? new Date(0),
      counts: post.audience === 'PUBLIC',
      counted: known.get(topicId)?.counted ?? false,
      shown: true,
    }),
  )
  const gone = existing.filter((row) => !topics.includes(row.topicId))
  return {
    // What is counted stays until its count is taken back.
    written: [
      ...written,
      ...gone.filter((row) => row.counted).map((row) => ({ ...row, counts: false, shown: false })),
    ],
    removedIds: gone.filter((row) => !row.counted).map((row) => row._id),
  }
}

/** What placing needs. */
export type TopicDeps = Pick<Store, 'findTopicsOf' | 'putTopicPosts' | 'ensureHashtags'> & { now: () => Date }

/** Puts a post on the pages of its topics, and takes it off those that it has left. `before` is null for a new one. */
export async function placeOnTopics(
  deps: TopicDeps,
  tx: Transaction,
  before: Placed | null,
  post: Placed,
): Promise<void> {
  const topics = topicsOf(post)
  const had = before !== null && topicsOf(before).length > 0
  if (topics.length === 0 && !had) return
  // Outside the transaction: two posts that bring the same new hashtag do not wait for each other, and a name more does no harm.
  if (topics.length > 0) await deps.ensureHashtags(post.hashtags ?? [], deps.now())
  const existing = had ? await deps.findTopicsOf([post._id], tx.session) : []
  const { written, removedIds } = topicChanges(post, existing)
  await deps.putTopicPosts(written, removedIds, tx.session)
}

/** What adding up needs. */
export type FoldDeps = Pick<
  Store,
  'findPosts' | 'findTopicsOf' | 'putTopicPosts' | 'addToHashtags' | 'addToPlaces'
> & { accounts: Pick<FactModel<AccountFacts>, 'get'>; transact: Transact<'content'> }

/** Whether what an account publishes for everyone reaches everyone. */
const isOpen = (author: AccountFacts | undefined) => author?.status === 'ACTIVE' && !author.isPrivate

/**
 * Adds up what posts changed in the counts of their topics, exactly once: the rows say what is counted already. Posts of accounts
 * that are private or not active do not count.
 */
export async function foldTopics(deps: FoldDeps, postIds: readonly string[]): Promise<void> {
  const posts = byId(await deps.findPosts(postIds))
  const authors = await deps.accounts.get([...new Set([...posts.values()].map((post) => post.authorId))])
  const toCount = (row: TopicPostRow) =>
    row.counts && isOpen(authors.get(posts.get(row.postId)?.authorId ?? ''))
  await deps.transact(async ({ session }) => {
    const rows = (await deps.findTopicsOf(postIds, session)).filter((row) => toCount(row) !== row.counted)
    const changes = new Map<string, number>()
    for (const row of rows) {
      const by = Number(toCount(row)) - Number(row.counted)
      changes.set(row.topicId, (changes.get(row.topicId) ?? 0) + by)
    }
    await deps.putTopicPosts(
      rows.filter((row) => row.shown).map((row) => ({ ...row, counted: toCount(row) })),
      rows.filter((row) => !row.shown).map((row) => row._id),
      session,
    )
    const entries = [...changes].filter(([, by]) => by !== 0)
    const ofHashtags = entries.filter(([topicId]) => topicId.startsWith('#'))
    await deps.addToHashtags(new Map(ofHashtags.map(([topicId, by]) => [topicId.slice(1), by])), session)
    await deps.addToPlaces(new Map(entries.filter(([topicId]) => !topicId.startsWith('#'))), session)
  })
}

/** Posts of an account that are looked at at once. */
const foldedAtOnce = 200

/** Has the counts of topics follow an account that became private, public, suspended or active again. May be killed and repeated. */
export async function followAuthor(
  deps: FoldDeps &
    Pick<Store, 'getCounting' | 'setCounting' | 'listTopicPostIds'> & {
      accounts: Pick<FactModel<AccountFacts>, 'get' | 'refresh'>
    },
  authorId: string,
): Promise<void> {
  // Until nothing has changed meanwhile: another process may follow a later change at the same time.
  for (;;) {
    await deps.accounts.refresh([authorId])
    const counting = isOpen((await deps.accounts.get([authorId])).get(authorId))
    if ((await deps.getCounting(authorId)) === counting) return
    await deps.setCounting(authorId, null)
    let after: string | null = null
    do {
      const postIds: string[] = await deps.listTopicPostIds(authorId, after, foldedAtOnce)
      if (postIds.length > 0) await foldTopics(deps, postIds)
      after = postIds.length < foldedAtOnce ? null : (postIds.at(-1) ?? null)
    } while (after !== null)
    await deps.setCounting(authorId, counting)
  }
}

/** Topics whose counts one look compares with the rows. */
const checkedAtOnce = 20

/** Compares the counts that were not compared for longest with the rows, and sets those that are wrong right (C9). */
export async function healTopics(
  deps: Pick<
    Store,
    'findUncheckedHashtags' | 'findUncheckedPlaces' | 'countCounted' | 'setHashtagCount' | 'setPlaceCount'
  > & { transact: Transact<'content'>; now: () => Date },
): Promise<void> {
  const at = deps.now()
  for (const { _id, name } of await deps.findUncheckedHashtags(checkedAtOnce)) {
    await deps.transact(async ({ session }) => {
      await deps.setHashtagCount(_id, await deps.countCounted(hashtagTopic(name), session), at, session)
    })
  }
  for (const { _id } of await deps.findUncheckedPlaces(checkedAtOnce)) {
    await deps.transact(async ({ session }) => {
      await deps.setPlaceCount(_id, await deps.countCounted(_id, session), at, session)
    })
  }
}

/** A page of a topic's posts that the viewer finds, newest first. `list` is the field's name with the topic's id. */
export async function listTopic(
  deps: Pick<Store, 'listTopicPosts' | 'findPosts'> & FindDeps & { cursors: Cursors },
  topicId: string,
  list: string,
  args: PageArguments,
): Promise<Page<LivePost>> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  const after = start && { publishedAt: Number(start[0]), id: String(start[1]) }
  const { items, hasNextPage, last } = await fillPage<TopicPostRow>({
    size,
    read: (previous, limit) =>
      deps.listTopicPosts(
        topicId,
        previous ? { publishedAt: previous.publishedAt.getTime(), id: previous.postId } : after,
        limit,
      ),
    visible: (rows) => filterFound(deps, rows, (row) => row.postId),
  })
  const posts = new Map(
    (await deps.findPosts(items.map((row) => row.postId))).map((post) => [post._id, post]),
  )
  const edges = items.flatMap(({ postId, publishedAt }) => {
    const node = posts.get(postId)
    return node ? [{ node, at: publishedAt.getTime() }] : []
  })
  return pageOf(cursors, scope, edges, {
    keyOf: ({ node, at }) => [at, node._id],
    hasNextPage,
    end: last && [last.publishedAt.getTime(), last.postId],
    hasPreviousPage: start !== null,
  })
}
