// An identity provider that posts its answer as a form, as Apple does: the page that people come back to meets it as any other.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningUser, startUser } from '#subgraphs/user/fixtures.ts'
import { type IdentityServer, startIdentityServer } from '#subgraphs/user/identity-server.ts'
import { socialCallback, socialCallbackPath } from '../gateway/social-callback.ts'

let server: Server
let origin: string
let provider: IdentityServer
let user: RunningUser
beforeAll(async () => {
  const route = socialCallback((_request, response) => Boolean(response.end('the page')))
  server = createServer((request, response) => void route(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  provider = await startIdentityServer([`${origin}${socialCallbackPath}`])
  const { issuer, clientId, clientSecret } = provider
  const apple = { id: 'apple', name: 'Apple', scope: 'openid email', redirectUris: [] }
  user = await startUser({
    publicUrl: origin,
    socialProviders: [{ ...apple, issuer, clientId, clientSecret }],
  })
})
afterAll(async () => {
  await user?.stack.disposeAsync()
  await provider?.close()
  server?.close()
})

test('what Apple posts arrives at the page as an address, and signs in who began', async () => {
  const asker = user.asker()
  const redirectUri = `${origin}${socialCallbackPath}`
  const { authorizationUrl, flowToken } = await asker.does(
    'startSocialSignIn',
    { provider: 'apple', redirectUri },
    'authorizationUrl flowToken',
  )
  expect(new URL(authorizationUrl).searchParams.get('response_mode')).toBe('form_post')
  const person = { sub: 'sub-ada', email: 'ada@example.org', email_verified: true }
  const posted: string[] = []
  const callbackUrl = await provider.visits(authorizationUrl, person, (form) => {
    posted.push(...form.keys())
    form.set('user', JSON.stringify({ name: { firstName: 'Ada', lastName: 'Lovelace' } }))
    form.set('surprise', 'x')
  })
  expect(posted).toContain('code')
  expect([...new URL(callbackUrl).searchParams.keys()].toSorted()).toEqual(['code', 'iss', 'state', 'user'])

  const finished = await asker.does('finishSocialSignIn', { flowToken, callbackUrl }, 'status')
  expect(finished).toEqual({ status: 'SIGN_UP_REQUIRED', userErrors: [] })
  const made = await asker.does(
    'completeSocialSignIn',
    { flowToken, username: 'ada', birthDate: '1990-01-01' },
    'status viewer { username email user { displayName } }',
  )
  expect(made).toMatchObject({
    status: 'SIGNED_IN',
    viewer: { username: 'ada', email: 'ada@example.org', user: { displayName: 'Ada Lovelace' } },
  })
})

test('nothing but a form is taken, of bounded length, and only what an answer holds', async () => {
  const posts = (body: string, contentType = 'application/x-www-form-urlencoded') =>
    fetch(`${origin}${socialCallbackPath}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': contentType },
      body,
    })
  expect(await (await fetch(`${origin}${socialCallbackPath}?code=x`)).text()).toBe('the page')
  expect((await posts('{}', 'application/json')).status).toBe(415)
  expect((await posts(`code=${'x'.repeat(20_000)}`)).status).toBe(413)
  expect((await fetch(`${origin}${socialCallbackPath}`, { method: 'PUT' })).status).toBe(405)
  const odd = await posts(
    `code=${encodeURIComponent('a\r\nset-cookie: b')}&state=${'y'.repeat(3_000)}&next=//evil`,
  )
  expect(odd.status).toBe(303)
  expect(odd.headers.get('location')).toBe(`${socialCallbackPath}?code=a%0D%0Aset-cookie%3A+b`)
  expect(odd.headers.get('set-cookie')).toBeNull()
})
