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
}

/** Every durable consumer, and the unit (subgraph or worker) whose process runs it. */
export const consumers = {
  'user.facts': 'user',
  'user.mail': 'user',
  'graph.facts': 'graph',
  'graph.counts': 'graph',
  'content.facts': 'content',
  'content.publishing': 'content',
  'engagement.counters': 'engagement',
  'engagement.notifications': 'engagement',
  'fanout.timelines': 'fanout',
  'transcoding.uploads': 'transcoding',
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
  engagement: 'engagement',
  fanout: 'feed',
  transcoding: 'content',
} as const satisfies Record<UnitName, SubgraphName>

const relation = z.object({ userId: id, otherId: id })

export const events = {
  'account.changed': {
    publisher: 'user',
    consumers: ['user.facts'],
    key: 'userId',
    payload: z.object({ userId: id }),
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
    consumers: ['graph.facts', 'graph.counts'],
    key: 'userId',
    payload: relation,
  },
  /** `userId` now follows `otherId`. */
  'follow.created': {
    publisher: 'graph',
    consumers: ['fanout.timelines', 'engagement.notifications'],
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
    consumers: ['fanout.timelines', 'engagement.notifications'],
    key: 'userId',
    payload: relation,
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
    consumers: ['content.publishing'],
    key: 'mediaId',
    payload: z.object({ mediaId: id, ownerId: id, status: z.enum(['PROCESSING', 'READY', 'FAILED']) }),
  },
  'post.published': {
    publisher: 'content',
    consumers: ['content.facts', 'fanout.timelines'],
    key: 'postId',
    payload: z.object({ postId: id, authorId: id }),
  },
  'post.deleted': {
    publisher: 'content',
    consumers: ['content.facts', 'content.publishing', 'engagement.counters', 'engagement.notifications'],
    key: 'postId',
    payload: z.object({ postId: id, authorId: id }),
  },

  'post.liked': {
    publisher: 'engagement',
    consumers: ['engagement.counters', 'engagement.notifications'],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  'post.unliked': {
    publisher: 'engagement',
    consumers: ['engagement.counters', 'engagement.notifications'],
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
    consumers: ['engagement.counters'],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  'post.unsaved': {
    publisher: 'engagement',
    consumers: ['engagement.counters'],
    key: 'postId',
    payload: z.object({ postId: id, userId: id }),
  },
  'comment.created': {
    publisher: 'engagement',
    consumers: ['engagement.counters', 'engagement.notifications'],
    key: 'postId',
    payload: z.object({ commentId: id, postId: id, authorId: id, parentId: id.nullable() }),
  },
  'comment.deleted': {
    publisher: 'engagement',
    consumers: ['engagement.counters', 'engagement.notifications'],
    key: 'postId',
    payload: z.object({ commentId: id, postId: id, authorId: id, parentId: id.nullable() }),
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
  'notification.changed': {
    publisher: 'engagement',
    consumers: [],
    key: 'recipientId',
    payload: z.object({ notificationId: id, recipientId: id }),
  },

  'message.sent': {
    publisher: 'messaging',
    consumers: [],
    key: 'conversationId',
    payload: z.object({
      messageId: id,
      conversationId: id,
      senderId: id,
      sequence: z.int().positive(),
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

/** Names of the events that a subgraph publishes. */
export type EventsOf<P extends SubgraphName> = {
  [N in EventName]: Events[N]['publisher'] extends P ? N : never
}[EventName]

/** Names of the events that a consumer listens to. */
export type EventsFor<C extends ConsumerName> = {
  [N in EventName]: C extends Events[N]['consumers'][number] ? N : never
}[EventName]

/** The row of an event, with its types widened for generic code. */
export function eventRow(name: EventName): EventRow {
  return events[name]
}

/** Subject of an event in JetStream. */
export function eventSubject(name: EventName, key: string): string {
  return `events.${events[name].publisher}.${name}.${key}`
}

/** Subject of an event in a user's inbox. */
export function inboxSubject(userId: string, name: EventName): string {
  return `inbox.${userId}.${name}`
}
