import { createServer } from 'node:http'
import { listenOn, type Platform } from './service.ts'
import { within } from './within.ts'

/** How long a server has to say that it is there. */
const readyMs = 1_000

interface AdminOptions {
  readonly host: string
  readonly port: number
  /** The metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>
  /** Names of what does not work at the moment; none when the process is ready for traffic. */
  readonly unready: () => Promise<string[]>
}

/**
 * A server for whoever runs the process, on an address that clients do not reach: `/metrics`, `/healthz` (the process lives),
 * `/readyz` (it can serve).
 *
 * @returns its URL.
 */
export async function serveAdmin(options: AdminOptions, stack: AsyncDisposableStack): Promise<string> {
  const { metrics, unready } = options
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const path = request.url?.split('?')[0]
    if (path === '/metrics')
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(await metrics())
    else if (path === '/healthz') answer(200, { status: 'ok' })
    else if (path === '/readyz') {
      const missing = await unready().catch(() => ['everything'])
      answer(missing.length === 0 ? 200 : 503, { status: missing.length === 0 ? 'ok' : 'unready', missing })
    } else answer(404, { status: 'unknown' })
  })
  const port = await listenOn(server, options)
  stack.defer(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return urlOf(options.host, port)
}

/** The server for whoever runs it, of a process of the product, where its configuration says. Answers its URL. */
export function serveAdminOf(
  platform: Platform,
  stack: AsyncDisposableStack,
  metrics: () => Promise<string> = platform.metrics.text,
  unready: (platform: Platform) => Promise<string[]> = missingServers,
): Promise<string> {
  const { adminHost: host, adminPort: port } = platform.config
  return serveAdmin({ host, port, metrics, unready: () => unready(platform) }, stack)
}

/** The same of a process of workers alone. */
export function serveAdminOfWorkers(platform: Platform, stack: AsyncDisposableStack): Promise<string> {
  return serveAdminOf(platform, stack, platform.metrics.text, missingToWorkers)
}

/** The URL of a server that listens there. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The servers without which requests cannot be answered; neither Redis nor NATS is one of them. */
export async function missingServers({ mongo }: Pick<Platform, 'mongo'>): Promise<string[]> {
  const ping = mongo.db().command({ ping: 1 }, { timeoutMS: readyMs })
  return ping.then(
    () => [],
    () => ['MongoDB'],
  )
}

/** The servers without which workers have nothing to do, or cannot do it. */
export async function missingToWorkers(platform: Pick<Platform, 'mongo' | 'nats'>): Promise<string[]> {
  const ping = within(readyMs, platform.nats.rtt())
  const nats = ping.then(
    () => [],
    () => ['NATS'],
  )
  return (await Promise.all([missingServers(platform), nats])).flat()
}
