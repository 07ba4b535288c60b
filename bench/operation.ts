// Operations as the web client sends them.
import { type DocumentNode, Kind, print, type SelectionSetNode, visit } from 'graphql'

/** The document's text with `__typename` in every selection set, as the client's cache asks for it. */
export function asSent(document: DocumentNode): string {
  const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const
  return print(
    visit(document, {
      SelectionSet: (node: SelectionSetNode, _key, parent) =>
        parent && 'kind' in parent && parent.kind === Kind.OPERATION_DEFINITION
          ? undefined
          : { ...node, selections: [...node.selections, typename] },
    }),
  )
}

/** The headers that the web client sends. */
export function headersOf(token: string): Record<string, string> {
  return {
    accept:
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
  }
}
