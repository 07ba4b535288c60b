// The OAuth 2.1 authorisation server (draft-ietf-oauth-v2-1, RFC 9700), over oidc-provider: the code flow with PKCE, and nothing else.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, interactionPolicy, Provider } from 'oidc-provider'
import { type Apps, readApproval } from '#platform/apps.ts'
import { type Limits, networkOf } from '#platform/limits.ts'
import type { Signer } from '#platform/secrets.ts'
import { AppError } from '#schema/errors.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { grantableScopes, type Scope, scopes } from '#schema/scopes.ts'
import type { AddressOf } from '../client-address.ts'
import { readBody } from '../http-request.ts'
import { baseHeaders, type Route } from '../server.ts'
import { idleSeconds, type OauthStore } from './store.ts'

export interface OauthOptions {
  readonly store: OauthStore
  readonly apps: Apps
  /** Where browsers reach the gateway, without a slash at the end; asked for the first request, when it is known. */
  readonly publicUrl: () => string
  /** Ed25519 private key, a JWK in JSON. */
  readonly privateKey: string
  readonly cookieKey: string
  readonly approvals: Signer
  /** An account's status; null when there is none. */
  readonly statusOf: (userId: string) => Promise<AccountFacts['status'] | null>
  /** Serves the web client's page for a path; false without one. */
  readonly page: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly limits: Limits
  /** The client's network address. */
  readonly addressOf: AddressOf
  readonly onError: (error: unknown) => void
}

const metadataPath = '/.well-known/oauth-authorization-server'
const interactionPath = '/oauth/interaction/'

/** The paths of the server: `/oauth/…`, and its metadata (RFC 8414). */
export function oauthRoutes(options: OauthOptions): Readonly<Record<string, Route>> {
  let provider: Provider | undefined
  const route: Route = async (request, response) => {
    const publicUrl = options.publicUrl()
    provider ??= createProvider(options, publicUrl)
    behave(request, publicUrl)
    const path = (request.url ?? '').split('?')[0] ?? ''
    // A page of ours that asks for consent must not be shown within another, nor its address be told.
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value)
    if (path !== metadataPath) {
      const refused = await options.limits
        .use(requests, networkOf(options.addressOf(request)))
        .then(() => null, retryAfterOf)
      if (refused !== null) {
        response.setHeader('retry-after', String(Math.ceil(refused / 1_000)))
        return sendJson(response, 429, {
          error: 'temporarily_unavailable',
          error_description: 'Too many requests.',
        })
      }
    }
    if (path.startsWith(interactionPath)) return serveInteraction(options, provider, request, response)
    await provider.callback()(request, response)
  }
  return { '/oauth/': route, [metadataPath]: route }
}

const pageHeaders = {
  'content-security-policy': "frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
}

/** From one network; behind one address there may be a server with all of its people. */
const requests = { name: 'oauth', max: 1_200, windowMs: 60_000, withoutRedis: 'open' } as const

function retryAfterOf(error: unknown): number {
  if (error instanceof AppError && error.code === 'RATE_LIMITED') return error.retryAfterMs ?? 1_000
  throw error
}

/** The library makes addresses out of what the request says of the host: it is to say ours. */
function behave(request: IncomingMessage, publicUrl: string): void {
  const { host, protocol } = new URL(publicUrl)
  request.headers['x-forwarded-host'] = host
  request.headers['x-forwarded-proto'] = protocol.slice(0, -1)
  request.headers.host = host
}

function createProvider(options: OauthOptions, publicUrl: string): Provider {
  const { store, statusOf, onError } = options
  const { Check, base } = interactionPolicy
  const policy = base()
  // Who asks signs in to nothing here: every request is approved, in a session of the person's own, on the consent page.
  policy
    .get('login')
    ?.checks.add(
      new Check('approval', 'approval is needed', ({ oidc }) =>
        oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
      ),
    )
  const provider = new Provider(publicUrl, {
    adapter: (kind: string) => store.adapter(kind),
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientDefaults: { id_token_signed_response_alg: 'EdDSA' },
    enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
    jwks: { keys: [{ ...(JSON.parse(options.privateKey) as object), use: 'sig', alg: 'EdDSA' }] },
    cookies: {
      keys: [options.cookieKey],
      names: { session: '_oauth_session', interaction: '_oauth_request', resume: '_oauth_resume' },
    },
    features: {
      devInteractions: { enabled: false },
      introspection: {
        enabled: true,
        // An app learns of its own tokens.
        allowedPolicy: (_context: Context, client: { clientId: string }, token: { clientId: string }) =>
          client.clientId === token.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_context: Context, client: { clientId: string }, token: { clientId: string }) =>
          client.clientId === token.clientId,
      },
      resourceIndicators: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
    },
    scopes: grantableScopes,
    responseTypes: ['code'],
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    rotateRefreshToken: true,
    issueRefreshToken: (_context: Context, client: { grantTypeAllowed(type: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    // One token that two people use, or that is given back, ends the whole authorisation.
    revokeGrantPolicy: () => true,
    clientBasedCORS: () => true,
    ttl: {
      AccessToken: 3_600,
      AuthorizationCode: 60,
      Grant: 365 * 86_400,
      Interaction: 600,
      RefreshToken: idleSeconds,
      Session: 600,
    },
    routes: {
      authorization: '/oauth/auth',
      token: '/oauth/token',
      jwks: '/oauth/jwks',
      revocation: '/oauth/revoke',
      introspection: '/oauth/introspect',
    },
    interactions: {
      policy,
      url: (_context: Context, { uid }: { uid: string }) => `${interactionPath}${uid}`,
    },
    loadExistingGrant: ({ oidc }: Context) => {
      const grantId = oidc.result?.consent?.grantId
      return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId)
    },
    async findAccount(_context: Context, accountId: string) {
      if ((await statusOf(accountId)) !== 'ACTIVE') return undefined
      return { accountId, claims: async () => ({ sub: accountId }) }
    },
    async renderError(context: Context, { error, error_description }: Record<string, string>) {
      context.type = 'json'
      context.body = { error, error_description }
    },
  })
  provider.proxy = true
  // Character by character: the library lets native apps choose a port.
  provider.Client.prototype.redirectUriAllowed = function redirectUriAllowed(
    this: { redirectUris: readonly string[] },
    uri: string,
  ) {
    return this.redirectUris.includes(uri)
  }
  provider.on('server_error', (_context, error) => onError(error))
  return provider
}

/**
 * What the consent page works with, at the address that the browser was sent to: the request as JSON, and a form that takes
 * `approval` (of `authorizeApp`) or `deny`. The request's cookie says that it is the browser which asked.
 */
async function serveInteraction(
  options: OauthOptions,
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const wantsPage = request.method === 'GET' && !(request.headers.accept ?? '').includes('application/json')
  if (wantsPage && options.page(request, response)) return
  const interaction = await provider.interactionDetails(request, response).catch(() => null)
  if (!interaction) return sendJson(response, 404, { error: 'invalid_request', error_description: lost })
  const { uid, params } = interaction
  const app = await options.apps.find(String(params.client_id))
  if (!app) return sendJson(response, 404, { error: 'invalid_client', error_description: lost })
  const asked = String(params.scope ?? '')
    .split(' ')
    .filter(Boolean) as Scope[]
  if (request.method === 'GET') {
    return sendJson(response, 200, {
      requestId: uid,
      app: { id: app._id, name: app.name, description: app.description, homepageUrl: app.homepageUrl },
      redirectUri: params.redirect_uri,
      scopes: asked.map((name) => ({ name, description: scopes[name] })),
    })
  }
  if (request.method !== 'POST') return sendJson(response, 405, { error: 'invalid_request' })
  const body = await readBody(request, maxFormBytes)
  if (body === null) return sendJson(response, 413, { error: 'invalid_request' })
  const form = new URLSearchParams(body.toString('utf8'))
  const finish = (result: Record<string, unknown>) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  if (form.has('deny')) return finish({ error: 'access_denied', error_description: 'The person said no.' })

  const approval = readApproval(options.approvals, form.get('approval') ?? '')
  if (!approval || approval.requestId !== uid || approval.appId !== app._id)
    return sendJson(response, 403, {
      error: 'access_denied',
      error_description: 'The approval is not for this request, or too old.',
    })
  const granted = asked.filter((scope) => approval.scopes.includes(scope))
  const device = request.headers['user-agent']?.slice(0, 200) ?? null
  const sessionId = await options.store.insertAuthorization({ ...approval, scopes: granted }, app, device)
  if (sessionId === null)
    return sendJson(response, 403, {
      error: 'access_denied',
      error_description: 'The session that approved has ended.',
    })
  // The session's id is the grant's: what ends the one ends the other.
  const grant = new provider.Grant({ accountId: approval.userId, clientId: app._id, jti: sessionId })
  for (const scope of asked) {
    if (granted.includes(scope)) grant.addOIDCScope(scope)
    else grant.rejectOIDCScope(scope)
  }
  await grant.save()
  await finish({ login: { accountId: approval.userId, remember: false }, consent: { grantId: sessionId } })
}

const lost = 'This request is over, or began in another browser: start again from the app.'
const maxFormBytes = 16_384

function sendJson(response: ServerResponse, status: number, body: object): void {
  const { 'access-control-allow-origin': _anybody, ...headers } = baseHeaders
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}
