// Publishing documents and listing them, on a real database.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { AppRow } from '#platform/apps.ts'
import { mutationScope } from '#platform/mutation.ts'
import type { Platform } from '#platform/service.ts'
import { createRequest } from '#platform/subgraph.ts'
import { signedOut } from '#platform/viewer.ts'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import { accountRow } from '../tests/rows.ts'
import { createCostBuckets } from './cost-bucket.ts'
import { documentResolvers } from './documents-graph.ts'
import {
  createDocumentsStore,
  type DocumentsStore,
  type ManifestRow,
  maxVersions,
  prepareDocuments,
} from './documents-store.ts'
import { type LiveParts, liveParts } from './live-fixture.ts'

const developer = { ...signedOut(), userId: newId('user'), sessionId: newId('session') }
const points = 60

let platform: Platform
let stack: AsyncDisposableStack
let parts: LiveParts
let appId: string
let store: DocumentsStore
/** Whether the app is there, each time it is asked for. */
let isThere: () => boolean
/** The resolvers as the library calls them, and what they answer. */
let graph: {
  Mutation: { publishDocuments(parent: null, args: object, context: object): Promise<object> }
  App: { manifests(app: object, args: object, context: object): Promise<Record<string, unknown>[]> }
  DocumentManifest: { documents(manifest: object, args: object, context: object): Promise<object[]> }
}
const context = () => ({ request: createRequest(platform, developer) })
const publishes = (version: string, documents: object) =>
  graph.Mutation.publishDocuments(
    null,
    { input: { appId, version, manifest: JSON.stringify(documents) } },
    context(),
  )
const lists = () => graph.App.manifests({ id: appId }, { first: 100 }, context())
const findText = (documentId: string) => store.findText(appId, { documentId })
const document = 'query Name($id: ID!) { user(id: $id) { name } }'

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  parts = await liveParts(platform, stack)
  await prepareDocuments(platform.db('user'))
  await platform
    .db('user')
    .collection<{ _id: string }>('users')
    .insertOne(accountRow({ _id: developer.userId }))
}, 60_000)
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  appId = newId('app')
  store = createDocumentsStore(platform.db('user'))
  isThere = () => true
  graph = documentResolvers({
    apps: {
      find: async (_id) =>
        isThere() ? ({ _id, ownerId: developer.userId, scopes: [] } as unknown as AppRow) : null,
    },
    store,
    usage: { flush: async () => {} },
    costs: createCostBuckets({ redis: null, namespace: '', enforced: true, limit: points }),
    executor: () => parts.executor,
    writing: mutationScope(platform, 'user'),
  }) as typeof graph
})

test('a repeated call answers as the first did; under its key nothing else is published', async () => {
  const publish = (manifest: object, idempotencyKey = 'once') => {
    const input = { appId, version: '1', manifest: JSON.stringify(manifest), idempotencyKey }
    return graph.Mutation.publishDocuments(null, { input }, context())
  }
  const first = await publish({ a: document })
  expect(first).toMatchObject({ manifest: { version: '1' }, userErrors: [] })
  expect(await publish({ a: document })).toEqual(first)
  const other = { b: document.replace('Name', 'Other') }
  expect(await publish(other)).toMatchObject({
    manifest: null,
    userErrors: [{ code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'idempotencyKey'] }],
  })
  expect(await findText('b')).toBeNull()
  const refused = await publish({ c: '{ nonsense }' }, 'another')
  expect(refused).toMatchObject({ manifest: null, documentErrors: [{}], userErrors: [{ code: 'INVALID' }] })
  expect(await publish({ c: '{ nonsense }' }, 'another')).toEqual(refused)
})

test('an app keeps its newest versions, and what they hold: as many as fit (G10)', async () => {
  const published = Array.from({ length: maxVersions + 2 }, (_, i) => `v${i}`)
  for (const version of published)
    expect(await publishes(version, { [`id-${version}`]: document })).toMatchObject({ userErrors: [] })
  expect((await lists()).map(({ version }) => version)).toEqual(published.slice(2).reverse())
  expect([await findText('id-v1'), await findText('id-v2')]).toEqual([null, document])

  // The ten million characters of all versions are reached before fifty are.
  await appHas(800_000, 14)
  await publishes('next', { a: document })
  expect(await lists()).toHaveLength(13)
})

/** Versions with so much text each, the newest last. */
async function appHas(characters: number, versions: number): Promise<void> {
  const row = { hash: 'x', name: null, text: 'x'.repeat(characters), cost: 1, nodeCount: 0 }
  appId = newId('app')
  for (let i = 0; i < versions; i++)
    await store.saveManifest({
      ...{ _id: `${appId}:${i}`, appId, version: `${i}`, publishedAt: new Date(i) },
      documents: [{ ...row, documentId: 'b' }],
    })
}

test('who lists versions reads no document of them, and who reads documents no text (G2)', async () => {
  await publishes('1', { second: document.replace('Name', 'B'), first: document.replace('Name', 'A') })
  const [listed] = await lists()
  expect(listed).toEqual({
    ...{ _id: `${appId}:1`, appId, version: '1', publishedAt: expect.any(Date) },
    ...{ documentCount: 2, characters: 2 * document.length - 6 },
  })
  await publishes('2', { third: document.replace('Name', 'C') })
  const asked = vi.spyOn(store, 'listDocuments')
  const shared = context()
  const documentsOf = (version: string) =>
    graph.DocumentManifest.documents({ _id: `${appId}:${version}` }, { first: 1 }, shared)
  const one = { hash: expect.any(String), cost: 1, nodeCount: 0 }
  expect(await Promise.all(['1', '2', 'none'].map(documentsOf))).toEqual([
    [{ ...one, documentId: 'first', name: 'A' }],
    [{ ...one, documentId: 'third', name: 'C' }],
    [],
  ])
  // Of however many versions, one call.
  expect(asked).toHaveBeenCalledOnce()
  const rows = platform.db('user').collection<ManifestRow>('documentManifests')
  const keys = { _id: 1, appId: 1, version: 1, publishedAt: 1, documentCount: 1, characters: 1 }
  const explained = await rows.find({ appId }, { projection: keys }).sort({ publishedAt: -1 }).explain()
  expect(explained.executionStats.totalDocsExamined).toBe(0)
})

test('each document costs a point: who has none left publishes nothing', async () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, document]))
  await expect(publishes('1', many(points + 1))).rejects.toMatchObject({
    ...{ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
  })
  expect(await lists()).toEqual([])
  expect(await publishes('1', many(points))).toMatchObject({ userErrors: [] })
  await expect(publishes('2', many(10))).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

test('whose account is not in use publishes nothing', async () => {
  const users = platform.db('user').collection<{ _id: string }>('users')
  const becomes = (status: string) =>
    platform.facts.accounts.changing([developer.userId], () =>
      users.updateOne({ _id: developer.userId }, { $set: { status }, $inc: { version: 1 } }),
    )
  await becomes('SUSPENDED')
  expect(await publishes('1', { a: document })).toMatchObject({ userErrors: [{ code: 'FORBIDDEN' }] })
  await becomes('ACTIVE')
  expect(await publishes('1', { a: document })).toMatchObject({ userErrors: [] })
})

test('of an app that is deleted while its documents are planned nothing stays', async () => {
  await publishes('1', { a: document })
  const answers = [true, false]
  isThere = () => answers.shift() ?? false
  expect(await publishes('2', { b: document })).toMatchObject({
    ...{ manifest: null, userErrors: [{ code: 'NOT_FOUND', field: ['input', 'appId'] }] },
  })
  expect(await store.listManifests(appId, 10)).toEqual([])
})

test('versions that a gateway of before publishes get their figures, and count', async () => {
  const manifests = platform.db('user').collection<{ _id: string }>('documentManifests')
  const text = 'x'.repeat(9_999_000)
  const documents = [{ documentId: 'a', hash: 'x', name: null, text, cost: 1, nodeCount: 0 }]
  const publishesUncounted = (version: string, publishedAt: Date) =>
    manifests.insertOne({ _id: `${appId}:${version}`, appId, version, publishedAt, documents } as never)
  await publishesUncounted('1', new Date(1))
  expect(await lists()).toMatchObject([{ documentCount: 1, characters: text.length }])
  await publishesUncounted('2', new Date(2))
  await publishes('3', { b: document })
  expect((await lists()).map(({ version }) => version)).toEqual(['3', '2'])
})

test('the index that `versions` has replaced goes (G2)', async () => {
  const manifests = platform.db('user').collection('documentManifests')
  await manifests.createIndex({ appId: 1, publishedAt: -1 }, { name: 'app' })
  for (let i = 0; i < 2; i++) await prepareDocuments(platform.db('user'))
  expect(await manifests.indexExists('app')).toBe(false)
  expect(await manifests.indexExists('versions')).toBe(true)
})
