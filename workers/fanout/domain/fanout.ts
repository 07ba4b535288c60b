// How a post reaches its readers.

/** From this many followers on, an author's posts are not pushed to their timelines: readers fetch them. */
export const celebrityFollowers = 10_000
/** Below this many, a celebrity's posts are pushed again; the gap keeps an author on the border from going to and fro. */
export const ordinaryFollowers = 8_000
/** Followers whom one job serves. */
export const followersPerJob = 1_000
/** A post that is not delivered so long after it was asked for is late: the recently active get it first. */
export const lateMs = 2_000

/**
 * - `push`: onto the followers' timelines.
 * - `promote`: push, and have the followers' timelines marked, so that later posts can be left to the readers.
 * - `demote`: push; the author is a celebrity no longer.
 * - `pull`: nothing to do, readers fetch it.
 */
type FanoutPlan = 'push' | 'promote' | 'demote' | 'pull'

/**
 * Decides how a post is delivered. `celebrity` says where its author stands: not one, being marked on his followers'
 * timelines (pushes go on until all of them are), or marked.
 */
export function planFanout(followers: number, celebrity: 'none' | 'marking' | 'marked'): FanoutPlan {
  if (celebrity === 'none') return followers >= celebrityFollowers ? 'promote' : 'push'
  if (celebrity === 'marking') return 'promote'
  return followers < ordinaryFollowers ? 'demote' : 'pull'
}
