import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionRow } from '#platform/apps.ts'
import type { SessionWatch } from '#platform/sessions.ts'
import { within } from '#platform/within.ts'
import { isProof } from '../../tests/size.ts'
import { codes, password, type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'

let running: RunningUser
let watch: SessionWatch
beforeAll(async () => {
  running = await startUser()
  watch = await running.watchSessions()
})
afterAll(() => running.stack.disposeAsync())

const opens = (username: string) => running.asker().does('signUp', signUpInput(username), sessionFields)
const refreshes = (refreshToken: string) =>
  running
    .asker()
    .does('refreshSession', { refreshToken }, 'session { id accessToken accessTokenExpiresAt refreshToken }')
const sessions = () => running.platform.db('user').collection<SessionRow>('sessions')

/** Makes the last refresh of a session lie so long ago. */
const ages = (sessionId: string, ms: number) =>
  sessions().updateOne({ _id: sessionId }, { $set: { rotatedAt: new Date(Date.now() - ms) } })

test('a refresh token works once, and its retry gets the same pair', async () => {
  const { session } = await opens('hana')
  const first = await refreshes(session.refreshToken)
  expect(first.session.refreshToken).not.toBe(session.refreshToken)
  expect(await refreshes(session.refreshToken)).toEqual(first)
  const second = await refreshes(first.session.refreshToken)
  expect(second.session.id).toBe(session.id)
  expect(second.session.refreshToken).not.toBe(first.session.refreshToken)
})

test('A4: fifty refreshes at once get one successor', async () => {
  const { session } = await opens('iris')
  const answers = await Promise.all(Array.from({ length: 50 }, () => refreshes(session.refreshToken)))
  expect(new Set(answers.map((answer) => answer.session.refreshToken)).size).toBe(1)
  expect(new Set(answers.map((answer) => answer.session.accessToken)).size).toBe(1)
  expect((await sessions().findOne({ _id: session.id }))?.generation).toBe(1)
})

test('A4: the reuse of an older token ends the session, heard within a second', async () => {
  const { session } = await opens('jan')
  const ended = new Promise<string>((resolve) => watch.onEnded(resolve))
  const next = await refreshes(session.refreshToken)
  await ages(session.id, 10_500)
  expect(watch.isEnded(session.id)).toBe(false)
  expect(codes(await refreshes(session.refreshToken))).toEqual(['EXPIRED'])
  // A second in the proof; elsewhere the machine may have more to do than this.
  expect(await within(isProof ? 1_000 : 15_000, ended)).toBe(session.id)
  expect(watch.isEnded(session.id)).toBe(true)
  expect(codes(await refreshes(next.session.refreshToken))).toEqual(['EXPIRED'])
})

test('a forged token is refused and ends nothing', async () => {
  const { session } = await opens('kim')
  const [id, , signature] = session.refreshToken.split('.')
  for (const token of [`${id}.1.${signature}`, `${id}.0.${'A'.repeat(22)}`, 'x', '', 'x'.repeat(1_000_000)]) {
    expect(codes(await refreshes(token))).toEqual(['EXPIRED'])
  }
  expect((await refreshes(session.refreshToken)).userErrors).toEqual([])
})

test('nothing stored is a refresh token', async () => {
  const { session } = await opens('lea')
  const [, , signature] = session.refreshToken.split('.')
  const rows = await sessions().find({ _id: session.id }).toArray()
  expect(JSON.stringify(rows)).not.toContain(signature)
})

test('a sign-out ends its session only, for a watcher that comes later too', async () => {
  const { session, viewer } = await opens('mia')
  const other = await running.asker().does('signIn', { login: 'mia', password }, sessionFields)
  const mia = running.asker({ userId: viewer.id, sessionId: session.id })
  expect((await mia.does('signOut', {}, 'session { id }')).session).toEqual({ id: session.id })
  expect(codes(await refreshes(session.refreshToken))).toEqual(['EXPIRED'])
  expect((await refreshes(other.session.refreshToken)).userErrors).toEqual([])

  const late = await running.watchSessions()
  expect(late.isEnded(session.id)).toBe(true)
  expect(late.isEnded(other.session.id)).toBe(false)
  const { data } = await mia.asks('{ viewer { sessions { id current } } }')
  expect(data.viewer.sessions).toEqual([{ id: other.session.id, current: false }])
})

test('an end that no event announced is found by the sweep', async () => {
  const { session } = await opens('nils')
  const ended = new Promise<string>((resolve) => watch.onEnded(resolve))
  await sessions().updateOne({ _id: session.id }, { $set: { endedAt: new Date() } })
  expect(await ended).toBe(session.id)
})

test('what is asked of sessions again and again is read by an index', async () => {
  const winner = async (filter: object) =>
    JSON.stringify((await sessions().find(filter).explain()).queryPlanner.winningPlan)
  expect(await winner({ endedAt: { $gt: new Date() } })).toContain('"indexName":"ended"')
  expect(await winner({ userId: 'x', endedAt: null, expiresAt: { $gt: new Date() } })).toContain(
    '"indexName":"user"',
  )
})
