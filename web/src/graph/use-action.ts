import { useCallback, useState } from 'react'
import { type AnyVariables, type TypedDocumentNode, useClient } from 'urql'
import { showToast } from '../parts/toast.tsx'

interface UserErrors {
  readonly userErrors: readonly {
    readonly code: string
    readonly message: string
    readonly field: readonly string[]
  }[]
}

/** The payload of a mutation with one root field. */
type Payload<Data> = Data[keyof Data] & UserErrors

/**
 * A mutation as a function of its input. It returns the payload when the server did it, and null when it did not: then
 * the reason was shown as a toast.
 *
 * @returns the function, and whether it is under way
 */
export function useAction<Data extends Record<string, UserErrors>, Input>(
  document: TypedDocumentNode<Data, { input: Input } & AnyVariables>,
): [run: (input: Input) => Promise<Payload<Data> | null>, busy: boolean] {
  const client = useClient()
  const [busy, setBusy] = useState(false)
  const run = useCallback(
    async (input: Input) => {
      setBusy(true)
      const result = await client.mutation(document, { input }).toPromise()
      setBusy(false)
      const payload = Object.values(result.data ?? {}).find((value) => typeof value === 'object') as
        | Payload<Data>
        | undefined
      const refusal = payload?.userErrors[0]?.message
      if (payload && !refusal) return payload
      showToast(refusal ?? describeError(result.error), 'error')
      return null
    },
    [client, document],
  )
  return [run, busy]
}

/** What went wrong, as a sentence for people. */
export function describeError(
  error: { networkError?: Error; graphQLErrors?: { message: string }[] } | undefined,
): string {
  if (error?.networkError) return 'The server cannot be reached. Try again in a moment.'
  return error?.graphQLErrors?.[0]?.message ?? 'Something went wrong. Try again in a moment.'
}
