// The one catalogue of error codes, and the one error that the product throws on purpose.

/** Refusals that become `userErrors` in a mutation's payload. Equal to the SDL's `UserErrorCode`. */
export const userErrorCodes = [
  'INVALID',
  'TOO_LONG',
  'TOO_MANY',
  'NOT_FOUND',
  'FORBIDDEN',
  'TAKEN',
  'EXPIRED',
  'BLOCKED_BY_POLICY',
  'IDEMPOTENCY_MISMATCH',
  'CONFLICT',
] as const
export type UserErrorCode = (typeof userErrorCodes)[number]

/** Codes of top-level errors: `errors[].extensions.code`. */
export const requestErrorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'BAD_CURSOR',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'QUERY_TOO_COMPLEX',
  'RATE_LIMITED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_REQUIRED',
  'RESYNC',
  'SERVICE_UNAVAILABLE',
  'INTERNAL',
] as const
export type RequestErrorCode = (typeof requestErrorCodes)[number]

export type ErrorCode = UserErrorCode | RequestErrorCode

/**
 * A refusal with a code. `message` is a sentence for people and never repeats an id. `field` is the path of the input
 * field at fault. `retryAfterMs` says when trying again makes sense.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly field: string[]
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: { field?: string[]; retryAfterMs?: number } = {}) {
    super(message)
    this.name = 'AppError'
    this.code = code
    this.field = options.field ?? []
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Whether an error belongs into a payload's `userErrors` rather than into top-level `errors`. */
export function isUserErrorCode(code: ErrorCode): code is UserErrorCode {
  return (userErrorCodes as readonly string[]).includes(code)
}

/** The one answer for what is absent or hidden: the two cannot be told apart, so the sentence names nothing. */
export function notFound(field: string[] = []): AppError {
  return new AppError('NOT_FOUND', 'This does not exist, or you may not see it.', { field })
}
