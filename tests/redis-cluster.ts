// A cluster of three masters, made of the server that the tests' Redis is.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { vi } from 'vitest'
import { freePort } from './system.ts'

interface Master {
  /** A client of this server alone. */
  redis: Redis
  port: number
  bus: number
  kill(): Promise<void>
}

/** The slots of each master. */
const slots = [
  [0, 5_460],
  [5_461, 10_922],
  [10_923, 16_383],
] as const

/** Starts the cluster; it ends with `stack`. `addresses` is what `REDIS_URL` would be. Throws where the tests' Redis is elsewhere. */
export async function startCluster(
  stack: AsyncDisposableStack,
): Promise<{ addresses: string; masters: readonly Master[] }> {
  const program = await programOf(process.env.REDIS_URL ?? '')
  const masters = await Promise.all(slots.map((own) => startMaster(stack, program, own)))
  const [first, ...others] = masters as [Master, ...Master[]]
  for (const { port, bus } of others) await first.redis.call('CLUSTER', 'MEET', '127.0.0.1', port, bus)
  const isWhole = /cluster_state:ok[\s\S]*cluster_known_nodes:3/
  for (const { redis } of masters) {
    await vi.waitFor(
      async () => {
        if (!isWhole.test(String(await redis.cluster('INFO')))) throw new Error('the cluster is not whole')
      },
      { timeout: 30_000 },
    )
  }
  // The third one is learned from the others.
  const addresses = masters.slice(0, 2).map(({ port }) => `redis://127.0.0.1:${port}`)
  return { addresses: addresses.join(','), masters }
}

async function programOf(url: string): Promise<string> {
  await using closing = new AsyncDisposableStack()
  const redis = new Redis(url)
  closing.defer(() => redis.disconnect())
  const path = /^executable:(.*)$/m.exec(await redis.info('server'))?.[1]?.trim()
  if (!path || !existsSync(path)) throw new Error('there is no Redis on this machine to make a cluster of')
  return path
}

async function startMaster(
  stack: AsyncDisposableStack,
  program: string,
  [first, last]: readonly [number, number],
): Promise<Master> {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-cluster-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const [port, bus] = [await freePort(), await freePort()]
  const settings = {
    ...{ port, bind: '127.0.0.1', dir, save: '' },
    ...{ 'cluster-enabled': 'yes', 'cluster-port': bus },
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(program, args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  stack.defer(kill)
  const redis = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 100, maxRetriesPerRequest: 200 })
  redis.on('error', () => {})
  stack.defer(() => redis.disconnect())
  await redis.cluster('ADDSLOTSRANGE', first, last)
  return { redis, port, bus, kill }
}
