// Changing a password: whoever else was signed in with the old one is out.
import { type Limits, networkOf } from '#platform/limits.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import { AppError } from '#schema/errors.ts'
import type { Account, Credential } from '../model.ts'
import type { Passwords } from '../passwords.ts'
import { expired, type ProofStore, readProof, requestProof } from './proof.ts'
import { type EndSessionsStore, endSessions } from './sessions.ts'
import { provePassword } from './sign-in.ts'
import { checkPassword } from './sign-up.ts'

interface PasswordStore extends EndSessionsStore, Pick<ProofStore, 'voidProofs'> {
  /** Removes all passkeys of an account: one may be somebody's who was in it without right. */
  deletePasskeys(tx: Transaction<'user'>, userId: string): Promise<void>
  findCredentialById(userId: string): Promise<Credential | null>
  /** With `replaced`, only if that is the present password's hash; false otherwise. */
  updatePassword(
    tx: Transaction<'user'>,
    userId: string,
    change: { passwordHash: string; replaced?: string },
  ): Promise<boolean>
}

const windowMs = 3_600_000
const resets = { name: 'reset-login', max: 5, windowMs, withoutRedis: 'closed' } as const
const resetsPerAccount = { name: 'reset-account', max: 5, windowMs, withoutRedis: 'closed' } as const
const resetsPerAddress = { name: 'reset-address', max: 20, windowMs, withoutRedis: 'closed' } as const

/** No username or e-mail address is longer. */
const maxLogin = 254

/**
 * Mails a link to choose a new password with to the address of an account. Whether there is one cannot be told: the limits
 * count what was typed, and the same rows are written for nobody. Throws INVALID for what can be no login, RATE_LIMITED.
 */
export async function requestPasswordReset(
  deps: {
    store: Pick<ProofStore, 'insertProof'> & {
      findCredential(loginFolded: string): Promise<Credential | null>
      findUser(userId: string): Promise<Account | null>
    }
    transact: Transact<'user'>
    limits: Limits
    now: Date
  },
  input: { login: string },
  ip: string,
): Promise<Record<string, never>> {
  await deps.limits.use(resetsPerAddress, networkOf(ip))
  const login = input.login.trim().toLowerCase()
  const isLogin = login.includes('@') ? !login.includes('\u0000') : /^[a-z0-9._]{1,30}$/.test(login)
  if (!isLogin || login.length > maxLogin) {
    throw new AppError('INVALID', 'This is no username and no e-mail address.', { field: ['input', 'login'] })
  }
  await deps.limits.use(resets, login)
  const credential = await deps.store.findCredential(login)
  // Under whatever login, an account gets so many mails. Beyond that there is none, and nothing tells: else a request by username
  // would say whose e-mail address was typed before.
  const mayMail = await deps.limits.allows(resetsPerAccount, credential?._id ?? `login:${login}`)
  const account = mayMail ? await deps.store.findUser(credential?._id ?? '') : null
  return deps.transact(async (tx) => {
    const whose = account && { userId: account._id, email: account.email }
    await requestProof(deps, tx, 'RESET_PASSWORD', whose)
    return {}
  })
}

/**
 * Chooses a new password by the token out of a mail, ends all sessions and voids every other token of the account. Throws
 * EXPIRED, INVALID, TOO_LONG.
 */
export async function resetPassword(
  deps: {
    store: PasswordStore & Pick<ProofStore, 'findProof' | 'takeProof'>
    transact: Transact<'user'>
    passwords: Passwords
    signer: Signer
    now: Date
  },
  input: { token: string; newPassword: string },
): Promise<Record<string, never>> {
  const { store, now } = deps
  const password = checkPassword(input.newPassword, 'newPassword')
  const { _id, userId } = await readProof(deps, input.token, ['RESET_PASSWORD'])
  const passwordHash = await deps.passwords.hash(password)
  return deps.transact(async (tx) => {
    if (!(await store.takeProof(tx, _id, now))) throw expired()
    if (!(await store.updatePassword(tx, userId, { passwordHash }))) throw expired()
    await endSessions(deps, tx, userId, null)
    await store.deletePasskeys(tx, userId)
    await store.voidProofs(tx, userId, now)
    return {}
  })
}

/**
 * Changes the viewer's password and ends all of his sessions but the current one. Throws INVALID for a wrong present password
 * or a new one that is none, TOO_LONG, RATE_LIMITED.
 */
export async function changePassword(
  deps: {
    store: PasswordStore
    transact: Transact<'user'>
    limits: Limits
    passwords: Passwords
    now: Date
  },
  viewer: { userId: string; sessionId: string },
  input: { currentPassword: string; newPassword: string },
): Promise<{ userId: string }> {
  const { userId, sessionId } = viewer
  const password = checkPassword(input.newPassword, 'newPassword')
  const prove = { ...deps, verifyPassword: deps.passwords.verify }
  const replaced = await provePassword(prove, userId, input.currentPassword, 'currentPassword')
  const passwordHash = await deps.passwords.hash(password)
  return deps.transact(async (tx) => {
    if (!(await deps.store.updatePassword(tx, userId, { passwordHash, replaced }))) {
      throw new AppError('CONFLICT', 'The password was changed at the same time. Try again.')
    }
    await endSessions(deps, tx, userId, sessionId)
    await deps.store.deletePasskeys(tx, userId)
    // Nor does a link that was mailed before open the account.
    await deps.store.voidProofs(tx, userId, deps.now)
    return { userId }
  })
}
