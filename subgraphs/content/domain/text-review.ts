// What the machine thinks of texts: of a caption before it is taken, of comments and messages after the fact, so that nobody waits.
import type { Comments } from '#platform/comments.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Profiles } from '#platform/profiles.ts'
import type { Reportables } from '#platform/reportables.ts'
import { isBurst, simhash } from '#platform/text-safety/alike.ts'
import type { RecentTexts } from '#platform/text-safety/recent.ts'
import { scoreText, type TextVerdict } from '#platform/text-safety/score.ts'
import { AppError } from '#schema/errors.ts'
import type { ReportReason, ReviewItemRow } from '../model.ts'
import type { Store } from '../store.ts'
import { appendAudit } from './moderation-audit.ts'
import { newReview, retried, type Subject } from './reports.ts'
import { priorityOf } from './review-rules.ts'

export type FlagDeps = Pick<Store, 'findOpenReview' | 'insertReview' | 'advanceAudit' | 'insertAudit'>

const fine: TextVerdict = { decision: 'ALLOW', score: 0, reason: null }

/** Judges a caption. Throws BLOCKED_BY_POLICY for what is not taken. `limited` false takes everything. */
export function judgeCaption(caption: string | null, limited: boolean): TextVerdict {
  const verdict = limited && caption !== null ? scoreText(caption) : fine
  if (verdict.decision === 'REFUSE') {
    throw new AppError('BLOCKED_BY_POLICY', 'This text breaks our rules.', { field: ['input', 'caption'] })
  }
  return verdict
}

/** Whether what says this is kept out of suggestions. */
export const isKeptOut = ({ decision }: TextVerdict): boolean => decision !== 'ALLOW'

/** Puts a thing before moderators when its text asks for it, once while it is before them. */
export async function flagText(
  deps: FlagDeps,
  tx: Transaction,
  subject: Subject,
  { decision, reason, score }: TextVerdict,
  at: Date,
): Promise<void> {
  if (reason === null || (decision !== 'QUEUE' && decision !== 'REFUSE')) return
  await flagOnce(deps, tx, subject, { source: 'TEXT', reason, detail: `${reason} ${score}` }, at)
}

/** Puts a thing before moderators for what the machine found, once while it is before them. */
export async function flagOnce(
  deps: FlagDeps,
  { session }: Transaction,
  subject: Subject,
  { source, reason, detail }: Pick<ReviewItemRow, 'source'> & { reason: ReportReason; detail: string },
  at: Date,
): Promise<void> {
  if (await deps.findOpenReview(subject.id, session)) return
  const item = { ...newReview(subject, source, at), reasons: { [reason]: 1 } }
  await deps.insertReview({ ...item, priority: priorityOf(item) }, session)
  const about = { actorId: null, itemId: item._id, subjectId: subject.id }
  await appendAudit(deps, session, { ...about, at, action: 'FLAG', detail })
}

interface AfterDeps extends FlagDeps {
  transact: Transact<'content'>
  comments: Pick<Comments, 'find'>
  reportables: Pick<Reportables, 'messages'>
  limited: boolean
  now(): Date
}

async function flagAll(deps: AfterDeps, subjects: readonly Subject[]): Promise<void> {
  if (!deps.limited) return
  for (const subject of subjects) {
    const verdict = scoreText(subject.text ?? '')
    if (verdict.decision === 'ALLOW' || verdict.decision === 'LIMIT') continue
    await retried(() => deps.transact((tx) => flagText(deps, tx, subject, verdict, deps.now())))
  }
}

/** Puts an account before moderators that says nearly the same again and again. Without Redis nobody is counted. */
export async function flagBursts(
  deps: Omit<AfterDeps, 'comments' | 'reportables'> & { texts: Pick<RecentTexts, 'note'> },
  rows: readonly { _id: string; authorId: string; text: string }[],
): Promise<void> {
  if (!deps.limited) return
  for (const { _id, authorId, text } of rows) {
    const hash = simhash(text)
    const others = hash === null ? [] : await deps.texts.note(authorId, _id, hash).catch(() => [])
    if (hash === null || !isBurst(hash, others)) continue
    const subject = { id: authorId, kind: 'USER' as const, ownerId: authorId, text }
    const verdict = { decision: 'QUEUE' as const, score: 1, reason: 'SPAM' as const }
    await retried(() => deps.transact((tx) => flagText(deps, tx, subject, verdict, deps.now())))
  }
}

/**
 * Puts those of the comments before moderators whose text asks for it, and who writes the same again and again. Answers the texts
 * of all by id; what is deleted by now is left out.
 */
export async function reviewComments(
  deps: AfterDeps & { texts: RecentTexts },
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await deps.comments.find(ids)
  await flagBursts(deps, rows)
  const kind = 'COMMENT' as const
  await flagAll(
    deps,
    rows.map(({ _id, authorId, text }) => ({ id: _id, kind, ownerId: authorId, text })),
  )
  return new Map(rows.map(({ _id, text }) => [_id, text]))
}

/** The same of what accounts say of themselves: their names and their bios. What a moderator has looked at is not shown him again. */
export async function reviewProfiles(
  deps: AfterDeps & Pick<Store, 'wasReviewed'> & { profiles: Pick<Profiles, 'find'> },
  userIds: readonly string[],
): Promise<void> {
  const fresh: Subject[] = []
  for (const { _id: id, username, displayName, bio } of await deps.profiles.find([...new Set(userIds)])) {
    const text = [username, displayName, bio].filter(Boolean).join('\n')
    if (scoreText(text).decision === 'ALLOW' || (await deps.wasReviewed(id, text))) continue
    fresh.push({ id, kind: 'USER', ownerId: id, text })
  }
  await flagAll(deps, fresh)
}

/** The same of messages; of encrypted ones there is no text. Answers the texts of all by id. */
export async function reviewMessages(deps: AfterDeps, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await deps.reportables.messages(ids)
  const kind = 'MESSAGE' as const
  await flagAll(
    deps,
    rows.map(({ id, ownerId, text }) => ({ id, kind, ownerId, text })),
  )
  return new Map(rows.map(({ id, text }) => [id, text ?? '']))
}
