// What holds for tokens and passwords at the one endpoint, from the outside.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { within } from '#platform/within.ts'
import { openSocket, passwordOf, send } from './person.ts'
import { isProof } from './size.ts'
import { type System, startSystem } from './system.ts'
import { authorizes, refreshes, registersApp } from './third-party.ts'

/** A second in the proof; elsewhere the machine may have more to do than this. */
const soonMs = isProof ? 1_000 : 20_000

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.[Symbol.asyncDispose]())

const query = '{ viewer { username } }'

/** Status, code and data of a request with a token. */
async function asks(token: string): Promise<unknown[]> {
  const response = await fetch(`${system.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  const { data, errors } = (await response.json()) as {
    data?: unknown
    errors?: { extensions: { code: string } }[]
  }
  return [response.status, errors?.[0]?.extensions.code, data]
}

test('A3: an access token with any one character changed is answered with 401, and with no data', async () => {
  const { accessToken: token } = await system.signsUp('olga')
  expect(await asks(token)).toEqual([200, undefined, { viewer: { username: 'olga' } }])
  const positions = Array.from({ length: 40 }, (_, i) => Math.floor((i * (token.length - 1)) / 40))
  for (const position of positions) {
    const other = token[position] === 'A' ? 'B' : 'A'
    const altered = token.slice(0, position) + other + token.slice(position + 1)
    expect([position, ...(await asks(altered))]).toEqual([position, 401, 'UNAUTHENTICATED', undefined])
  }
})

test('A5: a new password closes the sockets of other sessions and of apps, and ends their tokens, within a second', async () => {
  const nils = await system.signsUp('nils')
  const { data } = await send<{ signIn: { session: { accessToken: string; refreshToken: string } } }, object>(
    system.url,
    'mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken refreshToken } userErrors { code } } }',
    { input: { login: 'nils', password: passwordOf('nils') } },
  )
  const other = data?.signIn.session
  if (!other) throw new Error('he could not sign in')
  const app = await registersApp(await system.signsUp('developer'))
  const token = await authorizes(nils, app)
  const [own, others, apps] = [nils.accessToken, other.accessToken, token.access_token].map((one) =>
    openSocket(system.url, one),
  )
  if (!own || !others || !apps) throw new Error('there are three')
  await Promise.all([own.connected, others.connected, apps.connected])

  const changed = await nils.asks(
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }',
    { input: { currentPassword: passwordOf('nils'), newPassword: 'another long password' } },
  )
  expect(changed).toEqual({ data: { changePassword: { userErrors: [] } }, errors: [] })
  expect(await within(soonMs, Promise.all([others.closed, apps.closed]))).toEqual([4401, 4401])
  expect(await asks(other.accessToken)).toEqual([401, 'UNAUTHENTICATED', undefined])
  await expect
    .poll(() => asks(token.access_token), { timeout: soonMs })
    .toEqual([401, 'UNAUTHENTICATED', undefined])
  expect((await refreshes(system.url, app, token.refresh_token)).body.error).toBe('invalid_grant')
  const refreshed = await send(
    system.url,
    'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { session { id } userErrors { code } } }',
    { input: { refreshToken: other.refreshToken } },
  )
  expect(refreshed.data).toEqual({ refreshSession: { session: null, userErrors: [{ code: 'EXPIRED' }] } })

  // He himself goes on, on the socket that he had.
  const { value } = await own.client.iterate({ query }).next()
  expect(value).toMatchObject({ data: { viewer: { username: 'nils' } } })
  await own.client.dispose()
})
