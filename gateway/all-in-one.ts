// Gateway and subgraphs in one process, with no HTTP between them.
import { type Platform, runProcess } from '#platform/service.ts'
import { startSubgraph } from '#platform/subgraph.ts'
import { content } from '#subgraphs/content/main.ts'
import { engagement } from '#subgraphs/engagement/main.ts'
import { feed } from '#subgraphs/feed/main.ts'
import { graph } from '#subgraphs/graph/main.ts'
import { messaging } from '#subgraphs/messaging/main.ts'
import { user } from '#subgraphs/user/main.ts'
import { localSource } from './executor/local-source.ts'
import { startGateway } from './gateway.ts'

/** Starts the six subgraphs and the gateway over them. */
export async function startAllInOne(
  platform: Platform,
  stack: AsyncDisposableStack,
): Promise<{ url: string; port: number }> {
  const subgraphs = await Promise.all([
    startSubgraph(platform, user, stack),
    startSubgraph(platform, graph, stack),
    startSubgraph(platform, content, stack),
    startSubgraph(platform, feed, stack),
    startSubgraph(platform, engagement, stack),
    startSubgraph(platform, messaging, stack),
  ])
  const sources = new Map(subgraphs.map((subgraph) => [subgraph.name, localSource(subgraph)]))
  return startGateway(platform, sources, stack)
}

if (import.meta.main) {
  await runProcess('gateway', async (platform, stack) => {
    const { port } = await startAllInOne(platform, stack)
    platform.log.info({ port }, 'ready')
  })
}
