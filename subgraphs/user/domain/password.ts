// Changing a password: whatever else opened the account opens it no more (A5).
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
  deletePasskeys(tx: Transaction<'user'>, userId: string): Promise<void>
  deleteIdentities(tx: Transaction<'user'>, userId: string): Promise<void>
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
 * Chooses a new password by the token out of a mail, and ends everything else that opens the account. Throws EXPIRED, INVALID,
 * TOO_LONG.
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
    await revokeCredentials(deps, tx, userId, null)
    return {}
  })
}

/**
 * Changes the viewer's password, and ends everything else that opens his account but the current session. Throws INVALID for a
 * wrong present password or a new one that is none, TOO_LONG, RATE_LIMITED, SERVICE_UNAVAILABLE.
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
  const { replaced, passwordHash } = await deps.passwords.admit(async (passwords) => ({
    replaced: await provePassword({ ...deps, passwords }, userId, input.currentPassword, 'currentPassword'),
    passwordHash: await passwords.hash(password),
  }))
  return deps.transact(async (tx) => {
    if (!(await deps.store.updatePassword(tx, userId, { passwordHash, replaced }))) {
      throw new AppError('CONFLICT', 'The password was changed at the same time. Try again.')
    }
    await revokeCredentials(deps, tx, userId, sessionId)
    return { userId }
  })
}

/**
 * Ends everything but the password that opens an account, since any of it may be somebody's who was in it without right: its
 * sessions but one, and with them what apps may do; its passkeys; the word of identity providers, which is linked anew with the
 * new password; and links that were mailed.
 */
async function revokeCredentials(
  deps: { store: PasswordStore; now: Date },
  tx: Transaction<'user'>,
  userId: string,
  exceptSessionId: string | null,
): Promise<void> {
  const { store, now } = deps
  await endSessions(deps, tx, userId, exceptSessionId)
  await store.deletePasskeys(tx, userId)
  await store.deleteIdentities(tx, userId)
  await store.voidProofs(tx, userId, now)
}
