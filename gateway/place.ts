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

/** How far a subscriber has heard each of his sources. */
export interface Place {
  /** Begins at the end of each stream, for the sources that no cursor names a place of. */
  begin(live: Pick<Live, 'position'>): Promise<void>
  /** What came after the place, of all sources in the order of its times; null when not all of it is to be had. */
  missed(live: Pick<Live, 'replay'>): Promise<Heard[] | null>
  /** What was lost of a source on the way; null when that is not known. */
  recalled(live: Pick<Live, 'recall'>, source: number): Promise<Heard[] | null>
  /** Says that an event out of a replay may be heard, too: `isPast` is true for it then. */
  skipLater(heard: Heard): void
  /** Whether the event has been answered. */
  isPast(heard: Heard): boolean
  moveTo(heard: Heard): void
  /** The place as the key of a cursor: sequence and event id for each stored source. */
  key(): SortKey
}

/** The sources of some topics. */
export function sourcesOf(topics: readonly Topic[]): Source[] {
  const groups = Map.groupBy(topics, (topic) => {
    const [root = '', publisher = ''] = topic.split('.')
    return root === 'events' ? `events.${publisher}` : root
  })
  return [...groups].map(([root, some]) => ({ topics: some, isStored: root !== 'ephemeral' }))
}

/**
 * @param after a cursor's key; null to begin now.
 * @param began when the subscription did.
 */
export function createPlace(sources: readonly Source[], after: SortKey | null, began: Date): Place {
  const stored = sources.flatMap(({ isStored }, source) => (isStored ? [source] : []))
  const at = new Map<number, { sequence: number; id: string; time: Date }>()
  if (after) {
    for (const [i, source] of stored.entries()) {
      at.set(source, { sequence: Number(after[2 * i]), id: String(after[2 * i + 1]), time: began })
    }
  }
  /** Up to where a source is answered. Later on a lower sequence is news: the stream was lost and counts anew. */
  const floors = new Map([...at].map(([source, { sequence }]) => [source, sequence]))
  /** What was replayed and may be heard, too. There are thousands of places: few hold one of these. */
  let replayed: Set<string> | undefined

  return {
    async begin(live) {
      for (const source of stored) {
        const sequence = await live.position(sources[source]?.topics[0] ?? '')
        at.set(source, { sequence, id: '', time: began })
      }
    },
    async missed(live) {
      const all = await Promise.all(
        stored.map(async (source) => {
          const { sequence, id } = at.get(source) ?? { sequence: 0, id: '' }
          const events = await live.replay(
            sources[source]?.topics ?? [],
            sequence,
            id === '' ? undefined : id,
          )
          return events?.map((event): Heard => ({ source, live: event })) ?? null
        }),
      )
      if (all.some((some) => some === null)) return null
      const missed = all.flatMap((some) => some ?? [])
      return all.length > 1 ? missed.sort((a, b) => timeOf(a) - timeOf(b)) : missed
    },
    async recalled(live, source) {
      if (!sources[source]?.isStored) return []
      const events = await live.recall(
        sources[source].topics,
        at.get(source)?.time ?? began,
        at.get(source)?.id,
      )
      floors.delete(source)
      return events?.map((event): Heard => ({ source, live: event })) ?? null
    },
    skipLater({ source, live }) {
      if (!live) return
      replayed ??= new Set()
      replayed.add(live.event.id)
      if (live.sequence > 0) floors.set(source, live.sequence)
    },
    isPast({ source, live }) {
      if (!live) return true
      if (replayed?.delete(live.event.id) || at.get(source)?.id === live.event.id) return true
      if (live.sequence > 0 && live.sequence <= (floors.get(source) ?? 0)) return true
      floors.delete(source)
      return false
    },
    moveTo({ source, live }) {
      if (!live || !sources[source]?.isStored) return
      at.set(source, { sequence: live.sequence, id: live.event.id, time: live.event.at })
    },
    key: () =>
      stored.flatMap((source) => {
        const { sequence, id } = at.get(source) ?? { sequence: 0, id: '' }
        return [sequence, id]
      }),
  }
}

function timeOf({ live }: Heard): number {
  return live?.event.at.getTime() ?? 0
}
