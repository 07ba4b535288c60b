// Builds the search index of OpenSearch anew while the system runs: `node subgraphs/content/search-reindex.ts`, or
// `npx heliograph search reindex`. The present index answers until the new one takes its place.
import { readConfig } from '#platform/config.ts'
import { startPlatform } from '#platform/service.ts'
import { createSearch } from './search-service.ts'

if (import.meta.main) {
  const config = readConfig()
  if (config.searchUrl === null) {
    process.stdout.write(
      'Without SEARCH_URL each process that serves content builds an index of its own when it starts: there is nothing else to do.\n',
    )
  } else {
    await using stack = new AsyncDisposableStack()
    const search = createSearch(await startPlatform(config, 'search-reindex', stack))
    stack.defer(() => search.engine.close())
    const start = performance.now()
    await search.rebuild()
    process.stdout.write(`Built anew in ${Math.round((performance.now() - start) / 1000)} s.\n`)
  }
}
