import type { Live, LiveEvent } from '#platform/live.ts'
import type { Cursors, ListScope } from '#platform/page.ts'
import type { Viewer } from '#platform/viewer.ts'
import { eventRow } from '#schema/events.ts'
import type { LiveRoot } from '#schema/streams.ts'
import type { AccessWatch, Listening } from './access-watch.ts'
import { AnswerStream } from './answer-stream.ts'
import { BoundedQueue, type Coalescing } from './bounded-queue.ts'
import type { Executor, GraphQLAnswer } from './executor/executor.ts'
import type { Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'
import { type Heard, Place, type Source } from './place.ts'
import { type Asker, isLost, type Sharing, type Trigger, type Triggers } from './triggers.ts'

export interface SubscriberDeps<C extends object> {
  readonly executor: Pick<Executor<C>, 'onEvent'>
  /** A fresh request of the viewer: each event is decided anew. */
  readonly scope: (viewer: Viewer) => C
  readonly triggers: Triggers<C>
  readonly live: Live
  readonly cursors: Cursors
  readonly access: Pick<AccessWatch, 'add' | 'remove'>
  /** Those that hear events. */
  readonly open: Set<Subscriber<C>>
  /** For the log. */
  readonly onError: (error: unknown) => void
}

/** What somebody subscribes to. */
export interface Wanted<C extends object> {
  readonly prepared: PreparedOperation<C>
  readonly variables: Json
  readonly viewer: Viewer
  /** The root field's name in the answer. */
  readonly responseName: string
  /** The post or conversation that it is about, and whose that is (`Listening`); null when it is about none. */
  readonly subjectId: string | null
  readonly ownerId: string | null
  readonly sources: readonly Source[]
  /** What its cursors are good for. */
  readonly list: ListScope
  /** Whether many events that wait are worth no more than the newest of each key. */
  readonly isLatest: boolean
  /** With whom the answers to events are shared. */
  readonly sharing: Sharing
}

/** Events that wait for one slow subscriber at most. */
const maxQueued = 1_000
/** From so many on only the newest counts, where a stream says so. */
const latest: Coalescing<Heard> = { from: 100, key: keyOf }

/** The root with which a document says no more than whether the viewer may listen. */
const permission: LiveRoot = { cursor: null, event: null }

const resync: GraphQLAnswer = {
  errors: [
    {
      message: 'Events were missed that cannot be sent again: read a fresh snapshot and subscribe anew.',
      extensions: { code: 'RESYNC' },
    },
  ],
}

/**
 * One subscription of one client. What he hears is answered one after the other: while an answer is on its way, or the client
 * is slow to take one, the next events wait. Whoever has nothing waiting costs a few calls an event, and no promise.
 */
export class Subscriber<C extends object> extends AnswerStream implements Asker, Listening {
  readonly #deps: SubscriberDeps<C>
  readonly #wanted: Wanted<C>
  readonly #trigger: Trigger
  /** Says whether this viewer may listen; kept once asked, for equal ones to share what a wave of changes asks. */
  #permitting: Trigger | undefined
  readonly #queue: BoundedQueue<Heard>
  #place: Place | undefined
  #attached: readonly { detach(): void }[] = []
  /** What was missed before now, to be answered first; null when it cannot be had. */
  #missed: Heard[] | null = []
  /** The event that is being answered. */
  #event: LiveEvent['event'] | null = null
  /** Whether events have to wait: nobody reads yet, or one before is not done with. */
  #busy = true
  #closed = false
  #lagged = false
  /** What the viewer hears last, when he may not listen any more. */
  #refusal: GraphQLAnswer | undefined

  constructor(deps: SubscriberDeps<C>, wanted: Wanted<C>) {
    super()
    this.#deps = deps
    this.#wanted = wanted
    this.#queue = new BoundedQueue(maxQueued, wanted.isLatest ? latest : undefined)
    const { prepared, variables, viewer, sharing } = wanted
    this.#trigger = deps.triggers.join(prepared, variables, viewer, sharing)
  }

  get viewerId(): string | null {
    return this.#wanted.viewer.userId
  }
  get subjectId(): string {
    return this.#wanted.subjectId ?? ''
  }
  get ownerId(): string | null {
    return this.#wanted.ownerId
  }

  /**
   * Asks whether the viewer may listen, begins to hear, and reads what he has missed.
   *
   * @param after the cursor that he begins after; null or absent to begin now.
   * @param isThere whether the client is still connected.
   * @returns the refusal; null when he hears.
   * @throws AppError BAD_CURSOR
   */
  async open(after: string | null | undefined, isThere = () => true): Promise<GraphQLAnswer | null> {
    const { executor, scope, live, cursors, access, open } = this.#deps
    const { prepared, variables, viewer, subjectId, sources, list } = this.#wanted
    const began = new Date()
    // Before access is asked: a change after the answer must not be missed.
    if (subjectId !== null) access.add(this)
    try {
      const { errors } = await executor.onEvent(prepared, permission, variables, scope(viewer))
      if (errors) {
        this.close()
        return { errors }
      }
      const key = cursors.decode(list, after)
      const place = new Place(sources, key, began)
      this.#place = place
      // Only where a cursor may be asked for before each stream has given one.
      if (!key && sources.length > 1) await place.begin(live)
      const attached = await Promise.allSettled(
        sources.map(({ topics }, source) =>
          live.attach(
            topics,
            (event) => this.#hear(source, event),
            () => this.#hear(source, null),
          ),
        ),
      )
      this.#attached = attached.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      if (this.#closed) this.#detach()
      for (const one of attached) if (one.status === 'rejected') throw one.reason
      if (!this.#closed) open.add(this)
      if (key && !this.#closed) this.#missed = await place.missed(live, () => !this.#closed && isThere())
      return null
    } catch (error) {
      this.close()
      throw error
    }
  }

  async recheck(wave: object): Promise<boolean> {
    if (this.#closed) return true
    const { prepared, variables, viewer, sharing } = this.#wanted
    if (sharing !== 'session')
      this.#permitting ??= this.#deps.triggers.join(prepared, variables, viewer, 'session')
    const own = this.#permitting ?? this.#trigger
    const { promise, resolve, reject } = Promise.withResolvers<GraphQLAnswer>()
    const answer =
      own.ask(wave, { root: () => permission, answered: resolve, failed: reject }) ?? (await promise)
    if (!answer.errors) return true
    if (!answer.errors.some(isLost)) return false
    this.#refusal ??= answer
    // Nothing that waits is sent.
    this.close()
    if (!this.#busy) this.#goOn()
    return true
  }

  root(): LiveRoot {
    const { cursors } = this.#deps
    return { cursor: cursors.encode(this.#wanted.list, this.#place?.key() ?? []), event: this.#event }
  }

  answered(answer: GraphQLAnswer): void {
    if (this.#refusal || !this.#mustWaitFor(answer)) this.#goOn()
  }

  failed(error: unknown): void {
    this.fail(error)
  }

  protected begin(): void {
    this.#goOn()
  }

  protected close(): void {
    if (this.#closed) return
    this.#closed = true
    const { access, open } = this.#deps
    this.#queue.clear()
    this.#missed = []
    this.#detach()
    open.delete(this)
    if (this.#wanted.subjectId !== null) access.remove(this)
    this.#trigger.leave()
    this.#permitting?.leave()
  }

  #detach(): void {
    for (const one of this.#attached) one.detach()
    this.#attached = []
  }

  /** @param live null when some events were lost on the way. */
  #hear(source: number, live: LiveEvent | null): void {
    if (this.#closed || this.#lagged) return
    const heard = heardTogether(source, live)
    if (this.#busy) {
      this.#lagged = !this.#queue.push(heard)
    } else if (!live || !this.#place?.isPast(heard)) {
      this.#busy = true
      if (!this.#mustWaitToAnswer(heard)) this.#goOn()
    }
  }

  /** Answers what waits, until something has to be waited for. */
  #goOn(): void {
    this.#busy = true
    while (!this.#refusal && !this.#closed && this.#missed) {
      const missed = this.#missed.shift()
      const heard = missed ?? this.#queue.shift()
      if (!heard) break
      if (missed) this.#place?.skipLater(missed)
      else if (heard.live && this.#place?.isPast(heard)) continue
      if (this.#mustWaitToAnswer(heard)) return
    }
    const last = this.#refusal ?? (this.#lagged || !this.#missed ? resync : undefined)
    this.#event = null
    if (last) this.#endWith(last)
    else this.#busy = this.#closed
  }

  #mustWaitToAnswer(heard: Heard): boolean {
    const { live, source } = heard
    if (!live) {
      this.#recall(source)
      return true
    }
    this.#place?.moveTo(heard)
    this.#event = live.event
    const answer = this.#trigger.ask(live, this)
    return !answer || this.#mustWaitFor(answer)
  }

  /** Emits an answer to an event, if it is for this viewer. */
  #mustWaitFor(answer: GraphQLAnswer): boolean {
    const { responseName } = this.#wanted
    const isLast = answer.errors?.some(isLost) ?? false
    const isForViewer = answer.errors !== undefined || answer.data?.[responseName] != null
    const emitted = isForViewer ? this.emit(answer) : undefined
    if (emitted === undefined && isLast) this.finish()
    emitted?.then(
      () => (isLast ? this.finish() : this.#goOn()),
      (error: unknown) => this.fail(error),
    )
    return isLast || emitted !== undefined
  }

  #endWith(answer: GraphQLAnswer): void {
    const emitted = this.emit(answer)
    if (emitted === undefined) this.finish()
    emitted?.then(
      () => this.finish(),
      (error: unknown) => this.fail(error),
    )
  }

  #recall(source: number): void {
    const isWanted = () => !this.#closed
    this.#place?.recalled(this.#deps.live, source, isWanted).then(
      (missed) => {
        this.#missed = missed
        this.#goOn()
      },
      (error: unknown) => {
        this.#deps.onError(error)
        this.#missed = null
        this.#goOn()
      },
    )
  }
}

/** What was heard last: all who hear an event hold the same object. */
let last: Heard = { source: 0, live: null }

function heardTogether(source: number, live: LiveEvent | null): Heard {
  if (last.live !== live || last.source !== source) last = { source, live }
  return last
}

/** What an event is about. A gap is about nothing. */
function keyOf({ live }: Heard): string {
  return live ? String((live.event.payload as Record<string, unknown>)[eventRow(live.event.name).key]) : ''
}
