import { operationIds } from '../operation-ids.gen.ts'

// In production the server takes nothing of this client but the names of its documents.

/** What a request with this operation says instead of its document. */
export interface NamedOperation {
  readonly documentId: string
  readonly extensions: { readonly client: 'web' }
}

/** How the server knows an operation; undefined for one that is none of ours. */
export function nameOperation(operationName: string | null | undefined): NamedOperation | undefined {
  const id = operationIds[operationName ?? '']
  return id === undefined ? undefined : { documentId: `sha256:${id}`, extensions: { client: 'web' } }
}

/** A request whose JSON body names its document instead of carrying it. */
export function withDocumentId(init: RequestInit | undefined): RequestInit | undefined {
  if (typeof init?.body !== 'string') return init
  const { operationName, variables } = JSON.parse(init.body) as {
    operationName?: string
    variables?: unknown
  }
  const named = nameOperation(operationName)
  return named ? { ...init, body: JSON.stringify({ ...named, variables }) } : init
}
