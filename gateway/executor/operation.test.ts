import { beforeAll, expect, test } from 'vitest'
import { signedOut } from '#platform/viewer.ts'
import { heapBytes } from '../../tests/heap.ts'
import { createAdmission } from '../admission.ts'
import { parseBody } from '../http-request.ts'
import { OperationError } from './errors.ts'
import { createExecutor, type Executor } from './executor.ts'
import { compose, type FixtureContext, localSources, localSubgraph, subgraphs } from './fixture.ts'
import { localSource } from './local-source.ts'
import type { Json } from './merge.ts'

let executor: Executor<FixtureContext>

function create(cacheBytes?: number): Executor<FixtureContext> {
  return createExecutor({
    supergraph: compose(subgraphs),
    sources: localSources(subgraphs),
    ...(cacheBytes !== undefined && { cacheBytes }),
  })
}

beforeAll(() => {
  executor = create()
})

function refusal(query: string, name?: string): OperationError {
  try {
    executor.prepare(query, name)
  } catch (error) {
    if (error instanceof OperationError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const times = (count: number, part: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ')
const nested = (depth: number): string =>
  `{ me { ${'friends(first: 1) { '.repeat(depth - 2)}id${' }'.repeat(depth - 2)} } }`

const refused: [string, string, string][] = [
  ['no GraphQL', 'GRAPHQL_PARSE_FAILED', '{ me { '],
  ['an unknown field', 'GRAPHQL_VALIDATION_FAILED', '{ mee { id } }'],
  ['a hidden field', 'GRAPHQL_VALIDATION_FAILED', '{ me { hidden } }'],
  ['a hidden enum value', 'GRAPHQL_VALIDATION_FAILED', '{ echo(role: SECRET) }'],
  ["federation's own fields", 'GRAPHQL_VALIDATION_FAILED', '{ _service { sdl } }'],
  ['entities by reference', 'GRAPHQL_VALIDATION_FAILED', '{ _entities(representations: []) { __typename } }'],
  ['an alias that is a prototype', 'GRAPHQL_VALIDATION_FAILED', '{ __proto__: version }'],
  ["an alias of the executor's own", 'GRAPHQL_VALIDATION_FAILED', '{ me { _alias_id: name } }'],
  [
    "federation's own variable",
    'GRAPHQL_VALIDATION_FAILED',
    'query($representations: ID!) { user(id: $representations) { id } }',
  ],
  [
    'a fragment cycle',
    'GRAPHQL_VALIDATION_FAILED',
    '{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }',
  ],
  ['two operations without a name', 'BAD_REQUEST', 'query A { version } query B { version }'],
  ['no operation', 'BAD_REQUEST', 'fragment A on User { id } fragment B on User { id }'],
  ['twice the tokens', 'QUERY_TOO_COMPLEX', `{ ${'version '.repeat(7_998)} }`],
  ['twice the depth', 'QUERY_TOO_COMPLEX', nested(30)],
  ['twice the aliases', 'QUERY_TOO_COMPLEX', `{ ${times(100, (i) => `a${i}: version`)} }`],
  ['sixteen values within values', 'QUERY_TOO_COMPLEX', `{ echo(list: ${'['.repeat(16)}${']'.repeat(16)}) }`],
  ['values within values', 'QUERY_TOO_COMPLEX', `{ echo(list: ${'['.repeat(1_900)}${']'.repeat(1_900)}) }`],
  [
    'a fragment bomb',
    'QUERY_TOO_COMPLEX',
    `{ me { ...F0 } } ${times(30, (i) => `fragment F${i} on User { a${i}: friends(first: 1) { ...F${i + 1} } b${i}: friends(first: 1) { ...F${i + 1} } }`)} fragment F30 on User { id }`,
  ],
  [
    'fields to be merged pair by pair',
    'QUERY_TOO_COMPLEX',
    `{ me { ${times(300, (i) => `...F${i}`)} } } ${times(300, (i) => `fragment F${i} on User { friends { id } }`)}`,
  ],
]

test.each(refused)('refuses with a code: %s', (_what, code, query) => {
  const error = refusal(query)
  if (query.startsWith('fragment')) expect(['BAD_REQUEST', 'GRAPHQL_VALIDATION_FAILED']).toContain(error.code)
  else expect(error.code).toBe(code)
  for (const { message, extensions } of error.errors) {
    expect(extensions).toEqual({ code: error.code })
    expect(message).not.toMatch(/Did you mean/)
  }
})

test.each([
  ['4,000 tokens', `{ ${'version '.repeat(3_998)} }`],
  ['50 aliases', `{ ${times(50, (i) => `a${i}: version`)} }`],
  ['depth 15', nested(15)],
  [
    'deep introspection',
    '{ __schema { types { fields { type { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } } }',
  ],
])('accepts %s', async (_what, query) => {
  const answer = await executor.execute(executor.prepare(query), {}, { calls: new Map() })
  expect(answer.errors).toBeUndefined()
})

test('G2: too many nodes are refused by number before any subgraph is asked, and 10,000 are not', async () => {
  let asked = 0
  const counting = createExecutor<FixtureContext>({
    supergraph: compose(subgraphs),
    sources: new Map(
      subgraphs.map((part) => {
        const source = localSource(localSubgraph(part))
        const process: typeof source.process = (request, context) => {
          asked += 1
          return source.process(request, context)
        }
        return [part.name, { ...source, process }]
      }),
    ),
  })
  const friends = (size: string) => `posts(first: 99) { author { friends(first: ${size}) { id } } }`
  const code = { code: 'QUERY_TOO_COMPLEX' }
  expect(() => counting.prepare(`{ ${friends('182')} }`)).toThrow('QUERY_TOO_COMPLEX')
  const query = `query($n: Int!) { ${friends('$n')} }`
  const admission = createAdmission({ executor: counting, scope: () => ({ calls: new Map() }) })
  const asks = (n: number) =>
    admission.admit(parseBody(Buffer.from(JSON.stringify({ query, variables: { n } }))), signedOut())
  await expect(asks(182)).rejects.toMatchObject({
    errors: [{ message: expect.stringMatching(/18117 nodes.* 18000 /), extensions: code }],
  })
  expect(asked).toBe(0)
  // 99 posts, and 99 × 100 friends.
  const answer = await admission.execute(await asks(100), signedOut())
  expect(answer.data).toBeTruthy()
  expect(asked).toBeGreaterThan(0)
})

test('a variable nests as deep as anybody needs, and no deeper', async () => {
  const prepared = executor.prepare('query($e: Echo) { echo(input: $e) }')
  const echo = (depth: number): Json => {
    let value: Json = { text: 'x' }
    for (let i = 1; i < depth; i++) value = { text: 'x', nested: value }
    return value
  }
  expect(prepared.checkVariables({ e: echo(40) })).toBeUndefined()
  expect(await executor.execute(prepared, { e: echo(40) }, { calls: new Map() })).not.toHaveProperty('errors')
  expect(prepared.checkVariables({ e: echo(50_000) })?.errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT' } },
  ])
})

test('an operation is prepared once, by text and name', () => {
  const query = 'query A { version } query B { v: version }'
  const a = executor.prepare(query, 'A')
  expect(executor.prepare(query, 'A')).toBe(a)
  expect(executor.prepare(query, 'B')).not.toBe(a)
  expect(executor.prepare(query, 'B').name).toBe('B')
})

test('G10: any number of documents takes bounded memory, and what is used stays', () => {
  const small = create(400_000)
  const used = small.prepare('query Used { version }')
  for (let i = 0; i < 200; i++) {
    small.prepare(`query Q${i} { user(id: "${i}") { id } }`)
    expect(small.prepare('query Used { version }')).toBe(used)
    expect(small.operations.bytes).toBeLessThanOrEqual(400_000)
  }
  expect(small.operations.count).toBeGreaterThan(5)
  expect(small.operations.count).toBeLessThan(50)
})

test('G10: two thousand documents, each met once, leave no more memory behind than the first hundreds', async () => {
  const cacheBytes = 4_000_000
  const busy = create(cacheBytes)
  const meet = async (from: number, to: number): Promise<number> => {
    for (let i = from; i < to; i++) {
      const prepared = busy.prepare(
        `query Q${i} { user(id: "${i}") { id a${i}: name friends(first: ${i}) { role } } }`,
      )
      expect(busy.operations.bytes).toBeLessThanOrEqual(cacheBytes)
      // A second run has the subgraphs compile it.
      for (let run = 0; i % 10 === 0 && run < 2; run++) {
        const { errors } = await busy.execute(prepared, {}, { calls: new Map() })
        expect(errors).toBeUndefined()
      }
    }
    return heapBytes()
  }
  const before = await meet(0, 500)
  const after = await meet(500, 2_000)
  expect(after - before).toBeLessThan(2 * cacheBytes)
  expect(busy.operations.count).toBeLessThan(200)
})

test('a supergraph without a source for each subgraph does not start', () => {
  expect(() => createExecutor({ supergraph: compose(subgraphs), sources: new Map() })).toThrow('"accounts"')
})
