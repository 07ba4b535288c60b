// Bluesky's back end on servers of its own, for the bench: installed when it is asked for the first time.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findOnPath, root } from '../../deploy/local/paths.mjs'
import { freePort } from '../../tests/system.ts'
import { NotPossible } from '../figure.ts'

const folder = fileURLToPath(new URL('appview/', import.meta.url))

export interface AppView {
  /** Port and path of the home timeline of the first account. */
  port: number
  path: string
  /** What its request needs now; it holds for a minute. */
  headers(): Promise<Record<string, string>>
}

/**
 * Starts it with so many accounts, the first of which follows all others, and posts by each of them; all ends with the stack.
 *
 * @throws NotPossible where PostgreSQL or a Node that it can be installed with is missing
 */
export async function startAppView(
  stack: AsyncDisposableStack,
  redisUrl: string,
  size: { accounts: number; posts: number },
): Promise<AppView> {
  const node = install()
  const database = await startPostgres(stack)
  const child = spawn(node, [join(folder, 'main.cjs')], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NODE_OPTIONS: '',
      LOG_ENABLED: 'false',
      REDIS_HOST: new URL(redisUrl).host,
      DB_POSTGRES_URL: database,
      ACCOUNTS: String(size.accounts),
      POSTS: String(size.posts),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  stack.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2_000)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const heard = async () => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the AppView ended: ${complaint}`)
      if (value.startsWith('{"msg":'))
        return JSON.parse(value) as { url: string; headers: Record<string, string> }
    }
  }
  const { port, pathname, search } = new URL((await heard()).url)
  return {
    port: Number(port),
    path: pathname + search,
    async headers() {
      child.stdin.write('\n')
      return (await heard()).headers
    },
  }
}

/**
 * Installs it and answers the Node to run it with. It has a part in C++ that is compiled against the headers of the machine's own
 * Node: ours comes without any.
 */
function install(): string {
  const node = findOnPath('node', join(root, 'node_modules'))
  if (!node) throw new NotPossible('there is no Node of the machine’s own to install the AppView with')
  if (existsSync(join(folder, 'node_modules/@atproto/dev-env'))) return node
  try {
    execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund'], {
      cwd: folder,
      env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
      stdio: ['ignore', 2, 2],
    })
  } catch {
    throw new NotPossible('npm could not install the AppView (@atproto/dev-env)')
  }
  return node
}

/** Starts a PostgreSQL that ends with the stack, and answers its address. */
async function startPostgres(stack: AsyncDisposableStack): Promise<string> {
  const bin = postgresPrograms()
  const dir = mkdtempSync(join(tmpdir(), 'bench-postgres-'))
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  // It refuses to run as root.
  const owner = process.getuid?.() === 0 ? postgresUser() : null
  if (owner) chownSync(dir, owner.uid, owner.gid)
  const data = join(dir, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'bench', '--auth=trust'], {
    ...owner,
    cwd: dir,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const port = await freePort()
  const options = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', dir]
  const server = spawn(join(bin, 'postgres'), options, { ...owner, cwd: dir, stdio: 'ignore' })
  stack.defer(async () => {
    if (server.exitCode !== null) return
    // Not waiting for clients.
    server.kill('SIGINT')
    await once(server, 'exit')
  })
  const isReady = () => {
    try {
      execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  while (!isReady()) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`)
    await delay(100)
  }
  return `postgresql://bench@127.0.0.1:${port}/postgres`
}

/** The folder of PostgreSQL's programs: Debian has it apart from the PATH. */
function postgresPrograms(): string {
  const onPath = findOnPath('postgres')
  const debian = '/usr/lib/postgresql'
  const folders = [
    ...(onPath ? [dirname(realpathSync(onPath))] : []),
    ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
  ]
  const found = folders.find((bin) => existsSync(join(bin, 'initdb')))
  if (!found) throw new NotPossible('PostgreSQL is not installed')
  return found
}

function postgresUser(): { uid: number; gid: number } {
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
