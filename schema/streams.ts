// The catalogue of live streams: one row for each subscription field. It says which events feed it and under which topics a
// listener hears them. Who may listen is the business of the field's resolver, which is asked at the start and for each event.
//
// To add a field: its SDL (`cursor: String!` in its type, `after: String` among its arguments), a `live({ authorize, resolve })`
// resolver in its subgraph, and a row here. Topics come from `subjects(names, key)`, `key` being what the events' rows in events.ts
// are keyed by, or from `inboxSubject(viewerId, name)`: what reaches a person's own devices, whatever it is keyed by. A row may
// have several: `userIds.flatMap((id) => subjects(['presence.changed'], id))`. They may be of several JetStream streams: the cursor
// then holds a place in each, and what was missed is replayed in the order of its times. Events whose row says `ephemeral` (typing,
// presence) go over core NATS to those who listen at that moment, through `platform.live.tell(name, payload)` instead of `emit`; in
// one field with stored ones their cursor is that of the last stored one, so nothing stored is missed and nothing ephemeral comes again.
import { type DomainEvent, type EventName, eventSubject, inboxSubject } from './events.ts'
import type { SubgraphName } from './sdl.ts'

export interface StreamRow {
  /** The subgraph that resolves the field. */
  owner: SubgraphName
  /** Topics to hear, at most 100; `viewerId` is null when signed out. None is an error of the arguments. */
  topics(args: Record<string, unknown>, viewerId: string | null): string[]
  /** The post or conversation that it is about: who may see that one no longer may not listen any more either. */
  about?(args: Record<string, unknown>): string | null
  /**
   * Fields, `Type.field`, that answer all who may listen alike, the author of the post that it is `about` apart. A subscription that selects nothing
   * else is executed once an event for all of them, whoever they are. A field that does not belong here is a leak.
   */
  alike?: readonly string[]
  /** `latest`: when many events wait for a slow listener, only the newest of each key counts. Otherwise none is left out. */
  coalesce?: 'latest'
}

const subjects = (names: readonly EventName[], key: unknown) =>
  names.map((name) => eventSubject(name, String(key)))

const ofConversation = ({ conversationId }: Record<string, unknown>) =>
  conversationId ? String(conversationId) : null

export const streams = {
  postLiked: {
    owner: 'engagement',
    topics: ({ postId }) => subjects(['post.liked', 'post.unliked'], postId),
    about: ({ postId }) => String(postId),
    alike: [
      ...['PostLikedEvent.cursor', 'PostLikedEvent.liked', 'PostLikedEvent.post'],
      // Its author alone sees a count that he hides from all others.
      ...[
        'Post.id',
        'Post.likeCount',
        'Post.dislikeCount',
        'Post.commentCount',
        'Post.shareCount',
        'Post.viewCount',
      ],
    ],
    coalesce: 'latest',
  },
  commentAdded: {
    owner: 'engagement',
    topics: ({ postId }) => subjects(['comment.created'], postId),
    about: ({ postId }) => String(postId),
  },
  commentChanged: {
    owner: 'engagement',
    topics: ({ postId }) => subjects(['comment.changed', 'comment.deleted'], postId),
    about: ({ postId }) => String(postId),
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
    about: ofConversation,
  },
  conversationChanged: {
    owner: 'messaging',
    topics: ({ conversationId }, viewerId) =>
      conversationId
        ? subjects(['conversation.changed', 'typing.changed'], conversationId)
        : [
            inboxSubject(String(viewerId), 'conversation.changed'),
            inboxSubject(String(viewerId), 'typing.changed'),
          ],
    about: ofConversation,
  },
  presenceChanged: {
    owner: 'messaging',
    topics: ({ userIds }) =>
      [...new Set(userIds as string[])].flatMap((userId) => subjects(['presence.changed'], userId)),
    coalesce: 'latest',
  },
  storyViewed: {
    owner: 'content',
    topics: ({ storyId }) => subjects(['story.viewed'], storyId),
    coalesce: 'latest',
  },
  feedUpdated: {
    owner: 'feed',
    topics: (_args, viewerId) => subjects(['feed.updated'], viewerId),
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
