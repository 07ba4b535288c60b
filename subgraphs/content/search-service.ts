// Search as a process of Content has it: the engine that the configuration names, and what keeps its index like the rows.
import { setTimeout as delay } from 'node:timers/promises'
import type { Chore } from '#platform/chores.ts'
import { createComments } from '#platform/comments.ts'
import { createFigures } from '#platform/figures.ts'
import { createPopularity } from '#platform/popularity.ts'
import { createProfiles } from '#platform/profiles.ts'
import { createEmbeddedSearch } from '#platform/search/embedded.ts'
import { createOpenSearch } from '#platform/search/opensearch.ts'
import type { Platform } from '#platform/service.ts'
import { eventSubject } from '#schema/events.ts'
import { createSearchIndex, refreshers, type SearchIndex } from './domain/search-index.ts'
import { createStore } from './store.ts'

/** How often the lag is told. */
const reportMs = 60_000
/** A failed build is tried again after this time. */
const retryMs = 5_000

/** The search index of a platform, with the engine that its configuration names. */
export function createSearch(platform: Platform): SearchIndex {
  const { config, mongo } = platform
  return createSearchIndex({
    engine: config.searchUrl
      ? createOpenSearch(config.searchUrl, `${config.namespace}-search`)
      : createEmbeddedSearch(),
    store: createStore(platform.db('content')),
    profiles: createProfiles(mongo, config.namespace),
    comments: createComments(mongo, config.namespace),
    popularity: createPopularity(mongo, config.namespace),
    now: Date.now,
  })
}

/**
 * Builds the index where there is none. An embedded one also listens to events by itself from before it is built: the durable
 * consumer's go to one process of several.
 */
export function startSearch(
  platform: Platform,
  search: SearchIndex,
): { chores: Chore[]; stop(): Promise<void> } {
  const log = platform.log.child({ subgraph: 'content' })
  const stopping = new AbortController()
  const failed = (error: unknown) => log.warn({ error: String(error) }, 'the search index was not refreshed')
  const build = async (): Promise<void> => {
    for (;;) {
      try {
        return await search.rebuild()
      } catch (error) {
        if (stopping.signal.aborted) return
        log.warn({ error: String(error) }, 'the search index was not built and is tried again')
        await delay(retryMs, null, { signal: stopping.signal }).catch(() => {})
        if (stopping.signal.aborted) return
      }
    }
  }
  const start = async (): Promise<{ detach(): void } | null> => {
    if (platform.config.searchUrl) {
      if (!(await search.engine.isBuilt().catch(() => false))) await build()
      return null
    }
    const names = Object.keys(refreshers) as (keyof typeof refreshers)[]
    const listening = await platform.live.attach(
      names.map((name) => eventSubject(name, '*')),
      ({ event }) => {
        refreshers[event.name as keyof typeof refreshers](search, [event.payload] as never)
          .then(() => search.noteLag(Date.now() - event.at.getTime()))
          .catch(failed)
      },
      () => void build(),
    )
    await build()
    return listening
  }
  const started = start()
  started.catch(failed)
  const figures = createFigures(platform.cache, platform.config.namespace)
  return {
    chores: [
      {
        name: 'search-lag',
        everyMs: reportMs,
        run: async () => {
          const lag = search.lag()
          if (!lag) return
          await figures.tell({
            heliograph_search_lag_p50_seconds: lag.p50 / 1000,
            heliograph_search_lag_p99_seconds: lag.p99 / 1000,
          })
        },
      },
    ],
    async stop() {
      stopping.abort()
      const listening = await started.catch(() => null)
      listening?.detach()
      await search.engine.close()
    },
  }
}
