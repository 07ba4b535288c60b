// What Content keeps in MongoDB, and what its resolvers hand on.
import type { MediaFactsRow } from '#platform/media.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import type { Exposure } from '#platform/storage.ts'
import type { StoryFactsRow, StoryViewFactsRow } from '#platform/stories.ts'
import type { MediaFilter, MediaLabel, ReportReason, ReviewDecision } from './types.gen.ts'

export type MediaKind = MediaFactsRow['kind']
export type { MediaFilter, MediaLabel, ReportReason, ReviewDecision }
export type PostKind = 'POST' | 'REEL'

/** A part of a picture, as shares of its width and height. */
export interface MediaCrop {
  x: number
  y: number
  width: number
  height: number
}

/** What a media item has once it is READY, and not before. */
export interface MediaResult {
  width: number | null
  height: number | null
  /** Milliseconds; null for pictures. */
  durationMs: number | null
  /** ThumbHash in base64. */
  placeholder: string | null
  dominantColor: string | null
  exposure: Exposure | null
  /** `<exposure>/media/<id>/<content hash>/`: everything that is served of it lies under it. */
  prefix: string | null
  /** The picture, or the video's poster, by width. */
  renditions: MediaFactsRow['renditions']
  /** The picture at full size, without metadata; null for videos. */
  originalKey: string | null
  /** Whether that is still in the store's usual class of storage. */
  isWarm?: boolean
  hlsKey: string | null
  posterKey: string | null
  /** A few silent seconds of a video. Items from before there was the one or the other lack it, and have none. */
  previewKey?: string | null
  /** WebVTT of a video's small pictures. */
  thumbnailsKey?: string | null
  /** The whole of an AUDIO or CIPHERTEXT item. */
  fileKey?: string | null
  /** Perceptual hash of a picture or poster, 64 bits in hexadecimal: similar pictures differ in few bits. For moderation. */
  perceptualHash?: string | null
  /** Of a picture: its size before it was cropped. */
  source?: { width: number; height: number } | null
}

/** A row of `media`. What was uploaded lies at `uploads/<id>` until the item is READY. */
export interface MediaRow extends MediaFactsRow, MediaResult {
  /** As declared; the worker checks it against the bytes. */
  contentType: string
  byteSize: number
  failure: { code: string; message: string } | null
  /** Percent, 0–100. */
  progress: number
  altText: string | null
  /** Counted up by each post that takes the item, so that whatever else changes the row conflicts with it. */
  uses: number
  /** Grows with each run of the worker: only the latest may finish the item. */
  fence: number
  /** The job that ran last of those for its present bytes and look; null when none has. */
  jobId?: string | null
  /** The store's id of an upload in parts. */
  uploadId?: string | null
  /** READY by its lowest rung alone; the others are being made. */
  unfinished?: boolean
  filter?: MediaFilter
  crop?: MediaCrop | null
  /** Captions by language. */
  captions?: { language: string; key: string }[]
  /** The master playlist that names them too; null without captions. */
  captionedHlsKey?: string | null
  /** What its pictures are labelled with; rows from before there was this lack it. */
  labels?: MediaLabel[]
  /** What the labels go by: the highest score of its pictures, 0–1; null where none was told. */
  labelling?: { score: number | null; at: Date }
  /** Its pictures wait for a look; absent when they do not. */
  unlabelled?: boolean
  /** While it waits: not to be tried again before then. */
  lookAfter?: Date
  /** How often its objects were moved between the public and the private prefix, moves that were given up included. */
  moves?: number
  /** Where a move is going that has not switched the row yet. */
  moving?: string | null
  /** Prefixes that moves left, and when; their objects are still to be removed. */
  leaving?: { prefix: string; at: Date }[]
  createdAt: Date
  updatedAt: Date
}

/** A row of `posts`. A deleted one stays as a tombstone without its text. */
export interface PostRow extends PostFactsRow {
  kind: PostKind
  caption: string | null
  mediaIds: string[]
  /** Folded names of its hashtags, in the order of the caption. */
  hashtags?: string[]
  /** Whom its caption mentions and may mention. */
  mentions?: Mention[]
  placeId?: string | null
  /** Whether moderators labelled it: its author cannot take `sensitive` away. */
  labelled?: boolean
  /** What its author said of `sensitive` when the labels of its media overrode it. */
  sensitiveByAuthor?: boolean
  /** When it is to be published; null unless SCHEDULED. Rows from before there was this lack it. */
  scheduledAt?: Date | null
  /** When what it shows or says was last changed after its publication. */
  editedAt?: Date | null
  createdAt: Date
  updatedAt: Date
}

/** A post that is not deleted. */
export interface LivePost extends PostRow {
  status: Exclude<PostRow['status'], 'DELETED'>
}

/** An account that a caption mentions, by the folded username that stood there. */
export interface Mention {
  name: string
  userId: string
}

/** A row of `hashtags`: one that something shared carries or carried. */
export interface HashtagRow {
  _id: string
  /** Folded: what tells hashtags apart. */
  name: string
  /** Published posts for everyone that carry it. */
  postCount: number
  createdAt: Date
  /** When the count was last compared with the rows. */
  checkedAt: Date
}

/** A row of `hashtagFollows`. Its id is `hashtagFollowId`. */
export interface HashtagFollowRow {
  _id: string
  userId: string
  hashtagId: string
  at: Date
}

/** A row of `places`. */
export interface PlaceRow {
  _id: string
  name: string
  /** Folded name, a square of some 100 m, and who brought it: two of his that agree in them are one place. */
  key: string
  nameKey: string
  /** GeoJSON: longitude, then latitude. */
  point: { type: 'Point'; coordinates: [number, number] }
  /** Whose post brought it first. */
  creatorId: string
  /** Published posts for everyone that were made there. */
  postCount: number
  createdAt: Date
  /** When the count was last compared with the rows. */
  checkedAt: Date
}

/** A row of `topicPosts`: a post on the page of a hashtag or of a place. */
export interface TopicPostRow {
  _id: string
  /** `#` and the name of a hashtag, or the id of a place. */
  topicId: string
  postId: string
  publishedAt: Date
  /** Whether it counts: it is published, and for everyone. */
  counts: boolean
  /** Whether the topic's count holds it. */
  counted: boolean
  /** Whether it is on the page; one that is not stays until its count is taken back. */
  shown: boolean
}

/** A row of `tags`: a person in a post. Its id is `tagId`. */
export interface TagRow {
  _id: string
  postId: string
  userId: string
  authorId: string
  mediaId: string
  /** Where in the picture, from 0 to 1 of its width and height; null for nowhere in particular. */
  x: number | null
  y: number | null
  /** REMOVED by the person himself: the author cannot bring it back. */
  state: 'PENDING' | 'APPROVED' | 'REMOVED'
  at: Date
}

/** Id of a row of `hashtagFollows`. */
export const hashtagFollowId = (userId: string, hashtagId: string): string => `${userId}:${hashtagId}`

/** Id of a row of `tags`. */
export const tagId = (postId: string, userId: string): string => `${postId}:${userId}`

/** What a post said and showed before an edit: a row of `revisions`. */
export interface RevisionRow {
  _id: string
  postId: string
  caption: string | null
  mediaIds: string[]
  placeId?: string | null
  /** Descriptions by item; items without one are left out. */
  altTexts: Record<string, string>
  /** Whom it showed. Rows from before there was this lack it. */
  tags?: TagRow[]
  /** When the edit took its place. */
  replacedAt: Date
}

/** A row of `authors`: what Content keeps of an account. */
export interface AuthorRow {
  _id: string
  /** The last pinned first; absent for none. */
  pinnedPostIds?: string[]
  /** Whether its posts count on the pages of hashtags and places; null while that is being changed. Absent: they do. */
  counting?: boolean | null
}

/** The viewer himself. */
export interface ViewerRef {
  id: string
}

/** An account, which is User's. */
export interface UserRef {
  id: string
}

/** A comment, which is Engagement's. */
export interface CommentRef {
  id: string
}

/** Something that was found. */
export type FoundNode = UserRef | CommentRef | LivePost | HashtagRow | PlaceRow

/** Something that somebody searched for. */
export interface SearchedFor {
  query: string
  /** Folded: what tells searches apart. */
  key: string
  at: Date
}

/** A row of `recentSearches`: an account's, by its id. */
export interface RecentSearchesRow {
  _id: string
  /** The last first. */
  searches: SearchedFor[]
}

/** How many published posts an account has: all, and those that others may come to see. */
export interface PostCount {
  total: number
  shared: number
}

/** Something that lies on a story's picture; what its kind does not use is null. */
export interface StickerRow {
  kind: 'POLL' | 'QUESTION' | 'MENTION' | 'LOCATION' | 'HASHTAG' | 'LINK'
  /** Its middle, from 0 to 1 of the picture's width and height. */
  x: number
  y: number
  /** The account that is mentioned. */
  userId: string | null
  /** Name of the place, the hashtag without its `#`, or the words of the link. */
  text: string | null
  url: string | null
  latitude: number | null
  longitude: number | null
}

/** A row of `stories`. A deleted one stays as a tombstone without its stickers. */
export interface StoryRow extends StoryFactsRow {
  mediaId: string
  stickers: StickerRow[]
  poll: { question: string | null; options: string[] } | null
  question: { prompt: string } | null
}

/** An option of a story's poll, on its way to an answer. */
export interface PollOption {
  story: StoryRow
  text: string
  index: number
}

/** A row of `storyViews`: that someone has seen a story, and how he reacted. Its id is `storyViewId`. */
export interface StoryViewRow extends StoryViewFactsRow {
  reaction: string | null
  reactedAt: Date | null
}

/** A row of `storyVotes`: one person's vote in a story's poll. Ids as those of views. */
export interface StoryVoteRow {
  _id: string
  storyId: string
  voterId: string
  /** Index of the option. */
  option: number
  at: Date
}

/** A row of `storyAnswers`: one person's answer to a story's question. Ids as those of views. */
export interface StoryAnswerRow {
  _id: string
  storyId: string
  authorId: string
  text: string
  at: Date
}

/** A row of `highlights`. */
export interface HighlightRow {
  _id: string
  authorId: string
  title: string
  /** In the order in which they are shown. */
  storyIds: string[]
  /** The story whose picture stands for the highlight; null: the first. */
  coverStoryId: string | null
  createdAt: Date
  updatedAt: Date
}

/** What may be reported: the kinds of things of the graph, apart from those that are somebody's own. */
export type SubjectKind =
  | 'USER'
  | 'POST'
  | 'COMMENT'
  | 'STORY'
  | 'MESSAGE'
  | 'MEDIA'
  | 'CONVERSATION'
  | 'HIGHLIGHT'
  | 'HASHTAG'

/** A row of `reports`: what one person said about one thing while one review of it was open. */
export interface ReportRow {
  _id: string
  reporterId: string
  subjectId: string
  /** The review that it belongs to. */
  itemId: string
  reason: ReportReason
  details: string | null
  status: 'OPEN' | 'ACTED' | 'DISMISSED'
  createdAt: Date
  updatedAt: Date
}

/**
 * What a review holds a thing to, and how to change it back: done first or not, it stands until no review holds the thing to it. What
 * the machine changed before stays until it is decided that nothing is wrong.
 */
export type ReviewEffect =
  | { kind: 'POST'; id: string; before: PostStanding; after: PostStanding; byMachine?: true }
  | { kind: 'STORY'; id: string }
  | { kind: 'COMMENT'; id: string }
  | { kind: 'LABELS'; id: string; labels: MediaLabel[]; byMachine?: true }
  | { kind: 'MARK'; id: string; itemId?: string; reason?: ReportReason }
  | { kind: 'ACCOUNT'; id: string; change: 'SUSPENDED' | 'SHADOW_BANNED' }

/** What moderators set of a post. */
export interface PostStanding {
  status?: LivePost['status']
  sensitive?: boolean
  labelled?: boolean
  limited?: boolean
}

/** Which reviews a moderator looks at. */
export type ReviewView = 'OPEN' | 'APPEALS' | 'CLAIMED' | 'DECIDED'

/** A row of `reviewItems`: a thing that moderators look at, once for all who reported it. */
export interface ReviewItemRow {
  _id: string
  subjectId: string
  subjectKind: SubjectKind
  /** Whose it is; null when it is nobody's. */
  ownerId: string | null
  /**
   * What brought it: reports, its text, what the machine saw in a picture, a picture like it that was taken down, that it acts as one
   * with others, or like a clock.
   */
  source: 'REPORTS' | 'TEXT' | 'IMAGE' | 'MATCH' | 'RING' | 'TIMING'
  /** Of an account: others that it acts as one with, at most 50. */
  ring?: string[]
  /** When that was seen. */
  ringAt?: Date
  /** What it said when it came into the queue. */
  text: string | null
  /** How often each reason was given. */
  reasons: Partial<Record<ReportReason, number>>
  reportCount: number
  priority: number
  open: boolean
  openedAt: Date
  claimedBy: string | null
  claimedUntil: Date | null
  decision: ReviewDecision | null
  decidedBy: string | null
  decidedAt: Date | null
  /** Key of the template that the decision is explained with. */
  templateKey?: string | null
  /** What was removed for; null where nothing was. Rows from before this was kept lack it. */
  decidedReason?: ReportReason | null
  /** For moderators. */
  note: string | null
  effects: ReviewEffect[]
  /** What the machine had changed before it was decided that nothing is wrong; an undo does it again. */
  dismissed?: ReviewEffect[]
  /** Of an item: ids of the marks that it was found to be like. */
  matches?: string[]
  appeal: { text: string | null; at: Date; status: 'PENDING' | 'UPHELD' | 'OVERTURNED' } | null
}

/** What lowers the trust in an account. */
export interface HeldAgainst {
  /** Decisions against what is its own, the last first. */
  decisions: Pick<ReviewItemRow, 'decidedAt' | 'reportCount'>[]
  /** When a review of it that waits found it to act as one with others; null when none did. */
  ringAt: Date | null
}

/** What reviews tell of an account's conduct. */
export interface Conduct {
  /** Decisions against things of its own that stand. */
  violations: number
  /** Reports, each of another person, that those decisions upheld. */
  upheldReports: number
  /** Reports of things of its own that wait. */
  openReports: number
  /** How many others it acts as one with, by a review that waits. */
  ringSize: number
}

/**
 * A row of `pictureMarks`: a picture that was taken down. Its id is `<perceptual hash>:<kind>`; of rows from before there was one of
 * each kind, the hash alone.
 */
export interface PictureMarkRow {
  _id: string
  /** Parts of the hash, to look it up by. */
  bands: string[]
  /** How often a review came to hold it. */
  puts?: number
  /** Whether pictures like it are taken down, or looked at as somebody else's work. */
  kind: 'BLOCKED' | 'CLAIMED'
  reason: ReportReason
  /** A review that holds it taken down. */
  itemId: string
  createdAt: Date
}

/** A row of `auditEntries`: something that moderation did. Its id is its place in the chain, from 1. */
export interface AuditRow {
  _id: number
  at: Date
  /** The account that did it; null for the machine. */
  actorId: string | null
  action: string
  itemId: string | null
  subjectId: string
  /** A code: entries outlive the people that they are about, so that nobody's words may stand in them. */
  detail: string | null
  /** The hash of the entry before, 64 hexadecimal digits; zeros before the first. */
  previousHash: string
  hash: string
}

/** A row of `copyrightClaims`. */
export interface CopyrightClaimRow {
  _id: string
  claimantId: string
  subjectId: string
  ownerId: string
  itemId: string
  work: string
  statement: string | null
  /** What its owner answers. */
  answer: string | null
  answeredAt: Date | null
  createdAt: Date
}

/** Where the bytes of an upload lie until they are processed. */
export const uploadKey = (mediaId: string): string => `uploads/${mediaId}`

/** Where pieces of a video lie while the others are being made. */
export const workPrefix = (mediaId: string): string => `work/${mediaId}/`

/** Every place where objects of a media item can lie. */
export const mediaPrefixes = (mediaId: string): string[] => [
  `public/media/${mediaId}/`,
  `private/media/${mediaId}/`,
  workPrefix(mediaId),
  uploadKey(mediaId),
]
