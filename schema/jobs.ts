// The catalogue of jobs: one row each. An event that causes slow work becomes a job: a row in the owner's database that
// holds the payload and the state, and a BullMQ entry that carries only the row's id.
import { z } from 'zod'
import type { SubgraphName } from './sdl.ts'

const id = z.string().min(1).max(64)

interface JobRow {
  /** Whose database holds the job's row. */
  owner: SubgraphName
  /** How many of them one worker process runs at once. */
  concurrency: number
  /** Milliseconds without a sign of life after which another worker may take it over. */
  leaseMs: number
  /** How often it is tried before it is given up. */
  attempts: number
  payload: z.ZodObject
}

export const jobs = {
  /** Puts a post on the timelines of its author's active followers: up to 1,000 of them, then the next job. */
  'fanout.deliverPost': {
    owner: 'feed',
    concurrency: 4,
    leaseMs: 10_000,
    attempts: 8,
    payload: z.object({ postId: id, authorId: id, afterFollowerId: id.nullable() }),
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
  /** Makes a media item's renditions or ladder from its original. */
  'transcoding.processMedia': {
    owner: 'content',
    concurrency: 2,
    leaseMs: 10_000,
    attempts: 5,
    payload: z.object({ mediaId: id }),
  },
} as const satisfies Record<string, JobRow>

export type Jobs = typeof jobs
export type JobName = keyof Jobs
export type JobPayload<N extends JobName> = z.infer<Jobs[N]['payload']>
/** A worker, named by the first half of its jobs' names. */
export type WorkerName = JobName extends `${infer W}.${string}` ? W : never
/** Names of a worker's jobs. */
export type JobsOf<W extends WorkerName> = Extract<JobName, `${W}.${string}`>
