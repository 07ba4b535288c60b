// Passkeys (WebAuthn Level 3): discoverable credentials with user verification, which therefore are both factors in one.
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { type Limits, networkOf } from '#platform/limits.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import { optionalText } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { Account, Credential, PasskeyRow } from '../model.ts'
import { isGone } from './account-status.ts'
import { challengeMs, isChallenge, newChallenge } from './challenge.ts'
import { proveFreshness, suspended } from './sign-in.ts'

const maxPasskeys = 20
const maxJson = 20_000
const signIns = { name: 'passkey-address', max: 50, windowMs: 15 * 60_000, withoutRedis: 'closed' } as const

/** Who passkeys are for: a browser gives them to pages of this origin only. */
export interface RelyingParty {
  /** Domain name. */
  id: string
  name: string
  origin: string
}

/** The relying party whose pages are at an address. */
export function relyingPartyOf(publicUrl: string): RelyingParty {
  const { hostname, origin } = new URL(publicUrl)
  return { id: hostname, name: 'Heliograph', origin }
}

export interface PasskeyStore {
  findUser(userId: string): Promise<Account | null>
  findCredentialById(userId: string): Promise<Credential | null>
  findPasskey(credentialId: string): Promise<PasskeyRow | null>
  /** Of an account, oldest first. */
  listPasskeys(userId: string): Promise<PasskeyRow[]>
  /** Throws TAKEN when the credential is registered. */
  insertPasskey(tx: Transaction<'user'>, row: PasskeyRow): Promise<void>
  /** Notes a use, with the authenticator's next count; false when another use came first, or the passkey is gone. */
  advancePasskey(
    tx: Transaction<'user'>,
    passkey: Pick<PasskeyRow, '_id' | 'counter'>,
    use: { counter: number; isBackedUp: boolean; now: Date },
  ): Promise<boolean>
  /** False when it is not the user's. */
  deletePasskey(tx: Transaction<'user'>, userId: string, passkeyId: string): Promise<boolean>
  /** Marks a challenge used; false when it was. */
  takeChallenge(tx: Transaction<'user'>, challenge: string, expiresAt: Date): Promise<boolean>
}

interface Deps {
  store: PasskeyStore
  challengeSigner: Signer
  relyingParty: RelyingParty
  now: Date
}

const registrationOf = (userId: string) => `passkey-registration:${userId}`
const signInPurpose = 'passkey-sign-in'

/** What the browser is to make a passkey with, as JSON. Throws INVALID, FORBIDDEN, RATE_LIMITED for who does not prove himself, TOO_MANY. */
export async function startPasskeyRegistration(
  deps: Deps & Parameters<typeof proveFreshness>[0],
  viewer: { userId: string; sessionId: string },
  input: { password?: string | null | undefined },
): Promise<{ optionsJson: string }> {
  await proveFreshness(deps, viewer, input.password)
  const { userId } = viewer
  const account = await deps.store.findUser(userId)
  if (!account) throw notFound()
  const passkeys = await deps.store.listPasskeys(userId)
  refuseMore(passkeys)
  const options = await generateRegistrationOptions({
    rpID: deps.relyingParty.id,
    rpName: deps.relyingParty.name,
    userID: Buffer.from(userId),
    userName: account.username,
    userDisplayName: account.displayName ?? account.username,
    challenge: Buffer.from(newChallenge(deps.challengeSigner, registrationOf(userId), deps.now)),
    timeout: challengeMs,
    attestationType: 'none',
    excludeCredentials: passkeys.map(({ credentialId, transports }) => ({ id: credentialId, transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
  return { optionsJson: JSON.stringify(options) }
}

/** Keeps a passkey that an authenticator made. Throws INVALID, EXPIRED, TAKEN, TOO_MANY, TOO_LONG. */
export async function finishPasskeyRegistration(
  deps: Deps & { transact: Transact<'user'> },
  userId: string,
  input: { credentialJson: string; name?: string | null | undefined },
): Promise<{ userId: string; credentialId: string }> {
  const { store, relyingParty, now } = deps
  const name = optionalText(input.name, { field: 'name', max: 64 })
  const response = readJson<RegistrationResponseJSON>(input.credentialJson)
  let challenge = ''
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: (text) => {
      challenge = Buffer.from(text, 'base64url').toString()
      return isChallenge(deps.challengeSigner, registrationOf(userId), challenge, now)
    },
    expectedOrigin: relyingParty.origin,
    expectedRPID: relyingParty.id,
    requireUserVerification: true,
  }).catch(() => null)
  if (!verified?.verified) throw invalid()
  const { credential, credentialBackedUp } = verified.registrationInfo
  const row: PasskeyRow = {
    _id: newId('passkey'),
    credentialId: credential.id,
    userId,
    publicKey: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: (credential.transports ?? []).slice(0, 10).map((text) => String(text).slice(0, 32)),
    name,
    isBackedUp: credentialBackedUp,
    createdAt: now,
    lastUsedAt: null,
  }
  refuseMore(await store.listPasskeys(userId))
  return deps.transact(async (tx) => {
    await useChallenge(deps, tx, challenge)
    await store.insertPasskey(tx, row)
    return { userId, credentialId: row.credentialId }
  })
}

/** What the browser is to ask an authenticator with, as JSON. Throws RATE_LIMITED. */
export async function startPasskeySignIn(
  deps: Pick<Deps, 'challengeSigner' | 'relyingParty' | 'now'>,
): Promise<{ optionsJson: string }> {
  const options = await generateAuthenticationOptions({
    rpID: deps.relyingParty.id,
    challenge: Buffer.from(newChallenge(deps.challengeSigner, signInPurpose, deps.now)),
    timeout: challengeMs,
    userVerification: 'required',
  })
  return { optionsJson: JSON.stringify(options) }
}

/**
 * The id of the account whose authenticator signed. A count that did not go up is a copy of the authenticator: refused. Throws
 * INVALID for whatever opens nothing, FORBIDDEN for a suspended account, RATE_LIMITED.
 */
export async function finishPasskeySignIn(
  deps: Deps & { transact: Transact<'user'>; limits: Limits },
  input: { credentialJson: string },
  ip: string,
): Promise<{ userId: string; passwordHash: string | null }> {
  const { store, relyingParty, now } = deps
  await deps.limits.use(signIns, networkOf(ip))
  const response = readJson<AuthenticationResponseJSON>(input.credentialJson)
  const passkey = typeof response.id === 'string' ? await store.findPasskey(response.id) : null
  if (!passkey) throw invalid()
  const { userHandle } = response.response ?? {}
  if (userHandle && Buffer.from(String(userHandle), 'base64url').toString() !== passkey.userId)
    throw invalid()
  let challenge = ''
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: (text) => {
      challenge = Buffer.from(text, 'base64url').toString()
      return isChallenge(deps.challengeSigner, signInPurpose, challenge, now)
    },
    expectedOrigin: relyingParty.origin,
    expectedRPID: relyingParty.id,
    credential: {
      id: passkey.credentialId,
      publicKey: new Uint8Array(passkey.publicKey),
      counter: passkey.counter,
    },
    requireUserVerification: true,
  }).catch(() => null)
  if (!verified?.verified) throw invalid()
  // Read before the passkey is used: if it is removed with a change of password in between, one of the two is noticed.
  const account = await store.findCredentialById(passkey.userId)
  if (!account || isGone(account, now)) throw invalid()
  if (account.status === 'SUSPENDED') throw suspended()
  const { newCounter: counter, credentialBackedUp: isBackedUp } = verified.authenticationInfo
  return deps.transact(async (tx) => {
    await useChallenge(deps, tx, challenge)
    if (!(await store.advancePasskey(tx, passkey, { counter, isBackedUp, now }))) throw invalid()
    return { userId: passkey.userId, passwordHash: account.passwordHash }
  })
}

/** Removes one of the viewer's passkeys. Throws NOT_FOUND. */
export function removePasskey(
  deps: { store: Pick<PasskeyStore, 'deletePasskey'>; transact: Transact<'user'> },
  userId: string,
  passkeyId: string,
): Promise<{ userId: string }> {
  return deps.transact(async (tx) => {
    const isDone = isId(passkeyId, 'passkey') && (await deps.store.deletePasskey(tx, userId, passkeyId))
    if (!isDone) throw notFound(['input', 'passkeyId'])
    return { userId }
  })
}

async function useChallenge(deps: Deps, tx: Transaction<'user'>, challenge: string): Promise<void> {
  // Clocks differ: kept for longer than it is good.
  const expiresAt = new Date(deps.now.getTime() + 4 * challengeMs)
  if (!(await deps.store.takeChallenge(tx, challenge, expiresAt))) throw invalid()
}

function refuseMore(passkeys: readonly PasskeyRow[]): void {
  if (passkeys.length >= maxPasskeys) throw new AppError('TOO_MANY', `At most ${maxPasskeys} passkeys.`)
}

function readJson<T>(text: string): Partial<T> & T {
  if (text.length > maxJson) throw new AppError('TOO_LONG', `At most ${maxJson} characters.`, { field })
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null) return value as T
  } catch {
    // Not JSON: as good as wrong.
  }
  throw invalid()
}

const field = ['input', 'credentialJson']

function invalid(): AppError {
  return new AppError('INVALID', 'This passkey does not fit, or the attempt is too old. Start again.', {
    field,
  })
}
