// Our executor behind HTTP, its subgraphs behind HTTP, against other gateways on the same supergraph.
import { deepStrictEqual } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compose } from '../gateway/executor/fixture.ts'
import { cannedQuery, cannedSubgraphs, cannedVariables } from './canned/graph.ts'
import type { Load, LoadResult } from './canned/load.ts'
import type { Figure, Measurement } from './figure.ts'
import { type Pinned, startPinned } from './pinned.ts'

const connections = 64
const seconds = 6
/** Of a gateway that has nothing to do for more than a tenth of the time it was not the speed that was measured. */
const leastBusy = 0.9
const gatewayCore = 0
const loadCore = 1
const peers = fileURLToPath(new URL('peers/', import.meta.url))
const body = JSON.stringify({ query: cannedQuery, variables: cannedVariables })

type Peer = 'hive' | 'apollo'

/** Opens the figure. Peers are installed when they are asked for the first time. */
export async function gatewayRemote(stack: AsyncDisposableStack, peer: Peer): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateways-'))
  stack.defer(() => rmSync(folder, { recursive: true }))
  const use = (process: Pinned) => {
    stack.defer(() => process.stop())
    return process
  }
  const canned = use(await startPinned(loadCore, [process.execPath, path('canned/subgraphs.ts')], {}))
  const supergraph = join(folder, 'supergraph.graphql')
  writeFileSync(
    supergraph,
    compose(cannedSubgraphs, (name) => `http://127.0.0.1:${canned.port}/${name}`),
  )
  const ours = use(
    await startPinned(gatewayCore, [process.execPath, path('../gateway/main.ts')], {
      SUPERGRAPH: supergraph,
      PORT: '0',
      LOG_LEVEL: 'info',
    }),
  )
  const theirs = use(await (peer === 'hive' ? startHive(supergraph, folder) : startApollo(supergraph)))
  deepStrictEqual(await ask(theirs), await ask(ours))

  const measure = (gateway: Pinned) => () => load(gateway)
  await load(ours, 3)
  await load(theirs, 3)
  const names = {
    hive: '`@graphql-hive/gateway` with its Rust planner, de-duplication of requests off',
    apollo: '`@apollo/server` with stock `@apollo/gateway`',
  }
  return {
    name: `gateway-${peer}`,
    what: `A home feed of 20 posts over four canned subgraphs behind HTTP, ${connections} connections; the gateway has a core of its own, load and subgraphs, both over bare sockets, share the other. The answers are compared first. The ratio is of requests for each second of processor time that the gateway used: what it answers with the core to itself, whatever else the machine does. A run in which the gateway had nothing to do for more than a tenth of the time is void.`,
    units: { efficiency: 'requests/s of its core', rate: 'requests/s', p99: 'ms', busy: 'of the time' },
    better: 'more',
    product: { name: 'our gateway in its remote mode', measure: measure(ours) },
    baseline: { name: names[peer], measure: measure(theirs) },
    aim: peer === 'hive' ? 1.5 : 2.2,
  }
}

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url))

function startApollo(supergraph: string): Promise<Pinned> {
  return startPinned(gatewayCore, [process.execPath, path('peers/apollo.ts')], {
    SUPERGRAPH: supergraph,
    PORT: '0',
    NODE_ENV: 'production',
  })
}

async function startHive(supergraph: string, folder: string): Promise<Pinned> {
  const bin = join(peers, 'node_modules/@graphql-hive/gateway/dist/bin.js')
  if (!existsSync(bin)) {
    execFileSync('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund'], {
      cwd: peers,
      stdio: 'inherit',
    })
  }
  const config = join(folder, 'gateway.config.mjs')
  writeFileSync(
    config,
    `export const gatewayConfig = { inboundInflightRequestDeduplication: false, logging: 'error',
      transportEntries: { '*.http': { options: { deduplicateInflightRequests: false } } } }\n`,
  )
  const port = await freePort()
  const options = [
    'supergraph',
    supergraph,
    '--host',
    '127.0.0.1',
    '-p',
    String(port),
    '--hive-router-runtime',
  ]
  return startPinned(
    gatewayCore,
    [process.execPath, bin, ...options, '-c', config],
    { NODE_ENV: 'production' },
    port,
  )
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

const headers = { 'content-type': 'application/json', accept: 'application/json' }

async function ask({ port }: Pinned): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body })
  const answer = (await response.json()) as { errors?: unknown; data?: unknown }
  if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer))
  return answer.data
}

/** The load is a process of its own, on the subgraphs' core. */
async function load(gateway: Pinned, duration = seconds): Promise<Measurement> {
  const [cpuBefore, busyBefore] = [gateway.cpu(), gateway.busy()]
  const output = execFileSync('taskset', ['-c', String(loadCore), process.execPath, path('canned/load.ts')], {
    input: JSON.stringify({
      ...{ port: gateway.port, connections, duration },
      requests: [{ method: 'POST', path: '/graphql', headers, body }],
    } satisfies Load),
    encoding: 'utf8',
  })
  const { count, elapsed, p99 } = JSON.parse(output) as LoadResult
  const rate = count / elapsed
  const used = gateway.cpu() - cpuBefore
  const busy = (gateway.busy() - busyBefore) / elapsed
  if (busy < leastBusy)
    throw new Error(`Void: the gateway was busy for ${Math.round(100 * busy)} % of the time only.`)
  return { efficiency: count / used, rate, p99, busy }
}
