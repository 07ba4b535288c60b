import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionRow } from '#platform/apps.ts'
import type { SessionWatch } from '#platform/sessions.ts'
import { isProof } from '../../tests/size.ts'
import { codes, password, type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'

let running: RunningUser
let watch: SessionWatch
beforeAll(async () => {
  running = await startUser()
  watch = await running.watchSessions()
})
afterAll(() => running.stack.disposeAsync())

const newPassword = 'battery staple horse'
const signsIn = (login: string, secret = password) =>
  running.asker().does('signIn', { login, password: secret }, sessionFields)
const refreshes = async (refreshToken: string) =>
  codes(await running.asker().does('refreshSession', { refreshToken }, 'session { id }'))

/** Someone with three sessions, asking in the first. */
async function threeSessions(username: string) {
  const { session, viewer } = await running.asker().does('signUp', signUpInput(username), sessionFields)
  const others = [(await signsIn(username)).session, (await signsIn(username)).session]
  return { session, others, ...running.asker({ userId: viewer.id, sessionId: session.id }) }
}

test('one of one’s own sessions can be ended, nobody else’s', async () => {
  const anna = await threeSessions('anna')
  const bert = await running.signsUp('bert')
  const [first, second] = anna.others
  for (const sessionId of [first.id, 'session_01j00000000000000000000000', 'x', bert.id]) {
    expect(codes(await bert.does('revokeSession', { sessionId }))).toEqual(['NOT_FOUND'])
  }
  const ended = new Promise<string>((resolve) => watch.onEnded(resolve))
  const answer = await anna.does('revokeSession', { sessionId: first.id }, 'session { id current }')
  expect(answer).toEqual({ session: { id: first.id, current: false }, userErrors: [] })
  expect(await ended).toBe(first.id)
  expect(await refreshes(first.refreshToken)).toEqual(['EXPIRED'])
  expect(await refreshes(second.refreshToken)).toEqual([])
  // A second time nothing is left to do.
  expect(codes(await anna.does('revokeSession', { sessionId: first.id }))).toEqual([])
})

test('all other sessions can be ended at once', async () => {
  const cara = await threeSessions('cara')
  const { viewer } = await cara.does('revokeOtherSessions', {}, 'viewer { sessions { id current } }')
  expect(viewer.sessions).toEqual([{ id: cara.session.id, current: true }])
  await expect.poll(() => cara.others.map(({ id }) => watch.isEnded(id))).toEqual([true, true])
  for (const { refreshToken } of cara.others) expect(await refreshes(refreshToken)).toEqual(['EXPIRED'])
  expect(await refreshes(cara.session.refreshToken)).toEqual([])
})

test('A5: a change of password ends every other session within a second', async () => {
  const dora = await threeSessions('dora')
  const answer = await dora.does(
    'changePassword',
    { currentPassword: password, newPassword },
    'viewer { sessions { id } }',
  )
  expect(answer).toEqual({ viewer: { sessions: [{ id: dora.session.id }] }, userErrors: [] })
  await expect
    .poll(() => dora.others.map(({ id }) => watch.isEnded(id)), {
      timeout: isProof ? 1_000 : 15_000,
      interval: 10,
    })
    .toEqual([true, true])
  for (const { refreshToken } of dora.others) expect(await refreshes(refreshToken)).toEqual(['EXPIRED'])
  expect(await refreshes(dora.session.refreshToken)).toEqual([])
  expect(codes(await signsIn('dora'))).toEqual(['INVALID'])
  expect(codes(await signsIn('dora', newPassword))).toEqual([])
})

test.each([
  ['a wrong present one', { currentPassword: 'wrong password', newPassword }, 'INVALID', 'currentPassword'],
  ['an endless one', { currentPassword: 'x'.repeat(9_999), newPassword }, 'INVALID', 'currentPassword'],
  ['a short new one', { currentPassword: password, newPassword: 'short' }, 'INVALID', 'newPassword'],
  ['a long new one', { currentPassword: password, newPassword: 'x'.repeat(129) }, 'TOO_LONG', 'newPassword'],
])('%s changes no password', async (_what, input, code, field) => {
  const username = `eva${input.currentPassword.length}.${input.newPassword.length}`
  const eva = await running.signsUp(username)
  const { userErrors } = await eva.does('changePassword', input)
  expect(userErrors).toMatchObject([{ code, field: ['input', field] }])
  expect(codes(await signsIn(username))).toEqual([])
})

test('A5: no session with the old password outlives a change that races with its sign-in', async () => {
  const fred = await running.signsUp('fred')
  const [changed, ...signIns] = await Promise.all([
    fred.does('changePassword', { currentPassword: password, newPassword }),
    ...Array.from({ length: 12 }, () => signsIn('fred')),
  ])
  expect(codes(changed)).toEqual([])
  expect(signIns.flatMap(codes).every((code) => code === 'INVALID')).toBe(true)
  const open = await running.platform
    .db('user')
    .collection<SessionRow>('sessions')
    .find({ userId: fred.id, endedAt: null })
    .toArray()
  expect(open.map((row) => row._id)).toEqual([fred.viewer.sessionId])
})

test('two changes at once: one of them', async () => {
  const gina = await running.signsUp('gina')
  const answers = await Promise.all(
    ['first new password', 'second new password'].map((text) =>
      gina.does('changePassword', { currentPassword: password, newPassword: text }),
    ),
  )
  expect(answers.flatMap(codes)).toHaveLength(1)
})
