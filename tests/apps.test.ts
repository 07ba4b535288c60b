// Apps of third-party developers, from the outside: keys, consent, tokens, and what ends them.
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { within } from '#platform/within.ts'
import { openSocket, type Person, send } from './person.ts'
import { type System, startSystem } from './system.ts'
import {
  approves,
  authorizationRequest,
  authorizes,
  createBrowser,
  exchanges,
  givesCode,
  opens,
  posts,
  type RegisteredApp,
  redirectUri,
  refreshes,
  registersApp,
  sendsConsent,
} from './third-party.ts'

let system: System
let developer: Person
let alice: Person
let app: RegisteredApp

beforeAll(async () => {
  system = await startSystem()
  developer = await system.signsUp('developer')
  alice = await system.signsUp('alice')
  app = await registersApp(developer)
})
afterAll(() => system[Symbol.asyncDispose]())

const whoami = '{ viewer { username } }'

/** Codes of the errors of what a token asks. */
async function codesOf(token: string, query = whoami): Promise<unknown[]> {
  const { errors } = await send(system.url, query, undefined, token)
  return errors.map(({ extensions }) => extensions?.code)
}

test('an app acts for a person with what he let it do, and with nothing else (T1)', async () => {
  const token = await authorizes(alice, app)
  expect(token).toMatchObject({ token_type: 'Bearer', scope: 'profile:read graph:read', expires_in: 3600 })
  const { data, errors } = await send(
    system.url,
    '{ viewer { username } node(id: "conversation_01jd0000000000000000000000") { id } conversation(id: "conversation_01jd0000000000000000000000") { id } }',
    undefined,
    token.access_token,
  )
  expect(data).toEqual({ viewer: { username: 'alice' }, node: null, conversation: null })
  expect(errors).toHaveLength(2)
  expect(errors).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ path: ['node'], extensions: { code: 'FORBIDDEN' } }),
      expect.objectContaining({
        path: ['conversation'],
        extensions: { code: 'FORBIDDEN', requiredScopes: [['messages:read']] },
      }),
    ]),
  )
  const signOut = 'mutation { signOut(input: {}) { userErrors { code } } }'
  expect(await codesOf(token.access_token, signOut)).toEqual(['FORBIDDEN'])
  expect(await codesOf(token.access_token)).toEqual([])
})

test('a person may give less than the app asks for', async () => {
  const code = await givesCode(alice, app, {}, ['profile:read'])
  const { body } = await exchanges(system.url, app, code)
  expect(body.scope).toBe('profile:read')
  expect(await codesOf(body.access_token, '{ user(username: "alice") { viewerFollowState } }')).toEqual([
    'FORBIDDEN',
  ])
})

test('an app that asks for more than it has registered gets nothing', async () => {
  const sent = await createBrowser(system.url).goes(
    `/oauth/auth?${authorizationRequest(app, { scope: 'profile:read messages:read' })}`,
  )
  expect(new URL(sent.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_scope')
})

test('on sockets and event streams an app is held to the same scopes (T1)', async () => {
  const { access_token: token } = await authorizes(alice, app)
  const socket = createClient({
    url: `${system.url.replace('http', 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  })
  const first = async (query: string) => (await socket.iterate({ query }).next()).value as object
  expect(await first(whoami)).toMatchObject({ data: { viewer: { username: 'alice' } } })
  const refused = await first('{ conversation(id: "x") { id } viewer { username } }')
  expect(refused).toMatchObject({
    data: { conversation: null, viewer: { username: 'alice' } },
    errors: [{ path: ['conversation'], extensions: { code: 'FORBIDDEN' } }],
  })
  const listen = 'subscription { messageReceived { cursor } }'
  const subscription = await socket
    .iterate({ query: listen })
    .next()
    .catch((errors: unknown) => errors)
  expect(JSON.stringify(subscription)).toContain('"FORBIDDEN"')
  await socket.dispose()

  const stream = await fetch(`${system.url}/graphql/stream?query=${encodeURIComponent(listen)}`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${token}` },
  })
  const text = await stream.text()
  expect(text).toContain('"FORBIDDEN"')
  expect(text).toContain('messages:read')
})

/** What ends an authorisation is heard a moment later. */
const eventually = (answer: () => Promise<unknown>) => expect.poll(answer, { timeout: 20_000 })

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const requests: Record<string, Record<string, string | null>> = {
  'no PKCE': { code_challenge: null, code_challenge_method: null },
  'PKCE by plain text': { code_challenge: challenge, code_challenge_method: 'plain' },
  'no PKCE method, which means plain text': { code_challenge: challenge, code_challenge_method: null },
  'a challenge that is no SHA-256': { code_challenge: 'short', code_challenge_method: 'S256' },
  'the implicit flow': { response_type: 'token' },
}
test.each(Object.entries(requests))('%s is refused (T3)', async (_name, change) => {
  const sent = await createBrowser(system.url).goes(`/oauth/auth?${authorizationRequest(app, change)}`)
  const location = sent.headers.get('location')
  expect(location ?? '').not.toContain('/oauth/interaction/')
  const error = location
    ? /[?#&]error=(\w+)/.exec(location)?.[1]
    : ((await sent.json()) as { error: string }).error
  expect(['invalid_request', 'unsupported_response_type']).toContain(error)
})

test.each([
  'http://localhost:9/callback/',
  'http://localhost:9/callback?next=1',
  'http://localhost:9/callback#',
  'http://localhost:9/Callback',
  'http://localhost:10/callback',
  'http://127.0.0.1:9/callback',
  'https://localhost:9/callback',
  'http://localhost:9/callback/../callback',
  'http://localhost:9@evil.example/callback',
  'http://localhost:9.evil.example/callback',
  'http://user@localhost:9/callback',
  'javascript:alert(1)',
  '',
])('a code is never sent to %j, which is not registered to the letter (T3)', async (uri) => {
  const sent = await createBrowser(system.url).goes(
    `/oauth/auth?${authorizationRequest(app, { redirect_uri: uri })}`,
  )
  expect(sent.headers.get('location')).toBeNull()
  expect(sent.status).toBe(400)
  expect(await sent.json()).toMatchObject({
    error: expect.stringMatching(/^invalid_(redirect_uri|request)$/),
  })
})

test('a code is worth something to its app alone, with its verifier and its address (T3)', async () => {
  const other = await registersApp(developer, { name: 'Another' })
  const wrong: [RegisteredApp, Record<string, string>][] = [
    [app, { code_verifier: 'x'.repeat(43) }],
    [app, { code_verifier: '' }],
    [app, { redirect_uri: 'http://localhost:9/other' }],
    [other, {}],
  ]
  for (const [who, change] of wrong) {
    const { status, body } = await exchanges(system.url, who, await givesCode(alice, app), change)
    expect({ status, error: body.error }).toEqual({
      status: 400,
      error: expect.stringMatching(/^invalid_(grant|request)$/),
    })
  }
})

test('a code that is used twice is refused, and the tokens that it gave are revoked (T3)', async () => {
  const code = await givesCode(alice, app)
  const first = await exchanges(system.url, app, code)
  expect(await codesOf(first.body.access_token)).toEqual([])
  const second = await exchanges(system.url, app, code)
  expect(second).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  await eventually(() => codesOf(first.body.access_token)).toEqual(['UNAUTHENTICATED'])
  expect((await refreshes(system.url, app, first.body.refresh_token)).body.error).toBe('invalid_grant')
})

test('of twenty exchanges of one code at once one gives tokens at most, and they are revoked (T3)', async () => {
  const code = await givesCode(alice, app)
  const answers = await Promise.all(Array.from({ length: 20 }, () => exchanges(system.url, app, code)))
  const given = answers.filter(({ status }) => status === 200)
  expect(given.length).toBeLessThanOrEqual(1)
  for (const { body } of given)
    await eventually(() => codesOf(body.access_token)).toEqual(['UNAUTHENTICATED'])
})

test('a refresh token works once: its reuse ends the authorisation (T3)', async () => {
  const first = await authorizes(alice, app)
  const second = await refreshes(system.url, app, first.refresh_token)
  expect(second.status).toBe(200)
  expect(await codesOf(second.body.access_token)).toEqual([])
  expect((await refreshes(system.url, app, first.refresh_token)).body.error).toBe('invalid_grant')
  expect((await refreshes(system.url, app, second.body.refresh_token)).body.error).toBe('invalid_grant')
  await eventually(() => codesOf(second.body.access_token)).toEqual(['UNAUTHENTICATED'])
})

test('consent counts in the browser that the request came from, for this request alone (T3)', async () => {
  const [attacker, victim] = [createBrowser(system.url), createBrowser(system.url)]
  const consent = await opens(attacker, authorizationRequest(app))
  const approval = await approves(alice, app, consent)
  expect(await sendsConsent(victim, consent, approval)).toBeNull()
  const another = await opens(victim, authorizationRequest(app))
  expect(await sendsConsent(victim, another, approval)).toBeNull()
  expect(
    await sendsConsent(attacker, consent, `${approval.slice(0, -1)}${approval.endsWith('A') ? 'B' : 'A'}`),
  ).toBeNull()
  expect((await sendsConsent(attacker, consent, approval))?.searchParams.get('code')).toBeTruthy()
})

test('the consent page cannot be shown within another page', async () => {
  const browser = createBrowser(system.url)
  const { address } = await opens(browser, authorizationRequest(app))
  const response = await browser.goes(address, { headers: { accept: 'text/html' } })
  expect(response.headers.get('x-frame-options')).toBe('DENY')
  expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
})

test('who says no sends the app back without a code', async () => {
  const browser = createBrowser(system.url)
  const consent = await opens(browser, authorizationRequest(app))
  const form = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'deny=1',
  }
  const taken = await browser.goes(consent.address, form)
  const back = new URL(
    (await browser.goes(taken.headers.get('location') ?? '')).headers.get('location') ?? '',
  )
  expect(`${back.origin}${back.pathname}`).toBe(redirectUri)
  expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', state: 'the-state' })
})

test('revoking an app ends its tokens and its sockets (T4)', async () => {
  const token = await authorizes(alice, app)
  const bystander = await authorizes(await system.signsUp('bystander'), app)
  const socket = openSocket(system.url, token.access_token)
  await socket.connected
  const authorized = '{ viewer { authorizedApps { app { id name } scopes } } }'
  const before = await alice.asks<{ viewer: { authorizedApps: { app: { id: string } }[] } }, never>(
    authorized,
  )
  expect(before.data?.viewer.authorizedApps.map((one) => one.app.id)).toContain(app.id)
  const { data } = await alice.asks(
    'mutation ($input: RevokeAppAccessInput!) { revokeAppAccess(input: $input) { app { id } userErrors { code } } }',
    { input: { appId: app.id } },
  )
  expect(data).toEqual({ revokeAppAccess: { app: { id: app.id }, userErrors: [] } })
  expect(await within(20_000, socket.closed)).toBe(4401)
  expect(await codesOf(token.access_token)).toEqual(['UNAUTHENTICATED'])
  expect((await refreshes(system.url, app, token.refresh_token)).body.error).toBe('invalid_grant')
  expect((await alice.asks(authorized)).data).toEqual({ viewer: { authorizedApps: [] } })
  expect(await codesOf(bystander.access_token)).toEqual([])
})

test('a token that the app gives back is worth nothing any more, and introspection says so (T4)', async () => {
  const server = await registersApp(developer, { name: 'A server', kind: 'CONFIDENTIAL' })
  const token = await authorizes(alice, server)
  const asked = { token: token.access_token }
  expect((await posts(system.url, 'introspect', server, asked)).body).toMatchObject({
    active: true,
    scope: 'profile:read graph:read',
  })
  expect((await posts(system.url, 'introspect', app, asked)).body).toEqual({ active: false })
  expect((await posts(system.url, 'revoke', server, asked)).status).toBe(200)
  expect((await posts(system.url, 'introspect', server, asked)).body).toEqual({ active: false })
  await eventually(() => codesOf(token.access_token)).toEqual(['UNAUTHENTICATED'])
})

test('what ends all of a person’s other sessions ends his apps too, and a deleted app is gone (T4)', async () => {
  const bob = await system.signsUp('bob')
  const mine = await registersApp(bob, { name: 'Short-lived' })
  const ended = await authorizes(bob, mine)
  await bob.asks('mutation { revokeOtherSessions(input: {}) { userErrors { code } } }')
  await eventually(() => codesOf(ended.access_token)).toEqual(['UNAUTHENTICATED'])
  const again = await authorizes(alice, mine)
  const manifest = JSON.stringify({ who: '{ viewer { id } }' })
  await bob.asks(
    'mutation ($input: PublishDocumentsInput!) { publishDocuments(input: $input) { userErrors { code } } }',
    { input: { appId: mine.id, version: '1', manifest } },
  )
  const documents = () =>
    system.platform.db('user').collection('documentManifests').countDocuments({ appId: mine.id })
  expect(await documents()).toBe(1)
  const remove =
    'mutation ($input: DeleteAppInput!) { deleteApp(input: $input) { app { name } userErrors { code } } }'
  const { data } = await bob.asks(remove, { input: { appId: mine.id } })
  expect(data).toEqual({ deleteApp: { app: { name: 'Short-lived' }, userErrors: [] } })
  await eventually(() => codesOf(again.access_token)).toEqual(['UNAUTHENTICATED'])
  expect(await documents()).toBe(0)
  const sent = await createBrowser(system.url).goes(`/oauth/auth?${authorizationRequest(mine)}`)
  expect(sent.status).toBe(400)
})

test('a secret is the app’s own, and the one of before is worth nothing', async () => {
  const server = await registersApp(developer, { name: 'With a secret', kind: 'CONFIDENTIAL' })
  const code = () => givesCode(alice, server)
  expect((await exchanges(system.url, { ...server, secret: 'wrong' }, await code())).status).toBe(401)
  const { data } = await developer.asks<{ rotateAppSecret: { secret: string } }, object>(
    'mutation ($input: RotateAppSecretInput!) { rotateAppSecret(input: $input) { secret userErrors { code } } }',
    { input: { appId: server.id } },
  )
  const secret = data?.rotateAppSecret.secret ?? ''
  expect(secret).not.toBe(server.secret)
  expect((await exchanges(system.url, server, await code())).status).toBe(401)
  expect((await exchanges(system.url, { ...server, secret }, await code())).status).toBe(200)
})

test('what a developer keeps to himself is null for others, and his app is not theirs to change', async () => {
  const mine = `{ node(id: "${app.id}") { ... on App { name redirectUris documentMode authorizationCount } } }`
  expect((await developer.asks(mine)).data).toEqual({
    node: {
      name: 'An app',
      redirectUris: [redirectUri],
      documentMode: 'LOG',
      authorizationCount: expect.any(Number),
    },
  })
  expect((await alice.asks(mine)).data).toEqual({
    node: { name: 'An app', redirectUris: null, documentMode: null, authorizationCount: null },
  })
  const rename =
    'mutation ($input: UpdateAppInput!) { updateApp(input: $input) { app { name } userErrors { code field } } }'
  expect((await alice.asks(rename, { input: { appId: app.id, name: 'Mine' } })).data).toEqual({
    updateApp: { app: null, userErrors: [{ code: 'NOT_FOUND', field: ['input', 'appId'] }] },
  })
})

test('the metadata says what there is (RFC 8414)', async () => {
  const response = await fetch(`${system.url}/.well-known/oauth-authorization-server`)
  const metadata = (await response.json()) as Record<string, unknown>
  expect(metadata).toMatchObject({
    code_challenge_methods_supported: ['S256'],
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
  })
  for (const name of ['authorization', 'token', 'revocation', 'introspection']) {
    expect(metadata[`${name}_endpoint`]).toMatch(new RegExp(`^${metadata.issuer}/oauth/`))
  }
})
