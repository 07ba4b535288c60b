import type { Live } from '#platform/live.ts'
import type { PostPosition, Posts } from '#platform/posts.ts'
import type { JobHandlers, JobQueue } from '#platform/queue.ts'
import type { Relations } from '#platform/relations.ts'
import { follows } from '#subgraphs/feed/domain/sources.ts'
import { backfillTimeline } from '#subgraphs/feed/domain/timeline.ts'
import type { Store } from '#subgraphs/feed/store.ts'
import { celebrityFollowers, followersPerJob, lateMs, planFanout } from './domain/fanout.ts'
import { untilRedisAnswers } from './domain/outage.ts'

export interface FanoutDeps {
  store: Store
  posts: Posts
  relations: Relations
  jobs: JobQueue
  live: Pick<Live, 'tell'>
  now: () => number
}

/** The fan-out worker's code. Each job can run again from its beginning: all it does is add members to sets. */
export function createJobs(deps: FanoutDeps): JobHandlers<'fanout'> {
  const { store, posts, relations, jobs, live } = deps
  /** Where a post stands on timelines; null for one that stands on none. */
  const positionOf = async (postId: string): Promise<PostPosition | null> => {
    const post = (await posts.get([postId])).get(postId)
    if (post?.status !== 'PUBLISHED' || post.publishedAt === null) return null
    return { id: postId, publishedAt: post.publishedAt }
  }
  /** Puts a post on the timelines of followers, or of those alone who were there lately, and tells them. Whether others are left. */
  const deliver = async (
    signal: AbortSignal,
    followerIds: readonly string[],
    position: PostPosition,
    toRecent = false,
  ): Promise<boolean> => {
    const { reached, hasOthers } = await untilRedisAnswers(signal, async () =>
      toRecent
        ? store.timelines.pushToRecent(followerIds, position)
        : { reached: await store.timelines.push(followerIds, position), hasOthers: false },
    )
    for (const viewerId of reached) live.tell('feed.updated', { viewerId, postId: position.id })
    return hasOthers
  }
  return {
    'fanout.deliverPost': async ({ id, payload, signal }) => {
      const { postId, authorId, afterFollowerId, askedAt } = payload
      const position = await positionOf(postId)
      if (!position) return
      if (afterFollowerId === null && !(await isPushed(deps, authorId))) return
      const followerIds = await relations.followerIds(authorId, afterFollowerId, followersPerJob)
      const last = followerIds.at(-1)
      // The next job first: jobs of one post then overlap, and one that dies after this adds the same key again.
      if (followerIds.length === followersPerJob && last) {
        const next = { ...payload, afterFollowerId: last }
        await jobs.enqueue('fanout.deliverPost', `${firstKey(id)}:${last}`, next)
      }
      // One job that serves all followers is as quick as one that leaves some for another.
      const isOneOfMany = afterFollowerId !== null || followerIds.length === followersPerJob
      const isLate = isOneOfMany && deps.now() - (askedAt ?? position.publishedAt) > lateMs
      // They are told before the rest is left to a job: if that fails, this one finds them reached when it runs again, and would
      // tell nobody.
      const hasOthers = await deliver(signal, followerIds, position, isLate)
      if (hasOthers && last) {
        const rest = { postId, authorId, afterFollowerId, lastFollowerId: last }
        await jobs.enqueue('fanout.deliverRest', `${firstKey(id)}:${afterFollowerId ?? ''}`, rest)
      }
    },

    'fanout.deliverRest': async ({ payload, signal }) => {
      const { postId, authorId, lastFollowerId } = payload
      const position = await positionOf(postId)
      if (!position) return
      // Who has come meanwhile stands among them: they may be more than there were.
      for (let after = payload.afterFollowerId; after === null || after < lastFollowerId; ) {
        const followerIds = await relations.followerIds(authorId, after, followersPerJob)
        await deliver(signal, followerIds, position)
        const last = followerIds.at(-1)
        if (followerIds.length < followersPerJob || !last) return
        after = last
      }
    },

    'fanout.markCelebrity': async ({ id, payload: { authorId, afterFollowerId }, signal }) => {
      const followerIds = await relations.followerIds(authorId, afterFollowerId, followersPerJob)
      await untilRedisAnswers(signal, () => store.timelines.mark(followerIds, authorId))
      const last = followerIds.at(-1)
      // Strictly one after the other: the last one says that all are marked.
      if (followerIds.length === followersPerJob && last) {
        const next = { authorId, afterFollowerId: last }
        await jobs.enqueue('fanout.markCelebrity', `${firstKey(id)}:${last}`, next)
      } else {
        await store.celebrities.setMarked(authorId)
      }
    },

    'fanout.backfill': async ({ payload: { viewerId, authorId }, signal }) => {
      if (!(await follows(relations, viewerId, authorId))) return
      await untilRedisAnswers(signal, () => backfillTimeline(deps, viewerId, authorId))
    },
  }
}

/** Decides whether an author's post is pushed, and carries out what the decision says about him. */
async function isPushed({ store, relations, jobs }: FanoutDeps, authorId: string): Promise<boolean> {
  const [followers, row] = await Promise.all([
    relations.followerCount(authorId, celebrityFollowers),
    store.celebrities.get(authorId),
  ])
  const plan = planFanout(followers, row === null ? 'none' : row.markedAt === null ? 'marking' : 'marked')
  if (plan === 'promote') {
    const { createdAt } = await store.celebrities.insert(authorId)
    const first = { authorId, afterFollowerId: null }
    await jobs.enqueue('fanout.markCelebrity', `${authorId}/${createdAt.getTime()}`, first)
  }
  if (plan === 'demote') await store.celebrities.delete(authorId)
  return plan !== 'pull'
}

/** Key of the first job of a chain, out of any of its jobs' ids: `<name>:<first key>` or `<name>:<first key>:<last follower>`. */
function firstKey(jobId: string): string {
  return jobId.split(':')[1] ?? jobId
}
