// More documents than anybody has, each sent once, to gateways and a subgraph that are processes of their own.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { subgraphNames } from '#schema/sdl.ts'
import { documentHash } from '../gateway/documents.ts'
import { testEnvironment, testPlatform } from './platform.ts'
import { isProof } from './size.ts'
import { type Child, startProcess } from './system.ts'

const stack = new AsyncDisposableStack()
let whole: Child
/** A gateway whose subgraphs are elsewhere, and the one that is asked here. */
let apart: { gateway: Child; user: Child }
beforeAll(async () => {
  const env = testEnvironment()
  const { stack: platform } = await testPlatform({}, env)
  stack.defer(() => platform.disposeAsync())
  const start = async (file: string, more = {}) => {
    const child = await startProcess(file, { ...env, ...more })
    stack.defer(() => child.stop())
    return child
  }
  whole = await start('gateway/all-in-one.ts')
  const user = await start('subgraphs/user/main.ts')
  const urls = subgraphNames.map((name) => [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${user.port}`])
  apart = { user, gateway: await start('gateway/main.ts', Object.fromEntries(urls)) }
}, 120_000)
afterAll(() => stack.disposeAsync())

/** Sends a document in one of three ways: with POST, with GET, and with its hash, for it to be kept. */
async function sends(gateway: Child, i: number): Promise<void> {
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

async function sendAll(gateway: Child, from: number, to: number): Promise<void> {
  let next = from
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < to) await sends(gateway, next++)
    }),
  )
}

const residentMb = ({ process: { pid } }: Child) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

async function gauge({ adminUrl }: Child, name: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
}

/** Sends the documents to a gateway, and looks at what holds them: it, or a subgraph. */
async function flood(gateway: Child, holder: Child): Promise<void> {
  const count = isProof ? 100_000 : 1_000
  await sendAll(gateway, 0, Math.round(count / 5))
  const before = residentMb(holder)
  await sendAll(gateway, Math.round(count / 5), count)
  const held = await gauge(holder, 'heliograph_operations')
  expect(held).toBeGreaterThan(100)
  expect(await gauge(holder, 'heliograph_operation_bytes')).toBeLessThanOrEqual(128 * 1024 * 1024)
  if (isProof) {
    expect(held).toBeLessThan(count / 5)
    expect(residentMb(holder) - before).toBeLessThan(256)
  }
}

test('a hundred thousand documents take bounded memory, and are all answered (G10)', async () => {
  await flood(whole, whole)
}, 1_800_000)

test('a subgraph that is a process of its own holds no more of them either (G10)', async () => {
  await flood(apart.gateway, apart.user)
}, 1_800_000)
