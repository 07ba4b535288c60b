// Topics: the pages of hashtags and places. A post stands on them in the transaction that publishes it; how many posts a topic has
// is added up afterwards, in batches, so that a hashtag which everyone uses holds nobody up.
import type { Transact, Transaction } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { LivePost, PostRow, TopicPostRow } from '../model.ts'
import type { Store } from '../store.ts'

/** The topic of a hashtag, by its folded name. */
export const hashtagTopic = (name: string): string => `#${name}`

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

/** Adds up what posts changed in the counts of their topics, exactly once: the rows say what is counted already. */
export async function foldTopics(
  deps: Pick<Store, 'findTopicsOf' | 'putTopicPosts' | 'addToHashtags' | 'addToPlaces'> & {
    transact: Transact<'content'>
  },
  postIds: readonly string[],
): Promise<void> {
  await deps.transact(async ({ session }) => {
    const rows = (await deps.findTopicsOf(postIds, session)).filter((row) => row.counts !== row.counted)
    const changes = new Map<string, number>()
    for (const { topicId, counts } of rows) {
      changes.set(topicId, (changes.get(topicId) ?? 0) + (counts ? 1 : -1))
    }
    await deps.putTopicPosts(
      rows.filter((row) => row.shown).map((row) => ({ ...row, counted: row.counts })),
      rows.filter((row) => !row.shown).map((row) => row._id),
      session,
    )
    const entries = [...changes].filter(([, by]) => by !== 0)
    const ofHashtags = entries.filter(([topicId]) => topicId.startsWith('#'))
    await deps.addToHashtags(new Map(ofHashtags.map(([topicId, by]) => [topicId.slice(1), by])), session)
    await deps.addToPlaces(new Map(entries.filter(([topicId]) => !topicId.startsWith('#'))), session)
  })
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

/** A page of a topic's posts that the viewer may see, newest first. `list` is the field's name with the topic's id. */
export async function listTopic(
  deps: Pick<Store, 'listTopicPosts' | 'findPosts'> & { cursors: Cursors; visibility: Visibility },
  topicId: string,
  list: string,
  args: PageArguments,
): Promise<Page<LivePost>> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  const after = start && { publishedAt: Number(start[0]), id: String(start[1]) }
  const { items, hasNextPage } = await fillPage<TopicPostRow>({
    size,
    read: (last, limit) =>
      deps.listTopicPosts(
        topicId,
        last ? { publishedAt: last.publishedAt.getTime(), id: last.postId } : after,
        limit,
      ),
    visible: (rows) => visibility.filterByPost(rows, (row) => row.postId),
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
    hasPreviousPage: start !== null,
  })
}
