import { Client, fetchExchange, gql } from 'urql'
import { expect, test } from 'vitest'
import { graphCache } from './cache.ts'

interface FeedPage {
  nodes: { id: string }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

test('a list is read on behind pages that have nothing', async () => {
  const pages: Record<string, { ids: string[]; end: string | null }> = {
    '': { ids: ['post_1'], end: 'a' },
    a: { ids: [], end: 'b' },
    b: { ids: [], end: 'c' },
    c: { ids: ['post_2'], end: null },
  }
  const client = new Client({
    url: 'http://127.0.0.1/graphql',
    preferGetMethod: false,
    exchanges: [graphCache(), fetchExchange],
    fetch: async (_url, init) => {
      const { variables } = JSON.parse(String(init?.body))
      const { ids, end } = pages[variables.after ?? ''] ?? { ids: [], end: null }
      const homeFeed = {
        __typename: 'FeedConnection',
        nodes: ids.map((id) => ({ __typename: 'Post', id })),
        pageInfo: { __typename: 'PageInfo', hasNextPage: end !== null, endCursor: end },
      }
      return Response.json({ data: { homeFeed } })
    },
  })
  const document = gql`
    query ($after: String) {
      homeFeed(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
    }
  `
  const ends: (string | null)[] = []
  let after: string | null = null
  do {
    const answer: { data?: { homeFeed: FeedPage } } = await client.query(document, { after }).toPromise()
    const { nodes, pageInfo } = answer.data?.homeFeed ?? {
      nodes: [],
      pageInfo: { hasNextPage: false, endCursor: null },
    }
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    expect(ends).not.toContain(after)
    ends.push(after)
    if (after === null) expect(nodes.map(({ id }) => id)).toEqual(['post_1', 'post_2'])
  } while (after)
  expect(ends).toEqual(['a', 'b', 'c', null])
})
