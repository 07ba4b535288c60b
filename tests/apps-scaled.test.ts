// Apps where every part is a process of its own, and there are two gateways.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { within } from '#platform/within.ts'
import { openSocket, type Person, send } from './person.ts'
import { isProof, size } from './size.ts'
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

/** A socket of an app that is connected, and how it is closed. */
async function connects(url: string, token: string): Promise<{ closed: Promise<number>; isOpen(): boolean }> {
  const { connected, closed } = openSocket(url, token)
  let open = true
  void closed.then(() => {
    open = false
  })
  await within(20_000, connected)
  return { closed, isOpen: () => open }
}

test('what is revoked at one gateway is over at the other, and nobody else’s is (T4)', async () => {
  const count = size(40, 2)
  const app = await registersApp(alice)
  const people = []
  // One after the other: passwords are slow on purpose, and a crowd of them is not what this is about.
  for (let i = 0; i < count; i++) {
    const person = i === 0 ? alice : await system.signsUp(`revoker${i}`)
    const { access_token: token } = await authorizes(person, app)
    const sockets = await Promise.all([system.url, other].map((url) => connects(url, token)))
    people.push({ person, token, sockets })
  }
  const last = people.at(-1) as (typeof people)[number]
  for (const { person, token, sockets } of people.slice(0, -1)) {
    expect((await send(other, whoami, undefined, token)).errors).toEqual([])
    await person.asks(
      'mutation ($input: RevokeAppAccessInput!) { revokeAppAccess(input: $input) { userErrors { code } } }',
      { input: { appId: app.id } },
    )
    const codes = Promise.all(sockets.map(({ closed }) => closed))
    expect(await within(isProof ? 1_000 : 20_000, codes)).toEqual([4401, 4401])
    for (const url of [system.url, other])
      expect((await send(url, whoami, undefined, token)).errors[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  }
  expect(last.sockets.map((socket) => socket.isOpen())).toEqual([true, true])
  expect((await send(other, whoami, undefined, last.token)).errors).toEqual([])
}, 300_000)
