// The catalogue of live streams: one row for each subscription field. It says which events feed it and under which topics a
// listener hears them. Who may listen is the business of the field's resolver, which is asked at the start and for each event.
import { type DomainEvent, type EventName, eventSubject, inboxSubject } from './events.ts'
import type { SubgraphName } from './sdl.ts'

export interface StreamRow {
  /** The subgraph that resolves the field. */
  owner: SubgraphName
  /** Topics to hear, all of one JetStream stream; `viewerId` is null when signed out. */
  topics(args: Record<string, unknown>, viewerId: string | null): string[]
  /** The post that it is about: who may see that one no longer may not listen any more either. */
  post?(args: Record<string, unknown>): string
  /** `latest`: when many events wait for a slow listener, only the newest of each key counts. Otherwise none is left out. */
  coalesce?: 'latest'
}

const subjects = (names: readonly EventName[], key: unknown) =>
  names.map((name) => eventSubject(name, String(key)))

export const streams = {
  postLiked: {
    owner: 'engagement',
    topics: ({ postId }) => subjects(['post.liked', 'post.unliked'], postId),
    post: ({ postId }) => String(postId),
    coalesce: 'latest',
  },
  commentAdded: {
    owner: 'engagement',
    topics: ({ postId }) => subjects(['comment.created'], postId),
    post: ({ postId }) => String(postId),
  },
  notificationReceived: {
    owner: 'engagement',
    topics: (_args, viewerId) => subjects(['notification.changed'], viewerId),
  },
  messageReceived: {
    owner: 'messaging',
    topics: ({ conversationId }, viewerId) =>
      conversationId
        ? subjects(['message.sent'], conversationId)
        : [inboxSubject(String(viewerId), 'message.sent')],
  },
  mediaProgress: { owner: 'content', topics: ({ mediaId }) => subjects(['media.changed'], mediaId) },
} as const satisfies Record<string, StreamRow>

export type StreamName = keyof typeof streams

/** The row of a stream, with its types widened for generic code. */
export function streamRow(name: StreamName): StreamRow {
  return streams[name]
}

/**
 * Root value of a subscription's document when it is executed. With an event, the field's resolver answers the event's
 * payload, or null when it is not for this viewer. Without one, it only checks whether the viewer may listen: it throws when
 * he may not, and answers null when he may.
 */
export interface LiveRoot<N extends EventName = EventName> {
  /** Where the event stands in its stream, to be handed to clients; null together with `event`. */
  cursor: string | null
  event: DomainEvent<N> | null
}
