// docker-compose.yml without Docker: it parses, knows no variable that the product does not, and every command of our image
// starts and stops.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
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
import { models } from './local/models.mjs'

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

/** A value as Compose fills it in: `${NAME}`, `${NAME:-otherwise}` and `${NAME:?complaint}`, the innermost first. */
function interpolate(value: string | number, given: Readonly<Record<string, string | undefined>>): string {
  const inner = /\$\{(\w+)(?::([-?])([^${}]*))?\}/
  let text = String(value)
  for (let found = inner.exec(text); found; found = inner.exec(text)) {
    const [whole, name = '', kind, rest = ''] = found
    const filled = given[name] ?? (kind === '-' ? rest : undefined)
    if (filled === undefined) throw new Error(`${name} is not set`)
    text = text.replace(whole, () => filled)
  }
  return text
}

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
    for (const [name, { environment = {} }] of own) {
      const env = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [key, interpolate(value, given)]),
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

/** Variables that `.env` does not set for the containers, each with the reason why. */
const fixed: Record<string, string> = {
  HOST: 'a container listens on all of its addresses',
  PORT: 'inside a container; in .env it is the published port',
  ADMIN_HOST: 'a container listens on all of its addresses',
  ADMIN_PORT: 'inside a container, where its health check asks',
  MONGODB_URI: 'a server of this file',
  REDIS_URL: 'a server of this file',
  QUEUE_REDIS_URL: 'a server of this file',
  NATS_URL: 'a server of this file',
  S3_ENDPOINT: 'a server of this file',
  NODE_ENV: 'the image sets it',
  NSFW_MODEL_PATH: 'the image sets it',
  TEXT_MODEL_PATH: 'the image sets it',
  FFMPEG_PATH: 'on the PATH of the image',
  FFPROBE_PATH: 'on the PATH of the image',
  DEMO: 'the all-in-one process alone reads it',
  DEMO_MEDIA: 'the all-in-one process alone reads it',
  SUPERGRAPH: 'a gateway without the product reads it',
  ...Object.fromEntries(subgraphNames.map((name) => [`${name.toUpperCase()}_URL`, 'a process of this file'])),
}

test('what stands in .env reaches every process, or there is a reason why not', () => {
  for (const [process, { environment = {} }] of own) {
    for (const name of variableNames.filter((name) => !(name in fixed)))
      expect(interpolate(environment[name] ?? '', { [name]: `chosen ${name}` }), process).toBe(
        `chosen ${name}`,
      )
  }
  expect(variableNames).toEqual(expect.arrayContaining(Object.keys(fixed)))
})

test('the image has the weights that `npm start` fetches, in the places that it names', async () => {
  const stages = (await readFile(join(root, 'Dockerfile'), 'utf8')).replaceAll('\\\n', ' ').split(/^FROM /m)
  const last = stages.at(-1) ?? ''
  const set = Object.fromEntries(
    [...last.matchAll(/ ([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  )
  for (const [variable, { file }] of Object.entries(models)) expect(set[variable]).toBe(`/app/models/${file}`)
  expect(set.NODE_ENV).toBe('production')
  expect(last).toContain('COPY --from=models /app/models models')
  const fetching = stages.find((stage) => stage.includes(' AS models'))
  expect(fetching).toContain('RUN node deploy/image-models.mjs models')

  const folder = await mkdtemp(join(tmpdir(), 'heliograph-models-'))
  try {
    const files = Object.fromEntries(
      Object.entries(models).map(([variable, { file }]) => [variable, join(folder, `given-${file}`)]),
    )
    await Promise.all(Object.entries(files).map(([variable, file]) => writeFile(file, variable)))
    const fetchInto = (env: Record<string, string>) =>
      spawnSync(process.execPath, [join(root, 'deploy/image-models.mjs'), join(folder, 'models')], {
        env: { ...process.env, ...env },
        encoding: 'utf8',
      })
    expect(fetchInto(files).status).toBe(0)
    for (const [variable, { file }] of Object.entries(models))
      expect(await readFile(join(folder, 'models', file), 'utf8')).toBe(variable)
    // No cache, and no Python to fetch with: better no image than one that labels nothing.
    const nothing = { NSFW_MODEL_PATH: '', TEXT_MODEL_PATH: '', XDG_CACHE_HOME: folder, PATH: folder }
    expect(fetchInto(nothing).status).toBe(1)
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
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return
      const said = JSON.parse(line) as { msg?: string; adminUrl?: string }
      if (said.msg === 'ready') resolve(said.adminUrl ?? '')
    })
  })
  const adminUrl = await Promise.race([ready, ended])
  expect(adminUrl, `${file}: ${said}`).toBeTypeOf('string')
  for (const path of ['/healthz', '/readyz', '/metrics'])
    expect((await fetch(`${adminUrl}${path}`)).status, `${file}: ${path}`).toBe(200)
  child.kill('SIGTERM')
  expect(await within(10_000, ended), `${file}: ${said}`).toBe(0)
}

test('every command starts, answers whoever runs it, and stops', { timeout: 120_000 }, async () => {
  const env = completeEnvironment()
  const queue = own.values()
  const lane = async () => {
    for (const [name, { command = [], environment = {}, healthcheck }] of queue) {
      const [program, file = ''] = command
      expect(program, name).toBe('node')
      expect(existsSync(join(root, file)), file).toBe(true)
      expect(healthcheck?.test.join(' '), name).toContain(`:${environment.ADMIN_PORT}/healthz`)
      await startAndStop(file, env)
    }
  }
  await Promise.all([lane(), lane()])
})
