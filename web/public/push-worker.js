// Shows what the server pushes. A push carries no names and no texts: what happened is read in the app, by its owner.
const texts = {
  FOLLOW: 'Somebody follows you.',
  FOLLOW_REQUEST: 'Somebody asks to follow you.',
  FOLLOW_ACCEPTED: 'Your request to follow was accepted.',
  POST_LIKE: 'Your post is liked.',
  COMMENT: 'There is a comment on your post.',
  REPLY: 'There is a reply to your comment.',
  COMMENT_LIKE: 'Your comment is liked.',
  MENTION: 'Somebody mentions you.',
  TAG: 'Somebody tags you.',
  STORY_REACTION: 'Somebody reacted to your story.',
  STORY_VIEW: 'Your story is seen.',
  STORY_ANSWER: 'Somebody answered your question.',
  MESSAGE: 'You have a new message.',
  REEL: 'Somebody whom you like has a new reel.',
  MILESTONE: 'You reached a round number.',
  MODERATION: 'There is a decision about something of yours.',
  DIGEST: 'This waits for you: have a look.',
}

const read = (data) => {
  try {
    return data?.json() ?? {}
  } catch {
    return {}
  }
}

/** Where a push leads. */
const pathOf = ({ kind, subjectId }) => {
  if (kind === 'MESSAGE') return subjectId ? `/messages/${subjectId}` : '/messages'
  return subjectId?.startsWith('post_') ? `/p/${subjectId}` : '/activity'
}

self.addEventListener('push', (event) => {
  const push = read(event.data)
  event.waitUntil(
    self.registration.showNotification('Heliograph', {
      body: texts[push.kind] ?? 'There is something new.',
      icon: '/icon.svg',
      // One that grows takes its own place.
      tag: push.notificationId,
      data: { path: pathOf(push) },
    }),
  )
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { path } = event.notification.data
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then(async ([open]) => {
      if (!open) return self.clients.openWindow(path)
      await open.focus()
      return open.navigate(path)
    }),
  )
})
