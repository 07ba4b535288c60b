import type { Live } from '#platform/live.ts'
import type { Cursors } from '#platform/page.ts'
import type { Viewer } from '#platform/viewer.ts'
import { AppError } from '#schema/errors.ts'
import { type StreamName, type StreamRow, streamRow, streams } from '#schema/streams.ts'
import type { AccessWatch } from './access-watch.ts'
import type { AnswerStream } from './answer-stream.ts'
import type { Executor, GraphQLAnswer } from './executor/executor.ts'
import type { Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'
import { sourcesOf } from './place.ts'
import { Subscriber } from './subscriber.ts'
import { createTriggers, type Sharing, selectsOnly } from './triggers.ts'

export interface SubscriptionsOptions<C extends object> {
  readonly executor: Executor<C>
  readonly live: Live
  readonly cursors: Cursors
  /** The row of the stream that feeds a subscription field; the product's own, of schema/streams.ts, unless told. */
  readonly streamOf?: (field: string) => StreamRow
  /** Who wrote a post, or with whom the viewer is in a conversation of two; null for a group, and when there is none. */
  readonly ownerOf: (subjectId: string, viewerId: string | null) => Promise<string | null>
  readonly access: Pick<AccessWatch, 'add' | 'remove'>
  /** A fresh request of the viewer: each event is decided anew. */
  readonly scope: (viewer: Viewer) => C
  /** For the log: what went wrong for somebody who is told to start over. */
  readonly onError: (error: unknown) => void
}

export interface Subscriptions<C extends object> {
  readonly subscribe: Subscribe<C>
  /** How many hear events at the moment. */
  readonly open: number
}

/**
 * Subscribes a viewer with variables that have passed `checkVariables`; what comes is one answer an event. An answer instead of
 * a stream is a refusal. Once the client `isThere` no more, what he missed is not read.
 */
export type Subscribe<C extends object> = (
  prepared: PreparedOperation<C>,
  variables: Json,
  viewer: Viewer,
  isThere?: () => boolean,
) => Promise<AnswerStream | GraphQLAnswer>

const maxTopics = 100

/**
 * Federated subscriptions over live events. The field's own subgraph is asked whether the viewer may listen; then events
 * are heard before any snapshot is read, so that none falls between; then what was missed since `after` is replayed. For each
 * event the subscription's plan is executed, with the check for access in it; and when something changes that access hangs on,
 * it is asked again without waiting for an event.
 */
export function createSubscriptions<C extends object>(options: SubscriptionsOptions<C>): Subscriptions<C> {
  const { executor, live, cursors, access, ownerOf, scope, onError, streamOf = productStream } = options
  const triggers = createTriggers(executor, scope)
  const open = new Set<Subscriber<C>>()
  const deps = { executor, live, cursors, access, scope, triggers, open, onError }

  const alike = new WeakMap<PreparedOperation<C>, boolean>()
  const isAlike = (prepared: PreparedOperation<C>, stream: StreamRow): boolean => {
    if (!stream.alike) return false
    const known = alike.get(prepared) ?? selectsOnly(executor.schema, prepared, stream.alike)
    alike.set(prepared, known)
    return known
  }

  const subscribe: Subscribe<C> = async (prepared, variables, viewer, isThere) => {
    const { subscription } = prepared
    if (!subscription) throw new Error('The operation is no subscription')
    const { field, responseName } = subscription
    const args = subscription.argumentsFor(variables)
    const stream = streamOf(field)
    const topics = stream.topics(args, viewer.userId)
    if (topics.length > maxTopics)
      return refusalOf('BAD_USER_INPUT', `At most ${maxTopics} may be listened to.`)
    const sources = sourcesOf(topics)
    try {
      const subjectId = stream.about?.(args) ?? null
      const ownerId = subjectId === null ? null : await ownerOf(subjectId, viewer.userId)
      let sharing: Sharing = 'session'
      // A place in several streams is one subscriber's own: he and another need not have heard the same of all of them.
      if (sources.length !== 1) sharing = 'none'
      else if (isAlike(prepared, stream) && viewer.userId !== ownerId) sharing = 'alike'
      const subscriber = new Subscriber(deps, {
        ...{ prepared, variables, viewer, responseName, subjectId, ownerId, sources, sharing },
        // A cursor is good for whoever may listen to the same topics; what is one person's own has him in their names.
        list: { list: `${field} ${topics.join(' ')}`, viewerId: null },
        isLatest: stream.coalesce === 'latest',
      })
      return (await subscriber.open(args.after as string | null | undefined, isThere)) ?? subscriber
    } catch (error) {
      if (error instanceof AppError) return refusalOf(error.code, error.message)
      throw error
    }
  }

  return {
    subscribe,
    get open() {
      return open.size
    },
  }
}

function productStream(field: string): StreamRow {
  if (!Object.hasOwn(streams, field)) throw new Error(`No stream feeds the subscription "${field}"`)
  return streamRow(field as StreamName)
}

function refusalOf(code: string, message: string): GraphQLAnswer {
  return { errors: [{ message, extensions: { code } }] }
}
