// What requests cost and which documents they may name, on a whole system with its limits on.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createManifest } from '#schema/manifest.ts'
import type { Person } from './person.ts'
import { type System, startSystem } from './system.ts'

let system: System
let alice: Person
let bob: Person

beforeAll(async () => {
  system = await startSystem({ env: { RATE_LIMITS: 'on' } })
  alice = await system.signsUp('alice')
  bob = await system.signsUp('bob')
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

interface RateLimit {
  limit: number
  cost: number
  remaining: number
  used: number
  resetAt: string
  nodeCount: number
}

interface Answer {
  data?: Record<string, unknown> | null
  errors?: { extensions: { code: string } }[]
  extensions?: { cost: { nodeCount: number; cost: number } }
}

async function asks(person: Person, body: object): Promise<Answer> {
  const response = await fetch(`${system.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.accessToken}` },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Answer
}

const rateLimit = 'rateLimit { limit cost remaining used resetAt nodeCount }'

test('rateLimit tells what a request costs and what is left, of one’s own points', async () => {
  const feed = 'homeFeed(first: 50) { nodes { id media { id renditions { url } } } }'
  const first = await asks(alice, { query: `{ ${feed} ${rateLimit} }` })
  const before = first.data?.rateLimit as RateLimit
  const nodeCount = 50 * (1 + 10 * (1 + 10))
  expect(first.errors).toBeUndefined()
  expect(before).toMatchObject({ nodeCount, cost: 1 + nodeCount / 100 - (nodeCount % 100) / 100 })
  expect(first.extensions).toEqual({ cost: { nodeCount, cost: before.cost } })
  expect(before.used + before.remaining).toBe(before.limit)
  expect(Date.parse(before.resetAt)).toBeGreaterThan(Date.now())

  const after = (await asks(alice, { query: `{ ${feed} ${rateLimit} }` })).data?.rateLimit as RateLimit
  // What comes back meanwhile is a few points a second.
  expect(after.used).toBeGreaterThan(before.used)
  const others = (await asks(bob, { query: `{ ${rateLimit} }` })).data?.rateLimit as RateLimit
  expect(others.used).toBeLessThan(before.used)
  expect(others.cost).toBe(1)
})

test('G2: a page of pages of pages is refused before any work', async () => {
  const inner = (size: number) =>
    `followers(first: ${size}) { nodes { followers(first: ${size}) { nodes { id } } } }`
  const accepted = await asks(alice, { query: `{ user(username: "bob") { ${inner(99)} } }` })
  expect(accepted.errors).toBeUndefined()
  expect(accepted.extensions?.cost.nodeCount).toBe(99 * 100)
  const twice = ['a', 'b'].map((name) => `${name}: user(username: "bob") { ${inner(99)} }`)
  const refused = await asks(alice, { query: `{ ${twice.join(' ')} }` })
  expect(refused.errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX')
  expect(refused.data).toBeUndefined()
})

test('every named operation can be asked for by its documentId', async () => {
  const { operations } = createManifest()
  expect(operations.length).toBeGreaterThan(40)
  for (const { name, id } of operations) {
    const { errors } = await asks(alice, { documentId: `sha256:${id}` })
    // The document was found: without variables most say what they lack, and a subscription is for another transport.
    for (const { extensions } of errors ?? [])
      expect(['BAD_USER_INPUT', 'BAD_REQUEST'], name).toContain(extensions.code)
  }
})
