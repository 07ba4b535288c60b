import type { IncomingMessage } from 'node:http'
import type { SessionWatch } from '#platform/sessions.ts'
import type { TokenVerifier } from '#platform/tokens.ts'
import { signedOut, type Viewer } from '#platform/viewer.ts'
import { AppError } from '#schema/errors.ts'
import { type AddressOf, peerAddress } from './client-address.ts'
import type { OauthStore } from './oauth/store.ts'
import { remember } from './remember.ts'

/** Who asks, and until when his word is good. */
export interface Authenticated {
  readonly viewer: Viewer
  /** Null when signed out. */
  readonly expiresAt: Date | null
}

export interface Authentication {
  /**
   * @param authorization value of the `Authorization` header, or of a socket's `connectionParams.authorization`; absent is
   *   signed out.
   * @throws AppError UNAUTHENTICATED when it is anything but a good token of a session that lasts.
   */
  authenticate(authorization: string | undefined, request: IncomingMessage): Promise<Authenticated>
  /** Calls back when a session ends, until the returned function is called. */
  onSessionEnd(sessionId: string, listener: () => void): () => void
}

const bearer = /^bearer +([\w.~+/=-]+)$/i

/** What a token says of the viewer, and until when. */
type Said = Pick<Viewer, 'userId' | 'sessionId' | 'appId' | 'scopes'> & { sessionId: string; expiresAt: Date }

/** How long an app's token is taken for what it was. */
const rememberedMs = 500

/**
 * Takes User's access tokens, and those of apps. A session that ends is refused at once, though its tokens would last longer.
 *
 * @param addressOf the client's network address; the connection's own unless told.
 * @param apps reads apps' tokens; without it there are none.
 */
export function createAuthentication(
  tokens: TokenVerifier,
  sessions: Pick<SessionWatch, 'isEnded' | 'onEnded'>,
  apps?: Pick<OauthStore, 'findToken'>,
  addressOf: AddressOf = peerAddress,
): Authentication {
  const listeners = new Map<string, Set<() => void>>()
  sessions.onEnded((sessionId) => {
    for (const listener of listeners.get(sessionId) ?? []) listener()
  })

  /** An ended session is known at once all the same. */
  const saidByApp = remember(async (token) => apps?.findToken(token) ?? null, rememberedMs)
  /** User's own tokens have three parts; those of apps have one, of 256 random bits. */
  const said = async (token: string): Promise<Said | null> => {
    if (!token.includes('.')) return /^[\w-]{43}$/.test(token) ? saidByApp(token) : null
    const claims = await tokens.verify(token)
    return claims && { ...claims, appId: null, scopes: null }
  }

  return {
    async authenticate(authorization, request) {
      const userAgent = request.headers['user-agent']?.slice(0, 200) ?? null
      const ip = addressOf(request)
      if (authorization === undefined || authorization === '') {
        return { viewer: signedOut(ip, userAgent), expiresAt: null }
      }
      const token = bearer.exec(authorization)?.[1]
      const claims = token === undefined ? null : await said(token)
      if (!claims || sessions.isEnded(claims.sessionId)) {
        throw new AppError(
          'UNAUTHENTICATED',
          'The access token is not valid or has ended: refresh the session, or sign in.',
        )
      }
      const { expiresAt, ...who } = claims
      return { viewer: { ...who, ip, userAgent }, expiresAt }
    },
    onSessionEnd(sessionId, listener) {
      const all = listeners.get(sessionId) ?? new Set()
      listeners.set(sessionId, all.add(listener))
      return () => {
        all.delete(listener)
        if (all.size === 0 && listeners.get(sessionId) === all) listeners.delete(sessionId)
      }
    },
  }
}

/** The longest time that a timer can take; it would go off at once after more. */
const longestTimerMs = 2 ** 31 - 1

/** Calls `end` when the token ends or its session does, until the returned function is called. Who is signed out stays. */
export function watchSession(
  { viewer, expiresAt }: Authenticated,
  authentication: Pick<Authentication, 'onSessionEnd'>,
  end: () => void,
): () => void {
  if (viewer.sessionId === null || expiresAt === null) return () => {}
  const timer = setTimeout(end, Math.min(expiresAt.getTime() - Date.now(), longestTimerMs))
  const unwatch = authentication.onSessionEnd(viewer.sessionId, end)
  return () => {
    clearTimeout(timer)
    unwatch()
  }
}
