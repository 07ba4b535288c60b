// How a process lives: it reads its configuration, connects, runs until it is told to stop, and lets go of everything in
// reverse order.
import type { AddressInfo, Server } from 'node:net'
import type { Redis } from 'ioredis'
import type { Db, MongoClient } from 'mongodb'
import type { JetStreamClient, JetStreamManager, NatsConnection } from 'nats'
import type { SubgraphName } from '#schema/sdl.ts'
import { createAccounts } from './accounts.ts'
import { ensureConsumers } from './bus.ts'
import { type Config, readConfig } from './config.ts'
import { type Conversations, createConversations } from './conversations.ts'
import { createExperiments, type Experiments } from './experiments.ts'
import { createHashtags, type Hashtags } from './hashtags.ts'
import { createLimits, type Limits } from './limits.ts'
import { createLive, type Live } from './live.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { connectMongo, createTransact, databaseName, type OutboxRow, type Transact } from './mongo.ts'
import { connectNats, ensureStreams } from './nats.ts'
import { type Cursors, createCursors } from './page.ts'
import { createPosts } from './posts.ts'
import { createJobQueue, type JobQueue } from './queue.ts'
import { type CacheClient, connectCache, connectQueue, whenReady } from './redis.ts'
import { createRelations } from './relations.ts'
import { createSealer, createSigner, type KeyPurpose, type Signer } from './secrets.ts'
import { createShares, type Shares } from './shares.ts'
import { createStorage, type Storage } from './storage.ts'
import { createStories } from './stories.ts'
import { createTopics, type Topics } from './topics.ts'
import type { Facts } from './visibility.ts'
import { within } from './within.ts'

/** What every process of the system shares: its configuration and one client of each server. */
export interface Platform {
  config: Config
  log: Log
  /** What this process counts and measures. */
  metrics: Metrics
  mongo: MongoClient
  cache: CacheClient
  queueRedis: Redis
  nats: NatsConnection
  jetstream: JetStreamClient
  streams: JetStreamManager
  live: Live
  storage: Storage
  facts: Facts
  shares: Shares
  conversations: Conversations
  hashtags: Hashtags
  topics: Topics
  experiments: Experiments
  limits: Limits
  jobs: JobQueue
  cursors: Cursors
  /** The clock by which stories end, in milliseconds since 1970. */
  now(): number
  signer(purpose: KeyPurpose): Signer
  /** A subgraph's database. */
  db(owner: SubgraphName): Db
  /** Transactions on a subgraph's database; a commit in this process wakes this process' relay of it. */
  transact<P extends SubgraphName>(owner: P): Transact<P>
  /** Registers what a commit on a subgraph's database wakes. */
  onCommit(owner: SubgraphName, wake: (rows: readonly OutboxRow[]) => void): void
}

/** How long a process may take to let go of everything. A server that is away would have it wait for ever. */
const stopMs = 9_000

/** A failure to start that a person can mend: its message is the whole output. */
export class StartFailure extends Error {}

/** Connects to everything. What is opened is closed with `stack`. Throws `StartFailure` naming the server that is missing. */
export async function startPlatform(
  config: Config,
  name: string,
  stack: AsyncDisposableStack,
): Promise<Platform> {
  const log = createLog(name, config.logLevel)
  const needed = async <T>(
    what: string,
    where: string,
    variable: string,
    connect: Promise<T>,
  ): Promise<T> => {
    try {
      return await connect
    } catch (error) {
      throw new StartFailure(
        `${what} does not answer at ${withoutPassword(where)} (${(error as Error).message}). Start it or set ${variable}; \`npm start\` brings its own.`,
      )
    }
  }

  const storage = createStorage(config)
  stack.defer(() => storage.close())
  // It takes longest, so it goes on beside the others. Of several that are missing, the first of these is told.
  const storing = needed('The object store', config.s3.endpoint, 'S3_ENDPOINT', storage.prepare())
  storing.catch(() => {})
  const mongo = await needed('MongoDB', config.mongodbUri, 'MONGODB_URI', connectMongo(config.mongodbUri))
  stack.defer(() => mongo.close())
  const cache = connectCache(config.redisUrl, log)
  stack.defer(() => cache.disconnect())
  await needed('Redis', config.redisUrl, 'REDIS_URL', whenReady(cache))
  const queueRedis = connectQueue(config.queueRedisUrl, log)
  stack.defer(() => queueRedis.disconnect())
  await needed('The queue Redis', config.queueRedisUrl, 'QUEUE_REDIS_URL', within(5_000, queueRedis.ping()))
  const nats = await needed('NATS', config.natsUrl, 'NATS_URL', connectNats(config.natsUrl, name))
  stack.defer(() => nats.drain().catch(() => {}))
  const jetstream = nats.jetstream()
  const streams = await needed('JetStream', config.natsUrl, 'NATS_URL', nats.jetstreamManager())
  await ensureStreams(streams, config.namespace, config.eventsMaxBytes)
  await ensureConsumers(streams, config.namespace)
  await storing
  const jobs = createJobQueue(mongo, queueRedis, config.namespace)
  stack.defer(() => jobs.close())

  const { namespace } = config
  const wakers = new Map<SubgraphName, (rows: readonly OutboxRow[]) => void>()
  const db = (owner: SubgraphName) => mongo.db(databaseName(namespace, owner))
  return {
    config,
    log,
    metrics: createMetrics(),
    mongo,
    cache,
    queueRedis,
    nats,
    jetstream,
    streams,
    live: createLive(nats, jetstream, streams, namespace, (owner) => db(owner).collection('outbox')),
    storage,
    facts: {
      accounts: createAccounts(mongo, cache, namespace),
      relations: createRelations(mongo, cache, namespace),
      posts: createPosts(mongo, cache, namespace),
      stories: createStories(mongo, cache, namespace),
    },
    shares: createShares(mongo, namespace),
    conversations: createConversations(mongo, namespace),
    hashtags: createHashtags(mongo, namespace),
    topics: createTopics(mongo, namespace),
    experiments: createExperiments(mongo, namespace),
    limits: createLimits(cache, namespace, config.rateLimits),
    jobs,
    cursors: createCursors(
      createSigner(config.secret, 'cursor'),
      createSealer(config.secret, 'sealed-cursor'),
    ),
    now: Date.now,
    signer: (purpose) => createSigner(config.secret, purpose),
    db,
    transact: (owner) => createTransact(mongo, db(owner), (rows) => wakers.get(owner)?.(rows)),
    onCommit: (owner, wake) => wakers.set(owner, wake),
  }
}

/**
 * Runs a process: `start` builds it on a platform and registers what it opens on `stack`; SIGTERM and SIGINT take it down in
 * reverse order. A failure to start is one sentence on standard error and exit code 1.
 */
export function runProcess(
  name: string,
  start: (platform: Platform, stack: AsyncDisposableStack) => Promise<void>,
): Promise<void> {
  return runUntilStopped(async (stack) => start(await startPlatform(readConfig(), name, stack), stack))
}

/** Runs a process that needs no platform, as `runProcess` does otherwise. */
export async function runUntilStopped(start: (stack: AsyncDisposableStack) => Promise<void>): Promise<void> {
  const stack = new AsyncDisposableStack()
  const stopped = Promise.withResolvers<void>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.resolve())
  try {
    await start(stack)
    await stopped.promise
  } catch (error) {
    process.stderr.write(`${isMendable(error) ? error.message : (error as Error).stack}\n`)
    process.exitCode = 1
  } finally {
    // What cannot be let go is cut off: all of it survives a kill.
    setTimeout(() => process.exit(), stopMs).unref()
    await stack.disposeAsync()
  }
}

function isMendable(error: unknown): error is Error {
  return (
    error instanceof StartFailure ||
    (error instanceof Error && error.message.startsWith('The environment is not complete'))
  )
}

/** Has a server listen; says which port is taken when it cannot. Answers its port. */
export function listenOn(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(portFailure(error, port)))
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

function portFailure(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error
  return new StartFailure(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start.`)
}

const withoutPassword = (address: string) => address.replaceAll(/\/\/[^@/]*@/g, '//')
