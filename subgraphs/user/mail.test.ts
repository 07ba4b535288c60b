import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailer, listKeptMails } from '#platform/mail.ts'
import { newId } from '#schema/ids.ts'
import { sendProof } from './domain/mail.ts'
import { codes, password, type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'
import { type MailServer, startMailServer } from './mail-server.ts'
import type { ProofRow } from './model.ts'
import { createStore } from './store.ts'

const publicUrl = 'https://photos.example'
const newPassword = 'battery staple horse'
let running: RunningUser
let server: MailServer
beforeAll(async () => {
  server = await startMailServer()
  running = await startUser({ smtpUrl: server.url, publicUrl })
})
afterAll(async () => {
  await running.stack.disposeAsync()
  await server.close()
})

const proofs = () => running.platform.db('user').collection<ProofRow>('proofs')
const signsIn = async (login: string, secret = password) =>
  codes(await running.asker().does('signIn', { login, password: secret }))
const verifies = async (token: string) => codes(await running.asker().does('verifyEmail', { token }))
const resets = async (token: string, secret = newPassword) =>
  codes(await running.asker().does('resetPassword', { token, newPassword: secret }))
const asksReset = (login: string) => running.asker().does('requestPasswordReset', { login })

test('a sign-up sends one mail, and its link proves the address once', async () => {
  const ada = await running.signsUp('ada')
  const mail = await server.mailTo('ada@example.org', /Confirm/)
  expect(mail.text).toContain(`${publicUrl}/verify-email#token=`)
  const token = await server.tokenTo('ada@example.org', /Confirm/)
  const verified = async () => (await ada.asks('{ viewer { emailVerifiedAt } }')).data.viewer.emailVerifiedAt
  expect(await verified()).toBeNull()
  const answer = await ada.does('verifyEmail', { token }, 'viewer { emailVerifiedAt }')
  expect(answer).toEqual({ viewer: { emailVerifiedAt: expect.any(String) }, userErrors: [] })
  expect(await verified()).toEqual(expect.any(String))
  expect(await verifies(token)).toEqual(['EXPIRED'])
  expect(codes(await ada.does('requestEmailVerification', {}))).toEqual(['CONFLICT'])
  expect(server.mails.filter(({ to }) => JSON.stringify(to).includes('ada@'))).toHaveLength(1)
})

test('who is not signed in proves an address and learns nothing of the account', async () => {
  await running.signsUp('ben')
  const token = await server.tokenTo('ben@example.org', /Confirm/)
  const stranger = await running.signsUp('ben2')
  const answer = await stranger.does('verifyEmail', { token }, 'viewer { id }')
  expect(answer).toEqual({ viewer: null, userErrors: [] })
})

test('a link can be asked for again; a token works once among many, and for a day', async () => {
  const cleo = await running.signsUp('cleo')
  await server.tokenTo('cleo@example.org', /Confirm/)
  server.mails.length = 0
  expect(codes(await cleo.does('requestEmailVerification', {}))).toEqual([])
  const token = await server.tokenTo('cleo@example.org', /Confirm/)
  const _id = token.slice(0, 32)
  const { expiresAt, createdAt } = (await proofs().findOne({ _id })) as ProofRow
  expect(expiresAt.getTime() - createdAt.getTime()).toBe(24 * 3_600_000)
  await proofs().updateOne({ _id }, { $set: { expiresAt: new Date(Date.now() - 1) } })
  expect(await verifies(token)).toEqual(['EXPIRED'])
  await proofs().updateOne({ _id }, { $set: { expiresAt } })
  const answers = await Promise.all(Array.from({ length: 10 }, () => verifies(token)))
  expect(answers.filter((answer) => answer.length === 0)).toHaveLength(1)
})

test('a forged token, or one for something else, is good for nothing; nothing stored is a token', async () => {
  await running.signsUp('dan')
  const token = await server.tokenTo('dan@example.org', /Confirm/)
  const [id, signature = ''] = token.split('.')
  for (const forged of ['', 'x', `${id}.${'A'.repeat(22)}`, `${newId('proof')}.${signature}`, `${token}x`]) {
    expect(await verifies(forged)).toEqual(['EXPIRED'])
    expect(await resets(forged)).toEqual(['EXPIRED'])
  }
  expect(await resets(token)).toEqual(['EXPIRED'])
  expect(JSON.stringify(await proofs().find().toArray())).not.toContain(signature)
  const outbox = await running.platform.db('user').collection('outbox').find().toArray()
  expect(JSON.stringify(outbox)).not.toContain('@')
  expect(await verifies(token)).toEqual([])
})

test('a mail that the server refuses for now is tried again, and goes once', async () => {
  server.refusals.push(451, 451)
  const before = server.attempts
  await running.signsUp('eli')
  const mail = await server.mailTo('eli@example.org', /Confirm/)
  expect(server.attempts - before).toBe(3)
  // The same event again, from five processes at once: nothing is sent.
  const token = await server.tokenTo('eli@example.org', /Confirm/)
  const { platform } = running
  await expect.poll(async () => (await proofs().findOne({ _id: token.slice(0, 32) }))?.sentAt).toBeTruthy()
  const deps = {
    store: createStore(platform.db('user')),
    mailer: createMailer(platform.config, platform.db('user'), platform.log),
    signer: platform.signer('proof'),
    publicUrl,
  }
  await Promise.all(Array.from({ length: 5 }, () => sendProof(deps, token.slice(0, 32), new Date())))
  expect(server.mails.filter(({ messageId }) => messageId === mail.messageId)).toHaveLength(1)
})

test('A6, A5: a reset link is on our own host, good once and for an hour, and ends every session', async () => {
  const { session, viewer } = await running.asker().does('signUp', signUpInput('fay'), sessionFields)
  const watch = await running.watchSessions()
  await asksReset(' FAY@example.org ')
  const mail = await server.mailTo('fay@example.org', /new password/)
  expect(mail.text?.match(/https?:\S+/g)).toEqual([
    expect.stringMatching(/^https:\/\/photos\.example\/reset-password#token=/),
  ])
  const token = await server.tokenTo('fay@example.org', /new password/)
  const { expiresAt, createdAt } = (await proofs().findOne({ _id: token.slice(0, 32) })) as ProofRow
  expect(expiresAt.getTime() - createdAt.getTime()).toBe(3_600_000)
  expect(await resets(token, 'short')).toEqual(['INVALID'])
  expect(await verifies(token)).toEqual(['EXPIRED'])

  await asksReset('fay')
  const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => resets(token, `${newPassword} ${i}`)))
  expect(answers.filter((answer) => answer.length === 0)).toHaveLength(1)
  const won = answers.findIndex((answer) => answer.length === 0)
  expect(await resets(token)).toEqual(['EXPIRED'])
  await expect.poll(() => watch.isEnded(session.id), { timeout: 1_000, interval: 10 }).toBe(true)
  expect(await signsIn('fay')).toEqual(['INVALID'])
  expect(await signsIn('fay', `${newPassword} ${won}`)).toEqual([])
  // The other links of the account are void.
  expect(await proofs().countDocuments({ userId: viewer.id, usedAt: null })).toBe(0)
})

test('A2: a reset answers and works the same for whom there is not', async () => {
  await running.signsUp('gus')
  const reset = { kind: 'RESET_PASSWORD' } as const
  const outbox = running.platform.db('user').collection('outbox')
  const work = async (login: string) => {
    const before = [await proofs().countDocuments(reset), await outbox.countDocuments()]
    const answer = await asksReset(login)
    const after = [await proofs().countDocuments(reset), await outbox.countDocuments()]
    return { answer, rows: after.map((count, i) => count - (before[i] ?? 0)) }
  }
  const known = await work('gus@example.org')
  const unknown = await work('nobody@example.org')
  expect(known).toEqual({ answer: { userErrors: [] }, rows: [1, 1] })
  expect(unknown).toEqual(known)
  await server.mailTo('gus@example.org', /new password/)
  const nobodys = await proofs().findOne({ userId: null })
  await expect.poll(async () => (await proofs().findOne({ _id: nobodys?._id ?? '' }))?.sentAt).toBeTruthy()
  expect(server.mails.some(({ to }) => JSON.stringify(to).includes('nobody'))).toBe(false)
})

test('a change of password voids the reset links of before', async () => {
  const hal = await running.signsUp('hal')
  await asksReset('hal')
  const token = await server.tokenTo('hal@example.org', /new password/)
  await hal.does('changePassword', { currentPassword: password, newPassword })
  expect(await resets(token)).toEqual(['EXPIRED'])
})

test('another address is the account’s when its own mail was answered, and the old one’s links are void', async () => {
  const ida = await running.signsUp('ida')
  const newEmail = 'Ida@new.example'
  const wrong = await ida.does('changeEmail', { newEmail, password: 'wrong password' })
  expect(wrong.userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'password'] }])
  const asked = await ida.does('changeEmail', { newEmail, password }, 'viewer { email }')
  expect(asked).toEqual({ viewer: { email: 'ida@example.org' }, userErrors: [] })
  await asksReset('ida')
  const oldLink = await server.tokenTo('ida@example.org', /new password/)
  const token = await server.tokenTo(newEmail, /new e-mail/)
  const done = await ida.does('verifyEmail', { token }, 'viewer { email emailVerifiedAt }')
  expect(done.viewer).toEqual({ email: newEmail, emailVerifiedAt: expect.any(String) })
  expect(await signsIn('ida@NEW.example')).toEqual([])
  expect(await signsIn('ida@example.org')).toEqual(['INVALID'])
  expect(await resets(oldLink)).toEqual(['EXPIRED'])
})

test('an address that two want is the one’s who proves it first', async () => {
  const [jim, kai] = [await running.signsUp('jim'), await running.signsUp('kai')]
  for (const who of [jim, kai]) {
    const { userErrors } = await who.does('changeEmail', { newEmail: 'both@new.example', password })
    expect(userErrors).toEqual([])
  }
  await expect
    .poll(() => server.mails.filter(({ to }) => JSON.stringify(to).includes('both@')).length)
    .toBe(2)
  const tokens = server.mails.flatMap(({ to, text }) =>
    JSON.stringify(to).includes('both@') ? [/#token=(\S+)/.exec(text ?? '')?.[1] ?? ''] : [],
  )
  const answers = await Promise.all(tokens.map(verifies))
  expect(answers.flat()).toEqual(['TAKEN'])
})

test('an address that reads like a list is one address', async () => {
  const { config, log } = running.platform
  const mailer = createMailer(config, running.platform.db('user'), log)
  const to = 'leo,other@example.org'
  await mailer.send({ id: 'list', to, subject: 'to one', text: '' }).catch(() => {})
  await mailer.send({ id: 'list-end', to: 'leo@example.org', subject: 'the next', text: '' })
  await server.mailTo('leo@example.org', /the next/)
  expect(server.mails.some((mail) => [mail.to].flat()[0]?.value[0]?.address === 'other@example.org')).toBe(
    false,
  )
})

test('without a mail server the demo keeps the last mails, to be read', async () => {
  const db = running.platform.db('user')
  const mailer = createMailer({ smtpUrl: null, mailFrom: 'x', demo: true }, db, running.platform.log)
  for (let i = 0; i < 205; i++)
    await mailer.send({ id: `m${i}`, to: 'a@b.example', subject: `${i}`, text: '' })
  const kept = await listKeptMails(db)
  expect(kept).toHaveLength(200)
  expect(kept[0]?.subject).toBe('204')
})
