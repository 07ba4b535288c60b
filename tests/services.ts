// Global set-up of the test run: one ephemeral MongoDB, Redis, NATS and object store for all files; each file keeps apart
// by a namespace of its own. Servers that the environment already names are used instead.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Services, startServices } from '../deploy/local/services.mjs'

let services: Services | null = null

export async function setup(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-test-'))
  services = await startServices({ dir, ephemeral: true })
  Object.assign(process.env, services.env)
}

export async function teardown(): Promise<void> {
  await services?.stop()
}
