// What moderation's values are called on the screen.
import type {
  AppealStatus,
  ReportReason,
  ReportStatus,
  ReviewDecision,
  ReviewSubjectKind,
} from '../operations.gen.ts'

export const reasonNames: Readonly<Record<ReportReason, string>> = {
  SPAM: 'Spam',
  SCAM: 'Scam or fraud',
  HARASSMENT: 'Harassment or bullying',
  HATE: 'Hate',
  VIOLENCE: 'Violence or threats',
  NUDITY: 'Nudity or sex',
  SELF_HARM: 'Self-harm',
  CHILD_SAFETY: 'A child in danger',
  IMPERSONATION: 'Pretends to be somebody else',
  COPYRIGHT: 'Shows a work of somebody else’s',
  OTHER: 'Something else',
}

export const subjectNames: Readonly<Record<ReviewSubjectKind, string>> = {
  USER: 'Account',
  POST: 'Post',
  COMMENT: 'Comment',
  STORY: 'Story',
  MESSAGE: 'Message',
  MEDIA: 'Picture or video',
  CONVERSATION: 'Conversation',
  HIGHLIGHT: 'Highlight',
  HASHTAG: 'Hashtag',
}

/** Of a decision: what it is called, what it is called when made, and what it does. */
export const decisionWords: Readonly<Record<ReviewDecision, { name: string; done: string; about: string }>> =
  {
    NONE: { name: 'Leave it', done: 'Left as it was', about: 'Nothing is wrong with it.' },
    LABEL: { name: 'Label', done: 'Labelled sensitive', about: 'Shown behind a warning, never to minors.' },
    LIMIT: { name: 'Limit', done: 'Limited', about: 'Not suggested to anyone any more.' },
    REMOVE: { name: 'Remove', done: 'Removed', about: 'Its author alone still sees it.' },
    WARN: { name: 'Warn', done: 'Owner warned', about: 'Its owner is told; it stays.' },
    SUSPEND: { name: 'Suspend', done: 'Account suspended', about: 'Its owner’s account is put to rest.' },
  }

export const appealNames: Readonly<Record<AppealStatus, string>> = {
  PENDING: 'Nobody has decided yet',
  UPHELD: 'The decision stands',
  OVERTURNED: 'The decision was taken back',
}

export const reportNames: Readonly<Record<ReportStatus, string>> = {
  OPEN: 'Being looked at',
  ACTED: 'Something was done',
  DISMISSED: 'Nothing was found wrong',
}

/** What a thing is called by its id, whose beginning names its kind. */
export function nameOfSubject(id: string): string {
  const kind = id.split('_')[0]?.toUpperCase() ?? ''
  return Object.hasOwn(subjectNames, kind) ? subjectNames[kind as ReviewSubjectKind] : 'Something'
}

type Urgency = 'urgent' | 'high' | 'normal'

/** How urgent a priority is: a single report of danger to a life or a child is urgent, several of hate or violence are. */
export function urgencyOf(priority: number): Urgency {
  return priority >= 2_000 ? 'urgent' : priority >= 700 ? 'high' : 'normal'
}

/** A length of time, roughly: `40 s`, `12 min`, `5 h`, `3 days`. */
export function roughly(ms: number): string {
  const minutes = ms / 60_000
  if (minutes < 1) return `${Math.round(ms / 1_000)} s`
  if (minutes < 60) return `${Math.round(minutes)} min`
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`
  return `${Math.round(minutes / 1_440)} days`
}
