// A platform of its own for a test file: real servers, a namespace that nobody else uses meanwhile, empty afterwards.
import { randomBytes } from 'node:crypto'
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { Redis } from 'ioredis'
import type { Db } from 'mongodb'
import { type Config, readConfig } from '#platform/config.ts'
import { type Platform, startPlatform } from '#platform/service.ts'
import { prepareSubgraph } from '#platform/subgraph.ts'
import { type SubgraphName, subgraphNames } from '#schema/sdl.ts'
import { content } from '#subgraphs/content/main.ts'
import { engagement } from '#subgraphs/engagement/main.ts'
import { feed } from '#subgraphs/feed/main.ts'
import { graph } from '#subgraphs/graph/main.ts'
import { messaging } from '#subgraphs/messaging/main.ts'
import { user } from '#subgraphs/user/main.ts'

/** A figure of the bench is not to depend on what those before it left in its collections. */
const isTest = process.env.VITEST !== undefined

interface Spare {
  /**
   * Namespaces that were used and are empty again. Their databases have their collections and indexes, which cost MongoDB more to
   * make than most files need for all that they test.
   */
  namespaces: string[]
  /** The collections that a database has from the start. */
  collections: Map<SubgraphName, ReadonlySet<string>>
}

declare global {
  /** Of this process: modules may be loaded anew. */
  var heliographSpare: Spare | undefined
}

globalThis.heliographSpare ??= { namespaces: [], collections: new Map() }
const spare = globalThis.heliographSpare

/** The environment of a system with an empty namespace and port 0, on the servers of this test run. */
export function testEnvironment(overrides: Record<string, string> = {}): Record<string, string | undefined> {
  return {
    LOG_LEVEL: 'error',
    ...process.env,
    // The one that has been at rest longest.
    ...(overrides.NAMESPACE
      ? {}
      : { NAMESPACE: spare.namespaces.shift() ?? `t${randomBytes(5).toString('hex')}` }),
    PORT: '0',
    RATE_LIMITS: 'off',
    // The machine may have more to do than this.
    PASSWORD_WAIT_MS: '60000',
    ANSWER_MS: '60000',
    EVENTS_MAX_BYTES: String(32 * 1024 * 1024),
    ...overrides,
  }
}

/** Removes what a namespace left in the servers, but for empty collections, their indexes, and the bucket. */
async function clearNamespace(platform: Platform): Promise<void> {
  const { namespace } = platform.config
  await Promise.all(
    subgraphNames.map((name) => clearDatabase(platform.db(name), spare.collections.get(name))),
  )
  for await (const stream of platform.streams.streams.list()) {
    if (stream.config.name.startsWith(`${namespace}_`))
      await platform.streams.streams.delete(stream.config.name)
  }
  // A cluster is of the test that started it, and goes with it.
  for (const redis of [platform.cache, platform.queueRedis].filter((one) => one instanceof Redis)) {
    const keys = [...(await redis.keys(`${namespace}:*`)), ...(await redis.keys(`{${namespace}}*`))]
    if (keys.length > 0) await redis.del(keys)
  }
  await clearBucket(platform.config)
}

/** Empties the collections that were there from the start, and drops the others; drops all where nobody comes after it. */
async function clearDatabase(db: Db, original: ReadonlySet<string> = new Set()): Promise<void> {
  if (!isTest) {
    await db.dropDatabase()
    return
  }
  const names = await collectionsOf(db)
  if (names.includes('system.profile')) await db.command({ profile: 0 })
  await Promise.all(
    names
      .filter((name) => name !== 'system.views')
      .map((name) => (original.has(name) ? db.collection(name).deleteMany({}) : db.dropCollection(name))),
  )
}

const collectionsOf = async (db: Db) =>
  (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)

async function clearBucket({ namespace, s3 }: Config): Promise<void> {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  })
  const Bucket = `${namespace}-media`
  try {
    while (true) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
      if (Contents.length === 0) break
      const Objects = Contents.map(({ Key }) => ({ Key }))
      const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      if (Errors.length > 0) throw new Error(`objects stay in ${Bucket}: ${Errors[0]?.Message}`)
    }
  } finally {
    client.destroy()
  }
}

/** A connected platform whose databases have their indexes; dispose `stack` when the file is done. */
export async function testPlatform(
  overrides: Partial<Config> = {},
  env: Record<string, string | undefined> = testEnvironment(),
): Promise<{ platform: Platform; stack: AsyncDisposableStack }> {
  const stack = new AsyncDisposableStack()
  const platform = await startPlatform({ ...readConfig(env), ...overrides }, 'test', stack)
  const definitions = [user, graph, content, feed, engagement, messaging]
  await Promise.all(definitions.map((definition) => prepareSubgraph(platform, definition)))
  if (spare.collections.size === 0) {
    for (const name of subgraphNames)
      spare.collections.set(name, new Set(await collectionsOf(platform.db(name))))
  }
  stack.defer(async () => {
    await clearNamespace(platform)
    if (isTest) spare.namespaces.push(platform.config.namespace)
  })
  return { platform, stack }
}
