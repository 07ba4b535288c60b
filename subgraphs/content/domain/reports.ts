// Reports: what people tell moderators of. All that is told of one thing while nobody has decided is one review.
import type { Accounts } from '#platform/accounts.ts'
import type { Comments } from '#platform/comments.ts'
import { filterVisibleComments } from '#platform/comments.ts'
import { isDuplicate, type Transact, type Transaction } from '#platform/mongo.ts'
import type { Reportables } from '#platform/reportables.ts'
import { optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { notFound } from '#schema/errors.ts'
import { entityOf, newId } from '#schema/ids.ts'
import type { HashtagRow, MediaRow, ReportReason, ReviewItemRow, SubjectKind } from '../model.ts'
import type { Store } from '../store.ts'
import { visibleHighlights } from './highlights.ts'
import { priorityOf } from './review-rules.ts'

/** Characters of a text that moderators are shown. */
const maxText = 2_000

/** Something that is there to be reported. */
export interface Subject {
  id: string
  kind: SubjectKind
  ownerId: string | null
  text: string | null
}

export interface ReportDeps
  extends Pick<
    Store,
    | 'findPosts'
    | 'getHighlight'
    | 'findOpenReview'
    | 'insertReview'
    | 'setReview'
    | 'findReport'
    | 'insertReport'
    | 'setReport'
  > {
  transact: Transact<'content'>
  visibility: Visibility
  accounts: Pick<Accounts, 'get'>
  comments: Pick<Comments, 'find'>
  reportables: Reportables
  visibleHashtag(id: string): Promise<HashtagRow | null>
  /** An item that the viewer may see. */
  visibleMedia(id: string): Promise<MediaRow | null | undefined>
  now(): Date
}

type Found = Omit<Subject, 'id' | 'kind'> | null

const finders: Record<SubjectKind, (deps: ReportDeps, id: string, viewerId: string) => Promise<Found>> = {
  USER: async ({ visibility }, id) => ((await visibility.account(id)) ? { ownerId: id, text: null } : null),
  async POST({ visibility, findPosts }, id) {
    const facts = await visibility.post(id)
    if (!facts) return null
    const [row] = await findPosts([id])
    return { ownerId: facts.authorId, text: row?.caption ?? null }
  },
  async COMMENT({ visibility, comments }, id) {
    const [row] = await filterVisibleComments(comments, visibility, await comments.find([id]))
    return row ? { ownerId: row.authorId, text: row.text } : null
  },
  async STORY({ visibility }, id) {
    const facts = await visibility.story(id)
    return facts && { ownerId: facts.authorId, text: null }
  },
  MESSAGE: ({ reportables, now }, id, viewerId) => reportables.message(viewerId, id, now()),
  CONVERSATION: ({ reportables }, id, viewerId) => reportables.conversation(viewerId, id),
  async MEDIA({ visibleMedia }, id) {
    const row = await visibleMedia(id)
    return row ? { ownerId: row.ownerId, text: row.altText } : null
  },
  async HIGHLIGHT({ visibility, getHighlight }, id) {
    const row = await getHighlight(id)
    if (!row || (await visibleHighlights({ visibility }, [row])).length === 0) return null
    return { ownerId: row.authorId, text: row.title }
  },
  async HASHTAG({ visibleHashtag }, id) {
    const row = await visibleHashtag(id)
    return row ? { ownerId: null, text: row.name } : null
  },
}

/** What the viewer sees under an id. Throws NOT_FOUND for what he does not see, and for what cannot be reported. */
export async function findSubject(deps: ReportDeps, viewerId: string, id: string): Promise<Subject> {
  const kind = entityOf(id)?.toUpperCase() ?? ''
  const find = Object.hasOwn(finders, kind) ? finders[kind as SubjectKind] : null
  const found = await find?.(deps, id, viewerId)
  if (!found) throw notFound(['input', 'subjectId'])
  const text = found.text === null ? null : [...found.text].slice(0, maxText).join('')
  return { id, kind: kind as SubjectKind, ownerId: found.ownerId, text }
}

/** A review of a thing, as it stands when it comes into the queue. */
export function newReview(subject: Subject, source: ReviewItemRow['source'], at: Date): ReviewItemRow {
  return {
    _id: newId('review', at.getTime()),
    ...{ subjectId: subject.id, subjectKind: subject.kind, ownerId: subject.ownerId, text: subject.text },
    ...{ source, reasons: {}, reportCount: 0, priority: 0, open: true, openedAt: at },
    ...{ claimedBy: null, claimedUntil: null, decision: null, decidedBy: null, decidedAt: null, note: null },
    ...{ effects: [], appeal: null },
  }
}

/**
 * Tells moderators of a thing, within a transaction; answers the report's id and its review's. The same person's second report of
 * one review takes the first one's place, and is not `isNew`. Two first reports at once conflict, and one of the transactions runs again.
 */
export async function report(
  deps: Pick<
    Store,
    'findOpenReview' | 'insertReview' | 'setReview' | 'findReport' | 'insertReport' | 'setReport'
  >,
  { session }: Transaction,
  reporterId: string,
  subject: Subject,
  said: { reason: ReportReason; details: string | null; at: Date },
): Promise<{ reportId: string; itemId: string; isNew: boolean }> {
  const { reason, details, at } = said
  const known = await deps.findOpenReview(subject.id, session)
  const item = known ?? newReview(subject, 'REPORTS', at)
  const earlier = known && (await deps.findReport(item._id, reporterId, session))
  const reasons = { ...item.reasons }
  if (earlier) reasons[earlier.reason] = (reasons[earlier.reason] ?? 1) - 1
  reasons[reason] = (reasons[reason] ?? 0) + 1
  for (const [name, count] of Object.entries(reasons)) if (!count) delete reasons[name as ReportReason]
  const change = { reasons, reportCount: item.reportCount + (earlier ? 0 : 1) }
  const next = { ...item, ...change }
  const priority = priorityOf(next)
  if (known) await deps.setReview(item._id, { ...change, priority }, session)
  else await deps.insertReview({ ...next, priority }, session)
  if (earlier) {
    await deps.setReport(earlier._id, { reason, details, updatedAt: at }, session)
    return { reportId: earlier._id, itemId: item._id, isNew: false }
  }
  const reportId = newId('report', at.getTime())
  const times = { createdAt: at, updatedAt: at }
  await deps.insertReport(
    {
      _id: reportId,
      ...{ reporterId, subjectId: subject.id, itemId: item._id, reason, details, status: 'OPEN', ...times },
    },
    session,
  )
  return { reportId, itemId: item._id, isNew: true }
}

/** Reports something to moderators; answers the report's id. Throws NOT_FOUND, TOO_LONG. */
export async function reportContent(
  deps: ReportDeps,
  viewerId: string,
  input: {
    subjectId: string
    reason?: ReportReason | null | undefined
    details?: string | null | undefined
  },
): Promise<string> {
  const details = optionalText(input.details, { field: 'details', max: 1_000 })
  const subject = await findSubject(deps, viewerId, input.subjectId)
  const reason = input.reason ?? 'OTHER'
  return retried(() =>
    deps.transact(async (tx) => {
      const said = { reason, details, at: deps.now() }
      const { reportId, isNew } = await report(deps, tx, viewerId, subject, said)
      const { id: subjectId, kind, ownerId } = subject
      if (isNew && (kind === 'POST' || kind === 'USER') && ownerId !== null && ownerId !== viewerId)
        tx.emit('content.reported', { reporterId: viewerId, subjectId, ownerId })
      return reportId
    }),
  )
}

/** Tries again where two were the first to report: the unique index let one of them through. */
export async function retried<R>(work: () => Promise<R>): Promise<R> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isDuplicate(error) || tries === 5) throw error
    }
  }
}
