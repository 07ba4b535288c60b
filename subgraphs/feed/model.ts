import type { SortKey } from '#platform/page.ts'
import type { PostPosition } from '#platform/posts.ts'

/** A post on its way to a page. */
export interface FeedItem {
  id: string
  /** Null until the policy has told. */
  authorId: string | null
  /** Where it stands in its order: what the next read starts after. */
  key: SortKey
}

/** The order that a first page fixed. */
export interface Snapshot {
  id: string
  /** Best first. */
  postIds: string[]
  /** The oldest of them, below which the walk goes on chronologically; null when they are all there is. */
  floor: PostPosition | null
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

/** Something that a viewer does not want on his feed. */
export interface HiddenRow {
  /** The viewer's id, a colon, the subject's id. */
  _id: string
  viewerId: string
  /** A post, or an account with all its posts. */
  subjectId: string
  createdAt: Date
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
