// The catalogue of events: one row each. The row is the law: who publishes, who listens, how it is keyed, what it
// carries (ids, never content). Handlers are typed by it, so a missing or an unlisted one does not compile.
//
// A row is published to the JetStream subject `events.<publisher>.<name>.<key>`, and, when it has `inbox`, also to
// `inbox.<userId>.<name>` for every user that the function names: that is what a person's own devices listen to.
import { z } from 'zod'
import type { SubgraphName } from './sdl.ts'

const id = z.string().min(1).max(64)

interface EventRow {
  publisher: SubgraphName
  /** Durable consumers, `<unit>.<task>`; each has its own position in the stream. */
  consumers: readonly ConsumerName[]
  /** Field of the payload by which events are ordered and by which live listeners filter. */
  key: string
  payload: z.ZodObject
  /** Users whose own devices hear of it. */
  inbox?: (payload: never) => string[]
  /**
   * Only those hear of it who listen at that moment: it goes over core NATS (`live.tell`), and nothing stores it. It has no
   * consumers.
   */
  ephemeral?: true
}

/** Every durable consumer, and the unit (subgraph or worker) whose process runs it. */
export const consumers = {
  'user.facts': 'user',
  'user.mail': 'user',
  'user.experiments': 'user',
  'user.exposures': 'user',
  'user.lifecycle': 'user',
  'user.moderation': 'user',
  'graph.facts': 'graph',
  'graph.counts': 'graph',
  'graph.accounts': 'graph',
  'graph.lifecycle': 'graph',
  'content.facts': 'content',
  'content.publishing': 'content',
  'content.topics': 'content',
  'content.lifecycle': 'content',
  'content.safety': 'content',
  'content.search': 'content',
  'feed.signals': 'feed',
  'feed.consents': 'feed',
  'feed.lifecycle': 'feed',
  'engagement.counters': 'engagement',
  'engagement.notifications': 'engagement',
  'engagement.lifecycle': 'engagement',
  'engagement.moderation': 'engagement',
  'messaging.shares': 'messaging',
  'messaging.previews': 'messaging',
  'messaging.lifecycle': 'messaging',
  'fanout.timelines': 'fanout',
  'discovery.posts': 'discovery',
  'transcoding.uploads': 'transcoding',
  'warehouse.events': 'warehouse',
  'notifications.push': 'notifications',
  'transcoding.exposure': 'transcoding',
} as const
export type ConsumerName = keyof typeof consumers
export type UnitName = (typeof consumers)[ConsumerName]
export type ConsumersOf<U extends UnitName> = {
  [C in ConsumerName]: (typeof consumers)[C] extends U ? C : never
}[ConsumerName]

/** The subgraph whose database a unit works on: a worker is the slow half of one subgraph. */
export const unitOwners = {
  user: 'user',
  graph: 'graph',
  content: 'content',
  feed: 'feed',
  engagement: 'engagement',
  messaging: 'messaging',
  fanout: 'feed',
  discovery: 'feed',
  transcoding: 'content',
  warehouse: 'engagement',
  notifications: 'engagement',
} as const satisfies Record<UnitName, SubgraphName>

/** One appearance on a screen; durations in milliseconds. */
const impression = z.object({
  subjectId: id,
  /** Author of the post or story; null for subjects without one. */
  authorId: id.nullable(),
  surface: z.enum([
    'HOME',
    'REELS',
    'EXPLORE',
    'STORY',
    'PROFILE',
    'HASHTAG',
    'PLACE',
    'SEARCH',
    'POST',
    'MESSAGE',
    'OTHER',
  ]),
  position: z.int().nonnegative().nullable(),
  dwellMs: z.int().nonnegative(),
  watchedMs: z.int().nonnegative(),
  clicked: z.boolean(),
  /** Whether it counts as a view of a post. */
  viewed: z.boolean(),
})

/** What somebody may be told of. */
export const notificationKinds = [
  'FOLLOW',
  'FOLLOW_REQUEST',
  'FOLLOW_ACCEPTED',
  'POST_LIKE',
  'COMMENT',
  'REPLY',
  'COMMENT_LIKE',
  'MENTION',
  'TAG',
  'STORY_REACTION',
  'STORY_VIEW',
  'STORY_ANSWER',
  'MESSAGE',
  'REEL',
  'MILESTONE',
  'MODERATION',
] as const

const relation = z.object({ userId: id, otherId: id })
const story = z.object({ storyId: id, authorId: id })
/** Of a comment: whether until then only its writer and the post's author saw it, by that author's doing or moderators'. */
const unseen = z.literal(true).optional()

export const events = {
  'account.changed': {
    publisher: 'user',
    consumers: [
      'user.facts',
      'transcoding.exposure',
      'graph.accounts',
      'content.search',
      'content.topics',
      'content.safety',
    ],
    key: 'userId',
    payload: z.object({ userId: id }),
  },
  /** Somebody agreed to something, or took it back; what stands is in the account's facts. */
  'consents.changed': {
    publisher: 'user',
    consumers: ['feed.consents'],
    key: 'userId',
    payload: z.object({ userId: id }),
  },
  /** Moderators put an account to rest. Its hiding follows from `account.changed`. */
  'account.suspended': {
    publisher: 'user',
    consumers: [],
    key: 'userId',
    payload: z.object({ userId: id, moderatorId: id }),
  },
  /** Moderators took a suspension back. */
  'account.restored': {
    publisher: 'user',
    consumers: [],
    key: 'userId',
    payload: z.object({ userId: id, moderatorId: id }),
  },
  /** Its owner asked for its deletion: due at the row's `deletionAt`, unless he takes it back. */
  'account.deletionScheduled': {
    publisher: 'user',
    consumers: [],
    key: 'userId',
    payload: z.object({ userId: id }),
  },
  'account.deletionCancelled': {
    publisher: 'user',
    consumers: [],
    key: 'userId',
    payload: z.object({ userId: id }),
  },
  /** Its time was over: of the account there is a tombstone, and each subgraph removes what it has of it. */
  'account.erased': {
    publisher: 'user',
    consumers: [
      'user.lifecycle',
      'graph.lifecycle',
      'content.lifecycle',
      'feed.lifecycle',
      'engagement.lifecycle',
      'messaging.lifecycle',
    ],
    key: 'userId',
    payload: z.object({ userId: id }),
  },
  /** Its owner wants a copy of his data: each subgraph writes its part of it into the object store. */
  'export.requested': {
    publisher: 'user',
    consumers: [
      'user.lifecycle',
      'graph.lifecycle',
      'content.lifecycle',
      'feed.lifecycle',
      'engagement.lifecycle',
      'messaging.lifecycle',
    ],
    key: 'userId',
    payload: z.object({ userId: id, exportId: id }),
  },
  'session.ended': {
    publisher: 'user',
    consumers: [],
    key: 'userId',
    payload: z.object({ userId: id, sessionId: id }),
  },
  /** A mail that carries a proof is to be sent. It names no account, so that nothing here tells whether there is one. */
  'mail.requested': {
    publisher: 'user',
    consumers: ['user.mail'],
    key: 'proofId',
    payload: z.object({ proofId: id }),
  },

  /** Any relation between two people changed; both directions. */
  'relation.changed': {
    publisher: 'graph',
    consumers: ['graph.facts', 'graph.counts', 'engagement.counters'],
    key: 'userId',
    payload: relation,
  },
  /** `userId` now follows `otherId`. */
  'follow.created': {
    publisher: 'graph',
    consumers: [
      'warehouse.events',
      'user.experiments',
      'fanout.timelines',
      'engagement.notifications',
      'content.safety',
    ],
    key: 'userId',
    payload: relation.extend({ accepted: z.boolean() }),
  },
  /** `userId` asks to follow `otherId`. */
  'follow.requested': {
    publisher: 'graph',
    consumers: ['engagement.notifications'],
    key: 'userId',
    payload: relation,
  },
  /** `userId` no longer follows, or no longer asks to follow, `otherId`. */
  'follow.ended': {
    publisher: 'graph',
    consumers: ['warehouse.events', 'fanout.timelines', 'engagement.notifications'],
    key: 'userId',
    payload: relation,
  },

  /** `userId` has so many followers for the first time: a round number. It may be said again. */
  'followers.reached': {
    publisher: 'graph',
    consumers: ['engagement.notifications'],
    key: 'userId',
    payload: z.object({ userId: id, count: z.int().positive() }),
  },

  'media.uploaded': {
    publisher: 'content',
    consumers: ['transcoding.uploads'],
    key: 'mediaId',
    payload: z.object({ mediaId: id, ownerId: id }),
  },
  /** Its progress, status or description changed. */
  'media.changed': {
    publisher: 'content',
    consumers: ['content.publishing', 'transcoding.exposure', 'content.search'],
    key: 'mediaId',
    payload: z.object({ mediaId: id, ownerId: id, status: z.enum(['PROCESSING', 'READY', 'FAILED']) }),
  },
  /** Its owner deleted it: the row is gone, its objects are to go. */
  'media.deleted': {
    publisher: 'content',
    consumers: ['transcoding.exposure'],
    key: 'mediaId',
    payload: z.object({ mediaId: id, ownerId: id }),
  },
  'post.published': {
    publisher: 'content',
    consumers: [
      'discovery.posts',
      'content.facts',
      'content.topics',
      'fanout.timelines',
      'transcoding.exposure',
      'content.search',
      'content.safety',
      'engagement.notifications',
    ],
    key: 'postId',
    payload: z.object({ postId: id, authorId: id }),
  },
  /** What it says or shows, who may see it, or where it stands changed, in no way that has an event of its own. */
  'post.changed': {
    publisher: 'content',
    consumers: [
      'discovery.posts',
      'content.facts',
      'content.topics',
      'transcoding.exposure',
      'content.search',
    ],
    key: 'postId',
    payload: z.object({ postId: id, authorId: id }),
  },
  /** Its author took it out of sight, and may bring it back. */
  'post.archived': {
    publisher: 'content',
    consumers: [
      'discovery.posts',
      'content.facts',
      'content.topics',
      'transcoding.exposure',
      'content.search',
    ],
    key: 'postId',
    payload: z.object({ postId: id, authorId: id }),
  },
  /** It stands where it stood before it was archived, with the time of its publication. */
  'post.unarchived': {
    publisher: 'content',
    consumers: [
      'discovery.posts',
      'content.facts',
      'content.topics',
      'fanout.timelines',
      'transcoding.exposure',
      'content.search',
    ],
    key: 'postId',
    payload: z.object({ postId: id, authorId: id }),
  },
  'post.deleted': {
    publisher: 'content',
    consumers: [
      'discovery.posts',
      'content.facts',
      'content.topics',
      'content.publishing',
      'engagement.counters',
      'engagement.notifications',
      'transcoding.exposure',
      'content.search',
    ],
    key: 'postId',
    payload: z.object({ postId: id, authorId: id }),
  },
  /** A published post mentions `userId`. */
  'user.mentioned': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'userId',
    payload: z.object({ userId: id, actorId: id, postId: id }),
  },
  /** A published post mentions `userId` no longer. */
  'user.unmentioned': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'userId',
    payload: z.object({ userId: id, actorId: id, postId: id }),
  },
  /** A published post shows `userId`, who has not answered yet. */
  'user.tagged': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'userId',
    payload: z.object({ userId: id, actorId: id, postId: id }),
  },
  /** A post shows `userId` no longer: he or its author took the tag away. */
  'user.untagged': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'userId',
    payload: z.object({ userId: id, actorId: id, postId: id }),
  },

  /** It is there for its audience. */
  'story.published': {
    publisher: 'content',
    consumers: ['content.facts'],
    key: 'storyId',
    payload: story,
  },
  /** Whether a highlight shows it changed. */
  'story.changed': {
    publisher: 'content',
    consumers: ['content.facts'],
    key: 'storyId',
    payload: story,
  },
  'story.deleted': {
    publisher: 'content',
    consumers: ['content.facts', 'content.publishing', 'engagement.notifications'],
    key: 'storyId',
    payload: story,
  },
  /** The story that was published names `userId`, who may or may not see it. */
  'story.mentioned': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'storyId',
    payload: story.extend({ userId: id }),
  },
  /** `userId` sees it for the first time. */
  'story.viewed': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'storyId',
    payload: story.extend({ userId: id }),
  },
  /** `userId` reacts who had not, or takes his reaction back. */
  'story.reacted': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'storyId',
    payload: story.extend({ userId: id }),
  },
  'story.unreacted': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'storyId',
    payload: story.extend({ userId: id }),
  },
  /** `userId` answers its question. */
  'story.answered': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'storyId',
    payload: story.extend({ userId: id }),
  },

  /** Moderators decided about something of `recipientId`'s. `decision` null takes the decision back. */
  'review.decided': {
    publisher: 'content',
    consumers: ['engagement.notifications'],
    key: 'subjectId',
    payload: z.object({
      subjectId: id,
      recipientId: id,
      itemId: id,
      decision: z.enum(['LABEL', 'LIMIT', 'REMOVE', 'WARN', 'SUSPEND', 'NONE']).nullable(),
    }),
  },
  /** Moderators suspend or shadow-ban an account, or take that back. */
  'account.decided': {
    publisher: 'content',
    consumers: ['user.moderation'],
    key: 'userId',
    payload: z.object({
      userId: id,
      moderatorId: id,
      change: z.enum(['SUSPENDED', 'SHADOW_BANNED']),
      on: z.boolean(),
    }),
  },
  /** How far an account is trusted by what moderators decided, and by whether it acts as one with others. */
  'account.weighed': {
    publisher: 'content',
    consumers: ['user.moderation'],
    key: 'userId',
    payload: z.object({
      userId: id,
      /** Of two, the one with the higher number holds: the place in the audit log of what it follows from. */
      sequence: z.number().int(),
      /** In milliseconds since 1970, as the account's facts have them. */
      lessTrustedUntil: z.number().nullable(),
      leastTrustedUntil: z.number().nullable(),
    }),
  },
  /** Somebody told moderators of an account, or of a post of an account's, for the first time. */
  'content.reported': {
    publisher: 'content',
    consumers: ['feed.signals'],
    key: 'reporterId',
    payload: z.object({ reporterId: id, subjectId: id, ownerId: id }),
  },
  /** Moderators take a comment down, or bring it back. */
  'comment.decided': {
    publisher: 'content',
    consumers: ['engagement.moderation'],
    key: 'commentId',
    payload: z.object({ commentId: id, removed: z.boolean() }),
  },

  /** A post was put on the timeline of `viewerId`, who has looked at his feed lately. */
  'feed.updated': {
    publisher: 'feed',
    consumers: [],
    key: 'viewerId',
    payload: z.object({ viewerId: id, postId: id }),
    ephemeral: true,
  },
  /** What Feed showed `userId` from `at` on (RFC 3339; older events lack it) followed his variant of an experiment. It may be said again. */
  'experiment.met': {
    publisher: 'feed',
    consumers: ['user.exposures'],
    key: 'userId',
    payload: z.object({ userId: id, experimentKey: id, variant: id, at: z.iso.datetime().optional() }),
  },

  'post.liked': {
    publisher: 'engagement',
    consumers: [
      'feed.signals',
      'warehouse.events',
      'user.experiments',
      'engagement.counters',
      'engagement.notifications',
      'content.safety',
    ],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  'post.unliked': {
    publisher: 'engagement',
    consumers: ['feed.signals', 'warehouse.events', 'engagement.counters', 'engagement.notifications'],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  'post.disliked': {
    publisher: 'engagement',
    consumers: ['engagement.counters'],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  'post.undisliked': {
    publisher: 'engagement',
    consumers: ['engagement.counters'],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  'post.saved': {
    publisher: 'engagement',
    consumers: ['feed.signals', 'warehouse.events', 'user.experiments', 'engagement.counters'],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  'post.unsaved': {
    publisher: 'engagement',
    consumers: ['feed.signals', 'warehouse.events', 'engagement.counters'],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  /** `userId` handed a post on. The row of the share says where to. */
  'post.shared': {
    publisher: 'engagement',
    consumers: [
      'feed.signals',
      'warehouse.events',
      'user.experiments',
      'engagement.counters',
      'messaging.shares',
    ],
    key: 'postId',
    payload: z.object({ shareId: id, postId: id, userId: id }),
  },
  /** What a viewer had on his screen, as his client reports it in batches. */
  'impressions.recorded': {
    publisher: 'engagement',
    consumers: ['feed.signals', 'warehouse.events', 'user.experiments', 'engagement.counters'],
    key: 'userId',
    payload: z.object({
      userId: id,
      impressions: z.array(impression).max(100),
      /** Where the viewer's device is, two letters of ISO 3166-1, when it said so. */
      country: z.string().length(2).optional(),
    }),
  },
  'comment.created': {
    publisher: 'engagement',
    consumers: [
      'feed.signals',
      'warehouse.events',
      'user.experiments',
      'engagement.counters',
      'engagement.notifications',
      'content.search',
      'content.safety',
    ],
    key: 'postId',
    payload: z.object({ commentId: id, postId: id, authorId: id, parentId: id.nullable() }),
  },
  /** A comment names `userId`, since it was written or since it was changed. */
  'comment.mentioned': {
    publisher: 'engagement',
    consumers: ['engagement.notifications'],
    key: 'postId',
    payload: z.object({
      commentId: id,
      postId: id,
      authorId: id,
      parentId: id.nullable(),
      userId: id,
    }),
  },
  /** A comment mentions `userId` no longer. */
  'comment.unmentioned': {
    publisher: 'engagement',
    consumers: ['engagement.notifications'],
    key: 'postId',
    payload: z.object({
      commentId: id,
      postId: id,
      authorId: id,
      parentId: id.nullable(),
      userId: id,
    }),
  },
  /** `authorId` wrote it; whoever changed it is he, or the post's author. */
  'comment.changed': {
    publisher: 'engagement',
    consumers: ['content.search', 'content.safety'],
    key: 'postId',
    payload: z.object({
      commentId: id,
      postId: id,
      authorId: id,
      change: z.enum(['EDITED', 'PINNED', 'UNPINNED', 'HIDDEN', 'SHOWN']),
      /** The comment that it answers; older events lack it. */
      parentId: id.nullable().optional(),
      unseen,
    }),
  },
  'comment.deleted': {
    publisher: 'engagement',
    consumers: ['warehouse.events', 'engagement.counters', 'engagement.notifications', 'content.search'],
    key: 'postId',
    payload: z.object({ commentId: id, postId: id, authorId: id, parentId: id.nullable(), unseen }),
  },
  'comment.liked': {
    publisher: 'engagement',
    consumers: ['engagement.counters', 'engagement.notifications'],
    key: 'commentId',
    payload: z.object({ commentId: id, userId: id }),
  },
  'comment.unliked': {
    publisher: 'engagement',
    consumers: ['engagement.counters', 'engagement.notifications'],
    key: 'commentId',
    payload: z.object({ commentId: id, userId: id }),
  },
  /** A person's digest is to be mailed: how much of what he has not read. */
  'digest.due': {
    publisher: 'engagement',
    consumers: ['user.mail'],
    key: 'userId',
    payload: z.object({
      userId: id,
      digestId: z.string().max(100),
      counts: z.array(z.object({ kind: z.enum(notificationKinds), count: z.int().positive() })).max(20),
    }),
  },
  /** Somebody is to be sent a push that sums up what waits for him. */
  'digest.pushed': {
    publisher: 'engagement',
    consumers: ['notifications.push'],
    key: 'userId',
    payload: z.object({ userId: id, digestId: id }),
  },
  'notification.changed': {
    publisher: 'engagement',
    consumers: ['notifications.push'],
    key: 'recipientId',
    payload: z.object({ notificationId: id, recipientId: id }),
  },

  /** Somebody writes in a conversation, or has stopped; `memberIds` are those whose devices hear of it. */
  'typing.changed': {
    publisher: 'messaging',
    consumers: [],
    key: 'conversationId',
    payload: z.object({
      conversationId: id,
      userId: id,
      typing: z.boolean(),
      memberIds: z.array(id).max(250),
    }),
    inbox: (payload: { memberIds: string[] }) => payload.memberIds,
    ephemeral: true,
  },
  /** Somebody came or went. Whether he shows it, and to whom, is asked when it is resolved. */
  'presence.changed': {
    publisher: 'messaging',
    consumers: [],
    key: 'userId',
    payload: z.object({ userId: id }),
    ephemeral: true,
  },
  'message.sent': {
    publisher: 'messaging',
    consumers: ['engagement.notifications', 'content.safety'],
    key: 'conversationId',
    payload: z.object({
      messageId: id,
      conversationId: id,
      senderId: id,
      sequence: z.int().positive(),
      /** Which of the messages it is that people wrote: 1 of the first. What the system tells lacks it, and so do older events; notices from before they were counted apart count as written. */
      ordinal: z.int().positive().optional(),
      memberIds: z.array(id).max(250),
      /** Whether it rings nowhere: a commit, or what changes an earlier message. */
      quiet: z.literal(true).optional(),
    }),
    inbox: (payload: { memberIds: string[] }) => payload.memberIds,
  },
  /** A message has a text with a link. */
  'message.linked': {
    publisher: 'messaging',
    consumers: ['messaging.previews'],
    key: 'conversationId',
    payload: z.object({ conversationId: id, messageId: id }),
  },
  /** A member told of a message; what he proves stands in the row of his report. */
  'message.reported': {
    publisher: 'messaging',
    consumers: ['content.safety'],
    key: 'messageId',
    payload: z.object({ messageId: id, reporterId: id }),
  },
  /** Something but a new message happened; `memberIds` are those whose devices hear of it. */
  'conversation.changed': {
    publisher: 'messaging',
    consumers: ['engagement.notifications'],
    key: 'conversationId',
    payload: z.object({
      conversationId: id,
      change: z.enum([
        'EDITED',
        'UNSENT',
        'REACTION',
        'MEMBERS',
        'UPDATED',
        'READ',
        'DELIVERED',
        'PREVIEW',
        'EPOCH',
      ]),
      actorId: id,
      /** The message that it is about. */
      messageId: id.nullable(),
      memberIds: z.array(id).max(250),
    }),
    inbox: (payload: { memberIds: string[] }) => payload.memberIds,
  },
} as const satisfies Record<string, EventRow>

export type Events = typeof events
export type EventName = keyof Events
export type EventPayload<N extends EventName> = z.infer<Events[N]['payload']>

/** An event as a consumer receives it. */
export interface DomainEvent<N extends EventName = EventName> {
  /** Id of the outbox row: equal ids are the same event, delivered again. */
  id: string
  name: N
  /** When it was committed. */
  at: Date
  payload: EventPayload<N>
}

/** Names of the events that are told to those who listen, and stored nowhere. */
export type EphemeralName = {
  [N in EventName]: Events[N] extends { ephemeral: true } ? N : never
}[EventName]

/** Names of the events that a subgraph publishes through its outbox. */
export type EventsOf<P extends SubgraphName> = {
  [N in EventName]: Events[N]['publisher'] extends P ? N : never
}[Exclude<EventName, EphemeralName>]

/** Names of the events that a consumer listens to. */
export type EventsFor<C extends ConsumerName> = {
  [N in EventName]: C extends Events[N]['consumers'][number] ? N : never
}[EventName]

/** The row of an event, with its types widened for generic code. */
export function eventRow(name: EventName): EventRow {
  return events[name]
}

/** Subject of an event in JetStream, or, when it is ephemeral, on core NATS. */
export function eventSubject(name: EventName, key: string): string {
  const { publisher, ephemeral } = eventRow(name)
  return `${ephemeral ? 'ephemeral' : 'events'}.${publisher}.${name}.${key}`
}

/** Subject of an event in a user's inbox. */
export function inboxSubject(userId: string, name: EventName): string {
  return `${eventRow(name).ephemeral ? 'ephemeral.' : ''}inbox.${userId}.${name}`
}
