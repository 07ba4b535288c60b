import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionWatch } from '#platform/sessions.ts'
import { newId } from '#schema/ids.ts'
import { codes, password, type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'
import { setRole } from './set-role.ts'

let running: RunningUser
let watch: SessionWatch
beforeAll(async () => {
  running = await startUser()
  watch = await running.watchSessions()
})
afterAll(() => running.stack.disposeAsync())

const opens = async (username: string) => {
  const { viewer, session } = await running.asker().does('signUp', signUpInput(username), sessionFields)
  return { ...running.asker({ userId: viewer.id, sessionId: session.id }), id: viewer.id, session }
}
const signsIn = (login: string) => running.asker().does('signIn', { login, password }, sessionFields)
const refreshes = async (refreshToken: string) =>
  codes(await running.asker().does('refreshSession', { refreshToken }))
const isSeen = async (username: string) =>
  (await running.asker().asks('query ($username: String) { user(username: $username) { id } }', { username }))
    .data.user !== null
const withRole = async (username: string, role: 'MODERATOR' | 'STAFF') => {
  const person = await opens(username)
  expect(await setRole(running.platform, username, role)).toBe(true)
  return person
}
/** Resolves when all of these sessions were heard to end. */
const ends = (sessionIds: string[]) =>
  new Promise<void>((resolve) => {
    const open = new Set(sessionIds)
    watch.onEnded((id) => {
      open.delete(id)
      if (open.size === 0) resolve()
    })
  })

test('V19: a suspension ends all sessions and refresh tokens, and hides the account; it can be taken back', async () => {
  const [bad, moderator] = [await opens('badboy'), await withRole('modesty', 'MODERATOR')]
  const second = await signsIn('badboy')
  const suspends = (status: string, reason?: string) =>
    moderator.does('setAccountStatus', { userId: bad.id, status, reason }, 'user { id accountStatus }')

  const ended = ends([bad.session.id, second.session.id])
  const answer = await suspends('SUSPENDED', 'spam')
  expect(answer).toEqual({ user: { id: bad.id, accountStatus: 'SUSPENDED' }, userErrors: [] })
  // The rows decide at once, the watch hears of it.
  expect(await isSeen('badboy')).toBe(false)
  expect(await refreshes(bad.session.refreshToken)).toEqual(['EXPIRED'])
  expect(await refreshes(second.session.refreshToken)).toEqual(['EXPIRED'])
  await ended
  // Who still holds an access token acts no more, though the gateway may not have heard yet.
  expect(codes(await bad.does('updateProfile', { bio: 'still here' }))).toEqual(['FORBIDDEN'])
  expect(codes(await signsIn('badboy'))).toEqual(['FORBIDDEN'])
  expect(codes(await running.asker().does('signIn', { login: 'badboy', password: 'wrong one' }))).toEqual([
    'INVALID',
  ])

  expect((await suspends('ACTIVE')).user.accountStatus).toBe('ACTIVE')
  expect(await isSeen('badboy')).toBe(true)
  expect(await refreshes(bad.session.refreshToken)).toEqual(['EXPIRED'])
  expect(codes(await signsIn('badboy'))).toEqual([])
  const record = await running.platform.db('user').collection('statusChanges').find().toArray()
  expect(record).toMatchObject([
    { userId: bad.id, moderatorId: moderator.id, status: 'SUSPENDED', reason: 'spam' },
    { userId: bad.id, moderatorId: moderator.id, status: 'ACTIVE', reason: null },
  ])
})

test('V19: of a suspension and sign-ins at the same time no session is left', async () => {
  const [racer, moderator] = [await opens('suspendme'), await withRole('quick', 'MODERATOR')]
  await Promise.all([
    ...Array.from({ length: 5 }, () => signsIn('suspendme')),
    moderator.does('setAccountStatus', { userId: racer.id, status: 'SUSPENDED' }),
    ...Array.from({ length: 5 }, () => signsIn('suspendme')),
  ])
  const open = await running.platform
    .db('user')
    .collection('sessions')
    .countDocuments({ userId: racer.id, endedAt: null })
  expect(open).toBe(0)
})

test('only who has a higher role sets an account’s status', async () => {
  const member = await opens('plain')
  const [moderator, staff] = [await withRole('sheriff', 'MODERATOR'), await withRole('chief', 'STAFF')]
  const sets = async (who: typeof member, userId: string, status?: string) =>
    codes(await who.does('setAccountStatus', { userId, status }))
  expect(await sets(member, moderator.id, 'SUSPENDED')).toEqual(['FORBIDDEN'])
  // It is said to everyone without the role, so that nothing is learnt of who exists.
  expect(await sets(member, newId('user'), 'SUSPENDED')).toEqual(['FORBIDDEN'])
  expect(await sets(moderator, staff.id, 'SUSPENDED')).toEqual(['FORBIDDEN'])
  expect(await sets(moderator, moderator.id, 'SUSPENDED')).toEqual(['FORBIDDEN'])
  expect(await sets(moderator, newId('user'), 'SUSPENDED')).toEqual(['NOT_FOUND'])
  expect(await sets(moderator, '$ne', 'SUSPENDED')).toEqual(['NOT_FOUND'])
  for (const status of [undefined, 'DELETED', 'DEACTIVATED']) {
    expect(await sets(moderator, member.id, status)).toEqual(['INVALID'])
  }
  const long = await moderator.does('setAccountStatus', {
    userId: member.id,
    status: 'SUSPENDED',
    reason: 'x'.repeat(501),
  })
  expect(codes(long)).toEqual(['TOO_LONG'])
  expect(await sets(staff, moderator.id, 'SUSPENDED')).toEqual([])
  expect(await sets(moderator, member.id, 'SUSPENDED')).toEqual(['FORBIDDEN'])
  expect(await isSeen('plain')).toBe(true)
})

test('a deactivated account is hidden, and back when its owner signs in', async () => {
  const sleeper = await opens('sleeper')
  expect(codes(await sleeper.does('deactivateAccount', { password: 'wrong one' }))).toEqual(['INVALID'])
  expect(codes(await sleeper.does('deactivateAccount', {}))).toEqual(['INVALID'])
  expect(await isSeen('sleeper')).toBe(true)
  const { viewer } = await sleeper.does('deactivateAccount', { password }, 'viewer { accountStatus }')
  expect(viewer).toEqual({ accountStatus: 'DEACTIVATED' })
  expect(await isSeen('sleeper')).toBe(false)
  expect(await refreshes(sleeper.session.refreshToken)).toEqual(['EXPIRED'])
  expect(codes(await running.asker().does('signIn', { login: 'sleeper', password: 'wrong one' }))).toEqual([
    'INVALID',
  ])
  expect(await isSeen('sleeper')).toBe(false)
  const back = await running
    .asker()
    .does('signIn', { login: 'sleeper', password }, 'session { id } viewer { accountStatus }')
  expect(back.viewer).toEqual({ accountStatus: 'ACTIVE' })
  expect(await isSeen('sleeper')).toBe(true)
})

test('a deletion hides the account, can be taken back until it is due, and is nobody’s account afterwards', async () => {
  const leaver = await opens('leaver')
  const fields = 'viewer { accountStatus deletionAt }'
  const { viewer } = await leaver.does('deleteAccount', { password }, fields)
  expect(viewer.accountStatus).toBe('DELETED')
  const days = (Date.parse(viewer.deletionAt) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(29.9)
  expect(days).toBeLessThanOrEqual(30)
  expect(await isSeen('leaver')).toBe(false)
  expect(await refreshes(leaver.session.refreshToken)).toEqual(['EXPIRED'])

  const { session, viewer: again } = await running
    .asker()
    .does('signIn', { login: 'leaver', password }, `session { id refreshToken } ${fields}`)
  expect(again).toEqual(viewer)
  expect(await isSeen('leaver')).toBe(false)
  expect(await refreshes(session.refreshToken)).toEqual([])
  const back = running.asker({ userId: leaver.id, sessionId: session.id })
  expect(codes(await back.does('updateProfile', { bio: 'hello' }))).toEqual(['FORBIDDEN'])
  const cancelled = await back.does('cancelAccountDeletion', {}, fields)
  expect(cancelled).toEqual({ viewer: { accountStatus: 'ACTIVE', deletionAt: null }, userErrors: [] })
  expect(await isSeen('leaver')).toBe(true)
  expect(codes(await back.does('cancelAccountDeletion', {}))).toEqual(['CONFLICT'])
  expect(codes(await back.does('updateProfile', { bio: 'hello' }))).toEqual([])

  await back.does('deleteAccount', { password })
  const last = await signsIn('leaver')
  const { now } = running.platform
  try {
    running.platform.now = () => Date.now() + 30 * 86_400_000 + 60_000
    expect(codes(await signsIn('leaver'))).toEqual(['INVALID'])
    expect(await refreshes(last.session.refreshToken)).toEqual(['EXPIRED'])
    const late = running.asker({ userId: leaver.id, sessionId: last.session.id })
    expect(codes(await late.does('cancelAccountDeletion', {}))).toEqual(['EXPIRED'])
  } finally {
    running.platform.now = now
  }
})

test('what moderators take back does not undo what the owner did', async () => {
  const [both, moderator] = [await opens('twofold'), await withRole('warden', 'MODERATOR')]
  await both.does('deleteAccount', { password })
  const sets = async (status: string) =>
    (await moderator.does('setAccountStatus', { userId: both.id, status }, 'user { accountStatus }')).user
  expect(await sets('SUSPENDED')).toEqual({ accountStatus: 'SUSPENDED' })
  expect(codes(await signsIn('twofold'))).toEqual(['FORBIDDEN'])
  expect(await sets('ACTIVE')).toEqual({ accountStatus: 'DELETED' })
  expect(await isSeen('twofold')).toBe(false)
  expect(codes(await signsIn('twofold'))).toEqual([])
})

test('a role is given to who is there only', async () => {
  expect(await setRole(running.platform, 'nobody-here', 'STAFF')).toBe(false)
})
