// Signing in. What can be learnt from a failure is nothing: the answer and the work are the same whether the account does not
// exist or the password is wrong.
import { createHash } from 'node:crypto'
import type { SessionRow } from '#platform/apps.ts'
import { type Limits, networkOf } from '#platform/limits.ts'
import { AppError } from '#schema/errors.ts'
import type { Credential } from '../model.ts'
import type { Passwords } from '../passwords.ts'
import { isGone } from './account-status.ts'

const windowMs = 15 * 60_000
const tries = { name: 'sign-in-account', max: 10, windowMs, withoutRedis: 'closed' } as const
const triesPerLogin = { name: 'sign-in-login', max: 10, windowMs, withoutRedis: 'closed' } as const
const triesPerAddress = { name: 'sign-in-address', max: 50, windowMs, withoutRedis: 'closed' } as const
const triesPerDevice = { name: 'sign-in-device', max: 30, windowMs, withoutRedis: 'closed' } as const
const signUps = { name: 'sign-up-address', max: 50, windowMs: 3_600_000, withoutRedis: 'closed' } as const

/** No username or e-mail address is longer. */
const maxLogin = 254
const maxPassword = 256

/** Counts a sign-up by its network address. Throws RATE_LIMITED. */
export function countSignUp(limits: Limits, ip: string): Promise<void> {
  return limits.use(signUps, networkOf(ip))
}

/** Where a sign-in comes from. */
export interface SignInOrigin {
  /** Network address of the client. */
  ip: string
  /** What the client calls itself, as its session will show it; null when it does not say. */
  userAgent: string | null
}

/**
 * What a limit per device counts by: what the client calls itself, at its network address. Anyone can call himself something
 * else, so a network has 256 devices at most, some of which are several: made-up names fill no memory.
 */
function deviceOf({ ip, userAgent }: SignInOrigin): string {
  const name = createHash('sha256')
    .update(userAgent ?? '')
    .digest('hex')
  return `${networkOf(ip)}:${name.slice(0, 2)}`
}

/**
 * The id of the account whose owner gave the right password. Tries are counted before anything is hashed, but after who would wait too
 * long was refused: to have met a crowd is no try. Two limits: one by
 * what was typed, which anyone meets alike, whether there is such an account or not; and one by account, under whatever login.
 * The second refuses as a wrong pair would be, after the same work: else a try by username would tell whose e-mail address was
 * tried before. Before both, a limit by device, so that one that tries without end leaves its address' tries to its neighbours,
 * and one by address, which no other name of a device evades. Throws INVALID for a wrong pair, FORBIDDEN for a suspended account,
 * RATE_LIMITED, SERVICE_UNAVAILABLE.
 */
export function signIn(
  deps: SignInDeps,
  input: { login: string; password: string },
  origin: SignInOrigin,
): Promise<{ userId: string; passwordHash: string | null }> {
  return deps.passwords.admit((passwords) => trySignIn({ ...deps, passwords }, input, origin))
}

interface SignInDeps {
  store: { findCredential(loginFolded: string): Promise<Credential | null> }
  limits: Limits
  passwords: Passwords
  now: Date
}

async function trySignIn(
  deps: SignInDeps,
  input: { login: string; password: string },
  origin: SignInOrigin,
): Promise<{ userId: string; passwordHash: string | null }> {
  await deps.limits.use(triesPerDevice, deviceOf(origin))
  await deps.limits.use(triesPerAddress, networkOf(origin.ip))
  const login = input.login.trim().toLowerCase()
  if (login.length > maxLogin || input.password.length > maxPassword) throw wrong()
  await deps.limits.use(triesPerLogin, login)
  const credential = await deps.store.findCredential(login)
  // Nobody is counted too, so that the work is the same.
  const mayTry = await deps.limits.allows(tries, credential?._id ?? `login:${login}`)
  const isRight = await deps.passwords.verify(
    mayTry ? (credential?.passwordHash ?? null) : null,
    input.password.normalize('NFKC'),
  )
  if (!credential || !isRight || isGone(credential, deps.now)) throw wrong()
  if (credential.status === 'SUSPENDED') throw suspended()
  return { userId: credential._id, passwordHash: credential.passwordHash }
}

/** The answer to the owner of an account that moderators have at rest, once he has proven that he is it. */
export function suspended(): AppError {
  return new AppError('FORBIDDEN', 'This account is suspended.')
}

/**
 * Checks that who is signed in knows the account's password; answers its hash. Counts as a try to sign in. Throws INVALID,
 * RATE_LIMITED, SERVICE_UNAVAILABLE.
 */
export function provePassword(
  deps: {
    store: { findCredentialById(userId: string): Promise<Credential | null> }
    limits: Limits
    passwords: Passwords
  },
  userId: string,
  password: string,
  field: string,
): Promise<string> {
  return deps.passwords.admit(async ({ verify }) => {
    await deps.limits.use(tries, userId)
    const credential = await deps.store.findCredentialById(userId)
    const isRight =
      password.length <= maxPassword &&
      (await verify(credential?.passwordHash ?? null, password.normalize('NFKC')))
    if (!credential?.passwordHash || !isRight) {
      throw new AppError('INVALID', 'The password is wrong.', { field: ['input', field] })
    }
    return credential.passwordHash
  })
}

/** Within this time of a sign-in nothing more is asked for. */
const freshMs = 10 * 60_000

/**
 * Checks that who is signed in is the account's owner: by its password or, when it has none, by a sign-in of the last ten
 * minutes. Throws INVALID, FORBIDDEN, RATE_LIMITED.
 */
export async function proveOwner(
  deps: Parameters<typeof provePassword>[0] & {
    store: { findSession(sessionId: string): Promise<SessionRow | null> }
    now: Date
  },
  viewer: { userId: string; sessionId: string },
  password: string | null | undefined,
): Promise<void> {
  const credential = await deps.store.findCredentialById(viewer.userId)
  if (credential?.passwordHash !== null) {
    await provePassword(deps, viewer.userId, password ?? '', 'password')
    return
  }
  if (!(await isFresh(deps, viewer.sessionId))) throw new AppError('FORBIDDEN', 'Sign in again first.')
}

/** As `proveOwner`, but a sign-in of the last ten minutes is enough for accounts with a password too. */
export async function proveFreshness(
  deps: Parameters<typeof proveOwner>[0],
  viewer: { userId: string; sessionId: string },
  password: string | null | undefined,
): Promise<void> {
  if (!(await isFresh(deps, viewer.sessionId))) await proveOwner(deps, viewer, password)
}

async function isFresh(
  deps: Pick<Parameters<typeof proveOwner>[0], 'store' | 'now'>,
  sessionId: string,
): Promise<boolean> {
  const session = await deps.store.findSession(sessionId)
  return session !== null && deps.now.getTime() - session.createdAt.getTime() <= freshMs
}

/**
 * Checks a password where a sign-up is repeated under its key: that opens a session too, so it counts as a sign-in. Throws
 * INVALID.
 */
export async function proveRepetition(
  deps: Parameters<typeof provePassword>[0],
  userId: string,
  password: string,
): Promise<string> {
  if (!(await deps.limits.allows(tries, userId))) throw wrong()
  const credential = await deps.store.findCredentialById(userId)
  const isRight = await deps.passwords.verify(credential?.passwordHash ?? null, password.normalize('NFKC'))
  if (!credential?.passwordHash || !isRight) throw wrong()
  return credential.passwordHash
}

/** The one answer to a pair that does not open an account. */
export function wrong(): AppError {
  return new AppError('INVALID', 'The login or the password is wrong.')
}
