// Who asks. The gateway verifies the access token once; inside the system the viewer travels as a plain object, between
// processes in a signed header.
import { AppError } from '#schema/errors.ts'
import type { Signer } from './secrets.ts'

/** Who asks, and from where. */
export interface Viewer {
  /** Null when signed out. */
  userId: string | null
  sessionId: string | null
  /** Network address of the client. */
  ip: string
  /** What the client calls itself, at most 200 characters; null when it does not say. */
  userAgent: string | null
}

/** A viewer who is signed in. */
export interface SignedIn extends Viewer {
  userId: string
  sessionId: string
}

/** Header that carries the viewer from the gateway to a subgraph. */
export const viewerHeader = 'x-heliograph-viewer'

/** A header older than this is refused. */
const maxAgeMs = 60_000

/** The header's value: base64url JSON with the time, and its signature. */
export function signViewer(signer: Signer, viewer: Viewer, now: number = Date.now()): string {
  const body = Buffer.from(JSON.stringify({ ...viewer, at: now })).toString('base64url')
  return `${body}.${signer.sign(body)}`
}

/** The viewer in a header; null when it is missing, forged or old. */
export function verifyViewer(
  signer: Signer,
  header: string | undefined,
  now: number = Date.now(),
): Viewer | null {
  const [body = '', signature = ''] = header?.split('.') ?? []
  if (!signer.verify(body, signature)) return null
  const { at, ...viewer } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Viewer & {
    at: number
  }
  return Math.abs(now - at) <= maxAgeMs ? viewer : null
}

/** The viewer, who must be signed in. Throws UNAUTHENTICATED. */
export function requireSignedIn(viewer: Viewer): SignedIn {
  if (viewer.userId === null || viewer.sessionId === null) {
    throw new AppError('UNAUTHENTICATED', 'Sign in first: send `Authorization: Bearer <accessToken>`.')
  }
  return { ...viewer, userId: viewer.userId, sessionId: viewer.sessionId }
}
