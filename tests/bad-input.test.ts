// Bad input: a coded answer in JSON that says what is wrong, nothing changed, and every process still there.
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestErrorCodes, userErrorCodes } from '#schema/errors.ts'
import { readSchemaFile } from '#schema/sdl.ts'
import { pixelBomb } from '../workers/transcoding/domain/fixtures.ts'
import type { Person } from './person.ts'
import { picture } from './pictures.ts'
import { isProof } from './size.ts'
import { type System, startSystem } from './system.ts'

let system: System
let alice: Person

beforeAll(async () => {
  system = await startSystem()
  alice = await system.signsUp('alice')
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

const api = buildSchema(readSchemaFile('api.graphql'))
const mutations = Object.values(api.getMutationType()?.getFields() ?? {})

function inputType(mutation: (typeof mutations)[number]) {
  const type = mutation.args[0] && getNamedType(mutation.args[0].type)
  if (!isInputObjectType(type)) throw new Error(`${mutation.name} takes no input`)
  return type
}

/** An input of the right types whose values mean nothing. */
function senseless(
  mutation: (typeof mutations)[number],
  value: { id: string; text: string },
): Record<string, unknown> {
  const type = inputType(mutation)
  const input: Record<string, unknown> = {}
  for (const field of Object.values(type.getFields())) {
    if (!isNonNullType(field.type)) continue
    const named = getNamedType(field.type)
    const one = isEnumType(named)
      ? named.getValues()[0]?.name
      : ({ ID: value.id, Int: 1, EmailAddress: 'nobody@example.org', Date: '2010-02-03' }[named.name] ??
        value.text)
    input[field.name] = String(field.type).startsWith('[') ? [one] : one
  }
  return input
}

interface Refusal {
  code: string
  message: string
  field: string[]
}

async function call(mutation: (typeof mutations)[number], input: unknown) {
  const type = inputType(mutation)
  const document = `mutation ($input: ${type.name}!) { ${mutation.name}(input: $input) { userErrors { code message field } } }`
  const { data, errors } = await alice.asks<Record<string, { userErrors: Refusal[] }>, object>(document, {
    input,
  } as object)
  const refusals = Object.values(data ?? {}).flatMap((payload) => payload?.userErrors ?? [])
  return { refusals, errors }
}

const unknownId = 'post_01j00000000000000000000000'
const knownCodes = new Set<unknown>([...requestErrorCodes, ...userErrorCodes])
// These have nothing to refuse: they take no argument of their own.
const argumentless = new Set([
  'signOut',
  'revokeOtherSessions',
  'requestEmailVerification',
  'startTwoFactor',
  'startPasskeyRegistration',
  'startPasskeySignIn',
  'updateConsents',
  'requestVerification',
  'markNotificationsRead',
  'recordImpressions',
  'updateNotificationSettings',
  'updateProfile',
  'updateSettings',
  'clearRecentSearches',
])

test('every mutation payload has userErrors', () => {
  for (const mutation of mutations) {
    const payload = getNamedType(mutation.type)
    expect(isObjectType(payload) && payload.getFields().userErrors, mutation.name).toBeTruthy()
  }
})

test.each(
  mutations
    .filter((mutation) => !argumentless.has(mutation.name))
    .map((mutation) => [mutation.name, mutation] as const),
)('%s refuses what means nothing, with a code', async (name, mutation) => {
  const values = [
    { id: unknownId, text: '' },
    { id: '', text: 'x'.repeat(100_000) },
    { id: "{ $gt: '' }", text: '\u0000' },
    { id: 'user_01j00000000000000000000000', text: '{"$ne":null}' },
  ]
  // What looks like a query is a name like any other.
  if (['createCollection', 'updateCommentFilters'].includes(name)) values.pop()
  for (const value of values) {
    const { refusals, errors } = await call(mutation, senseless(mutation, value))
    const codes = [
      ...refusals.map((refusal) => refusal.code),
      ...errors.map((error) => error.extensions?.code),
    ]
    expect(codes.length, JSON.stringify(value).slice(0, 60)).toBeGreaterThan(0)
    for (const code of codes) expect(knownCodes).toContain(code)
    expect(codes).not.toContain('INTERNAL')
    for (const error of errors) {
      expect(JSON.stringify(error)).not.toMatch(/stack|Did you mean|node_modules|serviceName/)
    }
  }
})

/** Every field of every input that takes text, with the mutation that it belongs to. */
const textFields = mutations.flatMap((mutation) =>
  Object.values(inputType(mutation).getFields())
    .filter(({ type }) => ['ID', 'String', 'EmailAddress', 'URL'].includes(getNamedType(type).name))
    .map((field) => ({ mutation, field })),
)

const unplaced = new Set([
  // Ids of what is not there are passed over.
  'markNotificationsRead.notificationIds',
  'takeWelcomes.welcomeIds',
  // Takes that much.
  'saveKeyBackup.backup',
  // Its one argument is what is not found.
  'hidePost.postId',
  'notInterested.subjectId',
  'showMore.subjectId',
  // Not asked for just after a sign-in.
  'startPasskeyRegistration.password',
])

test('a megabyte in any field of an input is refused with a code and the place of what is wrong (G4)', async () => {
  const megabyte = 'x'.repeat(1_000_000)
  const step = isProof ? 1 : 12
  const silent: string[] = []
  const bounded = textFields.filter(({ mutation, field }) => !unplaced.has(`${mutation.name}.${field.name}`))
  for (let at = 0; at < bounded.length; at += step) {
    const { mutation, field } = bounded[at] as (typeof textFields)[number]
    const value = String(field.type).startsWith('[') ? [megabyte] : megabyte
    const input = { ...senseless(mutation, { id: unknownId, text: 'x' }), [field.name]: value }
    const { refusals, errors } = await call(mutation, input)
    const codes = [...refusals.map(({ code }) => code), ...errors.map(({ extensions }) => extensions?.code)]
    for (const code of codes) expect(knownCodes, `${mutation.name}.${field.name}`).toContain(code)
    expect(codes, `${mutation.name}.${field.name}`).not.toContain('INTERNAL')
    // Who may not call it at all learns nothing of its fields, and a failed sign-in tells nothing.
    const whole = codes.includes('FORBIDDEN') || mutation.name === 'signIn'
    const placed = refusals.some((one) => one.field.length > 0) || errors.length > 0
    if (!placed && !(whole && codes.length > 0)) silent.push(`${mutation.name}.${field.name}`)
    for (const { message } of [...refusals, ...errors]) expect(message.length).toBeLessThan(1_000)
  }
  expect(silent).toEqual([])
}, 600_000)

test.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
  '%s answers wrong types with a coded error and no data',
  async (_name, mutation) => {
    for (const input of [null, 7, 'text', [], { nonsense: true }, { idempotencyKey: { $ne: null } }]) {
      const { refusals, errors } = await call(mutation, input)
      expect(refusals).toEqual([])
      expect(errors.map((error) => error.extensions?.code)).toContain('BAD_USER_INPUT')
    }
  },
)

test.each([
  ['broken JSON', '{"query": '],
  ['no query', '{}'],
  ['a list', '[]'],
  ['a number', '7'],
  ['not JSON at all', '<html>'],
  ['a NUL byte', '{"query":"{ \u0000 }"}'],
  ['variables of the wrong type', '{"query":"{ __typename }","variables":7}'],
  ['an unknown field', '{"query":"{ nonsense }"}'],
  ['a syntax error', '{"query":"{{{"}'],
  ['braces without end', JSON.stringify({ query: '{'.repeat(100_000) })],
])('%s is answered in JSON with a code (G5)', async (_what, body) => {
  const response = await fetch(`${system.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(response.status).toBeLessThan(500)
  expect(response.headers.get('content-type')).toMatch(/json/)
  const answer = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] }
  expect(knownCodes).toContain(answer.errors[0]?.extensions.code)
  expect(answer.errors[0]?.message).not.toMatch(/Did you mean/)
})

test('a text renamed .jpg, a pixel bomb and a truncated picture end FAILED with a code, and the worker lives (M1)', async () => {
  const bomb = pixelBomb(16_000)
  expect(bomb.length).toBeLessThan(100_000)
  const truncated = (await picture('#123456', 800, 800)).subarray(0, 1_500)
  const cases: [Buffer, string][] = [
    [Buffer.from('This is not a picture.'), 'UNSUPPORTED_TYPE'],
    [bomb, 'TOO_MANY_PIXELS'],
    [truncated, 'CORRUPT'],
  ]
  for (const [bytes, code] of cases) {
    const contentType = code === 'TOO_MANY_PIXELS' ? 'image/png' : 'image/jpeg'
    const mediaId = await alice.uploads(bytes, contentType)
    await system.settle()
    expect(await alice.media(mediaId)).toMatchObject({ status: 'FAILED', failure: { code } })
  }
  const good = await alice.uploads(await picture(), 'image/jpeg')
  await system.settle()
  expect(await alice.media(good)).toMatchObject({ status: 'READY' })
}, 120_000)

test('a file of 0 bytes ends FAILED with a code', async () => {
  const mediaId = await alice.uploads(Buffer.alloc(0), 'image/jpeg')
  await system.settle()
  expect(await alice.media(mediaId)).toMatchObject({ status: 'FAILED', failure: { code: 'EMPTY' } })
})
