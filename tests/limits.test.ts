// What requests cost and which documents they may name, on a whole system with its limits on.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createManifest } from '#schema/manifest.ts'
import { setRole } from '#subgraphs/user/set-role.ts'
import { percentile } from '../bench/figure.ts'
import { type Person, passwordOf } from './person.ts'
import { isProof, size } from './size.ts'
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
  const times: number[] = []
  for (let i = 0; i < size(100); i++) {
    const twice = [`a${i}`, 'b'].map((name) => `${name}: user(username: "bob") { ${inner(99)} }`)
    const began = performance.now()
    const refused = await asks(alice, { query: `{ ${twice.join(' ')} }` })
    times.push(performance.now() - began)
    expect(refused.errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX')
    expect(refused.data).toBeUndefined()
  }
  if (isProof) expect(percentile(times, 0.99)).toBeLessThanOrEqual(50)
})

test('A1, G1: no header and no alias buys another guess at a password', async () => {
  const signIn = (given: string, alias = '') =>
    `${alias}signIn(input: { login: "bob", password: ${JSON.stringify(given)} }) { session { id } userErrors { code } }`
  const posts = async (query: string, headers: Record<string, string>) => {
    const response = await fetch(`${system.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    })
    return await response.text()
  }
  const tricks = (i: number): Record<string, string> => {
    const address = `198.51.${(i >> 8) & 255}.${i & 255}`
    const names = ['x-forwarded-for', 'x-real-ip', 'client-ip', 'true-client-ip', 'cf-connecting-ip', 'via']
    return { [names[i % names.length] as string]: address, forwarded: `for=${address}`, 'user-agent': `${i}` }
  }
  for (let i = 0; i < 10; i++)
    expect(await posts(`mutation { ${signIn('wrong password')} }`, tricks(i))).toContain('INVALID')
  // Every guess from here on is right.
  const right = passwordOf('bob')
  const aliased = Array.from({ length: 40 }, (_, i) => signIn(right, `a${i}: `)).join(' ')
  const count = size(10_000, 100)
  for (let from = 0; from < count; from += 20) {
    const some = Array.from({ length: 20 }, (_, i) =>
      posts(`mutation { ${i === 0 ? aliased : signIn(right)} }`, tricks(from + i)),
    )
    for (const text of await Promise.all(some)) expect(text).not.toMatch(/session_/)
  }
}, 600_000)

test('every named operation can be asked for by its documentId', async () => {
  const { operations } = createManifest()
  expect(operations.length).toBeGreaterThan(40)
  for (const { name, id } of operations) {
    const { errors } = await asks(alice, { documentId: `sha256:${id}` })
    // The document was found: without variables most say what they lack, a subscription is for another transport, and some are for
    // moderators.
    for (const { extensions } of errors ?? [])
      expect(['BAD_USER_INPUT', 'BAD_REQUEST', 'FORBIDDEN'], name).toContain(extensions.code)
  }
})

test('who has things taken down acts more slowly within a second, until an appeal is granted', async () => {
  const [moderator, second] = [await system.signsUp('mona'), await system.signsUp('sven')]
  for (const name of ['mona', 'sven']) await setRole(system.platform, name, 'MODERATOR')
  await system.proves(alice)
  const users = system.platform.db('user').collection<{ _id: string }>('users')
  const longAgo = { $set: { createdAt: new Date(Date.now() - 60 * 86_400_000) }, $inc: { version: 1 } }
  await system.platform.facts.accounts.changing([alice.id], () => users.updateOne({ _id: alice.id }, longAgo))

  const does = (person: Person, mutation: string, input: object) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`
    const query = `mutation ($input: ${type}) { ${mutation}(input: $input) { userErrors { code } } }`
    return asks(person, { query, variables: { input } })
  }
  const follows = async () => {
    const { errors = [] } = await does(alice, 'followUser', { userId: bob.id })
    return errors.map(({ extensions }) => extensions.code)
  }
  for (let i = 0; i < 31; i++) expect(await follows()).toEqual([])

  const takenDown: string[] = []
  for (const caption of ['first', 'other']) {
    const { id } = await system.publishes(alice, caption)
    await does(bob, 'reportContent', { subjectId: id, reason: 'SPAM' })
    const { data } = await asks(moderator, { query: '{ reviewQueue(first: 1) { nodes { id subjectId } } }' })
    const waiting = data?.reviewQueue as { nodes: { id: string; subjectId: string }[] } | undefined
    const itemId = waiting?.nodes.find(({ subjectId }) => subjectId === id)?.id as string
    await does(moderator, 'resolveReview', { itemId, decision: 'REMOVE' })
    takenDown.push(itemId)
  }
  const deadline = { timeout: isProof ? 1_000 : 15_000, interval: 50 }
  await vi.waitFor(async () => expect(await follows()).toEqual(['RATE_LIMITED']), deadline)

  for (const decisionId of takenDown) {
    await does(alice, 'appealDecision', { decisionId })
    await does(second, 'resolveReview', { itemId: decisionId, decision: 'NONE' })
  }
  await vi.waitFor(async () => expect(await follows()).toEqual([]), deadline)
})
