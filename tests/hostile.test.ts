// Some thousand requests that mean harm, sent to a whole system: each gets a coded answer in JSON, nothing falls, nothing grows.
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { verify } from '@node-rs/argon2'
import { buildSchema, type GraphQLFormattedError } from 'graphql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { within } from '#platform/within.ts'
import { requestErrorCodes } from '#schema/errors.ts'
import { readSchemaFile } from '#schema/sdl.ts'
import { heapBytes } from './heap.ts'
import { type HostileRequest, hostileCorpus } from './hostile.ts'
import { send as ask, type Person } from './person.ts'
import type { System } from './system.ts'

// As it is; its calls are counted. What other files have loaded does not know of that.
vi.mock('@node-rs/argon2', { spy: true })
vi.resetModules()
const { startSystem } = await import('./system.ts')

let system: System
let alice: Person
let corpus: HostileRequest[]
const agent = new Agent({ keepAlive: true, maxSockets: 8 })

beforeAll(async () => {
  system = await startSystem()
  alice = await system.signsUp('alice')
  const bob = await system.signsUp('bob')
  const conversation = await alice.opensConversation(bob)
  const message = await alice.says(conversation, 'hello')
  const ids = [alice.id, bob.id, conversation.id, message?.id ?? '']
  corpus = hostileCorpus(buildSchema(readSchemaFile('api.graphql')), ids)
}, 120_000)
afterAll(async () => {
  agent.destroy()
  await system?.[Symbol.asyncDispose]()
})

interface Received {
  status: number
  type: string
  body: string
}

/** Sends it as somebody with an account, unless it says itself who it is. */
function send({ method, path, headers, body }: HostileRequest): Promise<Received> {
  const all = { authorization: `Bearer ${alice.accessToken}`, ...headers }
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${system.url}${path}`, { method, headers: all, agent }, (response) => {
      text(response).then(
        (answer) =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: answer,
          }),
        reject,
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const known = new Set<unknown>(requestErrorCodes)

/** What is wrong with an answer; undefined when it is as it should be. */
function fault({ expected }: HostileRequest, { status, type, body }: Received): string | undefined {
  if (status >= 500) return `status ${status}`
  if (!/^application\/(graphql-response\+)?json/.test(type)) return `type ${type}`
  let answer: { data?: { found?: unknown } | null; errors?: GraphQLFormattedError[] }
  try {
    answer = JSON.parse(body)
  } catch {
    return `no JSON: ${body.slice(0, 100)}`
  }
  const errors = answer.errors ?? []
  if (errors.length === 0 && !('data' in answer)) return 'neither data nor errors'
  for (const { message, extensions } of errors) {
    if (!known.has(extensions?.code) || extensions?.code === 'INTERNAL') return `code ${extensions?.code}`
    if (/Did you mean|\bat .+:\d+|node_modules|<\/?(html|body|pre|p|h1)\b/i.test(message))
      return `message ${message}`
    if (extensions && /stack|exception|serviceName/i.test(Object.keys(extensions).join()))
      return 'it tells of the inside'
  }
  // Null data with an error: the field itself refused.
  if (expected === 'refused' && errors.length === 0) return 'it was not refused'
  if (expected === 'absent' && answer.data?.found != null) return 'it was found'
  return undefined
}

test('G1, G2, G3, G5–G8: 2,000 hostile requests get coded answers in JSON, and the system stands', async () => {
  expect(corpus.length).toBeGreaterThan(2_000)
  const before = heapBytes()
  const faults: string[] = []
  const queue = corpus.values()
  const worker = async () => {
    for (const request of queue) {
      const found = await within(5_000, send(request)).then(
        (received) => fault(request, received),
        (error: Error) => `no answer: ${error.message}`,
      )
      if (found !== undefined) faults.push(`${request.what}: ${found}`)
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  expect(faults).toEqual([])
  // Prepared operations may stay: a bounded number of them.
  expect(heapBytes() - before).toBeLessThan(150 * 1024 * 1024)
  expect(await ask(system.url, '{ serverInfo { version } }')).toMatchObject({ errors: [] })
  expect(await alice.asks('{ viewer { username } }')).toMatchObject({
    data: { viewer: { username: 'alice' } },
  })
})

test('G1: a thousand sign-ins in one request are no check of a password, and one is one', async () => {
  const checks = () => vi.mocked(verify).mock.calls.length
  const before = checks()
  const aliased = corpus.filter(({ what }) => what.startsWith('G1: '))
  for (const request of aliased) await send(request)
  expect(aliased.length).toBeGreaterThan(2)
  expect(checks()).toBe(before)
  await ask(system.url, 'mutation { signIn(input: { login: "a", password: "b" }) { userErrors { code } } }')
  expect(checks()).toBe(before + 1)
})

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400],
  [
    'two lengths',
    'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}',
    400,
  ],
  [
    'length and chunks',
    'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['a header without a colon', 'POST /graphql HTTP/1.1\r\nhost a\r\n\r\n', 400],
  ['headers without end', `GET /graphql HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
])('G5: %s is answered in JSON', async (_what, bytes, status) => {
  const { hostname, port } = new URL(system.url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes)
  const answer = await text(socket)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(head.toLowerCase()).toContain('content-type: application/json')
  expect(JSON.parse(body).errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }])
})
