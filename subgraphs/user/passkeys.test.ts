import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import type { Asker } from '../../tests/asker.ts'
import { type Authenticator, createAuthenticator } from './authenticator.ts'
import { codes, password, type RunningUser, sessionFields, startUser } from './fixtures.ts'
import type { UserRow } from './model.ts'

const origin = 'https://photos.example'
let running: RunningUser
beforeAll(async () => {
  running = await startUser({ publicUrl: origin })
})
afterAll(() => running.stack.disposeAsync())

const registration = async (who: Asker, input = {}) =>
  (await who.does('startPasskeyRegistration', input, 'optionsJson')).optionsJson as string
const keeps = (who: Asker, credentialJson: string, name?: string) =>
  who.does('finishPasskeyRegistration', { credentialJson, name }, 'passkey { id name isBackedUp lastUsedAt }')
const challenge = async () =>
  (await running.asker().does('startPasskeySignIn', {}, 'optionsJson')).optionsJson as string
const enters = (credentialJson: string) =>
  running.asker().does('finishPasskeySignIn', { credentialJson }, sessionFields)

/** Someone new with a passkey. */
async function withPasskey(
  username: string,
): Promise<{ who: Asker & { id: string }; authenticator: Authenticator; passkeyId: string }> {
  const who = await running.signsUp(username)
  const authenticator = createAuthenticator(origin)
  const { passkey } = await keeps(who, authenticator.registers(await registration(who)), 'My telephone')
  return { who, authenticator, passkeyId: passkey.id }
}

test('a passkey is made, listed, opens a session without a name or a password, and is removed', async () => {
  const { who, authenticator, passkeyId } = await withPasskey('petra')
  const listed = async () =>
    (await who.asks('{ viewer { passkeys { id name isBackedUp lastUsedAt } } }')).data.viewer.passkeys
  expect(await listed()).toEqual([
    { id: passkeyId, name: 'My telephone', isBackedUp: false, lastUsedAt: null },
  ])

  const options = JSON.parse(await challenge())
  expect(options).toMatchObject({ rpId: 'photos.example', userVerification: 'required' })
  expect(options.allowCredentials ?? []).toEqual([])
  const { session, viewer, userErrors } = await enters(authenticator.signs(JSON.stringify(options)))
  expect(userErrors).toEqual([])
  expect(viewer).toMatchObject({ id: who.id, username: 'petra' })
  expect(session.refreshToken).toBeTruthy()
  expect((await listed())[0].lastUsedAt).toBeTruthy()

  const removed = await who.does('removePasskey', { passkeyId }, 'viewer { passkeys { id } }')
  expect(removed).toEqual({ viewer: { passkeys: [] }, userErrors: [] })
  expect(codes(await who.does('removePasskey', { passkeyId }))).toEqual(['NOT_FOUND'])
  expect(codes(await enters(authenticator.signs(await challenge())))).toEqual(['INVALID'])
})

test('A3: what an authenticator signed counts once, for its own page, purpose and owner', async () => {
  const { authenticator, who } = await withPasskey('quint')
  const options = await challenge()
  const signed = authenticator.signs(options)
  const answers = await Promise.all(Array.from({ length: 10 }, () => enters(signed)))
  expect(answers.filter((answer) => answer.session)).toHaveLength(1)
  expect(answers.flatMap(codes)).toEqual(Array(9).fill('INVALID'))

  for (const change of [
    { origin: 'https://photos.example.evil' },
    { rpId: 'evil.example' },
    { userVerified: false },
    { tampered: true },
    { userHandle: Buffer.from(newId('user')).toString('base64url') },
  ]) {
    expect(codes(await enters(authenticator.signs(await challenge(), change)))).toEqual(['INVALID'])
  }
  // A challenge of one's own making, and one that was made for something else.
  const made = { ...JSON.parse(options), challenge: Buffer.from('made up').toString('base64url') }
  expect(codes(await enters(authenticator.signs(JSON.stringify(made))))).toEqual(['INVALID'])
  const other = { ...JSON.parse(options), challenge: JSON.parse(await registration(who)).challenge }
  expect(codes(await enters(authenticator.signs(JSON.stringify(other))))).toEqual(['INVALID'])
  for (const text of [
    '',
    'x',
    'null',
    '[]',
    '{}',
    '{"id":{"$ne":null}}',
    '{"id":"x","response":{"userHandle":7}}',
  ]) {
    expect(codes(await enters(text))).toEqual(['INVALID'])
  }
  expect(codes(await enters('x'.repeat(20_001)))).toEqual(['TOO_LONG'])
})

test('a copy of an authenticator is told by its count', async () => {
  const { authenticator } = await withPasskey('rita')
  authenticator.counter = 5
  expect(codes(await enters(authenticator.signs(await challenge())))).toEqual([])
  for (const counter of [5, 4]) {
    authenticator.counter = counter
    expect(codes(await enters(authenticator.signs(await challenge())))).toEqual(['INVALID'])
  }
  authenticator.counter = 6
  expect(codes(await enters(authenticator.signs(await challenge())))).toEqual([])
})

test('a registration is for who started it, within five minutes, once, and each credential is one account’s', async () => {
  const [sven, tara] = [await running.signsUp('sven'), await running.signsUp('tara')]
  const authenticator = createAuthenticator(origin)
  const made = authenticator.registers(await registration(sven))
  expect(codes(await keeps(tara, made))).toEqual(['INVALID'])
  expect(codes(await keeps(sven, made, 'x'.repeat(65)))).toEqual(['TOO_LONG'])
  expect(codes(await keeps(sven, made))).toEqual([])
  expect(codes(await keeps(sven, made))).toEqual(['INVALID'])
  const unverified = authenticator.registers(await registration(sven), { userVerified: false })
  expect(codes(await keeps(sven, unverified))).toEqual(['INVALID'])

  const late = authenticator.registers(await registration(sven))
  const { now } = running.platform
  try {
    running.platform.now = () => Date.now() + 301_000
    expect(codes(await keeps(sven, late))).toEqual(['INVALID'])
    // A session of half an hour ago does not add a passkey without the password.
    running.platform.now = () => Date.now() + 1_800_000
    expect(codes(await sven.does('startPasskeyRegistration', {}))).toEqual(['INVALID'])
    expect(codes(await sven.does('startPasskeyRegistration', { password }))).toEqual([])
  } finally {
    running.platform.now = now
  }
})

test('V19, A5: a suspended account’s passkey opens nothing, nor one from before a change of password', async () => {
  const { who, authenticator } = await withPasskey('ugo')
  const users = running.platform.db('user').collection<UserRow>('users')
  await users.updateOne({ _id: who.id }, { $set: { status: 'SUSPENDED', suspendedAt: new Date() } })
  expect(codes(await enters(authenticator.signs(await challenge())))).toEqual(['FORBIDDEN'])
  await users.updateOne({ _id: who.id }, { $set: { status: 'ACTIVE', suspendedAt: null } })
  expect(codes(await enters(authenticator.signs(await challenge())))).toEqual([])
  await who.does('changePassword', { currentPassword: password, newPassword: 'another password' })
  expect(codes(await enters(authenticator.signs(await challenge())))).toEqual(['INVALID'])
})
