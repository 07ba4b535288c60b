// `node` and `nodes`: the owner of an id answers; that it cannot answer is not that there is nothing (X4).
import { parse } from 'graphql'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { readSchemaFile } from '#schema/sdl.ts'
import type { DataSource } from './executor/sources.ts'
import { gatewaySource } from './node.ts'

const seen = newId('post')
const hidden = newId('post')
const broken = newId('post')
const elsewhere = newId('comment')

const owners = new Map<string, DataSource<object>>([
  [
    'content',
    {
      async process({ variables }) {
        const asked = (variables.representations as { id: string }[]).map(({ id }) => id)
        return {
          data: { _entities: asked.map((id) => (id === seen ? { __typename: 'Post' } : null)) },
          errors: asked.flatMap((id, i) =>
            id === broken
              ? [{ message: 'Away.', path: ['_entities', i], extensions: { code: 'SERVICE_UNAVAILABLE' } }]
              : [],
          ),
        }
      },
    },
  ],
  ['engagement', { process: () => Promise.reject(new Error('connect ECONNREFUSED')) }],
])

async function nodes(ids: string[], held: string[] | null = null) {
  const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }'
  const source = gatewaySource(
    readSchemaFile('supergraph.graphql'),
    owners,
    pino({ level: 'silent' }),
    () => Promise.reject(new Error('nobody asks')),
    () => held,
  )
  const { data, errors } = await source.process({ document: parse(query), query, variables: { ids } }, {})
  return { nodes: (data as { nodes: unknown[] }).nodes, errors }
}

test('what is hidden, malformed or nobody’s is null without an error, order and repetitions kept', async () => {
  const answer = await nodes([hidden, seen, 'post_1', newId('session'), '', seen])
  const post = { __typename: 'Post', id: seen }
  expect(answer).toEqual({ nodes: [null, post, null, null, null, post], errors: undefined })
})

test('an owner that fails spoils its own ids only, with a code', async () => {
  const { nodes: found, errors } = await nodes([elsewhere, seen, broken, hidden])
  expect(found).toEqual([null, { __typename: 'Post', id: seen }, null, null])
  expect(errors?.map(({ path, extensions }) => [path, extensions?.code])).toEqual([
    [['nodes', 0], 'SERVICE_UNAVAILABLE'],
    [['nodes', 2], 'SERVICE_UNAVAILABLE'],
  ])
})

test('an app looks up an id with the scope of its type only, and others stand (T1)', async () => {
  const { nodes: found, errors } = await nodes([seen, newId('conversation')], ['content:read'])
  expect(found).toEqual([{ __typename: 'Post', id: seen }, null])
  expect(errors?.map(({ path, extensions }) => [path, extensions?.code])).toEqual([
    [['nodes', 1], 'FORBIDDEN'],
  ])
  const none = await nodes([seen], ['messages:read'])
  expect(none.nodes).toEqual([null])
  expect(none.errors?.[0]?.message).toContain('content:read')
})
