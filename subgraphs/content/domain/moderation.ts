// Reviews: claimed, decided, undone, appealed against. Every step is in the audit log, in its own transaction.
import type { Accounts } from '#platform/accounts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Posts } from '#platform/posts.ts'
import type { Stories } from '#platform/stories.ts'
import { optionalText } from '#platform/validate.ts'
import { requireSignedIn, type Viewer } from '#platform/viewer.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { ReviewDecision, ReviewItemRow } from '../model.ts'
import type { Store } from '../store.ts'
import { tellTrust } from './account-trust.ts'
import { type AuditNote, appendAudit } from './moderation-audit.ts'
import { applyDecision, type EffectDeps, parted, postsOf, reapply, restore } from './review-effects.ts'
import {
  appealMs,
  claimMs,
  decidedReason,
  fits,
  isShadowBan,
  ranks,
  templates,
  wouldHideWhatWasTold,
} from './review-rules.ts'

export interface ReviewDeps
  extends EffectDeps,
    Pick<
      Store,
      | 'getReview'
      | 'setReview'
      | 'closeReports'
      | 'findOpenReview'
      | 'findHeldAgainst'
      | 'advanceAudit'
      | 'insertAudit'
    > {
  transact: Transact<'content'>
  posts: Pick<Posts, 'changing'>
  stories: Pick<Stories, 'changing'>
}

const itemField = ['input', 'itemId']
const noteMax = { field: 'note', max: 1_000 }

/** A moderator, and his rank. Throws UNAUTHENTICATED or FORBIDDEN. */
export async function requireModerator(
  deps: { accounts: Pick<Accounts, 'get'> },
  viewer: Viewer,
): Promise<{ userId: string; rank: number }> {
  const { userId } = requireSignedIn(viewer)
  const account = (await deps.accounts.get([userId])).get(userId)
  const rank = account?.status === 'ACTIVE' ? ranks[account.role] : 0
  if (rank === 0) throw new AppError('FORBIDDEN', 'This is for moderators.')
  return { userId, rank }
}

type Moderator = Awaited<ReturnType<typeof requireModerator>>

const isClaimedByOther = (item: ReviewItemRow, userId: string, now: Date) =>
  item.claimedBy !== null && item.claimedBy !== userId && (item.claimedUntil ?? now) > now

/** A review in its transaction. Throws NOT_FOUND, and CONFLICT while somebody else has it. */
async function openItem(
  deps: ReviewDeps,
  { session }: Transaction,
  moderator: Moderator,
  itemId: string,
): Promise<ReviewItemRow> {
  const item = isId(itemId, 'review') ? await deps.getReview(itemId, session) : null
  if (!item) throw notFound(itemField)
  if (isClaimedByOther(item, moderator.userId, deps.now())) {
    throw new AppError('CONFLICT', 'Another moderator is at it.', { field: itemField })
  }
  return item
}

/** Runs a change of a review so that everybody meets its posts and its story as they then are. */
async function changing(
  deps: ReviewDeps,
  itemId: string,
  work: (tx: Transaction<'content'>, postIds: string[]) => Promise<string>,
): Promise<string> {
  const item = isId(itemId, 'review') ? await deps.getReview(itemId) : null
  if (!item) throw notFound(itemField)
  const postIds = await postsOf(deps, item)
  const changed = item.effects.flatMap((effect) => (effect.kind === 'POST' ? [effect.id] : []))
  const labels = [...item.effects, ...(item.dismissed ?? [])].flatMap((effect) =>
    effect.kind === 'LABELS' ? [effect.id] : [],
  )
  const labelled = await Promise.all(labels.map((mediaId) => deps.findPostsToLabel(mediaId)))
  const keys = [...new Set([...postIds, ...changed, ...labelled.flat()])]
  const write = () => deps.transact((tx) => work(tx, postIds))
  if (item.subjectKind === 'STORY') return deps.stories.changing([item.subjectId], write)
  return keys.length > 0 ? deps.posts.changing(keys, write) : write()
}

/** Keeps an open review for a moderator. Throws FORBIDDEN, NOT_FOUND, CONFLICT. */
export async function claimReview(deps: ReviewDeps, viewer: Viewer, itemId: string): Promise<string> {
  const moderator = await requireModerator(deps, viewer)
  return deps.transact(async (tx) => {
    const item = await openItem(deps, tx, moderator, itemId)
    if (!item.open) throw new AppError('CONFLICT', 'This is decided.', { field: itemField })
    const at = deps.now()
    const claimedUntil = new Date(at.getTime() + claimMs)
    await deps.setReview(itemId, { claimedBy: moderator.userId, claimedUntil }, tx.session)
    await note(deps, tx, item, moderator, 'CLAIM', null)
    return itemId
  })
}

const note = (
  deps: ReviewDeps,
  tx: Transaction<'content'>,
  item: Pick<ReviewItemRow, '_id' | 'subjectId' | 'ownerId'>,
  actor: { userId: string } | null,
  action: string,
  detail: AuditNote['detail'],
) =>
  appendAudit(deps, tx.session, {
    at: deps.now(),
    actorId: actor?.userId ?? null,
    ...{ action, itemId: item._id, subjectId: item.subjectId, detail },
  })

/** As `note`, of what changes how far the owner is trusted. */
const noteAgainst: typeof note = async (deps, tx, item, ...said) => {
  const sequence = await note(deps, tx, item, ...said)
  if (item.ownerId !== null) await tellTrust(deps, tx, item.ownerId, sequence)
  return sequence
}

/** Whether this moderator may decide this with this. Throws FORBIDDEN, INVALID or CONFLICT. */
async function checkDecision(
  deps: ReviewDeps,
  item: ReviewItemRow,
  moderator: Moderator,
  decision: ReviewDecision,
): Promise<void> {
  if (!fits(item.subjectKind, decision)) {
    throw new AppError('INVALID', 'This cannot be decided about a thing of this kind.', {
      field: ['input', 'decision'],
    })
  }
  if (wouldHideWhatWasTold(item, decision)) {
    throw new AppError('CONFLICT', 'Its subject knows of this review: limit the account in a fresh one.', {
      field: ['input', 'decision'],
    })
  }
  const refuse = (message: string) => new AppError('FORBIDDEN', message, { field: itemField })
  if (item.ownerId === moderator.userId) throw refuse('Nobody decides about himself.')
  if (item.appeal?.status === 'PENDING' && item.decidedBy === moderator.userId) {
    throw refuse('Somebody else than who decided must look at the appeal.')
  }
  if (item.ownerId === null || decision === 'NONE') return
  const owner = (await deps.accounts.get([item.ownerId])).get(item.ownerId)
  if (owner && ranks[owner.role] >= moderator.rank) throw refuse('Someone of a higher role must do this.')
}

/** The note of a decision: the template's text, then the moderator's own. Throws TOO_LONG or INVALID. */
function noteOf(input: { note?: string | null | undefined; templateKey?: string | null | undefined }) {
  const own = optionalText(input.note, noteMax)
  const { templateKey } = input
  if (templateKey === null || templateKey === undefined) return own
  if (!Object.hasOwn(templates, templateKey)) {
    throw new AppError('INVALID', 'There is no such template.', { field: ['input', 'templateKey'] })
  }
  return [templates[templateKey], own].filter(Boolean).join('\n')
}

/**
 * Decides an open review; answers its id. What an earlier decision changed is taken back first, unless it is the same again.
 * Throws FORBIDDEN, NOT_FOUND, CONFLICT, INVALID, TOO_LONG.
 */
export async function resolveReview(
  deps: ReviewDeps,
  viewer: Viewer,
  input: {
    itemId: string
    decision?: ReviewDecision | null | undefined
    note?: string | null | undefined
    templateKey?: string | null | undefined
  },
): Promise<string> {
  const moderator = await requireModerator(deps, viewer)
  const text = noteOf(input)
  const decision = input.decision ?? 'NONE'
  return changing(deps, input.itemId, async (tx, postIds) => {
    const item = await openItem(deps, tx, moderator, input.itemId)
    if (!item.open) throw new AppError('CONFLICT', 'This is decided: undo it first.', { field: itemField })
    await checkDecision(deps, item, moderator, decision)
    const { own, kept } = parted(item.effects)
    const stays = own.length > 0 && item.decision === decision
    const moderatorId = moderator.userId
    const templateKey = input.templateKey ?? null
    if (!stays) await restore(deps, tx, item, decision === 'NONE' ? item.effects : own, moderatorId)
    const applied = stays
      ? []
      : await applyDecision(deps, tx, item, { decision, moderatorId, postIds, templateKey })
    const left = stays ? item.effects : kept
    const effects = decision === 'NONE' ? [] : [...applied, ...left]
    const at = deps.now()
    const { appeal } = item
    const decided = stays ? item.decidedReason : null
    const reason = decided ?? decidedReason(item.reasons, templateKey)
    const status = item.decision === decision ? 'UPHELD' : 'OVERTURNED'
    await deps.setReview(
      item._id,
      {
        ...{ open: false, claimedBy: null, claimedUntil: null, decision, note: text, effects },
        templateKey,
        dismissed: decision === 'NONE' ? kept : [],
        decidedReason: decision === 'REMOVE' ? reason : null,
        ...{ decidedBy: moderator.userId, decidedAt: at },
        ...(appeal?.status === 'PENDING' ? { appeal: { ...appeal, status } } : {}),
      },
      tx.session,
    )
    await deps.closeReports(item._id, decision === 'NONE' ? 'DISMISSED' : 'ACTED', at, tx.session)
    await noteAgainst(deps, tx, item, moderator, decision, templateKey)
    if (item.ownerId !== null && (decision !== 'NONE' || appeal)) tell(tx, item, decision)
    return item._id
  })
}

/** Tells the owner of a thing what was decided; null: what was is taken back. */
function tell(tx: Transaction<'content'>, item: ReviewItemRow, decision: ReviewDecision | null): void {
  const { _id: itemId, subjectId, ownerId } = item
  if (isShadowBan({ ...item, decision: decision ?? item.decision })) return
  if (ownerId !== null) tx.emit('review.decided', { subjectId, recipientId: ownerId, itemId, decision })
}

/** Takes a decision back, and puts the review into the queue again. Throws FORBIDDEN, NOT_FOUND, CONFLICT, TOO_LONG. */
export async function undoReview(
  deps: ReviewDeps,
  viewer: Viewer,
  input: { itemId: string; note?: string | null | undefined },
): Promise<string> {
  const moderator = await requireModerator(deps, viewer)
  const text = optionalText(input.note, noteMax)
  return changing(deps, input.itemId, async (tx) => {
    const item = await openItem(deps, tx, moderator, input.itemId)
    if (item.open || item.decision === null) {
      throw new AppError('CONFLICT', 'Nothing is decided.', { field: itemField })
    }
    if (item.ownerId === moderator.userId) {
      throw new AppError('FORBIDDEN', 'Nobody decides about himself.', { field: itemField })
    }
    await reopen(deps, tx, item)
    const { own, kept } = parted(item.effects)
    await restore(deps, tx, item, own, moderator.userId)
    const at = deps.now()
    await deps.setReview(
      item._id,
      {
        ...{ decision: null, note: text, templateKey: null, appeal: null },
        ...{ effects: [...kept, ...(await reapply(deps, tx, item))], dismissed: [], decidedReason: null },
        // What he was not told of has never been, to its subject.
        ...(isShadowBan(item) ? { decidedAt: null, decidedBy: null } : {}),
      },
      tx.session,
    )
    await deps.closeReports(item._id, 'OPEN', at, tx.session)
    await noteAgainst(deps, tx, item, moderator, 'UNDO', null)
    if (item.decision !== 'NONE') tell(tx, item, null)
    return item._id
  })
}

/** Puts a decided review into the queue. Throws CONFLICT while there is another open one of the thing. */
async function reopen(deps: ReviewDeps, { session }: Transaction, item: ReviewItemRow): Promise<void> {
  if (await deps.findOpenReview(item.subjectId, session)) {
    throw new AppError('CONFLICT', 'The thing is being looked at again already.', { field: itemField })
  }
  const change = { open: true, openedAt: deps.now(), claimedBy: null, claimedUntil: null }
  await deps.setReview(item._id, change, session)
}

/** Asks for another look at a decision about something of the viewer's; answers its id. Throws NOT_FOUND, CONFLICT, EXPIRED, TOO_LONG. */
export async function appealDecision(
  deps: ReviewDeps,
  viewerId: string,
  input: { decisionId: string; text?: string | null | undefined },
): Promise<string> {
  const text = optionalText(input.text, { field: 'text', max: 1_000 })
  return deps.transact((tx) => appeal(deps, tx, viewerId, input.decisionId, text, ['input', 'decisionId']))
}

/** As `appealDecision`, in a transaction that is going on. */
export async function appeal(
  deps: ReviewDeps,
  tx: Transaction<'content'>,
  viewerId: string,
  itemId: string,
  text: string | null,
  field: string[],
): Promise<string> {
  const item = isId(itemId, 'review') ? await deps.getReview(itemId, tx.session) : null
  if (!item || item.ownerId !== viewerId || item.decidedAt === null || isShadowBan(item))
    throw notFound(field)
  if (item.open || item.appeal || item.decision === 'NONE') {
    throw new AppError('CONFLICT', 'There is nothing to appeal against.', { field })
  }
  const at = deps.now()
  if (item.decidedAt.getTime() + appealMs < at.getTime()) {
    throw new AppError('EXPIRED', 'It is too late for that.', { field })
  }
  await reopen(deps, tx, item)
  await deps.setReview(item._id, { appeal: { text, at, status: 'PENDING' } }, tx.session)
  await note(deps, tx, item, { userId: viewerId }, 'APPEAL', null)
  return item._id
}
