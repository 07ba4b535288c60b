// docker-compose.yml without Docker: it parses, knows no variable that the product does not, and every command of our image
// starts and stops.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig, variableNames } from '#platform/config.ts'
import { within } from '#platform/within.ts'
import { subgraphNames } from '#schema/sdl.ts'

interface Service {
  image: string
  command?: string[]
  environment?: Record<string, string | number>
  ports?: string[]
  healthcheck?: { test: string[] }
}

const root = fileURLToPath(new URL('..', import.meta.url))
const text = await readFile(join(root, 'docker-compose.yml'), 'utf8')
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> }
const own = Object.entries(services).filter(([, service]) => service.image === 'heliograph')

test('it has every process of the system, and the servers that they need', () => {
  expect(own.map(([name]) => name).sort()).toEqual(
    [...subgraphNames, 'discovery', 'fanout', 'gateway', 'notifications', 'transcoding', 'warehouse'].sort(),
  )
  expect(Object.keys(services)).toEqual(
    expect.arrayContaining(['mongodb', 'redis-cache', 'redis-queue', 'nats', 's3']),
  )
  for (const [name, service] of Object.entries(services)) {
    for (const port of service.ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:/)
  }
})

test('it sets only variables that the product reads, and all that it must', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-compose-'))
  try {
    const write = () =>
      spawnSync(process.execPath, [join(root, 'deploy/compose-env.mjs'), folder], { encoding: 'utf8' })
    expect(write().status).toBe(0)
    const file = join(folder, '.env')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const secrets = await readFile(file, 'utf8')
    const again = write()
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('stays as it is')])
    expect(await readFile(file, 'utf8')).toBe(secrets)

    const given = parseEnv(secrets)
    const interpolate = (value: string | number) =>
      String(value).replaceAll(
        /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
        (_, name: string, kind: string, rest: string) => {
          const found = given[name] ?? (kind === '-' ? rest : undefined)
          if (found === undefined) throw new Error(`${name} is not set`)
          return found
        },
      )
    for (const [name, { environment = {} }] of own) {
      const env = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, interpolate(value)]),
      )
      for (const key of Object.keys(env)) expect(variableNames, name).toContain(key)
      const config = readConfig(env)
      expect(config.host).toBe('0.0.0.0')
      if (name === 'gateway') {
        for (const subgraph of subgraphNames)
          expect(config.subgraphUrls[subgraph]).toBe(`http://${subgraph}:4000`)
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('.env.example explains exactly the variables that the product reads', async () => {
  const example = parseEnv(await readFile(join(root, '.env.example'), 'utf8'))
  expect(Object.keys(example).sort()).toEqual([...variableNames].sort())
})

const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** A value for every variable that a process may need, from the services of the test run. */
function completeEnvironment(): Record<string, string | undefined> {
  const urls = Object.fromEntries(
    subgraphNames.map((name) => [`${name.toUpperCase()}_URL`, 'http://127.0.0.1:9']),
  )
  const namespace = `compose-${randomUUID().slice(0, 8)}`
  return { ...process.env, ...urls, NAMESPACE: namespace, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' }
}

async function startAndStop(file: string, env: Record<string, string | undefined>): Promise<void> {
  const child = spawn(process.execPath, [file], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.add(child)
  let said = ''
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString()
  })
  const ended = once(child, 'exit').then(([code]) => {
    children.delete(child)
    return code as number | null
  })
  const ready = new Promise<'ready'>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{') && (JSON.parse(line) as { msg?: string }).msg === 'ready') resolve('ready')
    })
  })
  expect(await Promise.race([ready, ended]), `${file}: ${said}`).toBe('ready')
  child.kill('SIGTERM')
  expect(await within(10_000, ended), `${file}: ${said}`).toBe(0)
}

test('every command starts and stops', { timeout: 120_000 }, async () => {
  const env = completeEnvironment()
  const queue = own.values()
  const lane = async () => {
    for (const [name, { command = [], healthcheck }] of queue) {
      const [program, file = ''] = command
      expect(program, name).toBe('node')
      expect(existsSync(join(root, file)), file).toBe(true)
      if (file.startsWith('workers/')) expect(healthcheck).toBeUndefined()
      else expect(healthcheck?.test.join(' '), name).toContain('/healthz')
      await startAndStop(file, env)
    }
  }
  await Promise.all([lane(), lane()])
})
