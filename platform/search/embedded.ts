// The search engine that needs no server: an index in the memory of this process, ranked by BM25+. It holds the newest documents of
// each type up to a limit.
import {
  documentTitle,
  favoredWeight,
  hitsAfter,
  maxHits,
  recencyOf,
  type SearchDocument,
  type SearchEngine,
  type SearchHit,
  type SearchQuery,
  type SearchType,
  type SearchWrite,
  searchTypes,
  standingOf,
} from './engine.ts'
import { createPostings } from './postings.ts'
import { indexTerms } from './text.ts'

/** Documents of each type at most: some 400 MB when all are full. */
const defaultCapacity: Record<SearchType, number> = {
  USER: 100_000,
  HASHTAG: 50_000,
  POST: 200_000,
  PLACE: 50_000,
  COMMENT: 100_000,
}

/** What filters and ranks look at, and the words, folded, with which a document is taken out of the index again. */
interface Kept extends Omit<SearchDocument, 'popularity'> {
  /** Its number in the index. */
  slot: number
  standing: number
}

/** Words are kept as one text: it takes a fraction of the room. */
const wordsOf = ({ title, text }: Pick<Kept, 'title' | 'text'>) => ({
  title: title === '' ? [] : title.split(' '),
  text: text === '' ? [] : text.split(' '),
})

/** By score, then id. */
const byRank = (a: { id: string; score: number }, b: { id: string; score: number }) =>
  b.score - a.score || (a.id < b.id ? -1 : 1)

/** Those that may be among the first `count`, unsorted: sorting all that a common word finds would take longer than finding them. */
function best<T extends { score: number }>(found: readonly T[], count: number): T[] {
  if (found.length <= count) return [...found]
  const scores = Float64Array.from(found, ({ score }) => score).sort()
  const least = scores[scores.length - count] ?? 0
  return found.filter(({ score }) => score >= least)
}

/** An engine in this process' memory. */
export function createEmbeddedSearch(capacity: Readonly<Record<SearchType, number>> = defaultCapacity) {
  let index = createIndex(capacity)
  let next: ReturnType<typeof createIndex> | null = null
  let isBuilt = false
  return {
    capacity,
    async write(change) {
      index.write(change)
      next?.write(change)
    },
    query: async (query) => index.query(query),
    async rebuild(fill) {
      const built = createIndex(capacity)
      next = built
      try {
        await fill(async (change) => built.write(change))
        index = built
        isBuilt = true
      } finally {
        if (next === built) next = null
      }
    },
    isBuilt: async () => isBuilt,
    async close() {
      index = createIndex(capacity)
    },
  } satisfies SearchEngine
}

function createIndex(capacity: Readonly<Record<SearchType, number>>) {
  const postings = createPostings()
  const kept = new Map<string, Kept>()
  /** The same by their numbers; numbers of what is gone are given again. */
  const rows: (Kept | undefined)[] = []
  const free: number[] = []
  /** When each was read, also of what is gone, until the next look at how much there is. */
  const readAt = new Map<string, number>()
  const counts = Object.fromEntries(searchTypes.map((type) => [type, 0])) as Record<SearchType, number>

  const remove = (id: string) => {
    const row = kept.get(id)
    if (!row) return
    postings.remove(row.slot, wordsOf(row))
    rows[row.slot] = undefined
    free.push(row.slot)
    kept.delete(id)
    counts[row.type] -= 1
  }
  const isStale = (id: string, at: number) => (readAt.get(id) ?? 0) > at
  const add = (document: SearchDocument) => {
    remove(document.id)
    const { popularity: _popularity, ...rest } = document
    const row: Kept = {
      ...rest,
      slot: free.pop() ?? rows.length,
      title: indexTerms(documentTitle(document)).join(' '),
      text: indexTerms(document.text).join(' '),
      standing: standingOf(document),
    }
    kept.set(row.id, row)
    rows[row.slot] = row
    counts[row.type] += 1
    postings.add(row.slot, wordsOf(row))
  }
  /** Lets the oldest of a type go, some at once, so that finding them is not done for each. */
  const shrink = (type: SearchType) => {
    if (counts[type] <= capacity[type]) return
    const ids = [...kept.values()].filter((row) => row.type === type).map((row) => row.id)
    const tooMany = Math.max(counts[type] - capacity[type], Math.floor(capacity[type] / 100))
    for (const id of ids.sort().slice(0, tooMany)) remove(id)
  }

  return {
    write(change: SearchWrite): void {
      for (const id of change.removedIds) {
        if (isStale(id, change.readAt)) continue
        readAt.set(id, change.readAt)
        remove(id)
      }
      for (const document of change.documents) {
        if (isStale(document.id, change.readAt)) continue
        readAt.set(document.id, change.readAt)
        add(document)
      }
      for (const type of searchTypes) shrink(type)
      // What is neither here nor was changed of late cannot be overtaken any more.
      if (readAt.size > 2 * kept.size + 10_000) {
        for (const id of readAt.keys()) if (!kept.has(id)) readAt.delete(id)
      }
    },

    query(query: SearchQuery): SearchHit[] {
      const favored = new Set(query.favoredIds)
      const types = new Set(query.types)
      const matches = matcher(query)
      const { slots, worth } = postings.search(query.terms, query.titlesOnly)
      const found: { id: string; score: number }[] = []
      for (const slot of slots) {
        const row = rows[slot]
        if (!row || !types.has(row.type) || !matches(row)) continue
        const near = row.authorId !== null && favored.has(row.authorId) ? favoredWeight : 1
        const score = (worth[slot] ?? 0) * row.standing * near * recencyOf(row.at, query.askedAt)
        found.push({ id: row.id, score })
      }
      const ids = best(found, maxHits)
        .sort(byRank)
        .slice(0, maxHits)
        .map(({ id }) => id)
      return hitsAfter(ids, query.after, query.limit)
    },
  }
}

/** Whether a document passes a query's filter. */
function matcher({ filter }: SearchQuery): (row: Kept) => boolean {
  const { mediaType, after, before, near, placeId, userIds } = filter
  const authors = userIds && new Set(userIds)
  return (row) =>
    (mediaType === undefined || row.mediaTypes.includes(mediaType)) &&
    (after === undefined || (row.at !== null && row.at >= after)) &&
    (before === undefined || (row.at !== null && row.at < before)) &&
    (placeId === undefined || row.placeId === placeId) &&
    (!authors || (row.authorId !== null && authors.has(row.authorId))) &&
    (!near || (row.point !== null && metersBetween(near, row.point) <= near.radiusMeters))
}

const earthRadiusMeters = 6_371_009

/** Distance on a sphere of the Earth's mean radius (haversine). */
function metersBetween(
  a: { latitude: number; longitude: number },
  b: { latitude: number; longitude: number },
): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const half = (from: number, to: number) => Math.sin((radians(to) - radians(from)) / 2) ** 2
  const h =
    half(a.latitude, b.latitude) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(a.longitude, b.longitude)
  return 2 * earthRadiusMeters * Math.asin(Math.min(1, Math.sqrt(h)))
}
