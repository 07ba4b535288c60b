// Signing in by what an identity provider says. Who is known by it is in. An account that is there already is linked only when
// the provider has proven the account's own, proven address, and its owner is signed in or gives its password: an address that
// changed hands, or was claimed by somebody else here, opens nothing. Everyone else makes a new account.
import { randomBytes } from 'node:crypto'
import type { FactModel } from '#platform/facts.ts'
import { type Limits, networkOf } from '#platform/limits.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { isId, newId } from '#schema/ids.ts'
import type { FlowSecrets, IdentityProviders } from '../identity-providers.ts'
import type { Account, Credential, IdentityRow, ProvenIdentity, SocialFlowRow, UserRow } from '../model.ts'
import type { Passwords } from '../passwords.ts'
import { isGone } from './account-status.ts'
import type { ProofStore } from './proof.ts'
import { countSignUp, provePassword, suspended, wrong } from './sign-in.ts'
import { createAccount } from './sign-up.ts'
import { proveSecondFactor, type TwoFactorStore } from './two-factor.ts'

/** How long one may take at the provider, and then again for the rest. */
const flowMs = 15 * 60_000
const starts = { name: 'social-address', max: 50, windowMs: 15 * 60_000, withoutRedis: 'closed' } as const

/** What a sign-in has come to. */
export type SocialOutcome =
  | { status: 'SIGNED_IN'; userId: string; passwordHash: string | null }
  | { status: 'LINKED'; userId: string }
  | { status: 'SIGN_UP_REQUIRED' | 'PROOF_REQUIRED' | 'TWO_FACTOR_REQUIRED' }

export interface SocialStore extends TwoFactorStore, Pick<ProofStore, 'insertProof'> {
  findUser(userId: string): Promise<Account | null>
  findCredential(loginFolded: string): Promise<Credential | null>
  findCredentialById(userId: string): Promise<Credential | null>
  insertUser(tx: Transaction<'user'>, row: UserRow): Promise<void>
  insertSocialFlow(tx: Transaction<'user'>, row: SocialFlowRow): Promise<void>
  findSocialFlow(flowId: string): Promise<SocialFlowRow | null>
  /** Notes who came back, once; false when it was noted before. */
  identifySocialFlow(
    tx: Transaction<'user'>,
    flowId: string,
    at: { identity: ProvenIdentity; expiresAt: Date },
  ): Promise<boolean>
  /** Ends a flow, once; false when it was. */
  endSocialFlow(tx: Transaction<'user'>, flowId: string): Promise<boolean>
  findIdentity(of: { issuer: string; subject: string }): Promise<IdentityRow | null>
  listIdentities(userId: string): Promise<IdentityRow[]>
  /** Throws TAKEN when it is another account's. */
  insertIdentity(tx: Transaction<'user'>, row: IdentityRow): Promise<void>
  deleteIdentity(tx: Transaction<'user'>, userId: string, identityId: string): Promise<boolean>
  listPasskeys(userId: string): Promise<unknown[]>
}

interface Deps {
  store: SocialStore
  transact: Transact<'user'>
  identityProviders: IdentityProviders
  challengeSigner: Signer
  limits: Limits
  now: Date
}

/** What the client keeps to itself until it comes back: without it a flow that somebody else began ends nowhere. */
const flowTokenOf = (signer: Signer, flow: Pick<SocialFlowRow, '_id'>) =>
  `${flow._id}.${signer.sign(`social:${flow._id}`)}`

/** Where someone goes to prove who he is, and what his client keeps meanwhile. Throws INVALID, RATE_LIMITED, SERVICE_UNAVAILABLE. */
export async function startSocialSignIn(
  deps: Deps,
  input: { provider: string; redirectUri: string },
  viewer: { userId: string | null; ip: string },
): Promise<{ authorizationUrl: string; flowToken: string }> {
  await deps.limits.use(starts, networkOf(viewer.ip))
  const { provider, redirectUri } = input
  if (!deps.identityProviders.acceptsRedirect(provider, redirectUri)) {
    throw new AppError('INVALID', 'Nobody comes back to this address.', { field: ['input', 'redirectUri'] })
  }
  const random = () => randomBytes(32).toString('base64url')
  const secrets: FlowSecrets = { state: random(), nonce: random(), codeVerifier: random() }
  const authorizationUrl = await deps.identityProviders.authorizationUrl(provider, redirectUri, secrets)
  const row: SocialFlowRow = {
    _id: newId('flow'),
    ...secrets,
    provider,
    redirectUri,
    viewerId: viewer.userId,
    identity: null,
    createdAt: deps.now,
    expiresAt: new Date(deps.now.getTime() + flowMs),
  }
  await deps.transact((tx) => deps.store.insertSocialFlow(tx, row))
  return { authorizationUrl, flowToken: flowTokenOf(deps.challengeSigner, row) }
}

/** Takes what the provider sent with the person who came back. Throws EXPIRED, INVALID, FORBIDDEN, TAKEN, SERVICE_UNAVAILABLE. */
export async function finishSocialSignIn(
  deps: Deps,
  input: { flowToken: string; callbackUrl: string },
  viewerId: string | null,
): Promise<SocialOutcome> {
  const { store, now } = deps
  const flow = await readFlow(deps, input.flowToken)
  if (flow.identity || flow.viewerId !== viewerId || !isReturn(input.callbackUrl, flow.redirectUri))
    throw expired()
  const identity = await deps.identityProviders.identify(flow.provider, input.callbackUrl, flow)
  if (!identity) throw refused()
  const expiresAt = new Date(now.getTime() + flowMs)
  const isFirst = await deps.transact((tx) => store.identifySocialFlow(tx, flow._id, { identity, expiresAt }))
  if (!isFirst) throw expired()

  const known = await store.findIdentity(identity)
  if (viewerId !== null) {
    if (known) {
      if (known.userId === viewerId) return { status: 'LINKED', userId: viewerId }
      throw new AppError('TAKEN', 'This identity belongs to another account.')
    }
    const account = await store.findUser(viewerId)
    if (!account || !isHis(identity, account)) {
      throw new AppError(
        'FORBIDDEN',
        'The provider must know you by the proven e-mail address of your account.',
      )
    }
    await link(deps, flow, identity, viewerId)
    return { status: 'LINKED', userId: viewerId }
  }
  if (known) return enter(deps, flow, known.userId)
  const credential = identity.email ? await store.findCredential(identity.email.toLowerCase()) : null
  const account = credential && (await store.findUser(credential._id))
  return { status: account && isHis(identity, account) ? 'PROOF_REQUIRED' : 'SIGN_UP_REQUIRED' }
}

interface CompletionInput {
  flowToken: string
  username?: string | null | undefined
  birthDate?: string | null | undefined
  displayName?: string | null | undefined
  password?: string | null | undefined
  code?: string | null | undefined
}

/**
 * Gives what was missing: a username and a day of birth for a new account, the password of one that is there, the code of its
 * second factor. Throws what these throw: EXPIRED, INVALID, TAKEN, FORBIDDEN, RATE_LIMITED.
 */
export async function completeSocialSignIn(
  deps: Deps & {
    signer: Signer
    accounts: FactModel<AccountFacts>
    passwords: Passwords
  },
  input: CompletionInput,
  viewer: { userId: string | null; ip: string },
): Promise<SocialOutcome> {
  const { store } = deps
  const flow = await readFlow(deps, input.flowToken)
  const { identity } = flow
  if (!identity || viewer.userId !== null || flow.viewerId !== null) throw expired()
  const known = await store.findIdentity(identity)
  if (known) return enter(deps, flow, known.userId, { signer: deps.signer, code: input.code })

  const credential = identity.email ? await store.findCredential(identity.email.toLowerCase()) : null
  const account = credential && (await store.findUser(credential._id))
  if (account && isHis(identity, account)) {
    await provePassword(deps, account._id, input.password ?? '', 'password')
    if (!(await proveSecondFactor(deps, account._id, input.code))) return { status: 'TWO_FACTOR_REQUIRED' }
    if (isGone(account, deps.now)) throw wrong()
    if (account.status === 'SUSPENDED') throw suspended()
    await link(deps, flow, identity, account._id)
    return { status: 'SIGNED_IN', userId: account._id, passwordHash: credential.passwordHash }
  }
  if (!identity.email) {
    throw new AppError('INVALID', 'The provider names no e-mail address. Sign up with one.')
  }
  await countSignUp(deps.limits, viewer.ip)
  const { userId } = await createAccount(
    deps,
    {
      username: input.username ?? '',
      email: identity.email,
      emailVerified: identity.emailVerified,
      birthDate: input.birthDate ?? '',
      displayName: input.displayName ?? identity.name,
      passwordHash: null,
    },
    async (tx, id) => {
      if (!(await store.endSocialFlow(tx, flow._id))) throw expired()
      await store.insertIdentity(tx, identityRow(deps, flow, identity, id))
    },
  )
  return { status: 'SIGNED_IN', userId, passwordHash: null }
}

/** Takes a provider's word for the viewer back. Throws NOT_FOUND, CONFLICT when he could not sign in any more. */
export async function unlinkSocialIdentity(
  deps: Pick<Deps, 'store' | 'transact'>,
  userId: string,
  identityId: string,
): Promise<{ userId: string }> {
  const { store } = deps
  const [credential, identities, passkeys] = await Promise.all([
    store.findCredentialById(userId),
    store.listIdentities(userId),
    store.listPasskeys(userId),
  ])
  if (!isId(identityId, 'identity') || !identities.some(({ _id }) => _id === identityId)) {
    throw notFound(['input', 'identityId'])
  }
  if (!credential?.passwordHash && identities.length + passkeys.length < 2) {
    throw new AppError('CONFLICT', 'Choose a password first: you could not sign in without this.')
  }
  return deps.transact(async (tx) => {
    if (!(await store.deleteIdentity(tx, userId, identityId))) throw notFound(['input', 'identityId'])
    return { userId }
  })
}

/** Whether a proven address is the proven address of an account. */
function isHis(identity: ProvenIdentity, account: Account): boolean {
  return (
    identity.emailVerified &&
    account.emailVerifiedAt !== null &&
    identity.email?.toLowerCase() === account.email.toLowerCase()
  )
}

/** Signs in an account that is known by the identity, unless it asks for its second factor first. */
async function enter(
  deps: Deps,
  flow: SocialFlowRow,
  userId: string,
  second?: { signer: Signer; code: string | null | undefined },
): Promise<SocialOutcome> {
  const { store, now } = deps
  const account = await store.findCredentialById(userId)
  if (!account || isGone(account, now)) throw expired()
  if (account.status === 'SUSPENDED') throw suspended()
  const isOpen = second
    ? await proveSecondFactor({ ...deps, signer: second.signer }, userId, second.code)
    : !(await store.findTwoFactor(userId))?.confirmedAt
  if (!isOpen) return { status: 'TWO_FACTOR_REQUIRED' }
  if (!(await deps.transact((tx) => store.endSocialFlow(tx, flow._id)))) throw expired()
  return { status: 'SIGNED_IN', userId, passwordHash: account.passwordHash }
}

function link(deps: Deps, flow: SocialFlowRow, identity: ProvenIdentity, userId: string): Promise<void> {
  return deps.transact(async (tx) => {
    if (!(await deps.store.endSocialFlow(tx, flow._id))) throw expired()
    await deps.store.insertIdentity(tx, identityRow(deps, flow, identity, userId))
  })
}

function identityRow(
  { now }: Pick<Deps, 'now'>,
  { provider }: SocialFlowRow,
  { issuer, subject, email }: ProvenIdentity,
  userId: string,
): IdentityRow {
  return { _id: newId('identity'), userId, provider, issuer, subject, email, createdAt: now }
}

/** The unfinished flow of a genuine token. Throws EXPIRED. */
async function readFlow(
  deps: Pick<Deps, 'store' | 'challengeSigner' | 'now'>,
  token: string,
): Promise<SocialFlowRow> {
  const flowId = token.length > 80 ? '' : (token.split('.')[0] ?? '')
  const flow = isId(flowId, 'flow') ? await deps.store.findSocialFlow(flowId) : null
  const isGenuine = deps.challengeSigner.verify(`social:${flowId}`, token.slice(flowId.length + 1))
  if (!flow || !isGenuine || flow.expiresAt <= deps.now) throw expired()
  return flow
}

/** Whether an address is the one that was agreed on, with the provider's answer in it. */
function isReturn(callbackUrl: string, redirectUri: string): boolean {
  const [came, agreed] = [new URL(callbackUrl), new URL(redirectUri)]
  return came.origin === agreed.origin && came.pathname === agreed.pathname
}

function expired(): AppError {
  return new AppError('EXPIRED', 'This attempt is over. Start again.', { field: ['input', 'flowToken'] })
}

function refused(): AppError {
  return new AppError('INVALID', 'The provider did not say who you are. Start again.', {
    field: ['input', 'callbackUrl'],
  })
}
