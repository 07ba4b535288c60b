// Timelines on a real cluster of three masters, made of the server that the tests run on.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { isProof } from '../../../tests/size.ts'
import { hashSlot } from './hash-slot.ts'
import { createTimelines } from './timelines.ts'

const stack = new AsyncDisposableStack()
afterAll(() => stack.disposeAsync())

test.each([
  ['123456789', 12_739],
  ['foo', 12_182],
  ['{foo}.following', 12_182],
  ['x{foo}{bar}', 12_182],
  ['{}foo', 9_500],
  ['', 0],
])('the slot of %j is that of the specification', (key, slot) => {
  expect(hashSlot(key)).toBe(slot)
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The program of the tests' Redis, where it is on this machine. */
async function programOf(url: string): Promise<string | null> {
  await using closing = new AsyncDisposableStack()
  const redis = new Redis(url)
  closing.defer(() => redis.disconnect())
  const path = /^executable:(.*)$/m.exec(await redis.info('server'))?.[1]?.trim()
  return path && existsSync(path) ? path : null
}

async function startNode(program: string, slots: readonly [number, number]) {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-cluster-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const [port, bus] = [await freePort(), await freePort()]
  const settings = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--cluster-enabled',
    'yes',
  ]
  const child = spawn(program, [...settings, '--cluster-port', bus].map(String), { stdio: 'ignore' })
  stack.defer(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  const redis = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 100, maxRetriesPerRequest: 200 })
  redis.on('error', () => {})
  stack.defer(() => redis.disconnect())
  await redis.cluster('ADDSLOTSRANGE', ...slots)
  return { port, bus, redis }
}

test.skipIf(!isProof)(
  'a post reaches the timelines of all viewers of a batch, whichever master has them (F1)',
  async () => {
    const program = await programOf(process.env.REDIS_URL ?? '')
    if (!program)
      throw new Error('the tests’ Redis is not of this machine: there is nothing to make a cluster of')
    const nodes = await Promise.all(
      (
        [
          [0, 5_460],
          [5_461, 10_922],
          [10_923, 16_383],
        ] as const
      ).map((slots) => startNode(program, slots)),
    )
    const [first, ...others] = nodes
    if (!first) throw new Error('no node')
    for (const { port, bus } of others) await first.redis.call('CLUSTER', 'MEET', '127.0.0.1', port, bus)
    for (const { redis } of nodes) {
      await expect
        .poll(async () => String(await redis.cluster('INFO')), { timeout: 30_000 })
        .toMatch(/cluster_state:ok[\s\S]*cluster_known_nodes:3/)
    }
    const cluster = new Cluster([{ host: '127.0.0.1', port: first.port }])
    stack.defer(() => cluster.disconnect())
    const timelines = createTimelines(cluster, 'cluster')
    const viewers = Array.from({ length: 300 }, () => newId('user'))
    const [idle, active] = [viewers.slice(0, 60), viewers.slice(60)]
    const empty = { posts: [], completeAbove: 0, celebrityIds: [] }
    for (const viewer of active) {
      const token = await timelines.beginBuild(viewer)
      expect(await timelines.finishBuild(viewer, token ?? 0, empty)).toBe(true)
    }
    const post = { id: newId('post'), publishedAt: Date.now() }
    expect((await timelines.push(viewers, post)).toSorted()).toEqual(active.toSorted())
    expect(await timelines.push(viewers, post)).toEqual([])
    const celebrity = newId('user')
    await timelines.mark(viewers, celebrity)
    for (const viewer of active) {
      const slice = await timelines.read(viewer, null, 10)
      expect([slice?.entries, slice?.celebrityIds]).toEqual([[post], [celebrity]])
    }
    for (const viewer of idle) expect(await timelines.read(viewer, null, 10)).toBeNull()
    // The batch was spread over all of them, and a script over two slots is refused.
    for (const { redis } of nodes) expect(await redis.dbsize()).toBeGreaterThan(20)
    const [one = '', other = ''] = active.filter(
      (id, i) => i === 0 || hashSlot(id) !== hashSlot(active[0] ?? ''),
    )
    const keys = [one, other].map((id) => `cluster:timeline:{${id}}`)
    await expect(cluster.eval('return 1', 2, ...keys)).rejects.toThrow(/slot/i)
  },
)
