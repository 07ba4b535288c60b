import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSchemaFile } from '#schema/sdl.ts'
import { createDocumentsStore } from '../gateway/documents-store.ts'
import { compose } from '../gateway/executor/fixture.ts'
import { testPlatform } from '../tests/platform.ts'
import { brokenDocuments } from './schema-check.ts'

const folder = mkdtempSync(join(tmpdir(), 'schema-check-'))
const command = fileURLToPath(new URL('heliograph.mjs', import.meta.url))
let env: Record<string, string | undefined>
let stack: AsyncDisposableStack

beforeAll(async () => {
  const { platform, stack: held } = await testPlatform()
  stack = held
  env = {
    PATH: process.env.PATH,
    MONGODB_URI: platform.config.mongodbUri,
    NAMESPACE: platform.config.namespace,
  }
  const text = 'query Bio($id: ID!) { user(id: $id) { bio } }'
  await createDocumentsStore(platform.db('user')).saveManifest({
    _id: 'app_1:2.0.0',
    appId: 'app_1',
    version: '2.0.0',
    publishedAt: new Date(),
    documents: [{ documentId: 'bio', hash: 'x', name: 'Bio', text, cost: 1, nodeCount: 0 }],
  })
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await stack.disposeAsync()
})

const check = (...args: string[]) =>
  promisify(execFile)(process.execPath, [command, 'schema', 'check', ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )

test('a schema that breaks a registered document is named with the app, its version and the document, and fails', async () => {
  const api = readSchemaFile('api.graphql')
  expect(await check()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^[1-9]\d+ documents, 0 problems/),
  })
  const changed = join(folder, 'changed.graphql')
  const without = api.replace(/(type User [\s\S]*?\n {2})bio: String\n/, '$1about: String\n')
  expect(without).not.toBe(api)
  writeFileSync(changed, without)
  const { code, stderr } = await check('--schema', changed)
  expect(code).toBe(1)
  expect(stderr).toMatch(/^app_1 2\.0\.0: Bio: Cannot query field "bio" on type "User"/m)
})

test('a supergraph will do as well, and a manifest that is not published yet', async () => {
  const supergraph = fileURLToPath(new URL('../schema/supergraph.graphql', import.meta.url))
  const manifest = join(folder, 'manifest.json')
  writeFileSync(manifest, JSON.stringify({ typo: 'query Typo { veiwer { id } }' }))
  const { code, stderr } = await check('--schema', supergraph, '--manifest', manifest)
  expect(code).toBe(1)
  expect(stderr).toContain('typo: Cannot query field "veiwer"')
})

test('removed arguments, new required ones and removed enum values are breaks too', () => {
  const text = 'query ($n: Int) { f(n: $n, kind: A) }'
  const broken = (sdl: string) => brokenDocuments(sdl, [{ owner: 'a', name: 'b', text, scopes: null }]).length
  expect(broken('enum K { A B } type Query { f(n: Int, kind: K): Int }')).toBe(0)
  expect(broken('enum K { A B } type Query { f(kind: K): Int }')).toBeGreaterThan(0)
  expect(broken('enum K { A B } type Query { f(n: Int, kind: K, m: Int!): Int }')).toBeGreaterThan(0)
  expect(broken('enum K { B } type Query { f(n: Int, kind: K): Int }')).toBeGreaterThan(0)
})

test('against a supergraph a document is planned: what no subgraph can answer is a break, and so is a scope that the app has not got', () => {
  const link =
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@interfaceObject"])'
  const supergraph = (extra: string) =>
    compose([
      {
        name: 'a',
        sdl: `${link} type Query { a: Root } interface Root @key(fields: "id") { id: ID! }`,
        resolvers: {},
      },
      {
        name: 'b',
        sdl: `${link} type Query { b: Root } type Root @interfaceObject @key(fields: "id", resolvable: false) { id: ID! ${extra} }`,
        resolvers: {},
      },
    ])
  const own = (text: string) => ({ owner: 'a', name: 'b', text, scopes: null })
  expect(brokenDocuments(supergraph('extra: String'), [own('{ b { extra } }')])).toEqual([])
  expect(brokenDocuments(supergraph('extra: String'), [own('{ a { extra } }')])).toEqual([
    expect.stringMatching(/^a: b: The field "a" cannot be resolved/),
  ])
  expect(brokenDocuments(supergraph('other: String'), [own('{ b { extra } }')])).toEqual([
    expect.stringContaining('Cannot query field "extra"'),
  ])

  const text = '{ post(id: "x") { id } }'
  const product = readSchemaFile('supergraph.graphql')
  const ofApp = (...scopes: string[]) => brokenDocuments(product, [{ ...own(text), scopes }])
  expect(ofApp('content:read')).toEqual([])
  expect(ofApp('profile:read')).toEqual([expect.stringContaining('needs the scope content:read')])
})
