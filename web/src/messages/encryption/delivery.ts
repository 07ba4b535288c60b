// How a device speaks to the server.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'

/** The server said no. */
export class Refused extends Error {
  /** A code of the API's catalogue. */
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The device has no part in this conversation, and gets none. */
export class NotTakingPart extends Error {}

/** Asks one operation. Throws Refused when it is refused, and any other error when nobody knows whether it was done. */
export type Request = <Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
) => Promise<Data>

/** Does things under one name one after the other, in all tabs that share the key store. */
export type Exclusively = <R>(name: string, work: () => Promise<R>) => Promise<R>

interface Answer {
  data?: unknown
  errors?: readonly { message: string; extensions?: { code?: unknown } }[] | undefined
}

/** The data of an answer over HTTP. Throws Refused for errors at the top and in payloads. */
export function dataOf<Data>({ data, errors = [] }: Answer): Data {
  const [error] = errors
  if (error) throw new Refused(String(error.extensions?.code ?? 'INTERNAL'), error.message)
  for (const payload of Object.values((data ?? {}) as Record<string, unknown>)) {
    const { userErrors } = (payload ?? {}) as { userErrors?: { code: string; message: string }[] }
    const [refusal] = userErrors ?? []
    if (refusal) throw new Refused(refusal.code, refusal.message)
  }
  return data as Data
}

/** One after the other within this process. */
export function createQueue(): Exclusively {
  const last = new Map<string, Promise<unknown>>()
  return (name, work) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work, work)
    last.set(name, turn)
    return turn
  }
}
