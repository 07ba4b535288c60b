import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { RequestErrorCode } from '#schema/errors.ts'
import { isJson, type Json } from './executor/merge.ts'

/** One GraphQL request, well-formed but not yet looked at. */
export interface GraphQLParameters {
  /** The document; absent when the request only names one. */
  readonly query: string | undefined
  /** Name of a document, of the persisted documents of GraphQL over HTTP. */
  readonly documentId: string | undefined
  readonly operationName: string | undefined
  readonly variables: Json
  readonly extensions: Json
}

/** A request that is refused for its form, before GraphQL. */
export class HttpRefusal extends Error {
  readonly status: number
  readonly code: RequestErrorCode
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: RequestErrorCode, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

const malformed = (message: string): HttpRefusal => new HttpRefusal(400, 'BAD_REQUEST', message)

/** Checks that a POST carries what `parseBody` reads: JSON in UTF-8, as it is. Throws `HttpRefusal` 415. */
export function checkContentType(headers: IncomingHttpHeaders): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='))
  const isUtf = charset === undefined || /^charset="?utf-?8"?$/.test(charset)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (type.trim() !== 'application/json' || !isUtf || encoding !== 'identity') {
    throw new HttpRefusal(
      415,
      'BAD_REQUEST',
      'Send JSON: `content-type: application/json`, in UTF-8, not compressed.',
    )
  }
}

/** A request's body; null when it has more than `maxBytes`. Rejects with `HttpRefusal` 400 when it ends early. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const endEarly = () => reject(malformed('The body ended early.'))
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else resolve(null)
    })
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.on('error', endEarly)
    request.on('close', () => {
      if (!request.complete) endEarly()
    })
  })
}

/** Reads the body of a POST. Throws `HttpRefusal` 400. */
export function parseBody(body: Buffer): GraphQLParameters {
  if (!isUtf8(body)) throw malformed('The body is not UTF-8.')
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw malformed('The body is not JSON.')
  }
  if (!isJson(value)) throw malformed('The body must be a JSON object with `query`.')
  return parameters(value)
}

/** Reads the parameters of a GET. Throws `HttpRefusal` 400. */
export function parseSearch(search: URLSearchParams): GraphQLParameters {
  const json = (name: string): unknown => {
    const text = search.get(name)
    if (text === null || text === '') return undefined
    try {
      return JSON.parse(text)
    } catch {
      throw malformed(`\`${name}\` is not JSON.`)
    }
  }
  return parameters({
    query: search.get('query') ?? undefined,
    documentId: search.get('documentId') ?? undefined,
    operationName: search.get('operationName') ?? undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  })
}

function parameters({ query, documentId, operationName, variables, extensions }: Json): GraphQLParameters {
  if (!isAbsent(documentId) && typeof documentId !== 'string')
    throw malformed('`documentId` must be a string.')
  if (!isAbsent(operationName) && typeof operationName !== 'string')
    throw malformed('`operationName` must be a string.')
  if (!isAbsent(variables) && !isJson(variables)) throw malformed('`variables` must be an object.')
  if (!isAbsent(extensions) && !isJson(extensions)) throw malformed('`extensions` must be an object.')
  const names = documentId || (isJson(extensions) && !isAbsent(extensions.persistedQuery))
  if (typeof query !== 'string' ? !(isAbsent(query) && names) : query === '' && !names)
    throw malformed('`query` must be a GraphQL document in a string.')
  return {
    query: (query as string | null | undefined) || undefined,
    documentId: (documentId as string | null | undefined) || undefined,
    operationName: (operationName as string | null | undefined) || undefined,
    variables: (variables as Json | null | undefined) ?? {},
    extensions: (extensions as Json | null | undefined) ?? {},
  }
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

/** The media types of GraphQL over HTTP; the first is also what old clients get, with 200 for what is refused. */
export type AnswerType = 'application/json' | 'application/graphql-response+json'

/**
 * Chooses the answer's media type by the `Accept` header (RFC 9110 §12.5.1). Without a preference it is
 * `application/json`. Throws `HttpRefusal` 406 when neither will do.
 */
export function answerType(accept: string | undefined): AnswerType {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'application/json'
  let best: AnswerType | undefined
  let bestWeight = 0
  for (const part of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = part.split(';').map((one) => one.trim())
    const weight = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1)
    const type = answers.get(range)
    // Of two that are as welcome, the newer type says more: its status codes mean something.
    const better =
      weight > bestWeight || (weight === bestWeight && range === 'application/graphql-response+json')
    if (type && weight > 0 && better) {
      best = type
      bestWeight = weight
    }
  }
  if (!best) {
    throw new HttpRefusal(
      406,
      'BAD_REQUEST',
      'Answers are application/graphql-response+json or application/json.',
    )
  }
  return best
}

const answers = new Map<string, AnswerType>([
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/json', 'application/json'],
  ['application/*', 'application/json'],
  ['*/*', 'application/json'],
])
