// Verification: moderators have seen who someone is, or he pays. What was paid for ends by the clock, whether or not anybody says so.
import type { Limits } from '#platform/limits.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { type Cursors, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import { optionalText } from '#platform/validate.ts'
import { requireSignedIn, type Viewer } from '#platform/viewer.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { Account, UserRow, VerificationRow } from '../model.ts'
import { isPaymentSignature, type PaymentConfig, readPayment, toleranceMs } from './payment.ts'

const requests = { name: 'verification', max: 5, windowMs: 86_400_000, withoutRedis: 'closed' } as const

export interface VerificationStore {
  findUser(userId: string): Promise<Account | null>
  findVerification(verificationId: string): Promise<VerificationRow | null>
  /** Throws CONFLICT while there is an open one of the kind. */
  insertVerification(tx: Transaction<'user'>, row: VerificationRow): Promise<void>
  decideVerification(
    tx: Transaction<'user'>,
    verificationId: string,
    decision: Pick<VerificationRow, 'status' | 'moderatorId' | 'decidedAt' | 'decisionNote'>,
  ): Promise<void>
  setVerified(
    tx: Transaction<'user'>,
    userId: string,
    change: Partial<Pick<UserRow, 'isVerified' | 'verifiedUntil'>>,
  ): Promise<void>
  /** Marks an event taken; false when it was. */
  takePaymentEvent(tx: Transaction<'user'>, eventId: string, expiresAt: Date): Promise<boolean>
  /** Notes until when a request is paid for; null when there is none, or something newer is known. */
  payVerification(
    tx: Transaction<'user'>,
    verificationId: string,
    paid: { paidUntil: Date; paidAt: Date },
  ): Promise<VerificationRow | null>
  listOpenVerifications(afterId: string | null, limit: number): Promise<VerificationRow[]>
}

/** Whether an account is verified now. */
export function isVerified(account: Pick<UserRow, 'isVerified' | 'verifiedUntil'>, now: Date): boolean {
  return account.isVerified || (account.verifiedUntil ?? new Date(0)) > now
}

/** What has become of a request. */
export function verificationStatus(
  { kind, status, paidUntil }: Pick<VerificationRow, 'kind' | 'status' | 'paidUntil'>,
  now: Date,
): VerificationRow['status'] | 'EXPIRED' {
  if (kind === 'IDENTITY' || paidUntil === null) return status
  return paidUntil > now ? 'APPROVED' : 'EXPIRED'
}

/** Asks for the viewer to be verified. Throws CONFLICT while he waits already, TOO_LONG, RATE_LIMITED. */
export async function requestVerification(
  deps: { store: VerificationStore; transact: Transact<'user'>; limits: Limits; now: Date },
  userId: string,
  input: { kind?: VerificationRow['kind'] | null | undefined; note?: string | null | undefined },
): Promise<{ verificationId: string }> {
  const row: VerificationRow = {
    _id: newId('verification'),
    userId,
    kind: input.kind ?? 'IDENTITY',
    status: 'PENDING',
    note: optionalText(input.note, { field: 'note', max: 500 }),
    createdAt: deps.now,
    moderatorId: null,
    decidedAt: null,
    decisionNote: null,
    paidUntil: null,
    paidAt: null,
  }
  await deps.limits.use(requests, userId)
  return deps.transact(async (tx) => {
    await deps.store.insertVerification(tx, row)
    return { verificationId: row._id }
  })
}

async function requireModerator(
  store: Pick<VerificationStore, 'findUser'>,
  viewer: Viewer,
): Promise<{ userId: string }> {
  const { userId } = requireSignedIn(viewer)
  const account = await store.findUser(userId)
  if (account?.status !== 'ACTIVE' || (account.role ?? 'MEMBER') === 'MEMBER') {
    throw new AppError('FORBIDDEN', 'This is for moderators.')
  }
  return { userId }
}

/** Decides whether someone is who he says. Throws FORBIDDEN, NOT_FOUND, TOO_LONG. */
export async function resolveVerification(
  deps: { store: VerificationStore; transact: Transact<'user'>; viewer: Viewer; now: Date },
  input: { verificationId: string; approved?: boolean | null | undefined; note?: string | null | undefined },
): Promise<{ verificationId: string }> {
  const { store, now } = deps
  const moderator = await requireModerator(store, deps.viewer)
  const { verificationId } = input
  const decisionNote = optionalText(input.note, { field: 'note', max: 500 })
  const request = isId(verificationId, 'verification') ? await store.findVerification(verificationId) : null
  if (request?.kind !== 'IDENTITY') throw notFound(['input', 'verificationId'])
  if (request.userId === moderator.userId) throw new AppError('FORBIDDEN', 'Nobody decides about himself.')
  const approved = input.approved ?? false
  return deps.transact(async (tx) => {
    await store.decideVerification(tx, verificationId, {
      status: approved ? 'APPROVED' : 'REJECTED',
      moderatorId: moderator.userId,
      decidedAt: now,
      decisionNote,
    })
    await store.setVerified(tx, request.userId, { isVerified: approved })
    tx.emit('account.changed', { userId: request.userId })
    return { verificationId }
  })
}

/** The requests that wait for moderators, oldest first. Throws FORBIDDEN. */
export async function listVerificationQueue(
  deps: { store: VerificationStore; viewer: Viewer; cursors: Cursors },
  args: PageArguments,
): Promise<Page<VerificationRow>> {
  const { userId: viewerId } = await requireModerator(deps.store, deps.viewer)
  const size = pageSize(args.first)
  const scope = { list: 'verificationQueue', viewerId }
  const [afterId = null] = deps.cursors.decode(scope, args.after) ?? []
  const rows = await deps.store.listOpenVerifications(afterId === null ? null : String(afterId), size + 1)
  return pageOf(
    deps.cursors,
    scope,
    rows.slice(0, size).map((node) => ({ node })),
    { keyOf: ({ node }) => [node._id], hasNextPage: rows.length > size, hasPreviousPage: afterId !== null },
  )
}

/** Takes what the payment provider says, once, and nothing older than what is known. */
export async function recordVerificationPayment(
  deps: { store: VerificationStore; transact: Transact<'user'>; payment: PaymentConfig; now: Date },
  { body, signature }: { body: string; signature: string },
): Promise<'DONE' | 'FORGED' | 'INVALID'> {
  const { store, now } = deps
  const { webhookSecret } = deps.payment
  if (webhookSecret === null || !isPaymentSignature(webhookSecret, body, signature, now)) return 'FORGED'
  const event = readPayment(body)
  if (!event) return 'INVALID'
  const paidAt = new Date(event.createdAt)
  // What has ended is not paid for beyond that moment, whatever else it says.
  const paidUntil = new Date(event.paidUntil)
  const ends = event.type === 'verification.ended' && paidUntil > paidAt ? paidAt : paidUntil
  await deps.transact(async (tx) => {
    const expiresAt = new Date(now.getTime() + 4 * toleranceMs)
    if (!(await store.takePaymentEvent(tx, event.id, expiresAt))) return
    const paid = await store.payVerification(tx, event.reference, { paidUntil: ends, paidAt })
    if (paid) {
      await store.setVerified(tx, paid.userId, { verifiedUntil: ends })
      tx.emit('account.changed', { userId: paid.userId })
    }
  })
  return 'DONE'
}
