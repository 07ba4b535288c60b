// Keyset pages. A cursor holds the sort key of an edge, signed and bound to the viewer and to the list that it came
// from, so that it can neither be made up nor used elsewhere. One that holds what the viewer may not see is encrypted too.
import { AppError } from '#schema/errors.ts'
import type { Sealer, Signer } from './secrets.ts'

/** Values by which a list is sorted, last one unique: what the next page starts after. */
export type SortKey = readonly (string | number)[]

/** Names a list: its field, its arguments without paging, and who looks. */
export interface ListScope {
  list: string
  viewerId: string | null
}

export interface PageArguments {
  first?: number | null | undefined
  after?: string | null | undefined
}

export interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}

export interface Page<N, E = object> {
  edges: (E & { cursor: string; node: N })[]
  nodes: N[]
  pageInfo: PageInfo
}

/** Largest page. */
export const maxPageSize = 100

/** Checks a page size. Throws BAD_USER_INPUT outside 1–100. */
export function pageSize(value: number | null | undefined, name = 'first', limit = maxPageSize): number {
  if (value === null || value === undefined) {
    throw new AppError('BAD_USER_INPUT', `\`${name}\` is required: a number from 1 to ${limit}.`, {
      field: [name],
    })
  }
  if (!Number.isInteger(value) || value < 1 || value > limit) {
    throw new AppError('BAD_USER_INPUT', `\`${name}\` must be a number from 1 to ${limit}.`, {
      field: [name],
    })
  }
  return value
}

export interface Cursors {
  encode(scope: ListScope, key: SortKey): string
  /** The same of an item that may be hidden from who gets the cursor. */
  seal(scope: ListScope, key: SortKey): string
  /** The sort key in a cursor; null for none. Throws BAD_CURSOR for one that is made up or belongs elsewhere. */
  decode(scope: ListScope, cursor: string | null | undefined): SortKey | null
}

const maxCursorChars = 1024
/** What sealed cursors begin with, and signed ones never do. */
const sealMark = '~'

/** Cursors signed by one signer, and sealed by one sealer. */
export function createCursors(signer: Signer, sealer: Sealer): Cursors {
  const bound = (scope: ListScope, body: string) => `${scope.list}\n${scope.viewerId ?? ''}\n${body}`
  return {
    encode(scope, key) {
      const body = Buffer.from(JSON.stringify(key)).toString('base64url')
      return `${body}.${signer.sign(bound(scope, body))}`
    },
    seal: (scope, key) => sealMark + sealer.seal(bound(scope, ''), JSON.stringify(key)),
    decode(scope, cursor) {
      if (cursor === null || cursor === undefined) return null
      const isSealed = cursor.startsWith(sealMark) && cursor.length <= maxCursorChars
      const opened = isSealed ? sealer.open(bound(scope, ''), cursor.slice(1)) : null
      if (opened !== null) return JSON.parse(opened) as SortKey
      const [body = '', signature = '', ...rest] = cursor.length <= maxCursorChars ? cursor.split('.') : []
      if (rest.length > 0 || !signer.verify(bound(scope, body), signature)) {
        throw new AppError('BAD_CURSOR', 'This cursor does not belong here: start again without it.')
      }
      return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as SortKey
    },
  }
}

/**
 * Builds a page from edges that are already filtered. `hasNextPage` is the caller's, who read one item more than asked;
 * `keyOf` gives the sort key of an edge. `end` is the sort key after which a page goes on that was given up before it was
 * full: it may have no edges, or others may follow after hidden ones. It may be a hidden one's: its cursor is sealed.
 */
export function pageOf<N, E extends { node: N }>(
  cursors: Cursors,
  scope: ListScope,
  edges: readonly E[],
  options: {
    keyOf: (edge: E) => SortKey
    hasNextPage: boolean
    hasPreviousPage: boolean
    end?: SortKey | null
  },
): Page<N, Omit<E, 'node'>> {
  // Most clients ask for the ends only: a cursor is signed when it is read.
  const withCursors = edges.map((edge) => ({
    ...edge,
    get cursor() {
      return cursors.encode(scope, options.keyOf(edge))
    },
  }))
  return {
    edges: withCursors,
    nodes: withCursors.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: options.hasNextPage,
      hasPreviousPage: options.hasPreviousPage,
      startCursor: withCursors[0]?.cursor ?? null,
      endCursor: options.end ? cursors.seal(scope, options.end) : (withCursors.at(-1)?.cursor ?? null),
    },
  }
}

/**
 * Fills a page of visible items from a source that also holds hidden ones: reads in rounds until `size` visible items
 * and one more are found or the source ends, so that a page is short only when nothing follows. At most `rounds` reads;
 * each doubles its batch, so a page costs a bounded number of round trips however much is hidden: up to some 4,500 items.
 *
 * When the rounds are used up before, the page is what was found, perhaps nothing, and `last` is the item that was read
 * last: the next page goes on behind it. Null otherwise.
 */
export async function fillPage<T>(options: {
  size: number
  read: (after: T | null, limit: number) => Promise<T[]>
  visible: (items: T[]) => Promise<T[]>
  rounds?: number
}): Promise<{ items: T[]; hasNextPage: boolean; last: T | null }> {
  const wanted = options.size + 1
  const found: T[] = []
  let last: T | null = null
  let limit = wanted
  for (let round = 0; round < (options.rounds ?? 8); round++) {
    const batch: T[] = await options.read(last, limit)
    found.push(...(await options.visible(batch)))
    last = batch.at(-1) ?? null
    if (batch.length < limit || found.length >= wanted) {
      return { items: found.slice(0, options.size), hasNextPage: found.length >= wanted, last: null }
    }
    // Once something was hidden, more may be: small pages look as far as large ones.
    limit = Math.min(Math.max(limit * 2, 100), 1000)
  }
  return { items: found, hasNextPage: true, last }
}
