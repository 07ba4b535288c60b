import type { Live } from '#platform/live.ts'
import type { DomainEvent } from '#schema/events.ts'

/** An open subscription that somebody may lose the right to. */
export interface Listening {
  /** Null when signed out. */
  readonly viewerId: string | null
  /** The post that it is about, and who wrote it. */
  readonly postId: string
  readonly authorId: string | null
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
 * @param isPublic whether anybody who is not blocked may see what an account publishes: then its change took nothing from anyone.
 */
export async function createAccessWatch(
  live: Pick<Live, 'attach'>,
  isPublic: (userId: string) => Promise<boolean>,
): Promise<AccessWatch> {
  const byViewer = createIndex()
  const byAuthor = createIndex()
  const byPost = createIndex()
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
      if (!answered && byPost.get(listening.postId).has(listening)) schedule(listening, {}, retryMs)
    }, afterMs)
    waiting.set(listening, { wave, timer })
  }
  const recheck = (affected: readonly Listening[]): void => {
    const wave = {}
    for (const listening of affected)
      schedule(listening, wave, affected.length > few ? Math.random() * spreadMs : 0)
  }

  const between = (viewerId: string, authorId: string) =>
    [...byViewer.get(viewerId)].filter((listening) => listening.authorId === authorId)

  const hear = async ({ name, payload }: DomainEvent): Promise<void> => {
    if (name === 'relation.changed') {
      const { userId, otherId } = payload as DomainEvent<'relation.changed'>['payload']
      recheck([...between(userId, otherId), ...between(otherId, userId)])
    } else if (name === 'account.changed') {
      const { userId } = payload as DomainEvent<'account.changed'>['payload']
      const affected = byAuthor.get(userId)
      if (affected.size === 0) return
      const tookNothing = await isPublic(userId).catch(() => false)
      if (!tookNothing) recheck([...affected])
    } else if (name === 'post.deleted') {
      const { postId } = payload as DomainEvent<'post.deleted'>['payload']
      recheck([...byPost.get(postId)])
    }
  }
  const all = () => recheck([...byPost.values()])

  const attached = await Promise.all(
    ['events.graph.relation.changed.*', 'events.user.account.changed.*', 'events.content.post.deleted.*'].map(
      (topic) => live.attach([topic], ({ event }) => void hear(event), all),
    ),
  )

  return {
    add(listening) {
      const { viewerId, postId, authorId } = listening
      byPost.add(postId, listening)
      if (viewerId !== null) byViewer.add(viewerId, listening)
      if (authorId !== null) byAuthor.add(authorId, listening)
    },
    remove(listening) {
      const { viewerId, postId, authorId } = listening
      byPost.remove(postId, listening)
      if (viewerId !== null) byViewer.remove(viewerId, listening)
      if (authorId !== null) byAuthor.remove(authorId, listening)
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
