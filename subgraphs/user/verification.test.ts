import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { consentVersion } from './domain/consents.ts'
import { signPayment } from './domain/payment.ts'
import { codes, type RunningUser, startUser } from './fixtures.ts'
import { setRole } from './set-role.ts'

const secret = 'a secret between the payment provider and us'
let running: RunningUser
beforeAll(async () => {
  running = await startUser({
    verificationWebhookSecret: secret,
    verificationCheckoutUrl: 'https://pay.example/checkout?plan=blue',
  })
})
afterAll(() => running.stack.disposeAsync())

const isVerified = async (id: string) =>
  (await running.asker().asks('query ($id: ID) { user(id: $id) { isVerified } }', { id })).data.user
    .isVerified
const fields =
  'verification { id kind status note decisionNote decidedAt expiresAt checkoutUrl user { username } }'
const moderator = async (username: string) => {
  const person = await running.signsUp(username)
  await setRole(running.platform, username, 'MODERATOR')
  return person
}

test('a request by identity waits for moderators, who decide about others', async () => {
  const [ida, judge] = [await running.signsUp('ida'), await moderator('judge')]
  const { verification, userErrors } = await ida.does('requestVerification', { note: ' I am she ' }, fields)
  expect(userErrors).toEqual([])
  expect(verification).toMatchObject({
    kind: 'IDENTITY',
    status: 'PENDING',
    note: 'I am she',
    checkoutUrl: null,
  })
  const more = await Promise.all(Array.from({ length: 5 }, () => ida.does('requestVerification', {})))
  expect(more.flatMap(codes)).toEqual(Array(5).fill('CONFLICT'))
  expect(codes(await ida.does('requestVerification', { note: 'x'.repeat(501) }))).toEqual(['TOO_LONG'])

  const { id: verificationId } = verification
  const decides = (who: typeof judge, input: object) =>
    who.does('resolveVerification', { verificationId, ...input }, fields)
  expect(codes(await decides(ida, { approved: true }))).toEqual(['FORBIDDEN'])
  expect(await isVerified(ida.id)).toBe(false)
  const approved = await decides(judge, { approved: true, note: 'seen' })
  expect(approved.verification).toMatchObject({
    status: 'APPROVED',
    decisionNote: 'seen',
    user: { username: 'ida' },
  })
  expect(await isVerified(ida.id)).toBe(true)
  // A mistake can be mended.
  expect((await decides(judge, {})).verification.status).toBe('REJECTED')
  expect(await isVerified(ida.id)).toBe(false)
  for (const id of ['', '$ne', newId('verification')]) {
    expect(codes(await judge.does('resolveVerification', { verificationId: id, approved: true }))).toEqual([
      'NOT_FOUND',
    ])
  }
  const own = await judge.does('requestVerification', {}, fields)
  const about = { verificationId: own.verification.id, approved: true }
  expect(codes(await judge.does('resolveVerification', about))).toEqual(['FORBIDDEN'])
})

test('the queue is for moderators, oldest first, in pages that hang together', async () => {
  const judge = await moderator('queuejudge')
  const asked: string[] = []
  for (let i = 0; i < 3; i++) {
    const person = await running.signsUp(`waiting${i + 2}`)
    asked.push((await person.does('requestVerification', {}, fields)).verification.id)
  }
  const query = `query ($first: Int, $after: String) {
    verificationQueue(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`
  const seen: string[] = []
  let after: string | null = null
  do {
    const {
      data,
    }: {
      data: {
        verificationQueue: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
      }
    } = await judge.asks(query, { first: 2, after })
    seen.push(...data.verificationQueue.nodes.map(({ id }) => id))
    after = data.verificationQueue.pageInfo.hasNextPage ? data.verificationQueue.pageInfo.endCursor : null
  } while (after)
  expect(seen.filter((id) => asked.includes(id))).toEqual(asked)
  expect(new Set(seen).size).toBe(seen.length)
  const member = await running.signsUp('curious')
  expect((await member.asks(query, { first: 2 })).codes).toEqual(['FORBIDDEN'])
  expect((await running.asker().asks(query, { first: 2 })).codes).toEqual(['UNAUTHENTICATED'])
  expect((await judge.asks(query, {})).codes).toEqual(['BAD_USER_INPUT'])
  expect((await judge.asks(query, { first: 1, after: 'x' })).codes).toEqual(['BAD_CURSOR'])
})

const webhook = (body: string, signature: string) =>
  running
    .asker()
    .asks(
      'mutation ($input: RecordVerificationPaymentInput!) { recordVerificationPayment(input: $input) { outcome } }',
      {
        input: { body, signature },
      },
    )
    .then(({ data }) => data.recordVerificationPayment.outcome)
let eventCount = 0
const payment = (reference: string, change: Record<string, unknown> = {}) => {
  eventCount += 1
  return JSON.stringify({
    id: `event-${eventCount}`,
    type: 'verification.paid',
    reference,
    createdAt: new Date(Date.now() + eventCount * 1_000).toISOString(),
    paidUntil: new Date(Date.now() + 30 * 86_400_000).toISOString(),
    ...change,
  })
}
const pays = (body: string) => webhook(body, signPayment(secret, body, new Date()))

test('who pays is verified until it ends, by the clock and not by a sweep', async () => {
  const paul = await running.signsUp('paul')
  const { verification } = await paul.does('requestVerification', { kind: 'PAID' }, fields)
  expect(verification).toMatchObject({
    kind: 'PAID',
    status: 'PENDING',
    checkoutUrl: `https://pay.example/checkout?plan=blue&reference=${verification.id}`,
  })
  expect(await isVerified(paul.id)).toBe(false)
  const first = payment(verification.id)
  expect(await pays(first)).toBe('DONE')
  expect(await isVerified(paul.id)).toBe(true)
  const status = async () =>
    (await paul.asks('{ viewer { verifications { status } } }')).data.viewer.verifications[0].status
  expect(await status()).toBe('APPROVED')
  const { now } = running.platform
  try {
    running.platform.now = () => Date.now() + 31 * 86_400_000
    expect(await isVerified(paul.id)).toBe(false)
    expect(await status()).toBe('EXPIRED')
  } finally {
    running.platform.now = now
  }
  // An end; then what was paid before it, sent again and sent late, does not bring it back.
  const late = payment(verification.id)
  expect(
    await pays(payment(verification.id, { type: 'verification.ended', createdAt: new Date().toISOString() })),
  ).toBe('DONE')
  expect(await isVerified(paul.id)).toBe(true)
  const ended = payment(verification.id, { type: 'verification.ended', paidUntil: new Date().toISOString() })
  expect(await pays(ended)).toBe('DONE')
  expect(await isVerified(paul.id)).toBe(false)
  for (const body of [first, late]) expect(await pays(body)).toBe('DONE')
  expect(await isVerified(paul.id)).toBe(false)
})

test('A3: nobody but the payment provider says who paid, and it says each thing once', async () => {
  const eve = await running.signsUp('eve')
  const { verification } = await eve.does('requestVerification', { kind: 'PAID' }, fields)
  const body = payment(verification.id)
  const good = signPayment(secret, body, new Date())
  const forgeries = [
    '',
    'v1=',
    signPayment('another secret that is as long as ours', body, new Date()),
    signPayment(secret, `${body} `, new Date()),
    signPayment(secret, body, new Date(Date.now() - 301_000)),
    signPayment(secret, body, new Date(Date.now() + 301_000)),
    good.replace(/t=\d+/, `t=${Math.floor(Date.now() / 1000) + 1}`),
    good.slice(0, -1),
    `${good}0`,
  ]
  for (const signature of forgeries) expect(await webhook(body, signature)).toBe('FORGED')
  for (const text of ['', 'null', '{}', '[]', '{"id":1}', payment(verification.id, { paidUntil: 'soon' })]) {
    expect(await pays(text)).toBe('INVALID')
  }
  expect(await isVerified(eve.id)).toBe(false)
  const answers = await Promise.all(Array.from({ length: 10 }, () => webhook(body, good)))
  expect(answers).toEqual(Array(10).fill('DONE'))
  const rows = await running.platform
    .db('user')
    .collection('paymentEvents')
    .countDocuments({ _id: JSON.parse(body).id })
  expect(rows).toBe(1)
  expect(await isVerified(eve.id)).toBe(true)
  // A reference to an identity request, or to nothing, verifies nobody.
  const ida = await running.signsUp('ida2')
  const other = await ida.does('requestVerification', {}, fields)
  expect(await pays(payment(other.verification.id))).toBe('DONE')
  expect(await isVerified(ida.id)).toBe(false)
  expect(await pays(payment('nothing'))).toBe('DONE')
})

test('consents are kept with their text, can be taken back, and have a history', async () => {
  const cora = await running.signsUp('cora')
  const stands = 'viewer { consents { kind granted version at } consentHistory { kind granted } }'
  const nothing = (await cora.asks(`{ ${stands} }`)).data.viewer
  expect(nothing.consents).toEqual(
    ['TERMS', 'ANALYTICS', 'PERSONALISATION'].map((kind) => ({
      kind,
      granted: false,
      version: consentVersion,
      at: null,
    })),
  )
  expect(nothing.consentHistory).toEqual([])
  const agreed = await cora.does('updateConsents', { terms: true, analytics: true }, stands)
  expect(agreed.viewer.consents.map(({ granted }: { granted: boolean }) => granted)).toEqual([
    true,
    true,
    false,
  ])
  await cora.does('updateConsents', { analytics: false, terms: true })
  const { viewer } = await cora.does('updateConsents', { analytics: false, personalisation: null }, stands)
  expect(viewer.consentHistory).toEqual([
    { kind: 'ANALYTICS', granted: false },
    { kind: 'ANALYTICS', granted: true },
    { kind: 'TERMS', granted: true },
  ])
  expect(viewer.consents.map(({ granted }: { granted: boolean }) => granted)).toEqual([true, false, false])
  expect(codes(await cora.does('updateConsents', { terms: true, version: '2020-01-01' }))).toEqual([
    'CONFLICT',
  ])
  expect(codes(await cora.does('updateConsents', { terms: true, version: consentVersion }))).toEqual([])
})

test('what somebody refuses is known everywhere when the answer comes; who was never asked has refused nothing', async () => {
  const dora = await running.signsUp('dora')
  const refusals = async () => {
    const facts = (await running.platform.facts.accounts.get([dora.id])).get(dora.id)
    return [facts?.refusesAnalytics, facts?.refusesPersonalisation]
  }
  expect(await refusals()).toEqual([false, false])
  await dora.does('updateConsents', { terms: true, analytics: false })
  expect(await refusals()).toEqual([true, false])
  await dora.does('updateConsents', { personalisation: false })
  expect(await refusals()).toEqual([true, true])
  await dora.does('updateConsents', { analytics: true })
  expect(await refusals()).toEqual([false, true])
  // Said twice over at the same moment, what the account does is what the newest row says, and nothing is said twice.
  for (const analytics of [false, true, false]) {
    const said = [0, 1, 2, 3].map((i) =>
      dora.does('updateConsents', i % 2 ? { analytics } : { analytics: !analytics }),
    )
    await Promise.all(said)
    const ask = 'viewer { consents { kind granted } consentHistory { kind granted } }'
    const { consents, consentHistory } = (await dora.asks(`{ ${ask} }`)).data.viewer
    const { granted } = consents.find(({ kind }: { kind: string }) => kind === 'ANALYTICS')
    expect((await refusals())[0]).toBe(!granted)
    const history = consentHistory.filter(({ kind }: { kind: string }) => kind === 'ANALYTICS')
    for (const [i, row] of history.entries()) expect(row.granted).not.toBe(history[i + 1]?.granted)
  }
  // Flags that were wrong once are put right by saying the same again.
  await dora.does('updateConsents', { analytics: false })
  const users = running.platform.db('user').collection('users')
  await users.updateOne({ _id: dora.id as never }, { $set: { refusesAnalytics: false } })
  await dora.does('updateConsents', { analytics: false })
  expect((await refusals())[0]).toBe(true)
})
