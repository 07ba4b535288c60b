import { fileURLToPath } from 'node:url'
import { handlePlaylist, playlistPath } from '#platform/playlist.ts'
import { type Platform, portFailure } from '#platform/service.ts'
import { createSessionWatch } from '#platform/sessions.ts'
import { createRequest, type RequestScope } from '#platform/subgraph.ts'
import { createTokenVerifier } from '#platform/tokens.ts'
import type { Viewer } from '#platform/viewer.ts'
import { createVisibility } from '#platform/visibility.ts'
import { isId } from '#schema/ids.ts'
import type { Manifest } from '#schema/manifest.ts'
import { readSchemaFile } from '#schema/sdl.ts'
import { createAccessWatch } from './access-watch.ts'
import { createAdmission } from './admission.ts'
import { createAuthentication } from './authentication.ts'
import { connectionLimits, createConnections } from './connections.ts'
import type { Charge } from './cost.ts'
import { createCostBuckets } from './cost-bucket.ts'
import { createDocuments } from './documents.ts'
import { eventStreamPath, serveEventStreams } from './event-stream.ts'
import { createExecutor } from './executor/executor.ts'
import type { DataSource } from './executor/sources.ts'
import { gatewaySource } from './node.ts'
import { createGatewayServer, type Route } from './server.ts'
import { serveSockets } from './sockets.ts'
import { createStaticFiles } from './static-files.ts'
import { createSubscriptions } from './subscriptions.ts'

/** A viewer's request, and what it costs. */
interface GatewayRequest extends RequestScope {
  readonly charge: Charge
}

/** What is not asked for by a request, such as the events of a subscription. */
const free: Charge = { nodeCount: 0, cost: 0 }

const webFolder = fileURLToPath(new URL('../web/dist', import.meta.url))

/** How long requests in flight may take when the gateway stops. */
const graceMs = 5_000

/**
 * Serves the graph on the configured port.
 *
 * @param subgraphs the source of each subgraph but the gateway's own.
 * @param routes further paths of the HTTP server.
 * @returns the address that it listens on.
 */
export async function startGateway(
  platform: Platform,
  subgraphs: ReadonlyMap<string, DataSource<RequestScope>>,
  stack: AsyncDisposableStack,
  routes: Readonly<Record<string, Route>> = {},
): Promise<{ url: string; port: number }> {
  const { config, facts, log } = platform
  const supergraph = readSchemaFile('supergraph.graphql')
  const costs = createCostBuckets({
    redis: platform.cache,
    namespace: config.namespace,
    enforced: config.rateLimits,
  })
  stack.defer(() => costs.close())
  const own = gatewaySource<GatewayRequest>(supergraph, subgraphs, log, async ({ viewer, charge }) => ({
    ...charge,
    ...(await costs.budget(viewer)),
  }))
  const executor = createExecutor<GatewayRequest>({
    supergraph,
    sources: new Map<string, DataSource<GatewayRequest>>([...subgraphs, ['gateway', own]]),
    onError: (error, subgraph) => log.warn({ error: describe(error), subgraph }, 'a subgraph failed'),
  })
  stack.defer(() => executor.close())

  const scope = (viewer: Viewer, charge: Charge = free): GatewayRequest => ({
    ...createRequest(platform, viewer),
    charge,
  })
  const admission = createAdmission({
    executor,
    scope,
    documents: createDocuments({
      redis: platform.cache,
      namespace: config.namespace,
      documents: namedOperations(),
    }),
    costs,
  })
  const sessions = await createSessionWatch(platform)
  stack.defer(() => sessions.stop())
  const authentication = createAuthentication(createTokenVerifier(config), sessions)
  const access = await createAccessWatch(platform.live, (userId) =>
    createVisibility(facts, null).content(userId),
  )
  stack.defer(() => access.stop())
  const subscriptions = createSubscriptions({
    executor,
    live: platform.live,
    cursors: platform.cursors,
    access,
    authorOf: async (postId) =>
      isId(postId, 'post') ? ((await facts.posts.get([postId])).get(postId)?.authorId ?? null) : null,
    scope,
  })
  const connections = createConnections(config.rateLimits ? connectionLimits : null)
  const onError = (error: unknown) => log.error({ error: describe(error) }, 'a subscription failed')
  const { subscribe } = subscriptions
  const live = { executor, admission, authentication, connections, scope, subscribe, onError }
  const eventStreams = serveEventStreams(live)
  const server = createGatewayServer({
    executor,
    admission,
    authentication,
    scope,
    log,
    unready: () => missingServers(platform),
    files: createStaticFiles(webFolder),
    routes: {
      '/metrics': serveMetrics(() => ({
        heliograph_subscriptions: ['Subscriptions that hear events.', subscriptions.open],
        heliograph_operations: ['Prepared operations that are held.', executor.operations.documents],
      })),
      [playlistPath]: servePlaylists(platform),
      [eventStreamPath]: eventStreams.route,
      ...routes,
    },
  })
  const closeSockets = serveSockets(server, live)

  const { host } = config
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(portFailure(error, config.port)))
    server.listen(config.port, host, resolve)
  })
  stack.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    await Promise.all([closeSockets(), eventStreams.close()])
    server.closeIdleConnections()
    await closed
    clearTimeout(timer)
  })
  const { port } = server.address() as { port: number }
  return { port, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}` }
}

/** The operations of schema/operations, which clients may name without having sent them. */
function namedOperations(): string[] {
  const { operations } = JSON.parse(readSchemaFile('operations.manifest.json')) as Manifest
  return operations.map(({ body }) => body)
}

/** Gauges in Prometheus' text format: name → what it tells, and its value now. */
function serveMetrics(read: () => Record<string, [help: string, value: number]>): Route {
  return (_request, response) => {
    const lines = Object.entries(read()).map(
      ([name, [help, value]]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`,
    )
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(lines.join(''))
  }
}

/** Playlists of private videos; their segments come from the object store. */
function servePlaylists(platform: Platform): Route {
  return async (request, response) => {
    const { status, contentType, body } = await handlePlaylist(
      platform,
      (request.url ?? '').slice(playlistPath.length),
    )
    response
      .writeHead(status, {
        'content-type': contentType,
        'cache-control': 'private, no-store',
        'access-control-allow-origin': '*',
      })
      .end(body)
  }
}

/** The servers without which no request can be answered well; Redis is not one of them. */
async function missingServers({ mongo, nats }: Platform): Promise<string[]> {
  const missing: string[] = []
  await mongo
    .db()
    .command({ ping: 1 }, { timeoutMS: 1_000 })
    .catch(() => missing.push('MongoDB'))
  if (nats.isClosed()) missing.push('NATS')
  return missing
}

function describe(error: unknown): unknown {
  return error instanceof Error ? error.message : error
}
