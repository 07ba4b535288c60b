import type { GraphQLFormattedError } from 'graphql'
import type { Live, LiveEvent } from '#platform/live.ts'
import type { Cursors, ListScope } from '#platform/page.ts'
import type { Viewer } from '#platform/viewer.ts'
import { AppError } from '#schema/errors.ts'
import { eventRow } from '#schema/events.ts'
import { type LiveRoot, type StreamName, type StreamRow, streamRow, streams } from '#schema/streams.ts'
import type { AccessWatch } from './access-watch.ts'
import { type AnswerStream, createAnswerStream, type Emit } from './answer-stream.ts'
import { createChannel } from './channel.ts'
import type { Executor, GraphQLAnswer } from './executor/executor.ts'
import type { Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'
import { createPlace, type Heard, type Place, sourcesOf } from './place.ts'
import { createTriggers, selectsOnly } from './triggers.ts'

export interface SubscriptionsOptions<C extends object> {
  readonly executor: Executor<C>
  readonly live: Live
  readonly cursors: Cursors
  /** The row of the stream that feeds a subscription field; the product's own, of schema/streams.ts, unless told. */
  readonly streamOf?: (field: string) => StreamRow
  /** Who wrote a post; null when there is none. */
  readonly authorOf: (postId: string) => Promise<string | null>
  readonly access: Pick<AccessWatch, 'add'>
  /** A fresh request of the viewer: each event is decided anew. */
  readonly scope: (viewer: Viewer) => C
}

export interface Subscriptions<C extends object> {
  readonly subscribe: Subscribe<C>
  /** How many hear events at the moment. */
  readonly open: number
}

/**
 * Subscribes a viewer with variables that have passed `checkVariables`; what comes is one answer an event. An answer instead of
 * a stream is a refusal.
 */
export type Subscribe<C extends object> = (
  prepared: PreparedOperation<C>,
  variables: Json,
  viewer: Viewer,
) => Promise<AnswerStream | GraphQLAnswer>

/** Events that wait for one slow subscriber at most. */
const maxQueued = 1_000
const maxTopics = 100
/** From so many on only the newest counts, where a stream says so. */
const coalesceFrom = 100

const permission: LiveRoot = { cursor: null, event: null }

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
 * event the subscription's plan is executed, with the check for access in it; and when something changes that access hangs on,
 * it is asked again without waiting for an event.
 */
export function createSubscriptions<C extends object>(options: SubscriptionsOptions<C>): Subscriptions<C> {
  const { executor, live, cursors, access, authorOf, scope, streamOf = productStream } = options
  const triggers = createTriggers(executor, scope)
  let open = 0

  const alike = new WeakMap<PreparedOperation<C>, boolean>()
  const isAlike = (prepared: PreparedOperation<C>, stream: StreamRow): boolean => {
    if (!stream.alike) return false
    const known = alike.get(prepared) ?? selectsOnly(executor.schema, prepared, stream.alike)
    alike.set(prepared, known)
    return known
  }

  const subscribe: Subscribe<C> = async (prepared, variables, viewer) => {
    const { subscription } = prepared
    if (!subscription) throw new Error('The operation is no subscription')
    const { field, responseName } = subscription
    const args = subscription.argumentsFor(variables)
    const stream = streamOf(field)
    const topics = stream.topics(args, viewer.userId)
    if (topics.length > maxTopics)
      return refusalOf('BAD_USER_INPUT', `At most ${maxTopics} may be listened to.`)
    const sources = sourcesOf(topics)
    // A cursor is good for whoever may listen to the same topics; what is one person's own has him in their names.
    const list: ListScope = { list: `${field} ${topics.join(' ')}`, viewerId: null }

    const own = triggers.join(prepared, variables, viewer)
    /** Answers the events: `own` or one that is shared by more. */
    let trigger = own
    const held = new DisposableStack()
    held.defer(() => own.leave())
    /** What the viewer hears last, when he may not listen any more. */
    let refusal: GraphQLAnswer | undefined
    let lagged = false
    const channel = createChannel<Heard>(
      maxQueued,
      () => held.dispose(),
      stream.coalesce && { from: coalesceFrom, key: keyOf },
    )
    const lag = () => {
      lagged = true
      channel.end()
    }
    const recheck = async (wave: object): Promise<boolean> => {
      const answer = await own.answer(wave, () => permission)
      if (!answer.errors) return true
      if (!answer.errors.some((error) => isLost(error, responseName))) return false
      refusal ??= answer
      await channel.return()
      return true
    }
    const refuse = async (answer: GraphQLAnswer): Promise<GraphQLAnswer> => {
      await channel.return()
      return answer
    }

    let place: Place
    let missed: Heard[] | null = []
    const began = new Date()
    try {
      const postId = stream.post?.(args)
      let authorId: string | null = null
      if (postId !== undefined) {
        authorId = await authorOf(postId)
        // Before access is asked: a change after the answer must not be missed.
        held.defer(access.add({ viewerId: viewer.userId, postId, authorId, recheck }))
      }
      // A place in several streams is one subscriber's own: he and another need not have heard the same of all of them.
      if (sources.length !== 1) trigger = triggers.join(prepared, variables, viewer, 'none')
      else if (isAlike(prepared, stream) && viewer.userId !== authorId)
        trigger = triggers.join(prepared, variables, viewer, 'alike')
      if (trigger !== own) held.defer(() => trigger.leave())
      const allowed = await executor.onEvent(prepared, permission, variables, scope(viewer))
      if (allowed.errors) return refuse({ errors: allowed.errors })
      const after = cursors.decode(list, args.after as string | null | undefined)
      place = createPlace(sources, after, began)
      // Only where a cursor may be asked for before each stream has given one.
      if (!after && sources.length > 1) await place.begin(live)
      const hear = (source: number) => (event: LiveEvent) => {
        if (!channel.push({ source, live: event })) lag()
      }
      const attached = await Promise.all(
        sources.map(({ topics: some }, source) =>
          live.attach(some, hear(source), () => {
            if (!channel.push({ source, live: null })) lag()
          }),
        ),
      )
      const detach = () => {
        for (const one of attached) one.detach()
      }
      if (held.disposed) {
        detach()
      } else {
        open += 1
        held.defer(() => {
          open -= 1
          detach()
        })
        if (after) missed = await place.missed(live)
      }
    } catch (error) {
      if (error instanceof AppError) return refuse(refusalOf(error.code, error.message))
      await channel.return()
      throw error
    }
    const answers = createAnswers()

    async function run(emit: Emit): Promise<void> {
      try {
        let backlog = missed
        for (;;) {
          if (!backlog) return await emit(resync)
          for (const heard of backlog) {
            if (held.disposed && !refusal && !lagged) return
            place.skipLater(heard)
            const answer = await answers.next(heard)
            if (refusal) return await emit(refusal)
            if (answer) await emit(answer)
            if (answers.ended) return
          }
          let gap: Heard | undefined
          while (!gap) {
            const { value: heard, done } = await channel.next()
            if (done) break
            if (heard.live === null) gap = heard
            else if (!place.isPast(heard)) {
              const answer = await answers.next(heard)
              if (refusal) break
              // Few have to be waited for, and each wait of thousands counts.
              const emitting = answer && emit(answer)
              if (emitting !== undefined) await emitting
              if (answers.ended) return
            }
          }
          if (!gap) break
          backlog = await place.recalled(live, gap.source)
        }
        if (refusal) await emit(refusal)
        else if (lagged) await emit(resync)
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
        async next(heard: Heard): Promise<GraphQLAnswer | undefined> {
          if (heard.live === null) return undefined
          const { event } = heard.live
          place.moveTo(heard)
          const answer = await trigger.answer(heard.live, () => ({
            cursor: cursors.encode(list, place.key()),
            event,
          }))
          ended = answer.errors?.some((error) => isLost(error, responseName)) ?? false
          return answer.errors || answer.data?.[responseName] != null ? answer : undefined
        },
      }
    }

    return createAnswerStream(run, () => channel.return())
  }

  return {
    subscribe,
    get open() {
      return open
    },
  }
}

function productStream(field: string): StreamRow {
  if (!Object.hasOwn(streams, field)) throw new Error(`No stream feeds the subscription "${field}"`)
  return streamRow(field as StreamName)
}

/** What an event is about. A gap is about nothing. */
function keyOf({ live }: Heard): string {
  return live ? String((live.event.payload as Record<string, unknown>)[eventRow(live.event.name).key]) : ''
}

function refusalOf(code: string, message: string): GraphQLAnswer {
  return { errors: [{ message, extensions: { code } }] }
}

function isLost({ path, extensions }: GraphQLFormattedError, responseName: string): boolean {
  return path?.length === 1 && path[0] === responseName && lost.has(String(extensions?.code))
}
