// A platform of its own for a test file: real servers, a namespace that nobody else uses, gone afterwards.
import { randomBytes } from 'node:crypto'
import { DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { Redis } from 'ioredis'
import { type Config, readConfig } from '#platform/config.ts'
import { type Platform, startPlatform } from '#platform/service.ts'
import { subgraphNames } from '#schema/sdl.ts'

/** The environment of a system with a fresh namespace and port 0, on the servers of this test run. */
export function testEnvironment(overrides: Record<string, string> = {}): Record<string, string | undefined> {
  return {
    LOG_LEVEL: 'error',
    ...process.env,
    NAMESPACE: `t${randomBytes(5).toString('hex')}`,
    PORT: '0',
    RATE_LIMITS: 'off',
    // The machine may have more to do than this.
    PASSWORD_WAIT_MS: '60000',
    ANSWER_MS: '60000',
    EVENTS_MAX_BYTES: String(32 * 1024 * 1024),
    ...overrides,
  }
}

/** Removes what a namespace left in the servers. */
async function dropNamespace(platform: Platform): Promise<void> {
  const { namespace } = platform.config
  await Promise.all(subgraphNames.map((name) => platform.db(name).dropDatabase()))
  for await (const stream of platform.streams.streams.list()) {
    if (stream.config.name.startsWith(`${namespace}_`))
      await platform.streams.streams.delete(stream.config.name)
  }
  // A cluster is of the test that started it, and goes with it.
  for (const redis of [platform.cache, platform.queueRedis].filter((one) => one instanceof Redis)) {
    const keys = [...(await redis.keys(`${namespace}:*`)), ...(await redis.keys(`{${namespace}}*`))]
    if (keys.length > 0) await redis.del(keys)
  }
  await dropBucket(platform.config)
}

/** A bucket holds several volumes of the store, of which there is not without end. */
async function dropBucket({ namespace, s3 }: Config): Promise<void> {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  })
  await client.send(new DeleteBucketCommand({ Bucket: `${namespace}-media` })).catch(() => {})
  client.destroy()
}

/** A connected platform; dispose `stack` when the file is done. */
export async function testPlatform(
  overrides: Partial<Config> = {},
  env: Record<string, string | undefined> = testEnvironment(),
): Promise<{ platform: Platform; stack: AsyncDisposableStack }> {
  const stack = new AsyncDisposableStack()
  const platform = await startPlatform({ ...readConfig(env), ...overrides }, 'test', stack)
  stack.defer(() => dropNamespace(platform))
  return { platform, stack }
}
