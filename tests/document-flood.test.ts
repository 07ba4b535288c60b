// More documents than anybody has, each sent once, to a gateway that is a process of its own.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { documentHash } from '../gateway/documents.ts'
import { testEnvironment, testPlatform } from './platform.ts'
import { isProof } from './size.ts'
import { type Child, startProcess } from './system.ts'

const stack = new AsyncDisposableStack()
let gateway: Child
beforeAll(async () => {
  const env = testEnvironment()
  const { stack: platform } = await testPlatform({}, env)
  stack.defer(() => platform.disposeAsync())
  gateway = await startProcess('gateway/all-in-one.ts', env)
  stack.defer(() => gateway.stop())
}, 120_000)
afterAll(() => stack.disposeAsync())

/** Sends a document in one of three ways: with POST, with GET, and with its hash, for it to be kept. */
async function sends(i: number): Promise<void> {
  const query = `query Q${i} { user(username: "nobody") { id a${i}: username posts(first: ${1 + (i % 20)}) { nodes { id } } } }`
  const url = `http://127.0.0.1:${gateway.port}/graphql`
  const persistedQuery = { version: 1, sha256Hash: documentHash(query) }
  const body = JSON.stringify(i % 3 === 2 ? { query, extensions: { persistedQuery } } : { query })
  const response =
    i % 3 === 0
      ? await fetch(`${url}?${new URLSearchParams({ query })}`)
      : await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(await response.json()).toMatchObject({ data: { user: null } })
}

async function sendAll(from: number, to: number): Promise<void> {
  let next = from
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < to) await sends(next++)
    }),
  )
}

const residentMb = () =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${gateway.process.pid}/status`, 'utf8'))?.[1]) / 1024

async function gauge(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
}

test('a hundred thousand documents take bounded memory, and are all answered (G10)', async () => {
  const count = isProof ? 100_000 : 1_000
  await sendAll(0, Math.round(count / 5))
  const before = residentMb()
  await sendAll(Math.round(count / 5), count)
  const held = await gauge('heliograph_operations')
  expect(held).toBeGreaterThan(100)
  expect(await gauge('heliograph_operation_bytes')).toBeLessThanOrEqual(128 * 1024 * 1024)
  if (isProof) {
    expect(held).toBeLessThan(count / 5)
    expect(residentMb() - before).toBeLessThan(256)
  }
}, 1_800_000)
