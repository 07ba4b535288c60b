// Search: questions, completions while typing, and what somebody searched for.
import type { Transact } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, pageOf, pageSize, type SortKey } from '#platform/page.ts'
import { type SearchFilter, type SearchHit, type SearchType, searchTypes } from '#platform/search/engine.ts'
import { foldText, queryTerms } from '#platform/search/text.ts'
import { textOf } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { FoundNode, HashtagRow, LivePost, PlaceRow, SearchedFor } from '../model.ts'
import type { Store } from '../store.ts'
import { type SearchIndex, searchTypeOf } from './search-index.ts'
import { type FilterDeps, filterHits } from './search-visibility.ts'

/** Characters of a question at most. */
const maxQuery = 200
/** Recent searches that are kept. */
export const maxRecents = 50
const maxRadius = 100_000
const maxUserIds = 50
/** Looks into the index for one page at most: 1,000 hits and more. */
const rounds = 4
/** Completions of one call at most. */
const maxSuggestions = 20

/** The arguments of `search` as clients give them. */
export interface SearchArguments {
  query: string
  type?: SearchType | null | undefined
  filter?:
    | {
        mediaType?: 'IMAGE' | 'VIDEO' | null | undefined
        after?: Date | null | undefined
        before?: Date | null | undefined
        near?:
          | { latitude: number; longitude: number; radiusMeters?: number | null | undefined }
          | null
          | undefined
        placeId?: string | null | undefined
        userIds?: readonly string[] | null | undefined
      }
    | null
    | undefined
  first?: number | null | undefined
  after?: string | null | undefined
}

export interface SearchDeps extends FilterDeps {
  index: SearchIndex
  /** Whom an account follows, the last first. */
  followingIds(userId: string, limit: number): Promise<string[]>
  nodes: Nodes
}

/** Loads what was found. */
export interface Nodes {
  post(id: string): Promise<LivePost | null>
  hashtag(id: string): Promise<HashtagRow | null>
  place(id: string): Promise<PlaceRow | null>
}

const refusal = (field: string, message: string) =>
  new AppError('BAD_USER_INPUT', message, { field: [field] })

/** A question, trimmed. Throws BAD_USER_INPUT. */
export function questionOf(text: string, field = 'query'): string {
  const question = text.length > 4 * maxQuery ? text : text.trim()
  if (question.length === 0) throw refusal(field, `\`${field}\` must not be empty.`)
  if ([...question].length > maxQuery)
    throw refusal(field, `\`${field}\` has at most ${maxQuery} characters.`)
  if (question.includes('\u0000')) throw refusal(field, `\`${field}\` may not contain the character NUL.`)
  return question
}

/** A filter as engines take it. Throws BAD_USER_INPUT. */
export function filterOf(filter: SearchArguments['filter']): SearchFilter {
  const { mediaType, after, before, near, placeId, userIds } = filter ?? {}
  const radiusMeters = near?.radiusMeters ?? 1_000
  if (near && !(Math.abs(near.latitude) <= 90 && Math.abs(near.longitude) <= 180)) {
    throw refusal('filter', 'A latitude is from -90 to 90, a longitude from -180 to 180.')
  }
  if (near && !(radiusMeters >= 1 && radiusMeters <= maxRadius)) {
    throw refusal('filter', `\`radiusMeters\` must be a number from 1 to ${maxRadius}.`)
  }
  if (userIds && userIds.length > maxUserIds) throw refusal('filter', `At most ${maxUserIds} \`userIds\`.`)
  return {
    ...(mediaType ? { mediaType } : {}),
    ...(after ? { after: after.getTime() } : {}),
    ...(before ? { before: before.getTime() } : {}),
    ...(near ? { near: { latitude: near.latitude, longitude: near.longitude, radiusMeters } } : {}),
    ...(placeId ? { placeId } : {}),
    ...(userIds ? { userIds } : {}),
  }
}

/** Accounts that are ranked before strangers; of those whom one follows the last so many. */
const maxFavored = 1_000

const favoredBy = async (deps: Pick<SearchDeps, 'followingIds' | 'visibility'>): Promise<string[]> => {
  const { viewerId } = deps.visibility
  return viewerId === null ? [] : [viewerId, ...(await deps.followingIds(viewerId, maxFavored))]
}

/** A page of what the viewer finds, the best first. Throws BAD_USER_INPUT, BAD_CURSOR and SERVICE_UNAVAILABLE. */
export async function listFound(
  deps: SearchDeps & { cursors: Cursors },
  args: SearchArguments,
): Promise<Page<FoundNode>> {
  const size = pageSize(args.first ?? 20)
  const question = questionOf(args.query)
  const filter = filterOf(args.filter)
  const types = args.type ? [args.type] : searchTypes
  const scope = {
    list: `Query.search:${JSON.stringify([question, args.type ?? null, filter])}`,
    viewerId: deps.visibility.viewerId,
  }
  const start = deps.cursors.decode(scope, args.after)
  const askedAt = start ? Number(start[2]) : deps.now().getTime()
  const from = start && { rank: Number(start[0]), id: String(start[1]) }
  const terms = queryTerms(question)
  const favoredIds = terms.length > 0 ? await favoredBy(deps) : []
  const { items, hasNextPage, last } = await fillPage<SearchHit>({
    size,
    rounds,
    read: async (previous, limit) =>
      terms.length === 0
        ? []
        : deps.index.engine.query({
            terms,
            types,
            filter,
            titlesOnly: false,
            favoredIds,
            askedAt,
            after: previous ?? from,
            limit,
          }),
    visible: (hits) => filterHits(deps, hits),
  })
  const nodes = await Promise.all(items.map(({ id }) => nodeOf(deps.nodes, id)))
  const edges = items.flatMap((hit, i) => {
    const node = nodes[i]
    return node ? [{ node, hit }] : []
  })
  const keyOf = (hit: SearchHit): SortKey => [hit.rank, hit.id, askedAt]
  return pageOf(deps.cursors, scope, edges, {
    keyOf: ({ hit }) => keyOf(hit),
    hasNextPage,
    end: last && keyOf(last),
    hasPreviousPage: start !== null,
  })
}

async function nodeOf(nodes: Nodes, id: string): Promise<FoundNode | null> {
  switch (searchTypeOf(id)) {
    case 'POST':
      return nodes.post(id)
    case 'HASHTAG':
      return nodes.hashtag(id)
    case 'PLACE':
      return nodes.place(id)
    default:
      return { id }
  }
}

/** Accounts, hashtags and places that what someone types may become, the best first. Throws BAD_USER_INPUT and SERVICE_UNAVAILABLE. */
export async function listSuggestions(
  deps: SearchDeps,
  args: { prefix: string; first?: number | null | undefined },
): Promise<FoundNode[]> {
  const size = pageSize(args.first ?? 10, 'first', maxSuggestions)
  const typed = questionOf(args.prefix, 'prefix')
  const types: readonly SearchType[] = typed.startsWith('@')
    ? ['USER']
    : /^[#＃﹟]/u.test(typed)
      ? ['HASHTAG']
      : ['USER', 'HASHTAG', 'PLACE']
  const terms = queryTerms(typed, true)
  if (terms.length === 0) return []
  const favoredIds = await favoredBy(deps)
  const askedAt = deps.now().getTime()
  const { items } = await fillPage<SearchHit>({
    size,
    rounds,
    read: (after, limit) =>
      deps.index.engine.query({
        terms,
        types,
        filter: {},
        titlesOnly: true,
        favoredIds,
        askedAt,
        after,
        limit,
      }),
    visible: (hits) => filterHits(deps, hits),
  })
  const nodes = await Promise.all(items.map(({ id }) => nodeOf(deps.nodes, id)))
  return nodes.filter((node) => node !== null)
}

/** Notes that somebody searched for something. */
export async function noteSearch(
  deps: Pick<Store, 'pushRecentSearch'> & { now: () => Date },
  viewerId: string,
  query: string,
): Promise<void> {
  const question = questionOf(query)
  await deps.pushRecentSearch(
    viewerId,
    { query: question, key: foldText(question), at: deps.now() },
    maxRecents,
  )
}

/** What the viewer searched for, the last first. */
export async function listRecents(
  deps: Pick<Store, 'findRecentSearches'>,
  viewerId: string,
  first: number | null | undefined,
): Promise<SearchedFor[]> {
  return (await deps.findRecentSearches(viewerId)).slice(0, pageSize(first ?? 20, 'first', maxRecents))
}

/** Forgets one of the viewer's searches, or with null all of them. Throws NOT_FOUND, INVALID and TOO_LONG. */
export async function forgetSearches(
  deps: Pick<Store, 'removeRecentSearches'> & { transact: Transact<'content'> },
  viewerId: string,
  query: string | null,
): Promise<boolean> {
  const key = query === null ? null : foldText(textOf(query, { field: 'query', min: 1, max: maxQuery }))
  return deps.transact(async ({ session }) => {
    const wasThere = await deps.removeRecentSearches(viewerId, key, session)
    if (key !== null && !wasThere) throw notFound(['input', 'query'])
    return true
  })
}
