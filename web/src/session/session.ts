import { useSyncExternalStore } from 'react'
import { nameOperation } from '../graph/documents.ts'
import { begunUploads } from '../media/begun-uploads.ts'
import type { RefreshSessionMutation } from '../operations.gen.ts'
import { keepTokens, storageKey, type Tokens, tokensOf } from './tokens.ts'

/** The session of this browser. */
export const tokens = keepTokens({
  storage: localStorage,
  refresh: refreshSession,
  exclusively: (work) => (navigator.locks ? navigator.locks.request(`${storageKey}.refresh`, work) : work()),
})

addEventListener('storage', (event) => {
  if (event.key === storageKey || event.key === null) tokens.reload()
})

// What the account began is not for the next one at this browser.
tokens.onChange(() => {
  if (tokens.get() === null) begunUploads.clear()
})

/** Asks by a bare request: it is the one that must not wait for a fresh token. */
async function refreshSession(refreshToken: string): Promise<Tokens | null> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
    },
    body: JSON.stringify({ ...nameOperation('RefreshSession'), variables: { input: { refreshToken } } }),
  })
  const { data } = (await response.json()) as { data?: RefreshSessionMutation | null }
  if (!data) throw new Error('The session could not be refreshed.')
  return data.refreshSession.session ? tokensOf(data.refreshSession.session) : null
}

/** `fetch` with the session's access token. One that the server no longer takes is renewed once, and the request repeated. */
export async function authorizedFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const token = await tokens.access()
  const response = await send(input, init, token)
  if (!token) return response
  const text = await response.text()
  if (response.status === 401 || text.includes('"code":"UNAUTHENTICATED"')) {
    const next = await tokens.renew(token)
    if (next) return send(input, init, next)
  }
  return new Response(text, response)
}

function send(input: RequestInfo | URL, init: RequestInit, token: string | null): Promise<Response> {
  const headers = new Headers(init.headers)
  if (token) headers.set('authorization', `Bearer ${token}`)
  return fetch(input, { ...init, headers })
}

/** Whether someone is signed in. */
export function useSignedIn(): boolean {
  return useSyncExternalStore(tokens.onChange, () => tokens.get() !== null)
}
