// An app that asks ten times as much as it may, and the others that ask meanwhile.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { percentile } from '../bench/figure.ts'
import type { Person } from './person.ts'
import { isProof, size } from './size.ts'
import { type System, startSystem } from './system.ts'
import { authorizes, registersApp } from './third-party.ts'

let system: System
let alice: Person
let bob: Person

beforeAll(async () => {
  system = await startSystem({ env: { RATE_LIMITS: 'on' } })
  alice = await system.signsUp('alice')
  bob = await system.signsUp('bob')
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

const profile = '{ user(username: "alice") { username bio } rateLimit { limit } }'
/** 18,000 nodes at most: 181 points. */
const costly =
  '{ user(username: "bob") { posts(first: 100) { nodes { id media { id renditions { url } } } } } }'

async function asks(token: string, query: string): Promise<number> {
  const response = await fetch(`${system.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  await response.arrayBuffer()
  return response.status
}

/** How long the slowest one in a hundred of the neighbour's requests took, in milliseconds. */
async function p99(token: string, count: number): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    expect(await asks(token, profile)).toBe(200)
    times.push(performance.now() - began)
  }
  return percentile(times, 0.99)
}

test('an app at ten times its limit is refused, and costs its neighbours next to nothing (T5)', async () => {
  const noisy = await registersApp(alice, { scopes: ['profile:read', 'content:read'] })
  const quiet = await registersApp(bob)
  const { access_token: noise } = await authorizes(alice, noisy, 'profile:read content:read')
  const { access_token: neighbour } = await authorizes(bob, quiet, 'profile:read')
  const { access_token: other } = await authorizes(bob, noisy, 'profile:read')
  // It spends what it has.
  while ((await asks(noise, costly)) === 200);
  expect(await asks(noise, costly)).toBe(429)

  const count = size(3_000)
  const quietly = [await p99(neighbour, count)]
  const refused: Promise<number>[] = []
  // What leaks in an hour is 50,000 points: ten times as much is 139 requests a second, whatever is answered.
  const timer = setInterval(() => {
    for (let i = 0; i < 7; i++) refused.push(asks(noise, costly))
  }, 50)
  const amidNoise = await p99(neighbour, count).finally(() => clearInterval(timer))
  quietly.push(await p99(neighbour, count))
  const answers = await Promise.all(refused)
  expect(answers.filter((status) => status === 429).length).toBeGreaterThan(0.9 * answers.length)
  // Nor does it take anything from the person whom it asks for, or from others whom it asks for.
  for (const token of [alice.accessToken, other]) expect(await asks(token, profile)).toBe(200)
  if (isProof) expect(amidNoise).toBeLessThanOrEqual(1.2 * Math.max(...quietly))
}, 600_000)
