import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import type { RequestErrorCode } from '#schema/errors.ts'

/** All that a client learns of a fault: what it was is for the log. */
export const internalError: GraphQLFormattedError = {
  message: 'Something went wrong.',
  extensions: { code: 'INTERNAL' },
}

/** A request that is refused before anything ran. `errors` are ready to be sent. */
export class OperationError extends Error {
  readonly code: RequestErrorCode
  readonly errors: readonly GraphQLFormattedError[]
  /** When trying again makes sense. */
  readonly retryAfterMs: number | undefined

  constructor(code: RequestErrorCode, causes: readonly (GraphQLError | string)[], retryAfterMs?: number) {
    super(code)
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.errors = causes.map((cause) => refusal(code, cause, retryAfterMs))
  }
}

function refusal(
  code: RequestErrorCode,
  cause: GraphQLError | string,
  retryAfterMs: number | undefined,
): GraphQLFormattedError {
  if (typeof cause === 'string') {
    return { message: cause, extensions: retryAfterMs === undefined ? { code } : { code, retryAfterMs } }
  }
  const { message, locations, path, extensions } = cause
  return {
    message: shortened(withoutSuggestions(message)),
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { ...extensions, code },
  }
}

/** graphql-js names similar fields in its messages, which tells outsiders what a closed schema holds. */
export function withoutSuggestions(message: string): string {
  const at = message.indexOf('Did you mean')
  return at === -1 ? message : message.slice(0, at).trimEnd()
}

/** Characters that are kept at each end of a long message. */
const keptOfMessage = 300

/** graphql-js repeats a value that is wrong, however long it is, between what says so and where it stood. */
function shortened(message: string): string {
  if (message.length <= 2 * keptOfMessage) return message
  return `${message.slice(0, keptOfMessage)} … ${message.slice(-keptOfMessage)}`
}

/** What a subgraph may answer as an error, be it over HTTP (plain JSON) or in process (an Error). */
export interface SubgraphError {
  readonly message: string
  readonly path?: readonly (string | number)[] | undefined
  readonly extensions?: { readonly [key: string]: unknown } | undefined
}

/**
 * Turns a subgraph's error into what a client may see. One with a code was meant for clients, and keeps its message and
 * extensions, apart from those that tell about our inside; one without is a fault, and its message stays with us.
 */
export function publicError(
  error: SubgraphError,
  path: readonly (string | number)[] | undefined,
): GraphQLFormattedError {
  const { code, serviceName, stacktrace, exception, originalError, ...rest } = error.extensions ?? {}
  const location = path === undefined ? undefined : { path }
  if (typeof code !== 'string') {
    return { message: internalError.message, ...location, extensions: internalError.extensions }
  }
  return { message: shortened(withoutSuggestions(error.message)), ...location, extensions: { ...rest, code } }
}
