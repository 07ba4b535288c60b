// Signing in. What can be learnt from a failure is nothing: the answer and the work are the same whether the account does not
// exist or the password is wrong.
import type { Limits } from '#platform/limits.ts'
import { AppError } from '#schema/errors.ts'
import type { Credential } from '../model.ts'

const windowMs = 15 * 60_000
const tries = { name: 'sign-in-account', max: 10, windowMs, withoutRedis: 'closed' } as const
const triesPerAddress = { name: 'sign-in-address', max: 50, windowMs, withoutRedis: 'closed' } as const
const signUps = { name: 'sign-up-address', max: 50, windowMs: 3_600_000, withoutRedis: 'closed' } as const

/** No username or e-mail address is longer. */
const maxLogin = 254
const maxPassword = 256

/** Counts a sign-up by its network address. Throws RATE_LIMITED. */
export function countSignUp(limits: Limits, ip: string): Promise<void> {
  return limits.use(signUps, ip)
}

/**
 * The id of the account whose owner gave the right password. Tries are counted before anything is hashed, by account and not by
 * the spelling of the login. Throws INVALID for a wrong pair, FORBIDDEN for an account at rest, RATE_LIMITED.
 */
export async function signIn(
  deps: {
    store: { findCredential(loginFolded: string): Promise<Credential | null> }
    limits: Limits
    /** Takes the same time with null, for which it is always false. */
    verifyPassword(hash: string | null, password: string): Promise<boolean>
  },
  input: { login: string; password: string },
  ip: string,
): Promise<{ userId: string; passwordHash: string }> {
  await deps.limits.use(triesPerAddress, ip)
  const login = input.login.trim().toLowerCase()
  if (login.length > maxLogin || input.password.length > maxPassword) throw wrong()
  const credential = await deps.store.findCredential(login)
  await deps.limits.use(tries, credential?._id ?? login)
  const isRight = await deps.verifyPassword(
    credential?.passwordHash ?? null,
    input.password.normalize('NFKC'),
  )
  if (!credential || !isRight) throw wrong()
  if (credential.status !== 'ACTIVE') throw new AppError('FORBIDDEN', 'This account is not in use.')
  return { userId: credential._id, passwordHash: credential.passwordHash }
}

/**
 * Checks that who is signed in knows the account's password; answers its hash. Counts as a try to sign in. Throws INVALID,
 * RATE_LIMITED.
 */
export async function provePassword(
  deps: {
    store: { findCredentialById(userId: string): Promise<Credential | null> }
    limits: Limits
    verifyPassword(hash: string | null, password: string): Promise<boolean>
  },
  userId: string,
  password: string,
  field: string,
): Promise<string> {
  await deps.limits.use(tries, userId)
  const credential = await deps.store.findCredentialById(userId)
  const isRight =
    password.length <= maxPassword &&
    (await deps.verifyPassword(credential?.passwordHash ?? null, password.normalize('NFKC')))
  if (!credential || !isRight) {
    throw new AppError('INVALID', 'The password is wrong.', { field: ['input', field] })
  }
  return credential.passwordHash
}

/** The one answer to a pair that does not open an account. */
export function wrong(): AppError {
  return new AppError('INVALID', 'The login or the password is wrong.')
}
