// Proofs: what someone shows who got a mail from us. A token is `<proof>.<signature>`; the signature is derived from the
// proof's random seed and the system's secret, so that the database alone makes no token, and the mail that carries it can
// be written after the transaction that asked for it.
import { randomBytes } from 'node:crypto'
import type { Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import { AppError } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { ProofRow } from '../model.ts'

const hourMs = 3_600_000
/** For how long each kind of proof is good. */
const lifetimesMs = { VERIFY_EMAIL: 24 * hourMs, CHANGE_EMAIL: 24 * hourMs, RESET_PASSWORD: hourMs } as const

export interface ProofStore {
  insertProof(tx: Transaction<'user'>, row: ProofRow): Promise<void>
  findProof(proofId: string): Promise<ProofRow | null>
  /** Marks a proof used; false when it is used, expired or gone. */
  takeProof(tx: Transaction<'user'>, proofId: string, now: Date): Promise<boolean>
  /** Marks all proofs of an account used. */
  voidProofs(tx: Transaction<'user'>, userId: string, now: Date): Promise<void>
}

/** The part of a proof that its token depends on. */
type Signed = Pick<ProofRow, '_id' | 'kind' | 'seed'>

const signedText = ({ _id, kind, seed }: Signed) => `${kind}:${_id}:${seed}`

/** The token of a proof. */
export function proofTokenOf(signer: Signer, proof: Signed): string {
  return `${proof._id}.${signer.sign(signedText(proof))}`
}

/** Within a transaction: makes a proof and asks for the mail that carries it. Null is nobody: the same work for nothing. */
export async function requestProof(
  deps: { store: Pick<ProofStore, 'insertProof'>; now: Date },
  tx: Transaction<'user'>,
  kind: ProofRow['kind'],
  whose: { userId: string; email: string } | null,
): Promise<void> {
  const { now } = deps
  const row: ProofRow = {
    _id: newId('proof'),
    kind,
    userId: whose?.userId ?? null,
    email: whose?.email ?? null,
    seed: randomBytes(16).toString('base64url'),
    createdAt: now,
    expiresAt: new Date(now.getTime() + lifetimesMs[kind]),
    usedAt: null,
    sentAt: null,
    sendingUntil: null,
  }
  await deps.store.insertProof(tx, row)
  tx.emit('mail.requested', { proofId: row._id })
}

/** The id of the proof that a token may be of; null for what cannot be one. */
export function proofIdOf(token: string): string | null {
  return /^(proof_[0-9a-z]{26})\.[\w-]{22}$/.exec(token.slice(0, 64))?.[1] ?? null
}

/** The unused proof of a genuine token, of one of the kinds. It is not used by that: `takeProof` decides. Throws EXPIRED. */
export async function readProof(
  deps: { store: Pick<ProofStore, 'findProof'>; signer: Signer; now: Date },
  token: string,
  kinds: readonly ProofRow['kind'][],
): Promise<ProofRow & { userId: string; email: string }> {
  const proofId = token.length > 64 ? null : proofIdOf(token)
  const proof = proofId && (await deps.store.findProof(proofId))
  if (!proof || !deps.signer.verify(signedText(proof), token.slice(proof._id.length + 1))) throw expired()
  const { userId, email } = proof
  if (!kinds.includes(proof.kind) || proof.usedAt || proof.expiresAt <= deps.now) throw expired()
  if (userId === null || email === null) throw expired()
  return { ...proof, userId, email }
}

/** The one answer to a token that is good for nothing. */
export function expired(): AppError {
  return new AppError('EXPIRED', 'This link is no longer good. Ask for a new one.', {
    field: ['input', 'token'],
  })
}
