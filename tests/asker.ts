// Someone who asks one subgraph, as the gateway would on his behalf.
import { parse } from 'graphql'
import type { Platform } from '#platform/service.ts'
import { createRequest, type RunningSubgraph } from '#platform/subgraph.ts'
import type { Viewer } from '#platform/viewer.ts'

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
export type Data = any

export interface Asker {
  /** Who asks. */
  viewer: Viewer
  /** Asks; `codes` are those of top-level errors. `rootValue` is the event for a subscription's document. */
  asks(
    query: string,
    variables?: Record<string, unknown>,
    rootValue?: object,
  ): Promise<{ data: Data; codes: unknown[] }>
  /** Calls a mutation with an input; answers its payload, or the codes of top-level errors. */
  does(mutation: string, input: Record<string, unknown>, fields?: string): Promise<Data>
}

/** Someone who asks `subgraph`: signed out, but for what `who` says. Payloads have `errorFields` of their user errors. */
export function createAsker(
  platform: Platform,
  subgraph: RunningSubgraph,
  who: Partial<Viewer> = {},
  errorFields = 'code field',
): Asker {
  const viewer: Viewer = {
    userId: null,
    sessionId: null,
    appId: null,
    scopes: null,
    ip: '127.0.0.1',
    userAgent: null,
    ...who,
  }
  const asks: Asker['asks'] = async (query, variables, rootValue) => {
    const context = subgraph.contextFor(createRequest(platform, viewer))
    const { data, errors } = await subgraph.execute({ document: parse(query), variables, rootValue, context })
    return { data, codes: (errors ?? []).map((error) => subgraph.format(error).extensions.code) }
  }
  return {
    viewer,
    asks,
    async does(mutation, input, fields = '') {
      const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`
      const { data, codes } = await asks(
        `mutation ($input: ${type}) { ${mutation}(input: $input) { ${fields} userErrors { ${errorFields} } } }`,
        { input },
      )
      return data?.[mutation] ?? codes
    },
  }
}
