// A corpus of requests that nobody sends in good faith, the same in each run. Each is one HTTP request to a gateway.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  type GraphQLArgument,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  isUnionType,
} from 'graphql'

export interface HostileRequest {
  /** For the report of a failure. */
  readonly what: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** `refused`: nothing may run. `absent`: the answer is that of something that does not exist. `coded`: whatever is wrong has a code. */
  readonly expected: 'refused' | 'absent' | 'coded'
}

type Expected = HostileRequest['expected']

const json = { 'content-type': 'application/json' }

const raw = (
  what: string,
  body: string | Buffer,
  headers: Record<string, string> = json,
  expected: Expected = 'refused',
): HostileRequest => ({ what, method: 'POST', path: '/graphql', headers, body, expected })

const post = (what: string, body: object, expected: Expected = 'refused'): HostileRequest =>
  raw(what, JSON.stringify(body), json, expected)

const get = (
  what: string,
  parameters: Record<string, string>,
  expected: Expected = 'refused',
): HostileRequest => ({
  what,
  method: 'GET',
  path: `/graphql?${new URLSearchParams(parameters)}`,
  headers: {},
  expected,
})

/** Numbers below `below`, the same ones in each run (mulberry32). */
function createDice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const times = (count: number, part: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ')

/** An argument that a hidden operator, a prototype or a script might go through. */
const operators: readonly unknown[] = [
  { $gt: '' },
  { $ne: null },
  { $regex: '.*' },
  { $where: 'sleep(1000)' },
  { __proto__: { a: 1 } },
  { constructor: { prototype: { a: 1 } } },
  ['$in'],
  [[[]]],
  true,
  1e308,
]

/**
 * @param ids ids of things that exist and that the asker may see, to be tampered with.
 */
export function hostileCorpus(schema: GraphQLSchema, ids: readonly string[]): HostileRequest[] {
  return [
    ...brokenBytes(),
    ...wrongTransport(),
    ...documentBombs(),
    ...hugeLists(schema),
    ...strangeVariables(schema),
    ...tamperedIds(schema, ids),
    ...persistedDocuments(),
  ]
}

/** Bodies that are no JSON, no UTF-8, or JSON of another shape. */
function* brokenBytes(): Generator<HostileRequest> {
  const dice = createDice(1)
  const good = Buffer.from(JSON.stringify({ query: '{ serverInfo { version } }', variables: { a: 'ä€😀' } }))
  for (let i = 0; i < good.length; i++) yield raw(`cut off after ${i} bytes`, good.subarray(0, i))
  for (let i = 0; i < 400; i++) {
    const flipped = Buffer.from(good)
    for (let n = dice(4); n >= 0; n--) flipped[dice(flipped.length)] = dice(256)
    yield raw(`flipped bytes ${i}`, flipped, json, 'coded')
  }
  for (let i = 0; i < 200; i++) {
    yield raw(`noise ${i}`, Buffer.from(Array.from({ length: 1 + dice(400) }, () => dice(256))))
  }
  for (const [what, body] of [
    ['arrays without end', '['.repeat(200_000)],
    ['arrays in arrays', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['objects in objects', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['deep extensions', `{"query":"{a}","extensions":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`],
    ['a string without end', `{"query":"${'a'.repeat(500_000)}`],
    ['a surrogate alone', '{"query":"{ \\ud800 }"}'],
    ['a byte order mark', '\ufeff{"query":"{ a }"}'],
    ['NUL', '{"query":"{ serverInfo { version } \u0000 }"}'],
    ['escaped NUL', '{"query":"{ serverInfo { version } \\u0000 }"}'],
    ['two bodies', '{"query":"{ a }"}{"query":"{ b }"}'],
    [
      'a batch',
      JSON.stringify(Array.from({ length: 1_000 }, () => ({ query: '{ serverInfo { version } }' }))),
    ],
    ['too many bytes', `{"query":"${' '.repeat(2 * 1024 * 1024)}"}`],
    ['a prototype', '{"__proto__":{"query":"{ serverInfo { version } }"}}'],
  ] as const) {
    yield raw(what, body)
  }
  for (const value of [
    'null',
    'true',
    '0',
    '""',
    '"text"',
    '[]',
    '{}',
    '[{}]',
    '-1e999',
    'NaN',
    "{'query':'{a}'}",
  ])
    yield raw(`the body ${value}`, value)
  for (const field of ['query', 'variables', 'operationName', 'extensions', 'documentId']) {
    for (const value of [0, 1, true, 'text', [], [1], ['a'], field === 'query' ? {} : [{}]]) {
      const body = { query: '{ nothing }', [field]: value }
      yield post(`${field}: ${JSON.stringify(value)}`, body)
    }
  }
}

/** Forms of other sites, other encodings, other methods, mutations by GET. */
function* wrongTransport(): Generator<HostileRequest> {
  const body = JSON.stringify({ query: 'mutation { signOut(input: {}) { userErrors { code } } }' })
  const types = [
    'text/plain',
    'text/plain; charset=utf-8',
    'text/html',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/xml',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/json-patch+json',
    'application/jsonx',
    '',
    ';',
    'a'.repeat(5_000),
  ]
  for (const type of types) {
    for (const origin of ['https://evil.example', 'null']) {
      yield raw(`a form of ${type.slice(0, 40)}`, body, { 'content-type': type, origin })
    }
  }
  yield raw('a form field', `query=${encodeURIComponent('mutation { a }')}`, {
    'content-type': 'application/x-www-form-urlencoded',
  })
  for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip', 'x'])
    yield raw(`compressed as ${encoding}`, gzipSync(body), { ...json, 'content-encoding': encoding })
  yield raw('a compression bomb', gzipSync(Buffer.alloc(20_000_000)), { ...json, 'content-encoding': 'gzip' })
  for (const accept of [
    'text/html',
    'image/png',
    'application/xml',
    'application/json;q=0',
    'x',
    ',,,;;;',
    '\t',
  ])
    yield raw(`accept ${accept}`, body, { ...json, accept }, 'coded')
  for (const mutation of [
    'mutation { signOut(input: {}) { userErrors { code } } }',
    'mutation A { __typename }',
    'query A { serverInfo { version } } mutation B { __typename }',
    'subscription { feedUpdated { cursor } }',
  ]) {
    for (const operationName of ['', 'B', 'C', '__proto__', 'a'.repeat(500)]) {
      if (mutation.startsWith('query') && operationName === 'A') continue
      yield get(`${mutation.slice(0, 20)} by GET, ${operationName.slice(0, 10)}`, {
        query: mutation,
        operationName,
      })
    }
  }
  for (const variables of ['{', '[]', '7', '"a"', 'null}', '{"a":', '\u0000'])
    yield get(`variables ${variables} by GET`, { query: '{ nothing }', variables })
  for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'])
    yield {
      what: method,
      method,
      path: '/graphql',
      headers: { ...json, 'content-length': '2' },
      body: '{}',
      expected: 'refused',
    }
  for (const path of [
    '/graphql?',
    '/graphql?query',
    '/graphql?query=%',
    '/graphql?query=%00',
    '/graphql?documentId=',
  ])
    yield { what: path, method: 'GET', path, headers: {}, expected: 'refused' }
  yield get('a long address', { query: `{ ${'serverInfo '.repeat(900)} }` })
  yield get('an address that is too long', { query: 'a'.repeat(40_000) })
  yield raw('too many headers', body, { ...json, 'x-a': 'a'.repeat(40_000) })
  for (const authorization of [
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'Bearer a.b.c',
    `Bearer ${'a'.repeat(4_000)}`,
    'x',
  ])
    yield raw(`authorization ${authorization.slice(0, 20)}`, body, { ...json, authorization })
}

/** Documents made to be expensive to parse, to validate or to plan, or not to be GraphQL at all. */
function* documentBombs(): Generator<HostileRequest> {
  const dice = createDice(2)
  for (const size of [2, 3, 5, 20, 100]) {
    const cycle = times(size, (i) => `fragment F${i} on User { id ...F${(i + 1) % size} }`)
    yield post(`a cycle of ${size} fragments`, { query: `{ user(username: "a") { ...F0 } } ${cycle}` })
    yield post(`${size} fragments on themselves`, {
      query: `{ user(username: "a") { ...F0 } } ${times(size, (i) => `fragment F${i} on User { ...F${i} }`)}`,
    })
  }
  for (const depth of [12, 20, 50, 200]) {
    const doubles = times(depth, (i) => `fragment F${i} on User { a: id ...F${i + 1} ...F${i + 1} }`)
    const nested = times(
      depth,
      (i) =>
        `fragment F${i} on User { followers(first: 2) { nodes { ...F${i + 1} } } following(first: 2) { nodes { ...F${i + 1} } } }`,
    )
    for (const [what, fragments] of [
      ['twice each', doubles],
      ['nested', nested],
    ] as const) {
      const query = `{ user(username: "a") { ...F0 } } ${fragments} fragment F${depth} on User { id }`
      yield post(
        `a bomb of ${depth} fragments, ${what}`,
        { query },
        // What is spread twice in one place is one spread.
        what === 'twice each' ? 'coded' : 'refused',
      )
    }
  }
  for (const [what, part] of [
    ['fields', 'serverInfo '],
    ['fields with arguments', 'user(username: "a") { id } '],
    ['inline fragments', '... { serverInfo { version } } '],
    ['directives', 'serverInfo @skip(if: false) { version } '],
    ['typenames', '__typename '],
  ] as const) {
    yield post(`10,000 times the same ${what}`, { query: `{ ${part.repeat(10_000)} }` })
  }
  for (const opener of [
    '{',
    '[',
    '(',
    '"',
    '"""',
    '#',
    '$',
    '@',
    '...',
    '{a',
    '{a(b:[',
    '{a(b:{c:',
    '!',
    '\\',
    '&',
    '😀',
  ]) {
    for (const count of [1, 100, 10_000, 100_000]) {
      yield post(`${count} times ${opener}`, { query: opener.repeat(count) })
      yield post(`${count} times ${opener}, begun well`, { query: `{ serverInfo ${opener.repeat(count)}` })
    }
  }
  for (const depth of [16, 30, 100, 1_000]) {
    yield post(`${depth} deep`, {
      query: `${'{ user(username: "a") '.repeat(depth)}{ id }${'}'.repeat(depth)}`,
    })
    yield post(`a list ${depth} deep`, {
      query: `{ nodes(ids: ${'['.repeat(depth)}${']'.repeat(depth)}) { id } }`,
    })
    yield post(`an object ${depth} deep`, {
      query: `mutation { signOut(input: ${'{a:'.repeat(depth)}1${'}'.repeat(depth)}) { userErrors { code } } }`,
    })
  }
  const signIn = (i: number) =>
    `a${i}: signIn(input: { login: "a", password: "${i}" }) { userErrors { code } }`
  for (const count of [51, 100, 1_000]) {
    yield post(`G1: ${count} sign-ins in one request`, { query: `mutation { ${times(count, signIn)} }` })
    yield post(`${count} aliases`, { query: `{ ${times(count, (i) => `a${i}: serverInfo { version }`)} }` })
    yield post(`${count} aliases in a fragment`, {
      query: `{ ...F } fragment F on Query { ${times(count, (i) => `a${i}: __typename`)} }`,
    })
  }
  yield post('many variables', { query: `query(${times(1_500, (i) => `$v${i}: Int`)}) { __typename }` })
  yield post('many operations', { query: times(1_000, (i) => `query Q${i} { __typename }`) })
  yield post('many directives', { query: `{ serverInfo ${'@skip(if: true) '.repeat(1_000)} { version } }` })
  yield post('an unknown directive', { query: '{ serverInfo @export(as: "a") @defer { version } }' })
  yield post('a prototype', { query: '{ __proto__: serverInfo { version } }' })
  for (const name of [
    '_entities(representations: []) { __typename }',
    '_service { sdl }',
    '__schema { nothing }',
    'constructor',
    'toString',
  ])
    yield post(`the field ${name}`, { query: `{ ${name} }` })
  yield post('a schema', { query: 'type Query { a: Int }' })
  yield post('a number too large', { query: '{ homeFeed(first: 99999999999999999999) { nodes { id } } }' })
  // What remains of good documents when pieces are lost, doubled or swapped.
  const good =
    'query A($a: ID!, $n: Int = 5) { a: node(id: $a) { id ... on User { username followers(first: $n) @skip(if: false) { nodes { id } } } } } fragment F on Post { id }'
  const tokens = good.split(/(?<=[^\w$@])|(?=[^\w$@])/)
  for (let i = 0; i < 700; i++) {
    const mutated = [...tokens]
    for (let n = dice(3); n >= 0; n--) {
      const at = dice(mutated.length)
      const other = tokens[dice(tokens.length)] as string
      mutated.splice(at, dice(2), ...(dice(3) === 0 ? [] : [other]))
    }
    yield post(`lost pieces ${i}`, { query: mutated.join(''), variables: { a: 'user_1' } }, 'coded')
  }
}

/** G2: lists in lists, by literals, variables and defaults. */
function* hugeLists(schema: GraphQLSchema): Generator<HostileRequest> {
  const people = (size: string, inner: string) => `followers(first: ${size}) { nodes { ${inner} } }`
  const three = (size: string) => `user(username: "a") { ${people(size, people(size, people(size, 'id')))} }`
  for (const size of [28, 50, 100]) {
    yield post(`${size} of ${size} of ${size}`, { query: `{ ${three(String(size))} }` })
    yield post(`${size} of them by a variable`, {
      query: `query($n: Int!) { ${three('$n')} }`,
      variables: { n: size },
    })
    yield post(`${size} of them by default`, { query: `query($n: Int = ${size}) { ${three('$n')} }` })
  }
  yield post('20,000 ids', {
    query: 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: Array<string>(20_000).fill('a') },
  })
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const first = field.args.find(({ name }) => name === 'first')
    const type = getNamedType(field.type)
    if (!first || !isCompositeType(type) || isUnionType(type)) continue
    const others = field.args.filter((argument) => isNonNullType(argument.type) && argument !== first)
    if (others.some(({ type }) => getNamedType(type).name !== 'ID' && getNamedType(type).name !== 'String'))
      continue
    for (const size of [10_001, 2 ** 31 - 1]) {
      const given = [...others.map(({ name }) => `${name}: "a"`), `first: ${size}`]
      yield post(`${field.name} of ${size}`, {
        query: `{ ${field.name}(${given.join(', ')}) { __typename } }`,
      })
    }
  }
}

/** What stands for an argument of a type in a call that means nothing. */
function placeholder({ type }: GraphQLArgument): unknown {
  const named = getNamedType(type)
  const one = isEnumType(named)
    ? named.getValues()[0]?.name
    : named.name === 'Int'
      ? 1
      : named.name === 'Float'
        ? 1.5
        : 'a'
  const bare = isNonNullType(type) ? type.ofType : type
  return isListType(bare) ? [one] : one
}

/** Each argument of each query, with values that are no values of its type, and with very deep ones. */
function* strangeVariables(schema: GraphQLSchema): Generator<HostileRequest> {
  let deep: unknown = 'a'
  for (let i = 0; i < 3_000; i++) deep = i % 2 ? [deep] : { a: deep }
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    for (const argument of field.args) {
      const given = field.args.filter(
        (other) => other === argument || isNonNullType(other.type) || other.name === 'first',
      )
      const query = `query(${given.map(({ name, type }) => `$${name}: ${type}`).join(', ')}) { ${field.name}(${given.map(({ name }) => `${name}: $${name}`).join(', ')})${isCompositeType(getNamedType(field.type)) ? ' { __typename }' : ''} }`
      const all = Object.fromEntries(given.map((one) => [one.name, placeholder(one)]))
      for (const value of [...operators, deep]) {
        // A list of one stands for itself, an id may be a number, and a few scalars take more than text.
        const isTaken =
          (typeof value === 'number' && getNamedType(argument.type).name === 'ID') ||
          isListType(isNonNullType(argument.type) ? argument.type.ofType : argument.type) ||
          !isScalarType(getNamedType(argument.type))
        const what = `${field.name}(${argument.name}: ${JSON.stringify(value).slice(0, 30)})`
        yield post(
          what,
          { query, variables: { ...all, [argument.name]: value } },
          isTaken ? 'coded' : 'refused',
        )
      }
    }
  }
}

/** Ids that were changed a little, or that are of another kind than they say. */
function* tamperedIds(schema: GraphQLSchema, ids: readonly string[]): Generator<HostileRequest> {
  const dice = createDice(3)
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  const tampered = new Set<string>()
  for (const id of ids) {
    const at = id.indexOf('_') + 1
    for (let i = at; i < id.length; i++) {
      const letter = alphabet[(alphabet.indexOf(id[i] as string) + 1 + dice(30)) % 32] as string
      tampered.add(`${id.slice(0, i)}${letter}${id.slice(i + 1)}`)
      tampered.add(id.slice(0, i))
    }
    for (const prefix of [
      'user',
      'post',
      'media',
      'comment',
      'conversation',
      'message',
      'admin',
      '',
      '$',
      '../',
    ])
      if (!id.startsWith(`${prefix}_`)) tampered.add(`${prefix}_${id.slice(at)}`)
    for (const end of [' ', '\u0000', '0', "'", '"', '/..', '%00', '\u202e', '{"$gt":""}'])
      tampered.add(`${id}${end}`)
    tampered.add(id.toUpperCase())
  }
  const byId = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ args, type }) => {
    const [only] = args.filter((argument) => isNonNullType(argument.type))
    return (
      only?.name === 'id' &&
      only.type.toString() === 'ID!' &&
      args.length === 1 &&
      isCompositeType(getNamedType(type))
    )
  })
  let turn = 0
  for (const id of tampered) {
    const field = byId[turn++ % byId.length]
    if (!field) return
    yield post(
      `${field.name} ${JSON.stringify(id)}`,
      { query: `query($id: ID!) { found: ${field.name}(id: $id) { __typename } }`, variables: { id } },
      'absent',
    )
  }
}

/** Names of documents that nobody has sent, and hashes that are none. */
function* persistedDocuments(): Generator<HostileRequest> {
  const dice = createDice(4)
  for (let i = 0; i < 40; i++) {
    const hash = createHash('sha256')
      .update(String(dice(1_000_000)))
      .digest('hex')
    yield post(`unknown hash ${i}`, { extensions: { persistedQuery: { version: 1, sha256Hash: hash } } })
    yield get(`unknown document ${i}`, { documentId: `sha256:${hash}` })
  }
  for (const value of [...operators, '', '0'.repeat(64), 'x'.repeat(100_000), '../../etc/passwd', null]) {
    yield post(`hash ${JSON.stringify(value)?.slice(0, 30)}`, {
      extensions: { persistedQuery: { version: 1, sha256Hash: value } },
    })
    yield post(`persistedQuery ${JSON.stringify(value)?.slice(0, 30)}`, {
      extensions: { persistedQuery: value },
    })
    yield post(`documentId ${JSON.stringify(value)?.slice(0, 30)}`, { documentId: value })
    yield post(`another's hash ${JSON.stringify(value)?.slice(0, 30)}`, {
      query: 'mutation { signOut(input: {}) { userErrors { code } } }',
      documentId: `sha256:${createHash('sha256').update(String(value)).digest('hex')}`,
    })
  }
}
