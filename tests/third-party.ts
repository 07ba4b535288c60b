// A third-party app, and the browser of somebody who lets it act for him.
import { createHash, randomBytes } from 'node:crypto'
import type { Person } from './person.ts'

export const redirectUri = 'http://localhost:9/callback'

export interface RegisteredApp {
  id: string
  secret: string | null
}

/** Registers an app of a developer. */
export async function registersApp(
  developer: Person,
  input: Record<string, unknown> = {},
): Promise<RegisteredApp> {
  const { data, errors } = await developer.asks<
    {
      createApp: { app: { id: string } | null; secret: string | null; userErrors: unknown[] }
    },
    { input: unknown }
  >(
    'mutation ($input: CreateAppInput!) { createApp(input: $input) { app { id } secret userErrors { code message field } } }',
    {
      input: {
        name: 'An app',
        redirectUris: [redirectUri],
        scopes: ['profile:read', 'graph:read'],
        ...input,
      },
    },
  )
  if (!data?.createApp.app) throw new Error(JSON.stringify(data?.createApp.userErrors ?? errors))
  return { id: data.createApp.app.id, secret: data.createApp.secret }
}

export const verifier = randomBytes(32).toString('base64url')
const challengeOf = (text: string) => createHash('sha256').update(text).digest('base64url')

/** The parameters of a good authorisation request. */
export function authorizationRequest(app: RegisteredApp, change: Record<string, string | null> = {}) {
  const parameters = {
    response_type: 'code',
    client_id: app.id,
    redirect_uri: redirectUri,
    scope: 'profile:read graph:read',
    state: 'the-state',
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...change,
  }
  return new URLSearchParams(
    Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== null),
  )
}

/** A browser: it keeps cookies by path, and follows nothing by itself. */
export function createBrowser(url: string) {
  const cookies: { name: string; value: string; path: string }[] = []
  return {
    async goes(address: string, init: RequestInit = {}): Promise<Response> {
      // The server says `localhost` where the test asks an address.
      const { pathname, search } = new URL(address, url)
      const cookie = cookies
        .filter(({ path }) => pathname.startsWith(path))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ')
      const response = await fetch(`${url}${pathname}${search}`, {
        ...init,
        redirect: 'manual',
        headers: { ...(init.headers as Record<string, string>), cookie },
      })
      for (const line of response.headers.getSetCookie()) {
        const [pair = '', ...attributes] = line.split('; ')
        const at = pair.indexOf('=')
        const path = attributes.find((one) => one.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
        cookies.push({ name: pair.slice(0, at), value: pair.slice(at + 1), path })
      }
      return response
    },
  }
}

export type Browser = ReturnType<typeof createBrowser>

/** The consent page's request, as the browser was sent to it. */
export interface Consent {
  address: string
  requestId: string
  app: { name: string }
  scopes: { name: string; description: string }[]
}

/** Opens an authorisation request; answers what the consent page shows. */
export function opens(browser: Browser, parameters: URLSearchParams): Promise<Consent> {
  return opensAddress(browser, `/oauth/auth?${parameters}`)
}

/** As `opens`, by the address that an app sends people to. */
export async function opensAddress(browser: Browser, request: string): Promise<Consent> {
  const sent = await browser.goes(request)
  const address = sent.headers.get('location')
  if (sent.status !== 303 || !address?.includes('/oauth/interaction/'))
    throw new Error(`no consent page: ${sent.status} ${address ?? ''} ${await sent.text()}`)
  const shown = await browser.goes(address, { headers: { accept: 'application/json' } })
  return { address, ...((await shown.json()) as Omit<Consent, 'address'>) }
}

/** What a person says on the consent page, for the browser to send on. */
export async function approves(
  person: Person,
  app: RegisteredApp,
  consent: Consent,
  scopes?: string[],
): Promise<string> {
  const { data, errors } = await person.asks<
    { authorizeApp: { approval: string | null; userErrors: unknown[] } },
    object
  >(
    'mutation ($input: AuthorizeAppInput!) { authorizeApp(input: $input) { approval userErrors { code message } } }',
    {
      input: {
        appId: app.id,
        requestId: consent.requestId,
        scopes: scopes ?? consent.scopes.map(({ name }) => name),
      },
    },
  )
  const approval = data?.authorizeApp.approval
  if (!approval) throw new Error(JSON.stringify(data?.authorizeApp.userErrors ?? errors))
  return approval
}

/** Sends the consent page's form; answers where the app is told the code, or null when the server refuses. */
export async function sendsConsent(
  browser: Browser,
  consent: Consent,
  approval: string,
): Promise<URL | null> {
  const taken = await browser.goes(consent.address, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ approval }).toString(),
  })
  if (taken.status !== 303) return null
  const done = await browser.goes(taken.headers.get('location') ?? '')
  return new URL(done.headers.get('location') ?? '')
}

/** A code for an app, as a person gives it. */
export async function givesCode(
  person: Person,
  app: RegisteredApp,
  change: Record<string, string | null> = {},
  scopes?: string[],
): Promise<string> {
  const browser = createBrowser(person.url)
  const consent = await opens(browser, authorizationRequest(app, change))
  const back = await sendsConsent(browser, consent, await approves(person, app, consent, scopes))
  const code = back?.searchParams.get('code')
  if (!code) throw new Error(`no code: ${back?.href ?? 'refused'}`)
  return code
}

export interface TokenAnswer {
  status: number
  body: {
    access_token: string
    refresh_token: string
    expires_in: number
    scope: string
    token_type: string
    error?: string
    active?: boolean
  }
}

/** Posts a form to one of the server's endpoints, as the app. */
export async function posts(
  url: string,
  path: string,
  app: RegisteredApp,
  form: Record<string, string>,
): Promise<TokenAnswer> {
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
  if (app.secret !== null) headers.authorization = `Basic ${btoa(`${app.id}:${app.secret}`)}`
  const body = new URLSearchParams({ ...(app.secret === null ? { client_id: app.id } : {}), ...form })
  const response = await fetch(`${url}/oauth/${path}`, { method: 'POST', headers, body: body.toString() })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as TokenAnswer['body'] }
}

/** Exchanges a code. */
export function exchanges(
  url: string,
  app: RegisteredApp,
  code: string,
  change: Record<string, string> = {},
): Promise<TokenAnswer> {
  return posts(url, 'token', app, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...change,
  })
}

/** The next pair of tokens. */
export function refreshes(url: string, app: RegisteredApp, refreshToken: string): Promise<TokenAnswer> {
  return posts(url, 'token', app, { grant_type: 'refresh_token', refresh_token: refreshToken })
}

/** An app's tokens for a person. */
export async function authorizes(
  person: Person,
  app: RegisteredApp,
  scope = 'profile:read graph:read',
): Promise<TokenAnswer['body']> {
  const { status, body } = await exchanges(person.url, app, await givesCode(person, app, { scope }))
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body
}
