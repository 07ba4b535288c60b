// Documents that clients name instead of sending them: the product's own, known from the start, and those that a client has
// sent once (Apollo's automatic persisted queries).
import { createHash } from 'node:crypto'
import type { CacheClient } from '#platform/redis.ts'
import type { Viewer } from '#platform/viewer.ts'
import { OperationError } from './executor/errors.ts'
import { isJson } from './executor/merge.ts'
import type { GraphQLParameters } from './http-request.ts'

export interface Documents {
  /**
   * The text of the document that a request sends or names.
   * @throws OperationError PERSISTED_QUERY_NOT_FOUND, or BAD_REQUEST when text and hash do not match
   */
  textOf(parameters: GraphQLParameters, viewer: Pick<Viewer, 'appId'>): string | Promise<string>
  /** The text of one of the product's own documents; undefined for any other hash. */
  own(hash: string): string | undefined
  /** Keeps the document of a request that sent both text and hash, now that it is known to be good. */
  keep(parameters: GraphQLParameters, viewer: Pick<Viewer, 'appId'>): void
}

export interface DocumentsOptions {
  /** Shared by all gateway processes. Without it, or while it is away, a process knows what it was sent itself. */
  readonly redis: CacheClient | null
  readonly namespace: string
  /** Documents that are always known. */
  readonly documents?: Iterable<string>
  /** Characters of sent documents that this process remembers. */
  readonly maxCharacters?: number
}

/** From its last use on. Clients send a document anew when it is gone. */
const keptSeconds = 7 * 24 * 3600
/** Ten times what 4,000 tokens take: more is comments and spaces. */
const maxDocument = 256 * 1024

/** The SHA-256 that names a document, in hexadecimal. */
export function documentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Documents by their SHA-256. */
export function createDocuments(options: DocumentsOptions): Documents {
  const { redis, namespace, maxCharacters = 16 * 1024 * 1024 } = options
  const own = new Map<string, string>()
  for (const text of options.documents ?? []) own.set(documentHash(text), text)
  const sent = new Map<string, string>()
  let characters = 0
  const keyOf = (hash: string): string => `${namespace}:document:${hash}`

  const remember = (hash: string, text: string): void => {
    const known = sent.delete(hash)
    sent.set(hash, text)
    if (known) return
    characters += text.length
    for (const [oldest, { length }] of sent) {
      if (characters <= maxCharacters) return
      sent.delete(oldest)
      characters -= length
    }
  }

  const find = (hash: string): string | Promise<string> => {
    const known = own.get(hash) ?? sent.get(hash)
    if (known === undefined) return load(hash)
    if (sent.has(hash)) remember(hash, known)
    return known
  }

  const load = async (hash: string): Promise<string> => {
    const text =
      redis?.status === 'ready' ? await redis.getex(keyOf(hash), 'EX', keptSeconds).catch(() => null) : null
    // Apollo's clients look for exactly this message, and send the text then.
    if (text === null) throw new OperationError('PERSISTED_QUERY_NOT_FOUND', ['PersistedQueryNotFound'])
    remember(hash, text)
    return text
  }

  return {
    textOf(parameters) {
      const { hash, id } = namedDocument(parameters)
      const { query } = parameters
      // Others' ids are no error of form: they are known nowhere.
      if (query === undefined) return id === undefined ? '' : find(hash ?? '')
      if (hash !== undefined && hash !== documentHash(query)) {
        throw new OperationError('BAD_REQUEST', ['The hash is not the SHA-256 of the query.'])
      }
      return query
    },
    own: (hash) => own.get(hash),
    keep({ query, extensions }) {
      if (query === undefined || query.length > maxDocument) return
      const hash = apolloHash(extensions.persistedQuery)
      if (hash === undefined || own.has(hash) || sent.has(hash)) return
      remember(hash, query)
      // Losing it costs a client one more round trip.
      if (redis?.status === 'ready') redis.set(keyOf(hash), query, 'EX', keptSeconds).catch(() => {})
    },
  }
}

/** How a request names its document. */
export interface NamedDocument {
  /** The name itself; undefined when the request only sends a document. */
  readonly id: string | undefined
  /** The SHA-256 in it, in lower case; undefined when it is a name of another kind. */
  readonly hash: string | undefined
}

/**
 * Reads the document's name in a request.
 * @throws OperationError BAD_REQUEST when it has two that are not the same
 */
export function namedDocument({ documentId, extensions }: GraphQLParameters): NamedDocument {
  const hash = apolloHash(extensions.persistedQuery)
  if (documentId === undefined) return { id: hash, hash }
  const named = /^sha256:([0-9a-f]{64})$/i.exec(documentId)?.[1]?.toLowerCase()
  if (hash !== undefined && named !== undefined && hash !== named) {
    throw new OperationError('BAD_REQUEST', ['`documentId` and `persistedQuery` name different documents.'])
  }
  return { id: documentId, hash: named }
}

function apolloHash(persistedQuery: unknown): string | undefined {
  if (persistedQuery === undefined || persistedQuery === null) return undefined
  const { version, sha256Hash } = isJson(persistedQuery) ? persistedQuery : {}
  if (version !== 1 || typeof sha256Hash !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256Hash)) {
    throw new OperationError('BAD_REQUEST', ['`persistedQuery` must have `version` 1 and a `sha256Hash`.'])
  }
  return sha256Hash.toLowerCase()
}
