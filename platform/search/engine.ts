// What every search engine does, and how results are ranked. Engines know nothing of who may see what: whoever asks one passes
// each hit through the policy.
import { Outage } from '../outage.ts'
import type { QueryTerm } from './text.ts'

export const searchTypes = ['USER', 'HASHTAG', 'POST', 'PLACE', 'COMMENT'] as const
export type SearchType = (typeof searchTypes)[number]

/** What is found. */
export interface SearchDocument {
  id: string
  type: SearchType
  /** What it is called. */
  title: string
  /** What it says. */
  text: string
  /** Who made it; an account's is itself; null for nobody's. */
  authorId: string | null
  /** When it was made, in milliseconds since 1970; null where that does not matter. */
  at: number | null
  mediaTypes: readonly SearchMediaType[]
  placeId: string | null
  point: { latitude: number; longitude: number } | null
  /** How many people or posts have to do with it. */
  popularity: number
}

export type SearchMediaType = 'IMAGE' | 'VIDEO'

/** Restrictions; what lacks the property that one is about is not found. */
export interface SearchFilter {
  mediaType?: SearchMediaType
  /** Made at this time or later, in milliseconds since 1970. */
  after?: number
  /** Made before this time. */
  before?: number
  near?: { latitude: number; longitude: number; radiusMeters: number }
  placeId?: string
  /** By one of these accounts. */
  userIds?: readonly string[]
}

export interface SearchQuery {
  /** At least one. */
  terms: readonly QueryTerm[]
  types: readonly SearchType[]
  filter: SearchFilter
  /** Whether titles alone are looked at, as when completing what someone types. */
  titlesOnly: boolean
  /** Accounts that stand near the viewer: they, and what they made, come first. */
  favoredIds: readonly string[]
  /** When the question was first asked, in milliseconds since 1970: all pages of one list rank by the same clock. */
  askedAt: number
  /** The last hit of the page before. */
  after: SearchHit | null
  limit: number
}

export interface SearchHit {
  id: string
  /** Its place among all hits, from 1. */
  rank: number
}

/** Hits that are looked at for one question at most: the best. */
export const maxHits = 1_000

/**
 * The hits that follow one, out of the ids of all, the best first. Scores shift with every change of the index, so that a place is
 * found again by the hit that stood there; when that is gone, by its number.
 */
export function hitsAfter(ids: readonly string[], after: SearchHit | null, limit: number): SearchHit[] {
  const known = after === null ? -1 : ids.indexOf(after.id)
  const start = known >= 0 ? known + 1 : Math.max(0, (after?.rank ?? 1) - 1)
  return ids.slice(start, start + limit).map((id, i) => ({ id, rank: start + i + 1 }))
}

/** Documents to write, whole, and ids to take out. */
export interface SearchWrite {
  documents: readonly SearchDocument[]
  removedIds: readonly string[]
  /** When the documents were read, in milliseconds since 1970: a later reading is never overwritten by an earlier one. */
  readAt: number
}

export interface SearchEngine {
  /** How many documents of each type it takes: the newest. Null for as many as there are. */
  readonly capacity: Readonly<Record<SearchType, number>> | null
  /** Resolves when queries see the change. */
  write(change: SearchWrite): Promise<void>
  /**
   * The best hits by score, equals in an order that stays; `maxHits` of them at most, in pages. Throws `SearchOutage`.
   */
  query(query: SearchQuery): Promise<SearchHit[]>
  /**
   * Puts a new index in the place of the present one, which answers until `fill` has written everything to the new one. What
   * `write` is told meanwhile is in both.
   */
  rebuild(fill: (write: (change: SearchWrite) => Promise<void>) => Promise<void>): Promise<void>
  /** Whether there is an index, and as this version builds it; one of another version answers until it is built anew. */
  isBuilt(): Promise<boolean>
  close(): Promise<void>
}

/** The engine does not answer. */
export class SearchOutage extends Outage {}

/** Weights of a document's title against its text, and of how a word was matched. */
export const weights = { title: 3, text: 1, exact: 1, prefix: 0.7, fuzzy: 0.4 } as const

/** How much what stands near the viewer is favoured. */
export const favoredWeight = 3

/** What something was worth is worth half of it after this time. */
export const halfLifeDays = 180

const typeWeights: Record<SearchType, number> = { USER: 1.5, HASHTAG: 1.3, PLACE: 1.2, POST: 1, COMMENT: 0.6 }

/** The part of a document's rank that does not depend on the question: its type and its popularity. */
export function standingOf(document: Pick<SearchDocument, 'type' | 'popularity'>): number {
  return typeWeights[document.type] * (1 + Math.log10(1 + Math.max(0, document.popularity)) / 4)
}

/** The factor of a document's age. */
export function recencyOf(at: number | null, askedAt: number): number {
  return at === null ? 1 : 2 ** (-Math.max(0, askedAt - at) / (halfLifeDays * 86_400_000))
}

/** The words under which a document's title and text are found, with a username's also in one piece. */
export function documentTitle(document: Pick<SearchDocument, 'type' | 'title'>): string {
  if (document.type !== 'USER') return document.title
  const username = document.title.split(' ')[0] ?? ''
  return /[._]/.test(username) ? `${document.title} ${username.replace(/[._]/g, '')}` : document.title
}
