import { fileURLToPath } from 'node:url'
import type { DocumentNode } from 'graphql'
import { missingServers, serveAdminOf, urlOf } from '#platform/admin.ts'
import { createApps } from '#platform/apps.ts'
import { publicUrlOf } from '#platform/config.ts'
import { createFigures } from '#platform/figures.ts'
import { type Metrics, showOperations } from '#platform/metrics.ts'
import { mutationScope } from '#platform/mutation.ts'
import { handlePlaylist, playlistPath } from '#platform/playlist.ts'
import { createPresence } from '#platform/presence.ts'
import { listenOn, type Platform } from '#platform/service.ts'
import { createSessionWatch } from '#platform/sessions.ts'
import { createRequest, type RequestScope } from '#platform/subgraph.ts'
import { createTokenVerifier } from '#platform/tokens.ts'
import type { Viewer } from '#platform/viewer.ts'
import { createVisibility } from '#platform/visibility.ts'
import { isId } from '#schema/ids.ts'
import type { Manifest, ManifestEntry } from '#schema/manifest.ts'
import { readSchemaFile, schemaParts, subgraphSdl } from '#schema/sdl.ts'
import { createAccessWatch } from './access-watch.ts'
import { type Admission, createAdmission, metered } from './admission.ts'
import { createAppUsage } from './app-usage.ts'
import { createAuthentication } from './authentication.ts'
import { cacheHints, sharedMaxAge } from './cache-policy.ts'
import { trustProxies } from './client-address.ts'
import { connectionLimits, createConnections } from './connections.ts'
import type { Charge } from './cost.ts'
import { createCostBuckets } from './cost-bucket.ts'
import { createDocuments, documentHash } from './documents.ts'
import { documentResolvers } from './documents-graph.ts'
import { documentsByMode, webClient } from './documents-modes.ts'
import { createDocumentsStore, type DocumentsStore, prepareDocuments } from './documents-store.ts'
import { eventStreamPath, serveEventStreams } from './event-stream.ts'
import { OperationError } from './executor/errors.ts'
import { createExecutor, type Executor } from './executor/executor.ts'
import { inTime } from './executor/in-time.ts'
import type { PreparedOperation } from './executor/operation.ts'
import type { DataSource } from './executor/sources.ts'
import { showFigures } from './figures.ts'
import { HttpRefusal } from './http-request.ts'
import { gatewaySource } from './node.ts'
import { oauthRoutes } from './oauth/server.ts'
import { createOauthStore } from './oauth/store.ts'
import { withPresence } from './presence.ts'
import { createGatewayServer, type Route } from './server.ts'
import { socialCallback, socialCallbackPath } from './social-callback.ts'
import { serveSockets } from './sockets.ts'
import { createStaticFiles } from './static-files.ts'
import { createSubscriptions } from './subscriptions.ts'
import { verificationWebhook } from './verification-webhook.ts'

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
): Promise<{ url: string; port: number; adminUrl: string }> {
  const { config, facts, log, metrics } = platform
  const supergraph = readSchemaFile('supergraph.graphql')
  const apps = createApps(platform.mongo, config.namespace)
  const registered = createDocumentsStore(platform.db('user'))
  await prepareDocuments(platform.db('user'))
  const usage = createAppUsage(registered, (error) =>
    log.warn({ error: describe(error) }, 'no usage written'),
  )
  stack.defer(() => usage.flush())
  const costs = createCostBuckets({
    redis: platform.cache,
    namespace: config.namespace,
    enforced: config.rateLimits,
  })
  stack.defer(() => costs.close())
  const own = gatewaySource<GatewayRequest>(
    supergraph,
    subgraphs,
    log,
    async ({ viewer, charge }) => ({
      ...charge,
      ...(await costs.budget(viewer)),
    }),
    ({ viewer }) => viewer.scopes,
    documentResolvers({
      ...{ apps, store: registered, usage, costs, executor: () => executor },
      writing: mutationScope(platform, 'user'),
    }),
  )
  const executor: Executor<GatewayRequest> = createExecutor({
    supergraph,
    introspection: config.introspection,
    sources: new Map<string, DataSource<GatewayRequest>>([
      ...subgraphs,
      // What it asks the subgraphs for `node` ends a little before.
      ['gateway', inTime(own, config.answerMs + 500)],
    ]),
    onError: (error, subgraph) => {
      metrics.count('heliograph_subgraph_failures_total', { subgraph })
      log.warn({ error: describe(error), subgraph }, 'a subgraph failed')
    },
  })
  stack.defer(() => executor.close())

  const scope = (viewer: Viewer, charge: Charge = free, isQuery = false): GatewayRequest => ({
    ...createRequest(platform, viewer, isQuery),
    charge,
  })
  const { operations } = JSON.parse(readSchemaFile('operations.manifest.json')) as Manifest
  await publishOwn(registered, operations)
  const documents = createDocuments({
    redis: platform.cache,
    namespace: config.namespace,
    documents: operations.map(({ body }) => body),
  })
  const admission = metered(
    counted(
      createAdmission({
        executor,
        scope,
        documents: documentsByMode({
          documents,
          apps,
          store: registered,
          usage,
          webRequiresId: config.production,
        }),
        costs,
      }),
      metrics,
    ),
    usage,
  )
  const sessions = await createSessionWatch(platform)
  stack.defer(() => sessions.stop())
  const oauth = createOauthStore(platform, apps, platform.signer('app-secret'))
  const addressOf = trustProxies(config.trustedProxies)
  const authentication = createAuthentication(createTokenVerifier(config), sessions, oauth, addressOf)
  const access = await createAccessWatch(platform.live, async (id) => {
    const visibility = createVisibility(facts, null)
    if (!isId(id, 'post')) return visibility.content(id)
    const post = await visibility.post(id)
    // What is sensitive minors may have lost, and nobody knows the age of who is signed out.
    return post !== null && !post.sensitive
  })
  stack.defer(() => access.stop())
  const onError = (error: unknown) => log.error({ error: describe(error) }, 'a subscription failed')
  const subscriptions = createSubscriptions({
    executor,
    live: platform.live,
    cursors: platform.cursors,
    access,
    async ownerOf(subjectId, viewerId) {
      if (isId(subjectId, 'post'))
        return (await facts.posts.get([subjectId])).get(subjectId)?.authorId ?? null
      const isConversation = viewerId !== null && isId(subjectId, 'conversation')
      if (!isConversation) return null
      const found = await platform.conversations.partnersIn([subjectId], viewerId)
      return found.get(subjectId)?.partnerId ?? null
    },
    scope,
    onError,
  })
  const { connections, stop: leaveAll } = withPresence(
    createConnections(config.rateLimits ? connectionLimits : null),
    createPresence(platform.cache, config.namespace),
    platform.live,
  )
  stack.defer(leaveAll)
  // Its sessions end, too, one by one; this is one event for all of them.
  const suspensions = await platform.live.attach(['events.user.account.suspended.*'], ({ event }) => {
    if (event.name === 'account.suspended' && 'userId' in event.payload)
      connections.endAll(event.payload.userId)
  })
  stack.defer(() => suspensions.detach())
  const { subscribe } = subscriptions
  const live = { executor, admission, authentication, connections, addressOf, scope, subscribe, onError }
  const eventStreams = serveEventStreams(live)
  const userSource = subgraphs.get('user')
  const files = createStaticFiles(webFolder)
  /** Where clients reach the gateway; its port is known when it listens. */
  let publicUrl = publicUrlOf(config)
  const server = createGatewayServer({
    executor,
    admission,
    authentication,
    scope,
    log,
    unready: () => missingServers(platform),
    cacheSeconds: cachePolicy(executor),
    files,
    routes: {
      ...(config.graphiql ? {} : { '/graphiql': nothing, '/graphiql/': nothing, '/graphiql.html': nothing }),
      [playlistPath]: servePlaylists(platform),
      [socialCallbackPath]: socialCallback(
        (request, response) => files?.(request, response, socialCallbackPath) ?? false,
      ),
      ...(userSource ? { '/webhooks/verification': verificationWebhook(userSource, scope, addressOf) } : {}),
      [eventStreamPath]: eventStreams.route,
      ...oauthRoutes({
        store: oauth,
        apps,
        publicUrl: () => publicUrl,
        privateKey: config.authPrivateKey,
        cookieKey: platform.signer('cookie').sign('oauth'),
        approvals: platform.signer('approval'),
        limits: platform.limits,
        addressOf,
        statusOf: async (userId) => (await facts.accounts.get([userId])).get(userId)?.status ?? null,
        page: (request, response) => files?.(request, response, '/oauth/interaction') ?? false,
        onError: (error) => log.error({ error: describe(error) }, 'the OAuth server failed'),
      }),
      ...routes,
    },
  })
  const closeSockets = serveSockets(server, live)

  const port = await listenOn(server, config)
  stack.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    await Promise.all([closeSockets(), eventStreams.close()])
    server.closeIdleConnections()
    await closed
    clearTimeout(timer)
  })
  publicUrl = publicUrlOf({ ...config, port })
  metrics.gauge('heliograph_connections', 'Open sockets and event streams.', () => connections.open)
  metrics.gauge('heliograph_subscriptions', 'Subscriptions that hear events.', () => subscriptions.open)
  showOperations(metrics, executor.operations)
  metrics.gauge(
    'heliograph_subgraph_away',
    'Whether nothing is sent to a subgraph until it answers a probe.',
    () => [...subgraphs].map(([subgraph, source]) => [{ subgraph }, source.isAway ? 1 : 0] as const),
  )
  const told = createFigures(platform.cache, config.namespace)
  const adminUrl = await serveAdminOf(platform, stack, showFigures(metrics, told))
  return { port, url: urlOf(config.host, port), adminUrl }
}

/** The way in, with a count of who passes it and who does not. */
function counted<C extends object>(admission: Admission<C>, metrics: Metrics): Admission<C> {
  return {
    async admit(parameters, viewer) {
      try {
        const admitted = await admission.admit(parameters, viewer)
        metrics.count('heliograph_cost_points_total', {}, admitted.charge.cost)
        return admitted
      } catch (error) {
        const code = error instanceof OperationError ? error.code : 'INTERNAL'
        metrics.count('heliograph_refused_total', { code })
        throw error
      }
    },
    async execute(admitted, viewer) {
      const answer = await admission.execute(admitted, viewer)
      const { kind } = admitted.prepared
      metrics.count('heliograph_operations_total', { kind, errors: String(answer.errors !== undefined) })
      return answer
    },
  }
}

/** What `@cacheControl` allows, worked out once for each operation. */
function cachePolicy<C extends object>({
  schema,
}: Executor<C>): (prepared: PreparedOperation<C>) => number | null {
  const hints = cacheHints(schemaParts.map(subgraphSdl))
  const known = new WeakMap<DocumentNode, number | null>()
  return ({ document }) => {
    let seconds = known.get(document)
    if (seconds === undefined) {
      seconds = sharedMaxAge(schema, document, hints)
      known.set(document, seconds)
    }
    return seconds
  }
}

const nothing: Route = () => {
  throw new HttpRefusal(404, 'BAD_REQUEST', 'There is nothing here.')
}

/**
 * Registers the documents of our own web client under their version, so that pages which were opened before a release go on
 * asking, and schema checks see what they ask.
 */
async function publishOwn(store: DocumentsStore, operations: readonly ManifestEntry[]): Promise<void> {
  const version = documentHash(operations.map(({ id }) => id).join(' '))
  await store.saveManifest({
    _id: `${webClient}:${version}`,
    appId: webClient,
    version,
    publishedAt: new Date(),
    documents: operations.map(({ id, name, body }) => ({
      documentId: id,
      hash: id,
      name,
      text: body,
      cost: 0,
      nodeCount: 0,
    })),
  })
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

function describe(error: unknown): unknown {
  return error instanceof Error ? error.message : error
}
