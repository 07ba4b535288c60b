// Boots the whole system, in either of its two ways of running, and hands out people who use it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readConfig } from '#platform/config.ts'
import { type Platform, startPlatform } from '#platform/service.ts'
import { type SubgraphName, subgraphNames } from '#schema/sdl.ts'
import { Person } from './person.ts'
import { picture } from './pictures.ts'
import { testEnvironment, testPlatform } from './platform.ts'
import { pauseMs, settle } from './settle.ts'

/** `all-in-one`: gateway and subgraphs in this process. `scaled`: each a process of its own, subgraphs over HTTP. */
export type Mode = 'all-in-one' | 'scaled'

const workerNames = ['discovery', 'fanout', 'notifications', 'transcoding', 'warehouse'] as const
type WorkerName = (typeof workerNames)[number]

/** A process of the system that a test started. */
export interface Child {
  process: ChildProcess
  /** The port that it listens on; 0 for workers. */
  port: number
  /** Where its metrics are. */
  adminUrl: string
  /** What it has said so far, line by line. */
  said: readonly string[]
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  stop(): Promise<void>
}

export interface System {
  url: string
  /** The test's own connection to the system's servers. */
  platform: Platform
  env: Record<string, string | undefined>
  /** Someone new, with an account. */
  signsUp(username: string): Promise<Person>
  /** Has people prove their addresses: who has not is suggested to nobody. */
  proves(...people: readonly Person[]): Promise<void>
  /** Has someone post a picture; it has had its effect when this resolves. */
  publishes(person: Person, caption: string): Promise<{ id: string }>
  /** Waits until everything acknowledged has had its effect. */
  settle(): Promise<void>
  /** Waits until the gateway serves this many subscriptions: from then on they miss nothing. */
  hears(count: number): Promise<void>
  /** One more gateway, as a process of its own; on a given port, one that was killed comes back. */
  startGateway(port?: number): Promise<Child>
  /** The worker processes; only where workers are processes of their own. */
  workers: Map<WorkerName, Child>
  restartWorker(name: WorkerName): Promise<Child>
  /** The processes of the subgraphs and of the first gateway; only when scaled. */
  services: Map<SubgraphName | 'gateway', Child>
  /** Starts one of them again, where it was. */
  restartService(name: SubgraphName | 'gateway'): Promise<Child>
  [Symbol.asyncDispose](): Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** Starts one of the product's processes and waits for its `ready` line. */
export async function startProcess(file: string, env: Record<string, string | undefined>): Promise<Child> {
  const child = spawn(process.execPath, [file], {
    cwd: root,
    env: { ...env, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { promise: ready, resolve, reject } = Promise.withResolvers<{ port: number; adminUrl: string }>()
  let complaint = ''
  const said: string[] = []
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
    said.push(chunk.toString())
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line)
    const entry = line.startsWith('{')
      ? (JSON.parse(line) as { level: number; msg?: string; port?: number; adminUrl?: string })
      : null
    if (entry?.msg === 'ready') resolve({ port: entry.port ?? 0, adminUrl: entry.adminUrl ?? '' })
    if (entry && entry.level >= 50) process.stderr.write(`${file}: ${line}\n`)
  })
  child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${complaint}`)))
  const { port, adminUrl } = await ready
  const gone = () => (child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null)
  return {
    process: child,
    port,
    adminUrl,
    said,
    async kill() {
      const exit = gone()
      child.kill('SIGKILL')
      await exit
    },
    async stop() {
      const exit = gone()
      child.kill('SIGTERM')
      await exit
    },
  }
}

/** A port that nobody listens on: passkeys, cookies and mails name an address, so it must be known beforehand. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a system. Workers are processes of their own when scaled, or when a test wants to kill them. */
export async function startSystem(
  options: { mode?: Mode; workerProcesses?: boolean; env?: Record<string, string> } = {},
): Promise<System> {
  const { mode = 'all-in-one', workerProcesses = mode === 'scaled' } = options
  // What the subgraphs say of addresses must be the gateway's, whoever of them starts first.
  const port = Number(options.env?.PORT) || (await freePort())
  const origin = `http://localhost:${port}`
  const env = testEnvironment({ PUBLIC_URL: origin, ...options.env, PORT: String(port) })
  const { platform, stack } = await testPlatform({}, env)
  const workers: System['workers'] = new Map()
  const people: Person[] = []
  let url: string
  let adminUrl: string

  const restartWorker = async (name: WorkerName) => {
    const child = await startProcess(`workers/${name}/main.ts`, env)
    workers.set(name, child)
    return child
  }
  const startWorkers = async (apart: boolean) => {
    if (apart) {
      await Promise.all(workerNames.map(restartWorker))
      stack.defer(async () => {
        await Promise.all([...workers.values()].map((child) => child.stop()))
      })
    } else {
      const { startWorkers: startHere } = await import('../workers/all.ts')
      await startHere(await partOf('workers'), stack)
    }
  }
  /** Each part gets its own connections, as its own process would have. */
  const partOf = (name: string) => startPlatform(readConfig(env), name, stack)

  const children: Child[] = []
  stack.defer(async () => {
    await Promise.all(children.map((child) => child.stop()))
  })
  /** Where each subgraph is; only when they are processes of their own. */
  let subgraphUrls: Record<string, string> = {}
  const startGateway = async (port = 0) => {
    const file = mode === 'all-in-one' ? 'gateway/all-in-one.ts' : 'gateway/main.ts'
    const child = await startProcess(file, { ...env, ...subgraphUrls, PORT: String(port) })
    children.push(child)
    return child
  }

  const services: System['services'] = new Map()
  const startSubgraph = async (name: SubgraphName, at = 0) => {
    const child = await startProcess(`subgraphs/${name}/main.ts`, { ...env, PORT: String(at) })
    children.push(child)
    services.set(name, child)
    return child
  }

  if (mode === 'all-in-one') {
    const { startAllInOne } = await import('../gateway/all-in-one.ts')
    ;({ url, adminUrl } = await startAllInOne(await partOf('gateway'), stack))
  } else {
    const urls = await Promise.all(
      subgraphNames.map(async (name) => {
        const child = await startSubgraph(name)
        return [`${name.toUpperCase()}_URL`, `http://127.0.0.1:${child.port}`] as const
      }),
    )
    subgraphUrls = Object.fromEntries(urls)
    const gateway = await startGateway(port)
    services.set('gateway', gateway)
    url = `http://127.0.0.1:${gateway.port}`
    adminUrl = gateway.adminUrl
  }
  await startWorkers(workerProcesses)

  return {
    url,
    platform,
    env,
    workers,
    restartWorker,
    services,
    async restartService(name) {
      if (name !== 'gateway') return startSubgraph(name, services.get(name)?.port)
      const gateway = await startGateway(port)
      services.set('gateway', gateway)
      return gateway
    },
    startGateway,
    async signsUp(username) {
      const person = await Person.signsUp(url, username)
      people.push(person)
      return person
    },
    async proves(...proven) {
      const users = platform.db('user').collection<{ _id: string }>('users')
      const ids = proven.map(({ id }) => id)
      const change = { $set: { emailVerifiedAt: new Date() }, $inc: { version: 1 } }
      await platform.facts.accounts.changing(ids, () => users.updateMany({ _id: { $in: ids } }, change))
    },
    async publishes(person, caption) {
      const mediaId = await person.uploads(await picture(), 'image/jpeg')
      await settle(platform)
      const post = await person.posts([mediaId], caption)
      await settle(platform)
      return post
    },
    settle: () => settle(platform),
    async hears(count) {
      const deadline = Date.now() + 15_000
      for (;;) {
        const metrics = await (await fetch(`${adminUrl}/metrics`)).text()
        const open = Number(/^heliograph_subscriptions (\d+)$/m.exec(metrics)?.[1])
        if (open === count) return
        if (Date.now() > deadline) throw new Error(`${open} subscriptions are open instead of ${count}`)
        await delay(pauseMs)
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(people.map((person) => person.leaves()))
      await stack.disposeAsync()
    },
  }
}
