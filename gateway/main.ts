// The gateway as a process of its own: the subgraphs are where `<NAME>_URL` says.
import { runProcess, StartFailure } from '#platform/service.ts'
import type { RequestScope } from '#platform/subgraph.ts'
import { signViewer, viewerHeader } from '#platform/viewer.ts'
import { subgraphNames } from '#schema/sdl.ts'
import { remoteSource } from './executor/remote-source.ts'
import { startGateway } from './gateway.ts'

if (import.meta.main) {
  await runProcess('gateway', async (platform, stack) => {
    const signer = platform.signer('viewer')
    const headersFor = ({ viewer }: RequestScope) => ({ [viewerHeader]: signViewer(signer, viewer) })
    const sources = subgraphNames.map((name) => {
      const url = platform.config.subgraphUrls[name]
      if (!url)
        throw new StartFailure(`${name.toUpperCase()}_URL is not set: it says where the subgraph ${name} is.`)
      return [name, remoteSource<RequestScope>(url, { headersFor })] as const
    })
    const { port } = await startGateway(platform, new Map(sources), stack)
    platform.log.info({ port }, 'ready')
  })
}
