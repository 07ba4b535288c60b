import type { GraphQLFormattedError } from 'graphql'
import type { Live, LiveEvent } from '#platform/live.ts'
import type { Cursors, ListScope, SortKey } from '#platform/page.ts'
import type { Viewer } from '#platform/viewer.ts'
import { AppError } from '#schema/errors.ts'
import { type LiveRoot, type StreamName, streamRow, streams } from '#schema/streams.ts'
import { createChannel } from './channel.ts'
import type { Executor, GraphQLAnswer } from './executor/executor.ts'
import type { Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'

export interface SubscriptionsOptions<C extends object> {
  readonly executor: Executor<C>
  readonly live: Live
  readonly cursors: Cursors
  /** The live topics that feed a subscription field. */
  readonly topics?: (field: string, args: Json, viewerId: string | null) => string[]
  /** A fresh request of the viewer: each event is decided anew. */
  readonly scope: (viewer: Viewer) => C
}

export interface Subscriptions<C extends object> {
  readonly subscribe: Subscribe<C>
  /** How many hear events at the moment. */
  readonly open: number
}

/** Subscribes a viewer; what comes is one answer an event. An answer instead of a stream is a refusal. */
export type Subscribe<C extends object> = (
  prepared: PreparedOperation<C>,
  variables: Json,
  viewer: Viewer,
) => Promise<AsyncGenerator<GraphQLAnswer, void, void> | GraphQLAnswer>

/** Events that wait for one slow subscriber at most. */
const maxQueued = 1_000

const resync: GraphQLAnswer = {
  errors: [
    {
      message: 'Events were missed that cannot be sent again: read a fresh snapshot and subscribe anew.',
      extensions: { code: 'RESYNC' },
    },
  ],
}

/** Errors at the root field that mean that this viewer may not listen any more. */
const lost = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'NOT_FOUND'])

/**
 * Federated subscriptions over live events. The field's own subgraph is asked whether the viewer may listen; then events
 * are heard before any snapshot is read, so that none falls between; then what was missed since `after` is replayed. For each
 * event the subscription's plan is executed, with the check for access in it.
 */
export function createSubscriptions<C extends object>(options: SubscriptionsOptions<C>): Subscriptions<C> {
  const { executor, live, cursors, scope, topics: topicsOf = topicsOfStream } = options
  let open = 0

  const subscribe: Subscribe<C> = async (prepared, variables, viewer) => {
    const { subscription } = prepared
    if (!subscription) throw new Error('The operation is no subscription')
    const { field, responseName } = subscription

    const permission: LiveRoot = { cursor: null, event: null }
    const allowed = await executor.onEvent(prepared, permission, variables, scope(viewer))
    if (allowed.errors) return { errors: allowed.errors }

    const args = subscription.argumentsFor(variables)
    const topics = topicsOf(field, args, viewer.userId)
    const list: ListScope = { list: `${field} ${topics.join(' ')}`, viewerId: viewer.userId }
    let after: SortKey | null
    try {
      after = cursors.decode(list, args.after as string | null | undefined)
    } catch (error) {
      if (error instanceof AppError)
        return { errors: [{ message: error.message, extensions: { code: error.code } }] }
      throw error
    }

    let overflowed = false
    const channel = createChannel<LiveEvent>(maxQueued, () => {
      open -= 1
      attached.detach()
    })
    const attached = await live.attach(topics, (event) => {
      if (channel.push(event)) return
      overflowed = true
      channel.end()
    })
    open += 1
    let missed: LiveEvent[] | null
    try {
      missed = after === null ? [] : await live.replay(topics, Number(after[0]), String(after[1]))
    } catch (error) {
      await channel.return()
      throw error
    }
    const answers = createAnswers()

    async function* run(): AsyncGenerator<GraphQLAnswer, void, void> {
      try {
        if (missed === null) return yield resync
        let replayed = Number(after?.[0] ?? 0)
        for (const { sequence, event } of missed) {
          replayed = sequence
          const answer = await answers.next(sequence, event)
          if (answer) yield answer
          if (answers.ended) return
        }
        for await (const { sequence, event } of channel) {
          // What was replayed may also have been heard. Later on a lower sequence is news: the stream was lost and counts anew.
          if (sequence <= replayed) continue
          replayed = 0
          const answer = await answers.next(sequence, event)
          if (answer) yield answer
          if (answers.ended) return
        }
        if (overflowed) yield resync
      } finally {
        await channel.return()
      }
    }

    function createAnswers() {
      let ended = false
      return {
        get ended() {
          return ended
        },
        /** Undefined when the event is not for this viewer. */
        async next(sequence: number, event: LiveEvent['event']): Promise<GraphQLAnswer | undefined> {
          const root: LiveRoot = { cursor: cursors.encode(list, [sequence, event.id]), event }
          const answer = await executor.onEvent(prepared, root, variables, scope(viewer))
          ended = answer.errors?.some((error) => isLost(error, responseName)) ?? false
          return answer.errors || answer.data?.[responseName] != null ? answer : undefined
        },
      }
    }

    return closeable(run(), () => channel.return())
  }

  return {
    subscribe,
    get open() {
      return open
    },
  }
}

/** The product's own streams, of schema/streams.ts. */
function topicsOfStream(field: string, args: Json, viewerId: string | null): string[] {
  if (!Object.hasOwn(streams, field)) throw new Error(`No stream feeds the subscription "${field}"`)
  return streamRow(field as StreamName).topics(args, viewerId)
}

function isLost({ path, extensions }: GraphQLFormattedError, responseName: string): boolean {
  return path?.length === 1 && path[0] === responseName && lost.has(String(extensions?.code))
}

/** A generator whose `return` first ends what the generator waits for: on its own it would wait for the next event. */
function closeable<T>(
  generator: AsyncGenerator<T, void, void>,
  close: () => Promise<unknown>,
): AsyncGenerator<T, void, void> {
  const end = async (): Promise<IteratorResult<T, void>> => {
    await close()
    return generator.return()
  }
  return {
    next: () => generator.next(),
    return: end,
    throw: async (error) => {
      await close()
      return generator.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => {
      await end()
    },
  }
}
