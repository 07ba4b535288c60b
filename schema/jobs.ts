// The catalogue of jobs: one row each. An event that causes slow work becomes a job: a row in the owner's database that
// holds the payload and the state, and a BullMQ entry that carries only the row's id.
import { z } from 'zod'
import type { SubgraphName } from './sdl.ts'

const id = z.string().min(1).max(64)

/** What a row of the warehouse is about. */
export const deedKinds = [
  'IMPRESSION',
  'LIKE',
  'UNLIKE',
  'COMMENT',
  'UNCOMMENT',
  'SHARE',
  'SAVE',
  'UNSAVE',
  'FOLLOW',
  'UNFOLLOW',
] as const

interface JobRow {
  /** Whose database holds the job's row. */
  owner: SubgraphName
  /** How many of them one worker process runs at once. */
  concurrency: number
  /** Milliseconds without a sign of life after which another worker may take it over. */
  leaseMs: number
  /**
   * How often it is tried before it is given up, with pauses of 250 ms, then twice as long each time: 8 tries last half a minute, 12
   * last eight minutes. Those that an outage ends do not count.
   */
  attempts: number
  payload: z.ZodObject
}

export const jobs = {
  /**
   * Puts a post on the timelines of its author's active followers: up to 1,000 of them, then the next job. Of several jobs, one that
   * comes late serves the recently active alone. `askedAt` is when the event was committed, in Unix milliseconds; a job from before it
   * was there lacks it: when the post was published.
   */
  'fanout.deliverPost': {
    owner: 'feed',
    concurrency: 4,
    leaseMs: 10_000,
    attempts: 8,
    payload: z.object({
      postId: id,
      authorId: id,
      afterFollowerId: id.nullable(),
      askedAt: z.int().optional(),
    }),
  },
  /**
   * Puts a post that came late on the timelines of those of its author's active followers who were left: up to the one that is named.
   * One at a time, so that what is recent goes before.
   */
  'fanout.deliverRest': {
    owner: 'feed',
    concurrency: 1,
    leaseMs: 10_000,
    attempts: 8,
    payload: z.object({ postId: id, authorId: id, afterFollowerId: id.nullable(), lastFollowerId: id }),
  },
  /** Notes on the timelines of an author's active followers that his posts have to be fetched; up to 1,000, then the next job. */
  'fanout.markCelebrity': {
    owner: 'feed',
    concurrency: 1,
    leaseMs: 10_000,
    attempts: 8,
    payload: z.object({ authorId: id, afterFollowerId: id.nullable() }),
  },
  /** Adds an author's recent posts to a new follower's timeline. */
  'fanout.backfill': {
    owner: 'feed',
    concurrency: 4,
    leaseMs: 10_000,
    attempts: 8,
    payload: z.object({ viewerId: id, authorId: id }),
  },
  /** Works out what a post is about, for suggestions and trends, or forgets it when it is not for everyone. */
  'discovery.describePost': {
    owner: 'feed',
    concurrency: 2,
    leaseMs: 30_000,
    attempts: 8,
    payload: z.object({ postId: id }),
  },
  /** Makes a media item's renditions or ladder from its original. */
  'transcoding.processMedia': {
    owner: 'content',
    concurrency: 2,
    leaseMs: 10_000,
    attempts: 5,
    payload: z.object({ mediaId: id }),
  },
  /** Moves the objects of items to the public or the private prefix, wherever they belong now. */
  'transcoding.settleExposure': {
    owner: 'content',
    concurrency: 1,
    leaseMs: 10_000,
    attempts: 12,
    payload: z.object({ mediaIds: z.array(id).max(100) }),
  },
  /** The same for an account whose privacy may have changed: up to 50 of its items under one prefix, then the next job. */
  'transcoding.settleAccount': {
    owner: 'content',
    concurrency: 1,
    leaseMs: 10_000,
    attempts: 12,
    payload: z.object({ ownerId: id, exposure: z.enum(['public', 'private']), afterMediaId: id.nullable() }),
  },
  /** Looks at an item's pictures and labels them, with the posts that show them. */
  'transcoding.labelMedia': {
    owner: 'content',
    concurrency: 1,
    leaseMs: 30_000,
    attempts: 5,
    payload: z.object({ mediaId: id }),
  },
  /** Sends a notification to a device. */
  'notifications.sendPush': {
    owner: 'engagement',
    concurrency: 8,
    leaseMs: 20_000,
    attempts: 12,
    payload: z.object({ notificationId: id, subscriptionId: id }),
  },
  /** Sends a push that sums up what waits to a device. */
  'notifications.sendDigest': {
    owner: 'engagement',
    concurrency: 4,
    leaseMs: 20_000,
    attempts: 12,
    payload: z.object({ digestId: id, subscriptionId: id }),
  },
  /** Tells those who made its author a favourite of a reel: up to 200 of them, then the next job. */
  'notifications.tellReel': {
    owner: 'engagement',
    concurrency: 2,
    leaseMs: 20_000,
    attempts: 8,
    payload: z.object({ postId: id, authorId: id, afterId: id.nullable() }),
  },
  /** Writes a file of the warehouse: all that waits of the day and kind of a chunk. */
  'warehouse.writeFile': {
    owner: 'engagement',
    concurrency: 1,
    leaseMs: 30_000,
    attempts: 12,
    payload: z.object({ chunkId: id }),
  },
  /** Compares the sums of a closed day with the warehouse's files. */
  'warehouse.checkDay': {
    owner: 'engagement',
    concurrency: 1,
    leaseMs: 60_000,
    attempts: 8,
    payload: z.object({ day: z.iso.date() }),
  },
  /** Merges the warehouse's files of a closed day and kind into one. */
  'warehouse.mergeFiles': {
    owner: 'engagement',
    concurrency: 1,
    leaseMs: 60_000,
    attempts: 8,
    payload: z.object({
      day: z.iso.date(),
      kind: z.enum(deedKinds),
    }),
  },
} as const satisfies Record<string, JobRow>

export type Jobs = typeof jobs
export type JobName = keyof Jobs
export type JobPayload<N extends JobName> = z.infer<Jobs[N]['payload']>
/** A worker, named by the first half of its jobs' names. */
export type WorkerName = JobName extends `${infer W}.${string}` ? W : never
/** Names of a worker's jobs. */
export type JobsOf<W extends WorkerName> = Extract<JobName, `${W}.${string}`>
