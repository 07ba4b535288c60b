import type { PostPosition } from '#platform/posts.ts'

/** A post on its way to a page: where it stands, and its author once the policy has told. */
export interface FeedItem extends PostPosition {
  authorId: string | null
}

/**
 * An author whom too many follow for his posts to be pushed: readers fetch them instead. The row is written before the
 * timelines of his followers are marked, and `markedAt` when all of them are: from then on nothing of his is pushed.
 */
export interface CelebrityRow {
  /** The author's id. */
  _id: string
  createdAt: Date
  markedAt: Date | null
}

/** Posts that a timeline holds at most. */
export const timelineCap = 800
/** The floor of a timeline that holds everything there is. */
export const noFloor = 0

/** What a timeline says about a stretch of the feed. */
export interface TimelineSlice {
  /** Posts above the floor, newest first. */
  entries: PostPosition[]
  /** Complete above this time, in milliseconds since 1970; `noFloor` when it holds everything. */
  floor: number
  /** Celebrities whose posts have to be fetched. */
  celebrityIds: string[]
}

/** Posts to put on a timeline: all that their authors published after `completeAbove`. */
export interface TimelineFill {
  posts: readonly PostPosition[]
  completeAbove: number
  celebrityIds: readonly string[]
}
