// What moderation decides by, as plain tables: how urgent a review is, what can be decided about what, and what is said.
import type { AccountFacts } from '#schema/facts.ts'
import type { ReportReason, ReviewDecision, ReviewItemRow, SubjectKind } from '../model.ts'

/** How grave a reason is, 1–100. */
export const severities: Record<ReportReason, number> = {
  CHILD_SAFETY: 100,
  SELF_HARM: 80,
  VIOLENCE: 60,
  HATE: 50,
  HARASSMENT: 40,
  NUDITY: 30,
  SCAM: 30,
  IMPERSONATION: 20,
  COPYRIGHT: 20,
  SPAM: 10,
  OTHER: 5,
}

/** How far a kind of thing reaches: what is for everyone before what is for few. */
const reaches: Record<SubjectKind, number> = {
  USER: 4,
  POST: 3,
  MEDIA: 3,
  HASHTAG: 3,
  HIGHLIGHT: 2,
  STORY: 2,
  COMMENT: 2,
  CONVERSATION: 1,
  MESSAGE: 1,
}

/** Severity × reports × reach, the reports dampened, so that a crowd does not hide what is grave. A whole number. */
export function priorityOf(item: Pick<ReviewItemRow, 'reasons' | 'reportCount' | 'subjectKind'>): number {
  const reasons = Object.keys(item.reasons) as ReportReason[]
  const severity = Math.max(1, ...reasons.map((reason) => severities[reason]))
  return Math.round(10 * severity * Math.log2(1 + Math.max(1, item.reportCount)) * reaches[item.subjectKind])
}

const forOwners = ['WARN', 'SUSPEND', 'NONE'] as const
const decisions: Record<SubjectKind, readonly ReviewDecision[]> = {
  USER: ['LIMIT', ...forOwners],
  POST: ['LABEL', 'LIMIT', 'REMOVE', ...forOwners],
  MEDIA: ['LABEL', 'LIMIT', 'REMOVE', ...forOwners],
  STORY: ['REMOVE', ...forOwners],
  COMMENT: ['REMOVE', ...forOwners],
  MESSAGE: forOwners,
  HIGHLIGHT: forOwners,
  CONVERSATION: ['NONE'],
  HASHTAG: ['NONE'],
}

/** What can be decided in a review. */
export const decisionsOf = (item: Told): ReviewDecision[] =>
  decisions[item.subjectKind].filter((decision) => !wouldHideWhatWasTold(item, decision))

/** Whether a decision can be made about a kind of thing. */
export const fits = (kind: SubjectKind, decision: ReviewDecision): boolean =>
  decisions[kind].includes(decision)

/** Whether a decision is a shadow-ban, of which its subject learns nothing (V23). */
export const isShadowBan = ({
  subjectKind,
  decision,
}: Pick<ReviewItemRow, 'subjectKind' | 'decision'>): boolean => subjectKind === 'USER' && decision === 'LIMIT'

type Told = Pick<ReviewItemRow, 'subjectKind' | 'decision' | 'decidedAt'>

/**
 * Whether a decision would have its subject learn of a shadow-ban after all: what he was told of in this review would vanish before
 * his eyes, or his appeal never be answered (V23).
 */
export const wouldHideWhatWasTold = (item: Told, decision: ReviewDecision): boolean =>
  item.decidedAt !== null && isShadowBan({ ...item, decision }) && !isShadowBan(item)

/** The gravest of the reasons that were given; null when none was. */
export function gravestOf(reasons: ReviewItemRow['reasons']): ReportReason | null {
  const given = Object.keys(reasons) as ReportReason[]
  return given.toSorted((a, b) => severities[b] - severities[a])[0] ?? null
}

/** Reasons that templates of the same name are about. */
const reasonsOfTemplates: Record<string, ReportReason> = {
  spam: 'SPAM',
  harassment: 'HARASSMENT',
  hate: 'HATE',
  nudity: 'NUDITY',
  violence: 'VIOLENCE',
  copyright: 'COPYRIGHT',
}

/** What was decided about: what the template says, or else the reason given most often, the graver of two. */
export function decidedReason(reasons: ReviewItemRow['reasons'], templateKey: string | null): ReportReason {
  const named = templateKey === null ? undefined : reasonsOfTemplates[templateKey]
  const given = Object.keys(reasons) as ReportReason[]
  const times = (reason: ReportReason) => reasons[reason] ?? 0
  const [most] = given.toSorted((a, b) => times(b) - times(a) || severities[b] - severities[a])
  return named ?? most ?? 'OTHER'
}

/** Texts that decisions are explained with. */
export const templates: Record<string, string> = {
  'no-violation': 'This keeps to our rules.',
  spam: 'This is advertising that nobody asked for.',
  harassment: 'This attacks a person.',
  hate: 'This incites against people for what they are.',
  nudity: 'This shows more than everybody wants to see.',
  violence: 'This shows or threatens violence.',
  copyright: 'This shows a work of somebody else’s.',
  'appeal-granted': 'We looked again, and the first decision was wrong.',
}

/** Who stands above whom. */
export const ranks: Record<AccountFacts['role'], number> = { MEMBER: 0, MODERATOR: 1, STAFF: 2 }

/** How long a moderator keeps a review for himself, in milliseconds. */
export const claimMs = 15 * 60_000

/** How long a decision can be appealed against, in milliseconds. */
export const appealMs = 30 * 86_400_000

/** Among how many a person is not made out: counts below are not published. */
const crowd = 5

/**
 * A count as it is published: in whole crowds, so that neither a count nor the difference of two, of a month and its quarter or of
 * today and yesterday, tells of fewer; null for one that could.
 */
export const published = (count: number): number | null => (count < crowd ? null : count - (count % crowd))
