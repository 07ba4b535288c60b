import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionRow } from '#platform/apps.ts'
import type { Asker } from '../../tests/asker.ts'
import { codes, password, type RunningUser, startUser } from './fixtures.ts'
import { type IdentityServer, type KnownPerson, startIdentityServer } from './identity-server.ts'
import type { UserRow } from './model.ts'

const publicUrl = 'https://photos.example'
const redirectUri = `${publicUrl}/signed-in`
let server: IdentityServer
let running: RunningUser
beforeAll(async () => {
  server = await startIdentityServer([redirectUri, 'https://app.example/back'])
  const { issuer, clientId, clientSecret } = server
  const provider = {
    id: 'local',
    name: 'The local one',
    scope: 'openid email profile',
    issuer,
    clientId,
    clientSecret,
  }
  const away = { ...provider, id: 'away', name: 'Nobody', issuer: 'http://127.0.0.1:9' }
  running = await startUser({
    publicUrl,
    socialProviders: [
      { ...provider, redirectUris: ['https://app.example/back'] },
      { ...away, redirectUris: [] },
    ],
  })
})
afterAll(async () => {
  await running.stack.disposeAsync()
  await server.close()
})

const starts = (who: Asker, change = {}) =>
  who.does('startSocialSignIn', { provider: 'local', redirectUri, ...change }, 'authorizationUrl flowToken')
const outcome = 'status session { id refreshToken } viewer { id username email emailVerifiedAt hasPassword }'
const finishes = (who: Asker, flowToken: string, callbackUrl: string) =>
  who.does('finishSocialSignIn', { flowToken, callbackUrl }, outcome)
const completes = (flowToken: string, input: object) =>
  running.asker().does('completeSocialSignIn', { flowToken, ...input }, outcome)

/** Someone goes to the provider and comes back, with whatever it says of him. */
async function returns(person: KnownPerson, who = running.asker()) {
  const { authorizationUrl, flowToken } = await starts(who)
  const callbackUrl = await server.visits(authorizationUrl, person)
  return { flowToken, callbackUrl, answer: await finishes(who, flowToken, callbackUrl) }
}
const known = (name: string, change: Partial<KnownPerson> = {}): KnownPerson => ({
  sub: `sub-${name}`,
  email: `${name}@example.org`,
  email_verified: true,
  name: name.toUpperCase(),
  ...change,
})
/** A new account by password whose address is proven. */
async function withProvenAddress(username: string) {
  const person = await running.signsUp(username)
  await running.platform
    .db('user')
    .collection<UserRow>('users')
    .updateOne({ _id: person.id }, { $set: { emailVerifiedAt: new Date() } })
  return person
}

test('who is new makes an account with a name and a day of birth, and is known from then on', async () => {
  const { data } = await running.asker().asks('{ socialProviders { id name } }')
  expect(data.socialProviders).toEqual([
    { id: 'local', name: 'The local one' },
    { id: 'away', name: 'Nobody' },
  ])
  const { flowToken, answer } = await returns(known('sonja'))
  expect(answer).toEqual({ status: 'SIGN_UP_REQUIRED', session: null, viewer: null, userErrors: [] })

  expect(codes(await completes(flowToken, {}))).toEqual(['INVALID'])
  expect(codes(await completes(flowToken, { username: 'sonja' }))).toEqual(['INVALID'])
  // A8: the provider's word does not make anyone older.
  expect(codes(await completes(flowToken, { username: 'sonja', birthDate: '2024-01-01' }))).toEqual([
    'INVALID',
  ])
  const made = await completes(flowToken, { username: 'sonja', birthDate: '1990-01-01' })
  expect(made).toMatchObject({
    status: 'SIGNED_IN',
    viewer: { username: 'sonja', email: 'sonja@example.org', hasPassword: false },
    userErrors: [],
  })
  expect(made.viewer.emailVerifiedAt).toBeTruthy()
  expect(made.session.refreshToken).toBeTruthy()
  expect(codes(await completes(flowToken, { username: 'sonja2', birthDate: '1990-01-01' }))).toEqual([
    'EXPIRED',
  ])

  const again = await returns(known('sonja', { email: 'elsewhere@example.org' }))
  expect(again.answer).toMatchObject({ status: 'SIGNED_IN', viewer: { id: made.viewer.id } })
  // It is the only way in, so it stays.
  const sonja = running.asker({ userId: made.viewer.id, sessionId: made.session.id })
  const list = (await sonja.asks('{ viewer { socialIdentities { id provider email } } }')).data.viewer
  expect(list.socialIdentities).toMatchObject([{ provider: 'local', email: 'sonja@example.org' }])
  const identityId = list.socialIdentities[0].id
  expect(codes(await sonja.does('unlinkSocialIdentity', { identityId }))).toEqual(['CONFLICT'])
  // Without a password a fresh sign-in is the proof, of who wants another address as well.
  const newEmail = 'sonja@example.net'
  expect(codes(await sonja.does('changeEmail', { newEmail }))).toEqual([])
  const sessions = running.platform.db('user').collection<SessionRow>('sessions')
  const begun = new Date(Date.now() - 11 * 60_000)
  await sessions.updateOne({ _id: made.session.id }, { $set: { createdAt: begun } })
  expect(codes(await sonja.does('changeEmail', { newEmail }))).toEqual(['FORBIDDEN'])
  expect(codes(await sonja.does('deactivateAccount', {}))).toEqual(['FORBIDDEN'])
  await sessions.updateOne({ _id: made.session.id }, { $set: { createdAt: new Date() } })
  expect(codes(await sonja.does('deactivateAccount', {}))).toEqual([])
  expect((await returns(known('sonja'))).answer.status).toBe('SIGNED_IN')
})

test('an account that is there is linked by its proven address and its password only', async () => {
  const theo = await withProvenAddress('theo')
  const { flowToken, answer } = await returns(known('theo', { email: 'THEO@example.org' }))
  expect(answer).toMatchObject({ status: 'PROOF_REQUIRED', session: null })
  expect(codes(await completes(flowToken, { username: 'thief', birthDate: '1990-01-01' }))).toEqual([
    'INVALID',
  ])
  expect(codes(await completes(flowToken, { password: 'wrong password' }))).toEqual(['INVALID'])
  expect((await returns(known('theo'))).answer.status).toBe('PROOF_REQUIRED')
  const linked = await completes(flowToken, { password })
  expect(linked).toMatchObject({ status: 'SIGNED_IN', viewer: { id: theo.id } })
  expect((await returns(known('theo'))).answer).toMatchObject({
    status: 'SIGNED_IN',
    viewer: { id: theo.id },
  })
})

test('an address that is not proven, there or here, links nothing', async () => {
  await withProvenAddress('ulla')
  const claimed = await returns(known('mallory', { email: 'ulla@example.org', email_verified: false }))
  expect(claimed.answer.status).toBe('SIGN_UP_REQUIRED')
  const made = { username: 'mallory', birthDate: '1990-01-01', password }
  expect(codes(await completes(claimed.flowToken, made))).toEqual(['TAKEN'])

  // Somebody signed up with the address of another, who now comes by the provider: the two are not joined.
  await running.signsUp('squatter')
  const owner = await returns(known('owner', { email: 'squatter@example.org' }))
  expect(owner.answer.status).toBe('SIGN_UP_REQUIRED')
  expect(codes(await completes(owner.flowToken, { password }))).toEqual(['INVALID'])

  const nameless = await returns({ sub: 'nameless' })
  expect(
    codes(await completes(nameless.flowToken, { username: 'nameless', birthDate: '1990-01-01' })),
  ).toEqual(['INVALID'])
})

test('signed in, one links the identity that has one’s own address; another’s is refused', async () => {
  const [vera, wim] = [await withProvenAddress('vera'), await withProvenAddress('wim')]
  expect((await returns(known('other'), vera)).answer.userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
  const { answer } = await returns(known('vera'), vera)
  expect(answer).toMatchObject({ status: 'LINKED', session: null, viewer: { id: vera.id } })
  expect((await returns(known('vera'), vera)).answer.status).toBe('LINKED')
  expect(codes((await returns(known('vera'), wim)).answer)).toEqual(['TAKEN'])
  expect((await returns(known('vera'))).answer).toMatchObject({
    status: 'SIGNED_IN',
    viewer: { id: vera.id },
  })

  const { data } = await vera.asks('{ viewer { socialIdentities { id } } }')
  const [{ id: identityId }] = data.viewer.socialIdentities
  expect(codes(await wim.does('unlinkSocialIdentity', { identityId }))).toEqual(['NOT_FOUND'])
  expect(codes(await vera.does('unlinkSocialIdentity', { identityId }))).toEqual([])
  expect((await returns(known('vera'))).answer.status).toBe('PROOF_REQUIRED')
})

test('A5: after a change of password a provider’s word opens nothing, until it is linked anew with the new one', async () => {
  const ziva = await withProvenAddress('ziva')
  expect((await returns(known('ziva'), ziva)).answer.status).toBe('LINKED')
  const begun = await starts(running.asker())
  const newPassword = 'battery staple horse'
  expect(codes(await ziva.does('changePassword', { currentPassword: password, newPassword }))).toEqual([])
  expect((await ziva.asks('{ viewer { socialIdentities { id } } }')).data.viewer.socialIdentities).toEqual([])
  // Nor does what was on its way meanwhile.
  const callbackUrl = await server.visits(begun.authorizationUrl, known('ziva'))
  expect((await finishes(running.asker(), begun.flowToken, callbackUrl)).status).toBe('PROOF_REQUIRED')
  expect(codes(await completes(begun.flowToken, { password }))).toEqual(['INVALID'])
  const linked = await completes(begun.flowToken, { password: newPassword })
  expect(linked).toMatchObject({ status: 'SIGNED_IN', viewer: { id: ziva.id } })
  expect((await returns(known('ziva'))).answer).toMatchObject({
    status: 'SIGNED_IN',
    viewer: { id: ziva.id },
  })
})

test('what was begun is finished by him who began it, once, with the provider’s own answer', async () => {
  const [xena, asker] = [await withProvenAddress('xena'), running.asker()]
  const begun = await starts(asker)
  const callbackUrl = await server.visits(begun.authorizationUrl, known('yuri'))
  const changed = (change: (url: URL) => void) => {
    const url = new URL(callbackUrl)
    change(url)
    return url.href
  }
  const other = await starts(asker)
  const attempts: [string, string, Asker, string][] = [
    // Somebody else's flow, as in a link that was slipped to him.
    [other.flowToken, callbackUrl, asker, 'INVALID'],
    [begun.flowToken, callbackUrl, xena, 'EXPIRED'],
    [`${begun.flowToken.slice(0, -4)}AAAA`, callbackUrl, asker, 'EXPIRED'],
    ['', callbackUrl, asker, 'EXPIRED'],
    [begun.flowToken, changed((url) => (url.hostname = 'evil.example')), asker, 'EXPIRED'],
    [begun.flowToken, changed((url) => url.searchParams.set('state', 'x')), asker, 'INVALID'],
    [begun.flowToken, changed((url) => url.searchParams.set('code', 'x')), asker, 'INVALID'],
  ]
  for (const [flowToken, url, who, code] of attempts) {
    expect(codes(await finishes(who, flowToken, url)), `${flowToken.slice(0, 12)} ${url}`).toEqual([code])
  }
  const [first, second] = [
    await finishes(asker, begun.flowToken, callbackUrl),
    await finishes(asker, begun.flowToken, callbackUrl),
  ]
  expect(first.status).toBe('SIGN_UP_REQUIRED')
  expect(codes(second)).toEqual(['EXPIRED'])
  // The code is used up as well: a further flow gets nothing for it.
  const url = new URL(callbackUrl)
  url.searchParams.set(
    'state',
    new URL((await starts(asker)).authorizationUrl).searchParams.get('state') ?? '',
  )
  expect(codes(await finishes(asker, other.flowToken, url.href))).toEqual(['INVALID'])
})

test('people come back to pages of ours, or to those of the provider’s configuration; providers may be away', async () => {
  const asker = running.asker()
  expect(codes(await starts(asker, { redirectUri: 'https://app.example/back' }))).toEqual([])
  for (const change of [
    { redirectUri: 'https://evil.example/back' },
    { redirectUri: 'https://app.example/back/further' },
    { redirectUri: `${publicUrl}.evil.example/` },
    { provider: 'google' },
    { provider: '' },
  ]) {
    expect(codes(await starts(asker, change))).toEqual(['INVALID'])
  }
  expect(await starts(asker, { provider: 'away' })).toEqual(['SERVICE_UNAVAILABLE'])
})

test('V19, A7: the provider’s word opens no suspended account, and does not stand for the second factor', async () => {
  const zoe = await withProvenAddress('zoe')
  await returns(known('zoe'), zoe)
  const { otpauthUri } = await zoe.does('startTwoFactor', {}, 'otpauthUri')
  const { generateSync } = await import('otplib')
  const secret = new URL(otpauthUri).searchParams.get('secret') ?? ''
  const now = Math.floor(Date.now() / 1000)
  await zoe.does('confirmTwoFactor', { code: generateSync({ secret, epoch: now }) })
  const { flowToken, answer } = await returns(known('zoe'))
  expect(answer).toMatchObject({ status: 'TWO_FACTOR_REQUIRED', session: null, viewer: null })
  expect((await completes(flowToken, {})).status).toBe('TWO_FACTOR_REQUIRED')
  expect(codes(await completes(flowToken, { code: '000000' }))).toEqual(['INVALID'])
  const entered = await completes(flowToken, { code: generateSync({ secret, epoch: now + 30 }) })
  expect(entered).toMatchObject({ status: 'SIGNED_IN', viewer: { id: zoe.id } })

  await running.platform
    .db('user')
    .collection<UserRow>('users')
    .updateOne({ _id: zoe.id }, { $set: { status: 'SUSPENDED', suspendedAt: new Date() } })
  expect(codes((await returns(known('zoe'))).answer)).toEqual(['FORBIDDEN'])
})

test('an account of a provider gets a password by mail, like one that forgot it', async () => {
  const { flowToken } = await returns(known('ada'))
  const { viewer } = await completes(flowToken, { username: 'ada', birthDate: '1990-01-01' })
  expect(codes(await running.asker().does('signIn', { login: 'ada', password: '' }))).toEqual(['INVALID'])
  expect(codes(await running.asker().does('requestPasswordReset', { login: 'ada' }))).toEqual([])
  const proof = await running.platform.db('user').collection('proofs').findOne({ userId: viewer.id })
  const { proofTokenOf } = await import('./domain/proof.ts')
  const token = proofTokenOf(running.platform.signer('proof'), proof as never)
  expect(codes(await running.asker().does('resetPassword', { token, newPassword: password }))).toEqual([])
  const { viewer: in_ } = await running
    .asker()
    .does('signIn', { login: 'ada', password }, 'viewer { id hasPassword }')
  expect(in_).toEqual({ id: viewer.id, hasPassword: true })
})
