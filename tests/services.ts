// Global set-up of the test run: one ephemeral MongoDB, Redis, NATS and object store for all files; each file keeps apart
// by a namespace of its own. Servers that the environment already names are used instead.
import { mkdtemp, statfs } from 'node:fs/promises'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Services, startServices } from '../deploy/local/services.mjs'

let services: Services | null = null

export async function setup(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-test-'))
  services = await startServices({ dir, ephemeral: true, memory: await memoryFolder() })
  // What one process has compiled the next ones need not: tests start hundreds.
  Object.assign(process.env, services.env, { NODE_COMPILE_CACHE: join(dir, 'compiled') })
}

export async function teardown(): Promise<void> {
  await services?.stop()
}

/** Room that the databases of a run need in memory, and as much for everything else. */
const neededBytes = 4 * 2 ** 30

/** A folder in memory where Linux has one with room; null elsewhere. No test asks that anything outlives the machine. */
async function memoryFolder(): Promise<string | null> {
  const { bavail, bsize } = await statfs('/dev/shm').catch(() => ({ bavail: 0, bsize: 0 }))
  if (bavail * bsize < neededBytes || freemem() < 2 * neededBytes) return null
  return mkdtemp('/dev/shm/heliograph-test-')
}
