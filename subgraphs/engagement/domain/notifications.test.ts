import { expect, test } from 'vitest'
import type { DomainEvent, EventName, EventPayload } from '#schema/events.ts'
import { type Relation, stranger } from '#schema/facts.ts'
import type { CommentRow } from '../model.ts'
import { type Known, type NotifyingEvent, notificationsFor } from './notifications.ts'

const at = new Date(1_000)
const likedAt = new Date(500)

/** Alice wrote the post, bob a comment `c` and alice a comment `d` under it; carol does things. */
const comments: Record<string, Pick<CommentRow, 'authorId' | 'parentId'>> = {
  c: { authorId: 'bob', parentId: null },
  d: { authorId: 'alice', parentId: null },
  r: { authorId: 'carol', parentId: 'c' },
  s: { authorId: 'carol', parentId: 'd' },
  t: { authorId: 'bob', parentId: 'c' },
  u: { authorId: 'alice', parentId: 'c' },
}

function known(liked: boolean, follow: Relation['follow'] = 'NONE'): Known {
  return {
    postAuthor: (id) => (id === 'p' ? 'alice' : null),
    mentions: (postId, userId) => postId === 'p' && userId === 'bob',
    shows: (postId, userId) => postId === 'p' && userId === 'bob',
    comment: (id) =>
      comments[id]
        ? {
            _id: id,
            postId: 'p',
            ownerId: 'alice',
            text: '',
            createdAt: likedAt,
            score: 0,
            deletedAt: null,
            uncounted: 0,
            ...comments[id],
          }
        : null,
    like: () => (liked ? { state: 'ON', at: likedAt } : null),
    relation: () => ({ ...stranger, follow }),
  }
}

function told(event: NotifyingEvent, rows: Known): string[] {
  return notificationsFor(event, rows).map(
    ({ kind, recipientId, subjectId, actorId, wanted }) =>
      `${wanted ? '+' : '-'} ${recipientId} ${kind} ${subjectId ?? ''} by ${actorId}`,
  )
}

const event = <N extends EventName>(name: N, payload: EventPayload<N>) =>
  ({ id: 'e', name, at, payload }) as DomainEvent<N> as unknown as NotifyingEvent
const comment = (commentId: string, authorId: string, parentId: string | null) => ({
  commentId,
  postId: 'p',
  authorId,
  parentId,
})

test.each([
  {
    what: 'a like',
    event: event('post.liked', { postId: 'p', userId: 'carol' }),
    rows: known(true),
    told: ['+ alice POST_LIKE p by carol'],
  },
  {
    what: 'a like that was taken back meanwhile',
    event: event('post.liked', { postId: 'p', userId: 'carol' }),
    rows: known(false),
    told: ['- alice POST_LIKE p by carol'],
  },
  {
    what: 'an unlike that was followed by a like',
    event: event('post.unliked', { postId: 'p', userId: 'carol' }),
    rows: known(true),
    told: ['+ alice POST_LIKE p by carol'],
  },
  {
    what: 'N1: a like of oneself',
    event: event('post.liked', { postId: 'p', userId: 'alice' }),
    rows: known(true),
    told: [],
  },
  {
    what: 'a like of a post that is gone',
    event: event('post.liked', { postId: 'q', userId: 'carol' }),
    rows: known(true),
    told: [],
  },
  {
    what: 'a like of a comment',
    event: event('comment.liked', { commentId: 'c', userId: 'carol' }),
    rows: known(true),
    told: ['+ bob COMMENT_LIKE c by carol'],
  },
  {
    what: 'a like of a comment taken back',
    event: event('comment.unliked', { commentId: 'c', userId: 'carol' }),
    rows: known(false),
    told: ['- bob COMMENT_LIKE c by carol'],
  },
  {
    what: 'a comment',
    event: event('comment.created', comment('c', 'bob', null)),
    rows: known(false),
    told: ['+ alice COMMENT c by bob'],
  },
  {
    what: 'N1: a comment on the own post',
    event: event('comment.created', comment('d', 'alice', null)),
    rows: known(false),
    told: [],
  },
  {
    what: 'a reply',
    event: event('comment.created', comment('r', 'carol', 'c')),
    rows: known(false),
    told: ['+ bob REPLY r by carol', '+ alice COMMENT r by carol'],
  },
  {
    what: 'a reply to the author of the post: once',
    event: event('comment.created', comment('s', 'carol', 'd')),
    rows: known(false),
    told: ['+ alice REPLY s by carol'],
  },
  {
    what: 'N1: a reply to oneself',
    event: event('comment.created', comment('t', 'bob', 'c')),
    rows: known(false),
    told: ['+ alice COMMENT t by bob'],
  },
  {
    what: 'a reply by the author of the post',
    event: event('comment.created', comment('u', 'alice', 'c')),
    rows: known(false),
    told: ['+ bob REPLY u by alice'],
  },
  {
    what: 'a comment that is gone',
    event: event('comment.deleted', comment('x', 'bob', null)),
    rows: known(false),
    told: ['- alice COMMENT x by bob'],
  },
  {
    what: 'a reply whose thread is gone',
    event: event('comment.created', comment('y', 'bob', 'x')),
    rows: known(false),
    told: [],
  },
  {
    what: 'a mention in a post',
    event: event('user.mentioned', { userId: 'bob', actorId: 'alice', postId: 'p' }),
    rows: known(false),
    told: ['+ bob MENTION p by alice'],
  },
  {
    what: 'a mention that was taken out again',
    event: event('user.mentioned', { userId: 'carol', actorId: 'alice', postId: 'p' }),
    rows: known(false),
    told: ['- carol MENTION p by alice'],
  },
  {
    what: 'the end of a mention that is there again',
    event: event('user.unmentioned', { userId: 'bob', actorId: 'alice', postId: 'p' }),
    rows: known(false),
    told: ['+ bob MENTION p by alice'],
  },
  {
    what: 'a mention in a post that is gone',
    event: event('user.mentioned', { userId: 'bob', actorId: 'alice', postId: 'q' }),
    rows: known(false),
    told: ['- bob MENTION q by alice'],
  },
  {
    what: 'a tag',
    event: event('user.tagged', { userId: 'bob', actorId: 'alice', postId: 'p' }),
    rows: known(false),
    told: ['+ bob TAG p by alice'],
  },
  {
    what: 'a tag that was taken away meanwhile',
    event: event('user.tagged', { userId: 'carol', actorId: 'alice', postId: 'p' }),
    rows: known(false),
    told: ['- carol TAG p by alice'],
  },
  {
    what: 'the end of a tag that is there again',
    event: event('user.untagged', { userId: 'bob', actorId: 'alice', postId: 'p' }),
    rows: known(false),
    told: ['+ bob TAG p by alice'],
  },
  {
    what: 'a follow',
    event: event('follow.created', { userId: 'bob', otherId: 'alice', accepted: false }),
    rows: known(false, 'FOLLOWING'),
    told: ['- alice FOLLOW_REQUEST  by bob', '+ alice FOLLOW  by bob'],
  },
  {
    what: 'a follow that ended meanwhile',
    event: event('follow.created', { userId: 'bob', otherId: 'alice', accepted: false }),
    rows: known(false),
    told: ['- alice FOLLOW_REQUEST  by bob', '- alice FOLLOW  by bob'],
  },
  {
    what: 'a request',
    event: event('follow.requested', { userId: 'bob', otherId: 'alice' }),
    rows: known(false, 'REQUESTED'),
    told: ['+ alice FOLLOW_REQUEST  by bob'],
  },
  {
    what: 'an accepted request',
    event: event('follow.created', { userId: 'bob', otherId: 'alice', accepted: true }),
    rows: known(false, 'FOLLOWING'),
    told: ['- alice FOLLOW_REQUEST  by bob', '+ bob FOLLOW_ACCEPTED  by alice'],
  },
  {
    what: 'an end',
    event: event('follow.ended', { userId: 'bob', otherId: 'alice' }),
    rows: known(false),
    told: ['- alice FOLLOW_REQUEST  by bob', '- alice FOLLOW  by bob', '- bob FOLLOW_ACCEPTED  by alice'],
  },
  {
    what: 'an end that was followed by a follow',
    event: event('follow.ended', { userId: 'bob', otherId: 'alice' }),
    rows: known(false, 'FOLLOWING'),
    told: ['- alice FOLLOW_REQUEST  by bob'],
  },
])('$what', ({ event, rows, told: expected }) => {
  expect(told(event, rows)).toEqual(expected)
})

test('a wish carries the time of the row, so that a replay says the same', () => {
  const wishes = notificationsFor(event('post.liked', { postId: 'p', userId: 'carol' }), known(true))
  expect(wishes.map((wish) => wish.at)).toEqual([likedAt])
})
