// MongoDB that says nothing any more, without a closed connection, under gateway and subgraphs in one process.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { within } from '#platform/within.ts'
import type { Person } from './person.ts'
import { buildRoad, type Road } from './road.ts'
import { promisedMs } from './size.ts'
import { type System, startSystem } from './system.ts'

let road: Road
let system: System
let alice: Person
beforeAll(async () => {
  road = await buildRoad(process.env.MONGODB_URI ?? '')
  const uri = `mongodb://${new URL(road.url).host}/?directConnection=true`
  system = await startSystem({ env: { MONGODB_URI: uri, ANSWER_MS: '4000' } })
  alice = await system.signsUp('alice')
}, 120_000)
afterAll(async () => {
  road?.mend()
  await system?.[Symbol.asyncDispose]()
  road?.close()
})

const page = `{ viewer { username notifications(first: 1) { nodes { id } } }
  node(id: "post_1") { id } suggestedUsers(first: 1) { nodes { id } } }`

/** Each of them alone would wait. */
const deeds = `mutation {
  a: updateProfile(input: { bio: "a" }) { userErrors { code } }
  b: createCollection(input: { name: "b" }) { userErrors { code } }
  c: updateSettings(input: { readReceipts: false }) { userErrors { code } }
}`

test('X5: with MongoDB in a black hole each answer comes within 5 s, with a code, and is whole again within 5 s', async () => {
  const whole = await alice.asks(page)
  expect(whole.errors).toEqual([])
  const codes = ({ errors }: typeof whole) => new Set(errors.map(({ extensions }) => extensions?.code))

  road.swallow()
  for (const document of [deeds, page, page]) {
    const together = await Promise.all(
      Array.from({ length: 10 }, () => within(promisedMs, alice.asks(document))),
    )
    for (const answer of together) expect(codes(answer)).toEqual(new Set(['SERVICE_UNAVAILABLE']))
  }

  road.mend()
  await vi.waitFor(async () => expect(await alice.asks(page)).toEqual(whole), {
    timeout: promisedMs,
    interval: 50,
  })
  expect((await alice.asks(deeds)).errors).toEqual([])
}, 180_000)
