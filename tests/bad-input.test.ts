// Bad input: a coded answer in JSON that says what is wrong, nothing changed, and every process still there.
import { getNamedType, isNonNullType, isObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestErrorCodes, userErrorCodes } from '#schema/errors.ts'
import { subgraphNames } from '#schema/sdl.ts'
import { setRole } from '#subgraphs/user/set-role.ts'
import { pixelBomb } from '../workers/transcoding/domain/fixtures.ts'
import {
  boundName,
  boundsOf,
  inputType,
  inputWith,
  type Mutation,
  mustBeGiven,
  mutations,
  nothing,
  senseless,
  unknownId,
} from './inputs.ts'
import type { Person } from './person.ts'
import { picture } from './pictures.ts'
import { isProof } from './size.ts'
import { type System, startSystem } from './system.ts'
import { registersApp } from './third-party.ts'

let system: System
let alice: Person
/** Who may call everything. */
let judge: Person

beforeAll(async () => {
  system = await startSystem()
  alice = await system.signsUp('alice')
  judge = await system.signsUp('judge')
  await setRole(system.platform, 'judge', 'STAFF')
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

interface Refusal {
  code: string
  message: string
  field: string[]
}

async function call(mutation: Mutation, input: unknown, who = alice) {
  const type = inputType(mutation)
  const document = `mutation ($input: ${type.name}!) { ${mutation.name}(input: $input) { userErrors { code message field } } }`
  const { data, errors } = await who.asks<Record<string, { userErrors: Refusal[] }>, object>(document, {
    input,
  } as object)
  const refusals = Object.values(data ?? {}).flatMap((payload) => payload?.userErrors ?? [])
  return { refusals, errors }
}

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
    const { refusals, errors } = await call(mutation, senseless(inputType(mutation), value))
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

/** What `senseless` fills in and the schema lets be absent. */
const neededFields = mutations.flatMap((mutation) =>
  Object.values(inputType(mutation).getFields())
    .filter(mustBeGiven)
    .map(({ name }) => ({ mutation, name })),
)

test('what a mutation means nothing without is refused where it is missing, as any wrong value is', async () => {
  expect(neededFields.length).toBeGreaterThan(20)
  for (const { mutation, name } of neededFields) {
    for (const missing of [null, undefined]) {
      const input = { ...senseless(inputType(mutation), nothing), [name]: missing }
      const { refusals, errors } = await call(mutation, input, judge)
      expect(errors, `${mutation.name}.${name}`).toEqual([])
      expect(refusals, `${mutation.name}.${name}`).toMatchObject([
        { code: 'INVALID', field: ['input', name] },
      ])
    }
  }
})

test('nothing is required but ids of what a mutation is about and what cannot be left out', () => {
  const others = mutations.flatMap((mutation) =>
    Object.values(inputType(mutation).getFields())
      .filter(({ type }) => isNonNullType(type) && getNamedType(type).name !== 'ID')
      .map(({ name }) => `${mutation.name}.${name}`),
  )
  expect(others.toSorted()).toEqual(
    [
      'createCollection.name',
      'createComment.text',
      'createMediaUpload.byteSize',
      'createMediaUpload.contentType',
      'createMediaUpload.kind',
      // An experiment's key is its id.
      ...['recordExposure', 'startExperiment', 'stopExperiment', 'upsertExperiment'].map(
        (name) => `${name}.experimentKey`,
      ),
      'sendMessage.clientMessageId',
      ...['signIn.login', 'signIn.password'],
      ...['signUp.birthDate', 'signUp.email', 'signUp.password', 'signUp.username'],
    ].toSorted(),
  )
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
    const input = { ...senseless(inputType(mutation), nothing), [field.name]: value }
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

const bounds = mutations.flatMap((mutation) => boundsOf(mutation))

/** What each collection holds, as MongoDB sums it up, but for what a process notes of its streams as time goes by. */
async function sums(): Promise<Record<string, string>> {
  await system.settle()
  const all = await Promise.all(
    subgraphNames.map(async (name) => {
      const { collections } = await system.platform.db(name).command({ dbHash: 1 })
      return Object.entries<string>(collections)
        .filter(([collection]) => collection !== 'streams')
        .map(([collection, sum]) => [`${name}.${collection}`, sum])
    }),
  )
  return Object.fromEntries(all.flat())
}

/** An id of another form than it says is that of nothing. */
const refused = new Set(['TOO_LONG', 'TOO_MANY', 'INVALID', 'NOT_FOUND'])

/** What has to be right before the bounds of other fields are looked at. */
const given: Record<string, object> = {
  createApp: { name: 'x' },
  fileCopyrightClaim: { work: 'x' },
  publishDocuments: { version: 'x' },
  replyToStory: { text: 'x' },
  sendGroupCommit: { commit: 'AAAA', groupInfo: 'AAAA' },
  setAccountStatus: { status: 'SUSPENDED' },
  setMediaCaptions: { language: 'en' },
  signUp: { password: 'long enough' },
}

/** Where more is not refused, or not for that, and why. */
const unbounded = new Set([
  // Anything else says no time zone.
  'recordImpressions.timeZone',
  // More than a request's body may have.
  'saveKeyBackup.backup',
  // It is looked at when the provider's word is.
  'completeSocialSignIn.username',
  'completeSocialSignIn.displayName',
])

test('one more than a field takes is refused with a code and its place, and nothing is written (G4)', async () => {
  // Each has its key, and many have more.
  expect(bounds.length).toBeGreaterThan(mutations.length + 80)
  given.updateApp = { appId: (await registersApp(judge)).id }
  // Whose post it is, is asked before what is to be changed of it.
  given.updatePost = { postId: (await system.publishes(judge, '')).id }
  const before = await sums()
  const wrong: string[] = []
  for (const bound of bounds) {
    if (unbounded.has(boundName(bound))) continue
    const input = inputWith(bound, bound.max + 1, given[bound.mutation.name])
    const { refusals, errors } = await call(bound.mutation, input, judge)
    const names = new Set(bound.path.map(({ field }) => field.name))
    const isPlaced = refusals.some(
      ({ code, field }) => refused.has(code) && field.some((one) => names.has(one)),
    )
    // A scalar of its own is refused as one of another type is.
    const isNone = String(bound.path.at(-1)?.field.type).startsWith('URL') && errors.length > 0
    if (!isPlaced && !isNone)
      wrong.push(`${boundName(bound)} ${bound.max}: ${JSON.stringify([...refusals, ...errors])}`)
  }
  expect(wrong).toEqual([])
  expect(await sums()).toEqual(before)
}, 300_000)

test('as much as a field takes is not too much', async () => {
  const wrong: string[] = []
  for (const bound of bounds) {
    const name = bound.path.at(-1)?.field.name
    // Some of what is called then ends the session, or the account.
    if (name === 'idempotencyKey') continue
    const { refusals } = await call(
      bound.mutation,
      inputWith(bound, bound.max, given[bound.mutation.name]),
      judge,
    )
    if (refusals.some(({ code, field }) => ['TOO_LONG', 'TOO_MANY'].includes(code) && field.at(-1) === name))
      wrong.push(`${boundName(bound)} ${bound.max}`)
  }
  expect(wrong).toEqual([])
}, 300_000)

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
