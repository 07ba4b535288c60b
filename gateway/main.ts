// The gateway as a process of its own: the subgraphs are where `<NAME>_URL` says. With SUPERGRAPH it serves that one alone.
import { isStandalone, readStandaloneConfig } from '#platform/config.ts'
import { createLog } from '#platform/log.ts'
import { runProcess, runUntilStopped, StartFailure } from '#platform/service.ts'
import type { RequestScope } from '#platform/subgraph.ts'
import { signViewer, viewerHeader } from '#platform/viewer.ts'
import { subgraphNames } from '#schema/sdl.ts'
import { remoteSource } from './executor/remote-source.ts'
import { startGateway } from './gateway.ts'
import { startStandalone } from './standalone.ts'

function runProductGateway(): Promise<void> {
  return runProcess('gateway', async (platform, stack) => {
    const signer = platform.signer('viewer')
    const headersFor = ({ viewer }: RequestScope, body: string) => ({
      [viewerHeader]: signViewer(signer, viewer, body),
    })
    const sources = subgraphNames.map((name) => {
      const url = platform.config.subgraphUrls[name]
      if (!url)
        throw new StartFailure(`${name.toUpperCase()}_URL is not set: it says where the subgraph ${name} is.`)
      return [
        name,
        remoteSource<RequestScope>(url, { headersFor, timeoutMs: platform.config.answerMs }),
      ] as const
    })
    const { port, adminUrl } = await startGateway(platform, new Map(sources), stack)
    platform.log.info({ port, adminUrl }, 'ready')
  })
}

if (import.meta.main) {
  if (isStandalone()) {
    await runUntilStopped(async (stack) => {
      const config = readStandaloneConfig()
      const log = createLog('gateway', config.logLevel)
      const { port } = await startStandalone(config, log, stack)
      log.info({ port }, 'ready')
    })
  } else {
    await runProductGateway()
  }
}
