// Copyright: a claim is a report of its own kind, with the work that it is about; the owner's answer is an appeal.
import type { Transact } from '#platform/mongo.ts'
import { optionalText, textOf } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { Store } from '../store.ts'
import { appeal, type ReviewDeps } from './moderation.ts'
import { appendAudit } from './moderation-audit.ts'
import { findSubject, type ReportDeps, report, retried } from './reports.ts'

type ClaimDeps = ReportDeps & Pick<Store, 'insertClaim' | 'advanceAudit' | 'insertAudit'>

/** Claims that a post or item shows a work of the viewer's; answers the claim's id. Throws NOT_FOUND, INVALID, TOO_LONG, FORBIDDEN. */
export async function fileCopyrightClaim(
  deps: ClaimDeps,
  viewerId: string,
  input: { subjectId: string; work?: string | null | undefined; statement?: string | null | undefined },
): Promise<string> {
  const work = textOf(input.work ?? '', { field: 'work', min: 1, max: 500 })
  const statement = optionalText(input.statement, { field: 'statement', max: 1_000 })
  const field = ['input', 'subjectId']
  const subject = await findSubject(deps, viewerId, input.subjectId)
  const { ownerId } = subject
  if (ownerId === null || (subject.kind !== 'POST' && subject.kind !== 'MEDIA')) {
    throw new AppError('INVALID', 'A claim is about a post or a media item.', { field })
  }
  if (ownerId === viewerId) throw new AppError('FORBIDDEN', 'This is yours.', { field })
  return retried(() =>
    deps.transact(async (tx) => {
      const at = deps.now()
      const said = { reason: 'COPYRIGHT', details: work, at } as const
      const { itemId } = await report(deps, tx, viewerId, subject, said)
      const _id = newId('claim', at.getTime())
      const row = { _id, claimantId: viewerId, subjectId: subject.id, ownerId, itemId, work, statement }
      await deps.insertClaim({ ...row, answer: null, answeredAt: null, createdAt: at }, tx.session)
      const about = { actorId: viewerId, itemId, subjectId: subject.id }
      await appendAudit(deps, tx.session, { ...about, at, action: 'COPYRIGHT_CLAIM', detail: null })
      return _id
    }),
  )
}

/**
 * Answers a claim about something of the viewer's; answers its id. If it was decided against him already, that is looked at again.
 * Throws NOT_FOUND, INVALID, TOO_LONG, CONFLICT, EXPIRED.
 */
export async function answerCopyrightClaim(
  deps: ReviewDeps & Pick<Store, 'getClaim' | 'answerClaim'> & { transact: Transact<'content'> },
  viewerId: string,
  input: { claimId: string; text?: string | null | undefined },
): Promise<string> {
  const text = textOf(input.text ?? '', { field: 'text', min: 1, max: 1_000 })
  const { claimId } = input
  const field = ['input', 'claimId']
  return deps.transact(async (tx) => {
    const claim = isId(claimId, 'claim') ? await deps.getClaim(claimId, tx.session) : null
    if (claim?.ownerId !== viewerId) throw notFound(field)
    if (claim.answeredAt !== null) throw new AppError('CONFLICT', 'This is answered.', { field })
    const item = await deps.getReview(claim.itemId, tx.session)
    if (item && !item.open && item.decision !== 'NONE') {
      await appeal(deps, tx, viewerId, item._id, text, field)
    }
    const at = deps.now()
    await deps.answerClaim(claimId, text, at, tx.session)
    const about = { actorId: viewerId, itemId: claim.itemId, subjectId: claim.subjectId }
    await appendAudit(deps, tx.session, { ...about, at, action: 'COPYRIGHT_ANSWER', detail: null })
    return claimId
  })
}
