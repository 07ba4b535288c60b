// Refresh tokens: `<session>.<generation>.<signature>`. The signature is derived from the session's random seed and the
// system's secret, so the database alone, or the secret alone, makes no token; and the successor that a lost answer held can
// be made again without ever having been stored.
import type { SessionRow } from '#platform/apps.ts'
import type { Signer } from '#platform/secrets.ts'
import { isId } from '#schema/ids.ts'

/** For how long a used token still answers with the pair that it was exchanged for: a client that missed the answer retries. */
export const retryMs = 10_000

/** The part of a session that its tokens depend on. */
type Family = Pick<SessionRow, '_id' | 'seed'>

const signedText = (session: Family, generation: number) => `${session._id}:${generation}:${session.seed}`

/** A session's refresh token of one generation. */
export function refreshTokenOf(signer: Signer, session: Family, generation: number): string {
  return `${session._id}.${generation}.${signer.sign(signedText(session, generation))}`
}

/** The parts of a token; null for what cannot be one. */
export function parseRefreshToken(
  token: string,
): { sessionId: string; generation: number; signature: string } | null {
  const [, sessionId = '', generation = '', signature = ''] =
    /^(session_[0-9a-z]{26})\.(0|[1-9]\d{0,9})\.([\w-]{22})$/.exec(token.slice(0, 256)) ?? []
  return isId(sessionId, 'session') ? { sessionId, generation: Number(generation), signature } : null
}

/** Whether a token's signature is the session's for that generation. */
export function isGenuine(
  signer: Signer,
  session: Family,
  token: { generation: number; signature: string },
): boolean {
  return signer.verify(signedText(session, token.generation), token.signature)
}

/**
 * What a genuine token is good for: the present one is exchanged, the one before it answers again for a moment, any other was
 * used twice.
 */
export function judgeRefresh(
  session: Pick<SessionRow, 'generation' | 'rotatedAt'>,
  generation: number,
  now: Date,
): 'exchange' | 'repeat' | 'reuse' {
  if (generation === session.generation) return 'exchange'
  const isPrevious = generation === session.generation - 1
  return isPrevious && now.getTime() - session.rotatedAt.getTime() <= retryMs ? 'repeat' : 'reuse'
}
