import { useCallback, useEffect, useState } from 'react'
import { type AnyVariables, type CombinedError, type TypedDocumentNode, useQuery } from 'urql'
import { onResync } from './forward.ts'

interface Page<Node> {
  readonly nodes: readonly Node[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

export interface Pages<Node, Data> {
  /** Undefined until the first page is there. */
  readonly nodes: readonly Node[] | undefined
  /** The newest answer, for what it says besides the list. */
  readonly data: Data | undefined
  readonly loading: boolean
  readonly error: CombinedError | undefined
  readonly hasMore: boolean
  readonly loadMore: () => void
  readonly refresh: () => void
}

/**
 * A connection read page by page. The cache joins the pages that were read, so the list is always the whole of them.
 *
 * @param pick the connection in an answer; null or undefined when it is hidden or absent
 */
export function usePages<Data, Variables extends AnyVariables, Node>(
  document: TypedDocumentNode<Data, Variables & { after?: string | null }>,
  variables: Omit<Variables, 'after'>,
  pick: (data: Data) => Page<Node> | null | undefined,
  pause = false,
): Pages<Node, Data> {
  const identity = JSON.stringify(variables)
  const [at, setAt] = useState<{ identity: string; after: string | null }>({ identity, after: null })
  const after = at.identity === identity ? at.after : null
  const [result, execute] = useQuery({
    query: document,
    variables: { ...variables, after } as unknown as Variables & { after?: string | null },
    requestPolicy: after ? 'cache-first' : 'cache-and-network',
    pause,
  })

  const page = result.data ? pick(result.data) : undefined
  const endCursor = page?.pageInfo.endCursor ?? null
  const loadMore = useCallback(() => setAt({ identity, after: endCursor }), [identity, endCursor])
  const refresh = useCallback(() => {
    setAt({ identity, after: null })
    execute({ requestPolicy: 'network-only' })
  }, [identity, execute])
  useEffect(() => onResync(refresh), [refresh])
  // The server no longer keeps the order that the cursor belongs to.
  const lapsed =
    after !== null &&
    result.error?.graphQLErrors.some(({ extensions }) => extensions.code === 'BAD_CURSOR') === true
  useEffect(() => {
    if (lapsed) refresh()
  }, [lapsed, refresh])

  return {
    nodes: page?.nodes,
    data: result.data,
    loading: result.fetching || result.stale,
    error: result.error,
    hasMore: page?.pageInfo.hasNextPage ?? false,
    loadMore,
    refresh,
  }
}
