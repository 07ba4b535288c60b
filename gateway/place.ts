import type { Live, LiveEvent, Topic } from '#platform/live.ts'
import type { SortKey } from '#platform/page.ts'

/** Topics that are heard together: of one JetStream stream, or all that nothing stores. */
export interface Source {
  readonly topics: readonly Topic[]
  readonly isStored: boolean
}

/** What a subscriber hears of one of his sources: an event, or, as null, that some were lost on the way. */
export interface Heard {
  readonly source: number
  readonly live: LiveEvent | null
}

interface Start {
  readonly sequence: number
  readonly id: string
}

/** What is remembered of an event: the event itself would keep all that was made of it. */
interface Mark extends Start {
  readonly at: Date
}

const nowhere: Start = { sequence: 0, id: '' }

/** The sources of some topics. */
export function sourcesOf(topics: readonly Topic[]): Source[] {
  const groups = Map.groupBy(topics, (topic) => {
    const [root = '', publisher = ''] = topic.split('.')
    return root === 'events' ? `events.${publisher}` : root
  })
  return [...groups].map(([root, some]) => ({ topics: some, isStored: root !== 'ephemeral' }))
}

/** How far a subscriber has heard each of his sources. A class, for there are many thousands. */
export class Place {
  readonly #sources: readonly Source[]
  readonly #began: Date
  /** Where each source stood before anything was heard of it. */
  readonly #starts: (Start | undefined)[]
  /** The last event that was heard of each. */
  readonly #heard: (Mark | undefined)[] = []
  /** Up to where a source is answered. Later on a lower sequence is news: of a stream whose clock went back. */
  #floors: Map<number, number> | undefined
  /** What was replayed and may be heard, too. Few hold one of these. */
  #replayed: Set<string> | undefined

  /**
   * @param after a cursor's key; null to begin now.
   * @param began when the subscription did.
   */
  constructor(sources: readonly Source[], after: SortKey | null, began: Date) {
    this.#sources = sources
    this.#began = began
    this.#starts = []
    if (!after) return
    for (const [i, source] of this.#stored().entries()) {
      const sequence = Number(after[2 * i])
      this.#starts[source] = { sequence, id: String(after[2 * i + 1]) }
      this.#floors ??= new Map()
      this.#floors.set(source, sequence)
    }
  }

  /** Begins at the end of each stream, for the sources that no cursor names a place of. */
  async begin(live: Pick<Live, 'position'>): Promise<void> {
    for (const source of this.#stored()) {
      const sequence = await live.position(this.#sources[source]?.topics[0] ?? '')
      this.#starts[source] = { sequence, id: '' }
    }
  }

  /**
   * What came after the place, of all sources in the order of its times; null when not all of it is to be had, as where nothing is
   * stored. What is ephemeral beside stored sources is worth nothing later.
   *
   * @param isWanted whether the subscriber is still there, as `Live.replay` asks it.
   */
  async missed(live: Pick<Live, 'replay'>, isWanted: () => boolean): Promise<Heard[] | null> {
    const stored = this.#stored()
    if (stored.length === 0) return null
    const all = await Promise.all(
      stored.map(async (source) => {
        const { sequence, id } = this.#at(source)
        const topics = this.#sources[source]?.topics ?? []
        const events = await live.replay(topics, sequence, id === '' ? undefined : id, isWanted)
        return events?.map((event): Heard => ({ source, live: event })) ?? null
      }),
    )
    if (all.some((some) => some === null)) return null
    const missed = all.flatMap((some) => some ?? [])
    return all.length > 1 ? missed.sort((a, b) => timeOf(a) - timeOf(b)) : missed
  }

  /** What was lost of a source on the way; null when that is not known. `isWanted` as of `missed`. */
  async recalled(
    live: Pick<Live, 'recall'>,
    source: number,
    isWanted: () => boolean,
  ): Promise<Heard[] | null> {
    const { topics, isStored } = this.#sources[source] ?? { topics: [], isStored: false }
    if (!isStored) return this.#stored().length > 0 ? [] : null
    const since = this.#heard[source]?.at ?? this.#began
    const known = this.#heard[source] ?? this.#starts[source]
    const events = await live.recall(topics, since, known && this.#at(source).id, isWanted)
    this.#floors?.delete(source)
    return events?.map((event): Heard => ({ source, live: event })) ?? null
  }

  /** Says that an event out of a replay may be heard, too: `isPast` is true for it then. */
  skipLater({ source, live }: Heard): void {
    if (!live) return
    this.#replayed ??= new Set()
    this.#replayed.add(live.event.id)
    if (live.sequence === 0) return
    this.#floors ??= new Map()
    this.#floors.set(source, live.sequence)
  }

  /** Whether the event has been answered. */
  isPast({ source, live }: Heard): boolean {
    if (!live) return true
    const { id } = this.#heard[source] ?? this.#starts[source] ?? nowhere
    if (this.#replayed?.delete(live.event.id) || id === live.event.id) return true
    if (this.#floors === undefined) return false
    if (live.sequence > 0 && live.sequence <= (this.#floors.get(source) ?? 0)) return true
    this.#floors.delete(source)
    return false
  }

  moveTo({ source, live }: Heard): void {
    if (live && this.#sources[source]?.isStored) this.#heard[source] = markOf(live)
  }

  /** The place as the key of a cursor: sequence and event id for each stored source. */
  key(): SortKey {
    return this.#stored().flatMap((source) => {
      const { sequence, id } = this.#at(source)
      return [sequence, id]
    })
  }

  #at(source: number): Start {
    return this.#heard[source] ?? this.#starts[source] ?? nowhere
  }

  #stored(): number[] {
    return this.#sources.flatMap(({ isStored }, source) => (isStored ? [source] : []))
  }
}

function timeOf({ live }: Heard): number {
  return live?.event.at.getTime() ?? 0
}

/** The mark of the event that was heard last: all who hear it hold the same one, for thousands would be thousands of objects. */
let last: { readonly live: LiveEvent; readonly mark: Mark } | undefined

function markOf(live: LiveEvent): Mark {
  if (last?.live !== live) {
    const { sequence, event } = live
    last = { live, mark: { sequence, id: event.id, at: event.at } }
  }
  return last.mark
}
