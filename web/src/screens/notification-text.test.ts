import { expect, test } from 'vitest'
import type { NotificationFieldsFragment } from '../operations.gen.ts'
import { describeNotification, notificationHref } from './notification-text.ts'

const person = (username: string) => ({
  node: {
    id: username,
    username,
    displayName: null,
    isVerified: false,
    avatar: null,
    isPrivate: false,
    viewerFollowState: 'NONE' as const,
    followsViewer: false,
  },
})

function notification(values: Partial<NotificationFieldsFragment>): NotificationFieldsFragment {
  return {
    id: 'n',
    kind: 'POST_LIKE',
    actors: { edges: [] },
    actorCount: 0,
    milestone: null,
    subject: null,
    createdAt: '',
    updatedAt: '',
    readAt: null,
    ...values,
  }
}

test.each([
  [['ana'], 1, ['ana']],
  [['ana', 'bo'], 2, ['ana', 'bo']],
  [['ana', 'bo', 'cy'], 3, ['ana', '2 others']],
  [['ana', 'bo', 'cy'], 1204, ['ana', '1,203 others']],
  [['ana'], 2, ['ana', '1 other']],
  [[], 3, ['Someone']],
])('%j of %d', (actors, actorCount, names) => {
  expect(
    describeNotification(notification({ actors: { edges: actors.map(person) }, actorCount })).names,
  ).toEqual(names)
})

test('a comment is quoted, and leads to its post', () => {
  const comment = notification({
    kind: 'COMMENT',
    subject: { __typename: 'Comment', id: 'c', text: 'Hello', post: { id: 'p', media: [] } },
  })
  expect(describeNotification(comment).verb).toBe('commented on your post: “Hello”')
  expect(notificationHref(comment)).toBe('/p/p')
  expect(describeNotification(notification({ kind: 'COMMENT' })).verb).toBe('commented on your post.')
})

test.each([
  [null, 'You have 1,000 followers.'],
  [{ __typename: 'Post' as const, id: 'p', caption: '', media: [] }, 'Your post has 1,000 likes.'],
])('a round number is nobody’s doing', (subject, verb) => {
  const milestone = notification({ kind: 'MILESTONE', milestone: 1_000, subject })
  expect(describeNotification(milestone)).toEqual({ names: [], verb })
})

test('without a subject it leads to who did it', () => {
  const follow = notification({ kind: 'FOLLOW', actors: { edges: [person('jo.l')] }, actorCount: 1 })
  expect(notificationHref(follow)).toBe('/@jo.l')
})

test('a message leads to its conversation', () => {
  const subject = { __typename: 'Conversation' as const, id: 'c' }
  const message = notification({ kind: 'MESSAGE', subject, actors: { edges: [person('jo.l')] } })
  expect(notificationHref(message)).toBe('/messages/c')
})

test('a decision of moderators leads to where one may answer it', () => {
  const subject = { __typename: 'Post' as const, id: 'p', caption: '', media: [] }
  expect(notificationHref(notification({ kind: 'MODERATION', subject }))).toBe('/standing')
})
