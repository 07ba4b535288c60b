// What Messaging's resolvers have at hand.
import type { Limits } from '#platform/limits.ts'
import type { Live } from '#platform/live.ts'
import { createMediaFacts, type MediaFacts } from '#platform/media.ts'
import { createPresence, type Presence } from '#platform/presence.ts'
import type { Relations } from '#platform/relations.ts'
import type { Platform } from '#platform/service.ts'
import type { BaseContext } from '#platform/subgraph.ts'
import { createDeliveries, type NoteDelivery } from './deliveries.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { createRepeats, type Repeats } from './store/repeats.ts'
import { createTyping, type Typing } from './store/typing.ts'
import { createStore, type Store } from './store.ts'
import { createTurns, type InTurn } from './turns.ts'

/** What lives as long as the process. */
export interface Services {
  store: Store
  relations: Relations
  media: MediaFacts
  limits: Limits
  /** Whether anything is limited at all. */
  limited: boolean
  repeats: Repeats
  presence: Presence
  typing: Typing
  tell: Live['tell']
  noteDelivery: NoteDelivery
  inTurn: InTurn
  now(): Date
}

export interface Context extends BaseContext<'messaging'>, Services {
  loaders: Loaders
}

/** Makes what lives as long as the process. */
export function createServices(platform: Platform): Services {
  const { namespace, rateLimits } = platform.config
  const store = createStore(platform.db('messaging'))
  const transact = platform.transact('messaging')
  const inTurn = createTurns()
  return {
    store,
    relations: platform.facts.relations,
    media: createMediaFacts(platform.mongo, namespace),
    limits: platform.limits,
    limited: rateLimits,
    repeats: createRepeats(platform.cache, namespace),
    presence: createPresence(platform.cache, namespace),
    typing: createTyping(platform.cache, namespace),
    tell: platform.live.tell,
    noteDelivery: createDeliveries({ store, transact, inTurn, log: platform.log }),
    inTurn,
    now: () => new Date(),
  }
}

/** Makes the context of each request. */
export function createContexts(services: Services): (base: BaseContext<'messaging'>) => Context {
  return (base) => ({ ...base, ...services, loaders: createLoaders(services) })
}
