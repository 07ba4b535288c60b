// Errors at the edge of a subgraph: what becomes of an AppError, and of anything else, in a GraphQL answer.
import { GraphQLError } from 'graphql'
import { AppError } from '#schema/errors.ts'
import type { Log } from './log.ts'
import { isOutage } from './outage.ts'

/** The error that a client sees: coded, without a stack; what was not thrown on purpose is logged and called INTERNAL. */
export function publicError(error: GraphQLError, log: Log): GraphQLError {
  const cause = error.originalError
  const options = { path: error.path ?? undefined, nodes: error.nodes ?? undefined }
  if (cause instanceof AppError) {
    return new GraphQLError(cause.message, {
      ...options,
      extensions: {
        code: cause.code,
        ...(cause.retryAfterMs === undefined ? {} : { retryAfterMs: cause.retryAfterMs }),
      },
    })
  }
  // Without a cause it is the executor's own. Before execution that is a value of the wrong type; later it is ours: a null
  // where the schema promises none.
  const ofInput =
    cause instanceof GraphQLError || (!cause && (!error.path || error.extensions.code !== undefined))
  if (ofInput) {
    return new GraphQLError(error.message, {
      ...options,
      extensions: { code: 'BAD_USER_INPUT', ...error.extensions },
    })
  }
  if (cause && isOutage(cause)) {
    log.warn({ error: cause.message }, 'a dependency cannot be reached')
    return new GraphQLError('This is not available right now. Try again in a moment.', {
      ...options,
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    })
  }
  log.error({ error: cause?.stack ?? error.message, path: error.path }, 'unexpected error')
  return new GraphQLError('Something went wrong on our side.', {
    ...options,
    extensions: { code: 'INTERNAL' },
  })
}
