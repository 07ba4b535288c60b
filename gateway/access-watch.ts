import type { Live } from '#platform/live.ts'
import { type DomainEvent, eventSubject } from '#schema/events.ts'

/** An open subscription that somebody may lose the right to. */
export interface Listening {
  /** Null when signed out. */
  readonly viewerId: string | null
  /** The post or conversation that it is about. */
  readonly subjectId: string
  /** Who wrote the post, or the other of a conversation of two; null for a group. */
  readonly ownerId: string | null
  /**
   * Asks again whether the viewer may listen, and ends the subscription if not. False when there was no answer.
   *
   * @param wave the same object for all that one change makes ask: what is asked with it is not older than the change.
   */
  recheck(wave: object): Promise<boolean>
}

export interface AccessWatch {
  /** Watches over a subscription until it is removed. */
  add(listening: Listening): void
  remove(listening: Listening): void
  stop(): void
}

/** Two people's subscriptions are asked at once; those of an author's whole audience over this time. */
const spreadMs = 300
const few = 50
/** When a subgraph did not answer. */
const retryMs = 1_000

/**
 * Has open subscriptions ask anew whether their viewer may listen when a relation, an account or a post changes: without it
 * they would learn of it with their next event only.
 *
 * @param isPublic whether anybody who is not blocked may see a post, or what an account publishes: then its change took nothing
 * from anyone.
 */
export async function createAccessWatch(
  live: Pick<Live, 'attach'>,
  isPublic: (id: string) => Promise<boolean>,
): Promise<AccessWatch> {
  const byViewer = createIndex()
  const byOwner = createIndex()
  const bySubject = createIndex()
  /** The change after which each is to ask; a newer one takes its place. */
  const waiting = new Map<Listening, { wave: object; timer: NodeJS.Timeout }>()

  const schedule = (listening: Listening, wave: object, afterMs: number): void => {
    const scheduled = waiting.get(listening)
    if (scheduled) {
      scheduled.wave = wave
      return
    }
    const timer = setTimeout(async () => {
      const due = waiting.get(listening)
      waiting.delete(listening)
      if (!due) return
      const answered = await listening.recheck(due.wave).catch(() => false)
      if (!answered && bySubject.get(listening.subjectId).has(listening)) schedule(listening, {}, retryMs)
    }, afterMs)
    waiting.set(listening, { wave, timer })
  }
  const recheck = (affected: readonly Listening[]): void => {
    const wave = {}
    for (const listening of affected)
      schedule(listening, wave, affected.length > few ? Math.random() * spreadMs : 0)
  }

  /** Has those ask whom a change of something may have taken it from. */
  const changed = async (id: string, affected: ReadonlySet<Listening>): Promise<void> => {
    if (affected.size === 0) return
    const tookNothing = await isPublic(id).catch(() => false)
    if (!tookNothing) recheck([...affected])
  }
  const between = (viewerId: string, ownerId: string) =>
    [...byViewer.get(viewerId)].filter((listening) => listening.ownerId === ownerId)

  const hear = async ({ name, payload }: DomainEvent): Promise<void> => {
    if (name === 'relation.changed') {
      const { userId, otherId } = payload as DomainEvent<'relation.changed'>['payload']
      recheck([...between(userId, otherId), ...between(otherId, userId)])
    } else if (name === 'account.changed') {
      const { userId } = payload as DomainEvent<'account.changed'>['payload']
      await changed(userId, byOwner.get(userId))
    } else {
      const { postId } = payload as DomainEvent<'post.changed'>['payload']
      await changed(postId, bySubject.get(postId))
    }
  }
  const all = () => recheck([...bySubject.values()])

  const names = [
    'relation.changed',
    'account.changed',
    'post.changed',
    'post.archived',
    'post.deleted',
  ] as const
  const attached = await Promise.all(
    names.map((name) => live.attach([eventSubject(name, '*')], ({ event }) => void hear(event), all)),
  )

  return {
    add(listening) {
      const { viewerId, subjectId, ownerId } = listening
      bySubject.add(subjectId, listening)
      if (viewerId !== null) byViewer.add(viewerId, listening)
      if (ownerId !== null) byOwner.add(ownerId, listening)
    },
    remove(listening) {
      const { viewerId, subjectId, ownerId } = listening
      bySubject.remove(subjectId, listening)
      if (viewerId !== null) byViewer.remove(viewerId, listening)
      if (ownerId !== null) byOwner.remove(ownerId, listening)
      clearTimeout(waiting.get(listening)?.timer)
      waiting.delete(listening)
    },
    stop() {
      for (const { detach } of attached) detach()
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
    },
  }
}

const none: ReadonlySet<Listening> = new Set()

function createIndex() {
  const sets = new Map<string, Set<Listening>>()
  return {
    get: (key: string): ReadonlySet<Listening> => sets.get(key) ?? none,
    *values() {
      for (const set of sets.values()) yield* set
    },
    add(key: string, listening: Listening): void {
      sets.set(key, (sets.get(key) ?? new Set()).add(listening))
    },
    remove(key: string, listening: Listening): void {
      const set = sets.get(key)
      set?.delete(listening)
      if (set?.size === 0) sets.delete(key)
    },
  }
}
