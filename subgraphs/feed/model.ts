import type { SortKey } from '#platform/page.ts'
import type { PostPosition } from '#platform/posts.ts'

/** A post on its way to a page. */
export interface FeedItem {
  id: string
  /** Null until the policy has told. */
  authorId: string | null
  /** Where it stands in its order: what the next read starts after. */
  key: SortKey
  /** Whether it, or one that stands behind it, is new to the viewer; left out where that is not known. */
  isNew?: boolean
}

/** The order that a first page fixed. */
export interface Snapshot {
  id: string
  /** Best first. */
  postIds: string[]
  /** The oldest of them, below which the walk goes on chronologically; null when they are all there is. */
  floor: PostPosition | null
  /** How many of them stand before the end of what is new to the viewer; orders from before there was this lack it. */
  newCount?: number
  /** Why each of them is there, where it is suggested. */
  reasons?: SuggestedPostReason[]
  /** The names of their topics, where a topic is the reason and has a name. */
  topics?: (string | null)[]
}

/** Why a post is suggested. */
export type SuggestedPostReason = 'CO_ENGAGED' | 'SIMILAR' | 'TOPIC' | 'TRENDING' | 'NEW'

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

/** Something that somebody does with a post which says that he likes it. */
export type DeedKind = 'LIKE' | 'COMMENT' | 'SAVE' | 'SHARE' | 'CLICK' | 'WATCH' | 'MORE'

/** What one viewer did with one post. The first deed of each kind is what counts, so that no storm of likes heats a post. */
export interface EngagementRow {
  /** The viewer's id, a colon, the post's id. */
  _id: string
  viewerId: string
  postId: string
  authorId: string
  /** What the post is; rows from before it was kept do not have it. */
  postKind?: 'POST' | 'REEL'
  /** Kinds that there were ever. */
  ever: DeedKind[]
  /** Kinds that hold: an unliked post was liked, and is not. */
  now: DeedKind[]
  /** When the last one was done. */
  at: Date
}

/** That one viewer had one post on his screen: its first time, which is what the ranking learns from. */
export interface SeenRow {
  /** As of `EngagementRow`. */
  _id: string
  viewerId: string
  postId: string
  surface: string
  at: Date
  dwellMs: number
  watchedMs: number
  /** What spoke for the post at that moment, by signal; null where the home feed did not show it. */
  signals: Record<string, number> | null
}

/** What all viewers together did with a post. */
export interface PostStatsRow {
  /** The post's id. */
  _id: string
  authorId: string
  kind: 'POST' | 'REEL'
  /** Viewers who had it on their screens. */
  shows: number
  /** Those who went on at once. */
  skips: number
  /** First deeds, weighted. */
  deeds: number
  /** Of first looks at a video: milliseconds, and how many looks. */
  watchedMs: number
  watches: number
  /** Its deeds, each halved every 18 hours, as `heatOf` has it; null before the first. */
  heat: number | null
  updatedAt: Date
}

/** How much one viewer cares for one author. */
export interface AffinityRow {
  /** The viewer's id, a colon, the author's id. */
  _id: string
  viewerId: string
  authorId: string
  /** Deeds that speak for the author and against him, each fading, as `heatOf` has it. */
  warmth: number | null
  coolness: number | null
  updatedAt: Date
}

/** What a public post is about. */
export interface Description extends DescriptionHead {
  /** 384 numbers of unit length; null when it says nothing. */
  vector: Float32Array | null
}

/** The same without the vector, which is most of it. */
export interface DescriptionHead {
  /** The post's id. */
  _id: string
  authorId: string
  kind: 'POST' | 'REEL'
  /** Folded names. */
  hashtags: string[]
  /** How long its video lasts; null when it has none. */
  durationMs: number | null
  publishedAt: Date
  /** Which model made the vector: those of one can be compared. */
  model: string
  /** Which of the model's topics it is of; null when it says nothing, and before there are topics. */
  topic: number | null
}

/** That an account used a hashtag on a day: its first post with it. */
export interface HashtagUseRow {
  /** The name, a colon, the account's id, a colon, the day. */
  _id: string
  name: string
  accountId: string
  postId: string
  at: Date
}
