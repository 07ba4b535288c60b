// The second factor: time-based one-time passwords (RFC 6238: SHA-1, six digits, 30 s) and recovery codes. Both are derived from
// the row's random seed and the system's secret, so that the database alone makes no code.
import { randomBytes } from 'node:crypto'
import { generateURI, ScureBase32Plugin, verifySync } from 'otplib'
import type { Limits } from '#platform/limits.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import { AppError } from '#schema/errors.ts'
import type { Credential, TwoFactorRow } from '../model.ts'
import type { Passwords } from '../passwords.ts'
import { provePassword } from './sign-in.ts'

// Every code is counted before it is looked at, a right one too.
const codes = { name: 'two-factor', max: 5, windowMs: 15 * 60_000, withoutRedis: 'closed' } as const
const recoveryCodeCount = 10
/** Clocks of telephones are off by some seconds: the codes of one step before and after count as well. */
const toleranceSeconds = 30

const base32 = new ScureBase32Plugin()

export interface TwoFactorStore {
  findTwoFactor(userId: string): Promise<TwoFactorRow | null>
  /** Writes a row that is not confirmed, in the place of another such; false when a confirmed one is there. */
  replaceTwoFactor(tx: Transaction<'user'>, row: TwoFactorRow): Promise<boolean>
  /** Confirms the row of this seed; false when it is confirmed or another. */
  confirmTwoFactor(
    tx: Transaction<'user'>,
    row: Pick<TwoFactorRow, '_id' | 'seed'>,
    at: { now: Date; step: number },
  ): Promise<boolean>
  /** Takes a step's code, once, and none of before; false when it is gone. */
  takeStep(row: Pick<TwoFactorRow, '_id' | 'seed'>, step: number): Promise<boolean>
  /** Takes a recovery code, once; false when it is gone. */
  takeRecoveryCode(row: Pick<TwoFactorRow, '_id' | 'seed'>, index: number): Promise<boolean>
  deleteTwoFactor(tx: Transaction<'user'>, userId: string): Promise<boolean>
}

type Seeded = Pick<TwoFactorRow, '_id' | 'seed'>

/** 128 bits, the least that RFC 4226 allows, in base 32. */
const secretOf = (signer: Signer, row: Seeded) =>
  base32.encode(Buffer.from(signer.sign(`totp:${row._id}:${row.seed}`), 'base64url'))

/** What an authenticator app reads, as a picture or a link: `otpauth://totp/…`. */
export function otpauthUri(signer: Signer, row: Seeded, username: string): string {
  return generateURI({ issuer: 'Heliograph', label: username, secret: secretOf(signer, row) })
}

/** The recovery codes of a row, used ones included: four groups of four letters and digits, 80 bits. */
export function recoveryCodesOf(signer: Signer, row: Seeded): string[] {
  return Array.from({ length: recoveryCodeCount }, (_, i) => {
    const bytes = Buffer.from(signer.sign(`recovery:${row._id}:${row.seed}:${i}`), 'base64url')
    const text = base32.encode(bytes.subarray(0, 10)).toLowerCase()
    return text.match(/.{4}/g)?.join('-') ?? text
  })
}

/** The step whose code this is, now or nearly so; null for a wrong code. */
function stepOfCode(signer: Signer, row: Seeded, code: string, now: Date): number | null {
  if (!/^\d{6}$/.test(code)) return null
  const result = verifySync({
    secret: secretOf(signer, row),
    token: code,
    epoch: Math.floor(now.getTime() / 1000),
    epochTolerance: toleranceSeconds,
  })
  return result.valid && 'timeStep' in result ? result.timeStep : null
}

interface Deps {
  store: TwoFactorStore
  limits: Limits
  signer: Signer
  now: Date
}

function wrongCode(): AppError {
  return new AppError('INVALID', 'The code is wrong, or was used.', { field: ['input', 'code'] })
}

/**
 * Checks the second factor of a sign-in whose password was right. True when the account has none, or the code is right and
 * was not used before; false when a code is needed and none was given. Throws INVALID, RATE_LIMITED.
 */
export async function proveSecondFactor(
  deps: Deps,
  userId: string,
  given: string | null | undefined,
): Promise<boolean> {
  const row = await deps.store.findTwoFactor(userId)
  if (!row?.confirmedAt) return true
  const code = given?.trim().toLowerCase()
  if (!code) return false
  await deps.limits.use(codes, userId)
  const step = stepOfCode(deps.signer, row, code, deps.now)
  if (step !== null) {
    if (await deps.store.takeStep(row, step)) return true
    throw wrongCode()
  }
  const index = recoveryCodesOf(deps.signer, row).indexOf(code)
  if (index >= 0 && (await deps.store.takeRecoveryCode(row, index))) return true
  throw wrongCode()
}

/** Makes a secret for the viewer's authenticator app; it asks for nothing before it is confirmed. Throws CONFLICT. */
export function startTwoFactor(
  deps: { store: TwoFactorStore; transact: Transact<'user'>; now: Date },
  userId: string,
): Promise<{ userId: string }> {
  const seed = randomBytes(16).toString('base64url')
  return deps.transact(async (tx) => {
    const row = { _id: userId, seed, createdAt: deps.now, confirmedAt: null, lastStep: 0, usedRecovery: [] }
    if (!(await deps.store.replaceTwoFactor(tx, row))) {
      throw new AppError('CONFLICT', 'The second factor is on already.')
    }
    return { userId }
  })
}

/** Turns the second factor on, by a code that the app shows. Throws INVALID, CONFLICT, RATE_LIMITED. */
export async function confirmTwoFactor(
  deps: Deps & { transact: Transact<'user'> },
  userId: string,
  code: string,
): Promise<{ userId: string }> {
  await deps.limits.use(codes, userId)
  const row = await deps.store.findTwoFactor(userId)
  const step = row && !row.confirmedAt ? stepOfCode(deps.signer, row, code.trim(), deps.now) : null
  if (!row || step === null) throw wrongCode()
  return deps.transact(async (tx) => {
    if (!(await deps.store.confirmTwoFactor(tx, row, { now: deps.now, step }))) throw wrongCode()
    return { userId }
  })
}

/** Turns the second factor off. Throws INVALID for a wrong password, CONFLICT when there is none, RATE_LIMITED. */
export async function disableTwoFactor(
  deps: {
    store: TwoFactorStore & { findCredentialById(userId: string): Promise<Credential | null> }
    transact: Transact<'user'>
    limits: Limits
    passwords: Passwords
  },
  userId: string,
  password: string,
): Promise<{ userId: string }> {
  await provePassword(deps, userId, password, 'password')
  return deps.transact(async (tx) => {
    if (!(await deps.store.deleteTwoFactor(tx, userId))) {
      throw new AppError('CONFLICT', 'The second factor is off already.')
    }
    return { userId }
  })
}
