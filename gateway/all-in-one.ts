// Gateway and subgraphs in one process, with no HTTP between them: what `npm start` runs.
import { publicUrlOf } from '#platform/config.ts'
import { type Platform, runProcess } from '#platform/service.ts'
import { startSubgraph } from '#platform/subgraph.ts'
import { content } from '#subgraphs/content/main.ts'
import { engagement } from '#subgraphs/engagement/main.ts'
import { feed } from '#subgraphs/feed/main.ts'
import { graph } from '#subgraphs/graph/main.ts'
import { messaging } from '#subgraphs/messaging/main.ts'
import { user } from '#subgraphs/user/main.ts'
import { devMailRoutes } from './dev-mail.ts'
import { inTime } from './executor/in-time.ts'
import { localSource } from './executor/local-source.ts'
import { startGateway } from './gateway.ts'
import type { Route } from './server.ts'

/** Starts the six subgraphs and the gateway over them. */
export async function startAllInOne(
  platform: Platform,
  stack: AsyncDisposableStack,
  routes: Readonly<Record<string, Route>> = {},
): Promise<{ url: string; port: number; adminUrl: string }> {
  const subgraphs = await Promise.all([
    startSubgraph(platform, user, stack),
    startSubgraph(platform, graph, stack),
    startSubgraph(platform, content, stack),
    startSubgraph(platform, feed, stack),
    startSubgraph(platform, engagement, stack),
    startSubgraph(platform, messaging, stack),
  ])
  const { answerMs } = platform.config
  const sources = new Map(
    subgraphs.map((subgraph) => [subgraph.name, inTime(localSource(subgraph), answerMs)]),
  )
  const mail = platform.config.demo && platform.config.smtpUrl === null ? devMailRoutes(platform) : {}
  return startGateway(platform, sources, stack, { ...routes, ...mail })
}

/** What a newcomer reads last on his terminal. */
function welcome(url: string, signIn: { username: string; password: string } | null): string {
  const lines = [
    '',
    `  Heliograph is ready:  ${url}`,
    '',
    ...(signIn
      ? [
          `  Sign in with          ${signIn.username} / ${signIn.password}`,
          '                        (its pictures arrive over the next minute or two)',
          '',
        ]
      : []),
    '  Things to try',
    `    · scroll, double-tap a picture, comment, upload, write a message: ${url}`,
    `    · ask the graph yourself, subscriptions included:                 ${url}/graphiql`,
    `    · curl ${url}/graphql -H 'content-type: application/json' -d '{"query":"{ serverInfo { version } }"}'`,
    '    · sign up in a second, private window and follow each other',
    '',
    '  Ctrl-C stops everything; the data stays in .heliograph/ (npm start -- --fresh starts over).',
    '',
  ]
  return lines.join('\n')
}

if (import.meta.main) {
  await runProcess('gateway', async (platform, stack) => {
    // Only where it is wanted: the demo draws pictures, which nothing else here needs.
    const demo = platform.config.demo ? await import('../deploy/demo/start.ts') : null
    const { url, port, adminUrl } = await startAllInOne(platform, stack, demo?.demoRoutes)
    const signIn = demo ? await demo.startDemo(platform, url, stack) : null
    process.stdout.write(`${welcome(publicUrlOf({ ...platform.config, port }), signIn)}\n`)
    platform.log.info({ port, adminUrl }, 'ready')
  })
}
