// Apps where every part is a process of its own, and there are two gateways.
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { within } from '#platform/within.ts'
import { type Person, send } from './person.ts'
import { type System, startSystem } from './system.ts'
import {
  approves,
  authorizationRequest,
  authorizes,
  createBrowser,
  exchanges,
  opens,
  registersApp,
  sendsConsent,
} from './third-party.ts'

let system: System
let other: string
let alice: Person

beforeAll(async () => {
  system = await startSystem({ mode: 'scaled' })
  other = `http://127.0.0.1:${(await system.startGateway()).port}`
  alice = await system.signsUp('alice')
}, 240_000)
afterAll(() => system[Symbol.asyncDispose]())

const whoami = '{ viewer { username } user(username: "alice") { viewerFollowState } }'

test('a request that begins at one gateway ends at another, and the token counts at both (T1, T3)', async () => {
  const app = await registersApp(alice)
  const browser = createBrowser(system.url)
  const consent = await opens(browser, authorizationRequest(app, { scope: 'profile:read' }))
  const back = await sendsConsent(browser, consent, await approves(alice, app, consent))
  const { body } = await exchanges(other, app, back?.searchParams.get('code') ?? '')
  for (const url of [system.url, other]) {
    const { data, errors } = await send(url, whoami, undefined, body.access_token)
    expect(data).toEqual({ viewer: { username: 'alice' }, user: { viewerFollowState: null } })
    expect(errors.map(({ path, extensions }) => [path, extensions?.code])).toEqual([
      [['user', 'viewerFollowState'], 'FORBIDDEN'],
    ])
  }
})

test('what is revoked at one gateway is over at the other (T4)', async () => {
  const app = await registersApp(alice)
  const { access_token: token } = await authorizes(alice, app)
  const closed = Promise.withResolvers<number>()
  const client = createClient({
    url: `${other.replace('http', 'ws')}/graphql`,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
    on: { closed: (event) => closed.resolve((event as { code: number }).code) },
  })
  await within(20_000, new Promise<void>((resolve) => client.on('connected', () => resolve())))
  expect((await send(other, whoami, undefined, token)).errors).toEqual([])
  await alice.asks(
    'mutation ($input: RevokeAppAccessInput!) { revokeAppAccess(input: $input) { userErrors { code } } }',
    { input: { appId: app.id } },
  )
  expect(await within(20_000, closed.promise)).toBe(4401)
  expect((await send(other, whoami, undefined, token)).errors[0]?.extensions?.code).toBe('UNAUTHENTICATED')
})
