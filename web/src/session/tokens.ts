/** A session as it is kept in the browser. */
export interface Tokens {
  readonly accessToken: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly refreshToken: string
}

/** The tokens that a `Session` of the API carries; null when it carries none. */
export function tokensOf(session: {
  accessToken: string | null
  accessTokenExpiresAt: string | null
  refreshToken: string | null
}): Tokens | null {
  if (!session.accessToken || !session.accessTokenExpiresAt || !session.refreshToken) return null
  return {
    accessToken: session.accessToken,
    expiresAt: Date.parse(session.accessTokenExpiresAt),
    refreshToken: session.refreshToken,
  }
}

/** Where the tokens are kept: the part of `Storage` that is used. */
export type TokenStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export interface TokenKeeper {
  /** The tokens as they are now; null when signed out. */
  get(): Tokens | null
  /** Keeps new tokens, or forgets them. */
  set(tokens: Tokens | null): void
  /** An access token with some life left, refreshed when needed; null when signed out. */
  access(): Promise<string | null>
  /** The next tokens in place of `stale`, however many ask at once. Signs out when the server refuses. */
  renew(stale: string): Promise<string | null>
  /** Calls back when the person signed in or out, here or in another tab. */
  onChange(listener: () => void): () => void
  /** Reads the storage again: another tab wrote to it. */
  reload(): void
}

interface Options {
  readonly storage: TokenStorage
  /** Exchanges a refresh token. Null when the server refuses it; throws when the server cannot be asked. */
  readonly refresh: (refreshToken: string) => Promise<Tokens | null>
  readonly now?: () => number
  /** Runs one at a time over all tabs. */
  readonly exclusively?: <T>(work: () => Promise<T>) => Promise<T>
}

export const storageKey = 'heliograph.session'
const margin = 30_000

/** Keeps the tokens of one session and refreshes them once, whoever asks: a refresh token works once only. */
export function keepTokens({
  storage,
  refresh,
  now = Date.now,
  exclusively = (work) => work(),
}: Options): TokenKeeper {
  const listeners = new Set<() => void>()
  let kept = read(storage)
  let renewal: Promise<string | null> | undefined

  function set(tokens: Tokens | null): void {
    const changed = (kept === null) !== (tokens === null)
    kept = tokens
    if (tokens) storage.setItem(storageKey, JSON.stringify(tokens))
    else storage.removeItem(storageKey)
    if (changed) for (const listener of listeners) listener()
  }

  function reload(): void {
    const stored = read(storage)
    const changed = (kept === null) !== (stored === null)
    kept = stored
    if (changed) for (const listener of listeners) listener()
  }

  async function exchange(stale: string): Promise<string | null> {
    reload()
    if (!kept) return null
    // Another tab was faster.
    if (kept.accessToken !== stale) return kept.accessToken
    const next = await refresh(kept.refreshToken)
    set(next)
    return next?.accessToken ?? null
  }

  function renew(stale: string): Promise<string | null> {
    renewal ??= exclusively(() => exchange(stale)).finally(() => {
      renewal = undefined
    })
    return renewal
  }

  return {
    get: () => kept,
    set,
    reload,
    renew,
    access: async () => {
      if (!kept) return null
      return kept.expiresAt - margin > now() ? kept.accessToken : renew(kept.accessToken)
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function read(storage: TokenStorage): Tokens | null {
  const text = storage.getItem(storageKey)
  if (!text) return null
  try {
    const { accessToken, expiresAt, refreshToken } = JSON.parse(text) as Partial<Tokens>
    return accessToken && expiresAt && refreshToken ? { accessToken, expiresAt, refreshToken } : null
  } catch {
    return null
  }
}
