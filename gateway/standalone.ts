import { readFileSync } from 'node:fs'
import type { StandaloneConfig } from '#platform/config.ts'
import type { Log } from '#platform/log.ts'
import { listenOn, StartFailure } from '#platform/service.ts'
import { signedOut } from '#platform/viewer.ts'
import { createExecutor } from './executor/executor.ts'
import { remoteSource } from './executor/remote-source.ts'
import { loadSupergraph } from './executor/supergraph.ts'
import { createGatewayServer } from './server.ts'

/**
 * Serves any supergraph over HTTP, its subgraphs where the supergraph says they are: no authentication, no sockets, nothing of
 * the product, and no server beside the subgraphs. Suites that audit gateways run against it.
 *
 * @returns the port that it listens on.
 */
export async function startStandalone(
  config: StandaloneConfig,
  log: Log,
  stack: AsyncDisposableStack,
): Promise<{ port: number }> {
  const supergraph = readSupergraph(config.supergraphFile)
  const sources = subgraphsOf(supergraph).map(
    ({ name, url }) => [name, remoteSource(url, { headersFor: () => ({}) })] as const,
  )
  const executor = createExecutor({
    supergraph,
    sources: new Map(sources),
    // Others' lists say nothing of their sizes: three of them in each other would be a thousand nodes.
    limits: { nodes: Number.POSITIVE_INFINITY },
    onError: (error, subgraph) => {
      log.warn({ error: error instanceof Error ? error.message : error, subgraph }, 'a subgraph failed')
    },
  })
  stack.defer(() => executor.close())
  const server = createGatewayServer({
    executor,
    authentication: { authenticate: async () => ({ viewer: signedOut(), expiresAt: null }) },
    scope: () => ({}),
    unready: async () => [],
    log,
  })
  const port = await listenOn(server, config)
  stack.defer(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  return { port }
}

function readSupergraph(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new StartFailure(`SUPERGRAPH cannot be read: ${(error as Error).message}.`)
  }
}

function subgraphsOf(supergraph: string): ReturnType<typeof loadSupergraph>['subgraphs'] {
  let subgraphs: ReturnType<typeof loadSupergraph>['subgraphs']
  try {
    ;({ subgraphs } = loadSupergraph(supergraph))
  } catch (error) {
    throw new StartFailure(`SUPERGRAPH is not a supergraph: ${(error as Error).message}`)
  }
  for (const { name, url } of subgraphs) {
    if (!URL.canParse(url))
      throw new StartFailure(
        `The supergraph does not say where the subgraph ${name} is: its URL is "${url}".`,
      )
  }
  return subgraphs
}
