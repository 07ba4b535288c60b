// Addresses: proving that one's address is one's own, and changing it.
import type { FactModel } from '#platform/facts.ts'
import type { Limits } from '#platform/limits.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { Account } from '../model.ts'
import type { Passwords } from '../passwords.ts'
import { expired, type ProofStore, readProof, requestProof } from './proof.ts'
import { proveOwner } from './sign-in.ts'

const mails = { name: 'mail-account', max: 5, windowMs: 3_600_000, withoutRedis: 'closed' } as const

interface EmailStore extends ProofStore {
  findUser(userId: string): Promise<Account | null>
  /** Notes that an address is proven, if it is still the account's; false otherwise. */
  verifyEmail(tx: Transaction<'user'>, userId: string, email: string, now: Date): Promise<boolean>
  /** Gives an account a proven address. Throws TAKEN when it is another's. */
  updateEmail(tx: Transaction<'user'>, userId: string, email: string, now: Date): Promise<boolean>
}

/** Counts a mail that someone asks for. Throws RATE_LIMITED. */
function countMail(limits: Limits, userId: string): Promise<void> {
  return limits.use(mails, userId)
}

/** Sends the viewer another mail to prove his address with. Throws CONFLICT when it is proven, RATE_LIMITED. */
export async function requestEmailVerification(
  deps: { store: EmailStore; transact: Transact<'user'>; limits: Limits; now: Date },
  userId: string,
): Promise<{ userId: string }> {
  await countMail(deps.limits, userId)
  const account = await deps.store.findUser(userId)
  if (!account) throw notFound()
  if (account.emailVerifiedAt) throw new AppError('CONFLICT', 'This address is confirmed already.')
  return deps.transact(async (tx) => {
    await requestProof(deps, tx, 'VERIFY_EMAIL', { userId, email: account.email })
    return { userId }
  })
}

/**
 * Takes the token out of a mail: its address is proven and, if it came to a new address, is the account's from now on. All
 * other proofs of the account are void then, for some may be at the old address. Throws EXPIRED, TAKEN.
 */
export async function verifyEmail(
  deps: {
    store: EmailStore
    transact: Transact<'user'>
    accounts: FactModel<AccountFacts>
    signer: Signer
    now: Date
  },
  token: string,
): Promise<{ userId: string }> {
  const { store, now } = deps
  const { _id, kind, userId, email } = await readProof(deps, token, ['VERIFY_EMAIL', 'CHANGE_EMAIL'])
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      if (!(await store.takeProof(tx, _id, now))) throw expired()
      const isDone =
        kind === 'CHANGE_EMAIL'
          ? await store.updateEmail(tx, userId, email, now)
          : await store.verifyEmail(tx, userId, email, now)
      if (!isDone) throw expired()
      if (kind === 'CHANGE_EMAIL') await store.voidProofs(tx, userId, now)
      tx.emit('account.changed', { userId })
      return { userId }
    }),
  )
}

/**
 * Asks for another address: nothing changes before the token that is mailed to it comes back. Whether another account has it
 * is said only then, to whoever has proven that it is his. Throws INVALID, FORBIDDEN, RATE_LIMITED.
 */
export async function changeEmail(
  deps: {
    store: EmailStore & Parameters<typeof proveOwner>[0]['store']
    transact: Transact<'user'>
    limits: Limits
    passwords: Passwords
    now: Date
  },
  viewer: { userId: string; sessionId: string },
  input: { newEmail: string; password?: string | null | undefined },
): Promise<{ userId: string }> {
  const { userId } = viewer
  await countMail(deps.limits, userId)
  await proveOwner(deps, viewer, input.password)
  return deps.transact(async (tx) => {
    await requestProof(deps, tx, 'CHANGE_EMAIL', { userId, email: input.newEmail })
    return { userId }
  })
}
