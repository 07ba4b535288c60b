// MongoDB that says nothing any more, without a closed connection, under gateway and subgraphs in one process.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { within } from '#platform/within.ts'
import type { Person } from './person.ts'
import { isProof } from './size.ts'
import { type System, startSystem } from './system.ts'

/** A way to a server that can swallow what is sent. The connections of then stay dead, as behind a router that forgot them. */
async function wayTo(uri: string) {
  const { hostname, port } = new URL(uri)
  const sockets = new Set<Socket>()
  let swallows = false
  const way = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    if (swallows) return
    near.pipe(far)
    far.pipe(near)
  }).listen(0, '127.0.0.1')
  await once(way, 'listening')
  return {
    uri: `mongodb://127.0.0.1:${(way.address() as AddressInfo).port}/?directConnection=true`,
    swallow() {
      swallows = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    pass() {
      swallows = false
    },
    close() {
      way.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

let way: Awaited<ReturnType<typeof wayTo>>
let system: System
let alice: Person
beforeAll(async () => {
  way = await wayTo(process.env.MONGODB_URI ?? '')
  system = await startSystem({ env: { MONGODB_URI: way.uri, ANSWER_MS: '4000' } })
  alice = await system.signsUp('alice')
}, 120_000)
afterAll(async () => {
  way?.pass()
  await system?.[Symbol.asyncDispose]()
  way?.close()
})

const page = `{ viewer { username notifications(first: 1) { nodes { id } } }
  node(id: "post_1") { id } suggestedUsers(first: 1) { nodes { id } } }`
/** Answers and recovery are promised within 5 s. Where other tests run beside, what never comes is looked for. */
const promisedMs = isProof ? 5_000 : 30_000

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

  way.swallow()
  for (const document of [deeds, page, page]) {
    const together = await Promise.all(
      Array.from({ length: 10 }, () => within(promisedMs, alice.asks(document))),
    )
    for (const answer of together) expect(codes(answer)).toEqual(new Set(['SERVICE_UNAVAILABLE']))
  }

  way.pass()
  await vi.waitFor(async () => expect(await alice.asks(page)).toEqual(whole), {
    timeout: promisedMs,
    interval: 50,
  })
  expect((await alice.asks(deeds)).errors).toEqual([])
}, 180_000)
