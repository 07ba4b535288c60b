import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Asker } from '../../tests/asker.ts'
import { skeletonOf } from './domain/skeleton.ts'
import { codes, type RunningUser, signUpInput, startUser } from './fixtures.ts'
import type { ReservedUsernameRow, UserRow } from './model.ts'
import { fillSkeletons } from './store/usernames.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser()
})
afterAll(() => running.stack.disposeAsync())

const takes = async (who: Asker, username: string) => codes(await who.does('changeUsername', { username }))
const signsUp = async (username: string) =>
  codes(await running.asker().does('signUp', signUpInput(username, { email: `${username}2@example.org` })))
const reserved = () => running.platform.db('user').collection<ReservedUsernameRow>('reservedUsernames')

test('a new name is found, the old one is its owner’s alone for 14 days', async () => {
  const [mona, nick] = [await running.signsUp('mona'), await running.signsUp('nick')]
  const answer = await mona.does('changeUsername', { username: 'Mona.Lisa' }, 'viewer { id username }')
  expect(answer).toEqual({ viewer: { id: mona.id, username: 'mona.lisa' }, userErrors: [] })
  const { data } = await nick.asks(
    '{ new: user(username: "MONA.LISA") { id } old: user(username: "mona") { id } }',
  )
  expect(data).toEqual({ new: { id: mona.id }, old: null })

  expect(await takes(nick, 'mona')).toEqual(['TAKEN'])
  expect(await signsUp('mona')).toEqual(['TAKEN'])
  const row = await reserved().findOne({ _id: 'mona' })
  const days = ((row?.expiresAt.getTime() ?? 0) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(13.9)
  expect(days).toBeLessThanOrEqual(14)
  // Its owner may go back, and what he then leaves is reserved in its turn.
  expect(await takes(mona, 'mona')).toEqual([])
  expect(await takes(nick, 'mona.lisa')).toEqual(['TAKEN'])
  await reserved().updateOne(
    { _id: skeletonOf('mona.lisa') },
    { $set: { expiresAt: new Date(Date.now() - 1) } },
  )
  expect(await takes(nick, 'mona.lisa')).toEqual([])
  expect(await takes(nick, 'mona.lisa')).toEqual([])
})

test.each([
  ['', 'INVALID'],
  ['a b', 'INVALID'],
  ['\u212A', 'INVALID'],
  ['x'.repeat(31), 'INVALID'],
  ['admin', 'TAKEN'],
  ['OTTO', 'TAKEN'],
])('%j is refused: %s', async (username, code) => {
  if (code === 'TAKEN') await running.asker().does('signUp', signUpInput('otto'))
  const pia = await running.signsUp(`pia${Buffer.from(username).toString('hex').slice(0, 20)}`)
  expect(await takes(pia, username)).toEqual([code])
})

test('C8: of twenty who want a name at once, sign-ups among them, one gets it', async () => {
  const people = await Promise.all(Array.from({ length: 10 }, (_, i) => running.signsUp(`racer${i}`)))
  const answers = await Promise.all([
    ...people.map((person, i) => takes(person, i % 2 ? 'prize' : 'PRIZE')),
    ...Array.from({ length: 10 }, async (_, i) =>
      codes(await running.asker().does('signUp', signUpInput('prize', { email: `prize${i}@example.org` }))),
    ),
  ])
  expect(answers.filter((answer) => answer.length === 0)).toHaveLength(1)
  expect(answers.flat()).toEqual(Array(19).fill('TAKEN'))
})

test('C8: of a race for names that look alike one wins, and what he gives up is reserved as all of them', async () => {
  const names = ['corn_ville', 'com.ville', 'C0RN.ville', 'com_vi11e', 'corn.vllle']
  const answers = await Promise.all([...names, ...names].map(signsUp))
  expect(answers.filter((answer) => answer.length === 0)).toHaveLength(1)
  expect(answers.flat()).toEqual(Array(9).fill('TAKEN'))

  const [rene, sina] = [await running.signsUp('rene.one'), await running.signsUp('sina')]
  expect(await takes(sina, 'rene_0ne')).toEqual(['TAKEN'])
  // To oneself one is no stranger.
  expect(await takes(rene, 'rene_0ne')).toEqual([])
  expect(await takes(rene, 'other')).toEqual([])
  expect(await takes(sina, 'rene.one')).toEqual(['TAKEN'])
  expect(await takes(rene, 'rene__one')).toEqual([])
  expect(await takes(sina, 'he1p')).toEqual(['TAKEN'])
})

test('C8: accounts from before get their skeletons, but for one that shares another’s', async () => {
  const [older, younger] = [await running.signsUp('tomorrow'), await running.signsUp('yesterday')]
  const users = running.platform.db('user').collection<UserRow>('users')
  await users.updateMany({ _id: { $in: [older.id, younger.id] } }, { $unset: { usernameSkeleton: '' } })
  await users.updateOne({ _id: younger.id }, { $set: { username: 't0morrow' } })
  await running.platform.db('user').collection('migrations').deleteMany({})
  await fillSkeletons(running.platform.db('user'))
  const rows = await users
    .find({ _id: { $in: [older.id, younger.id] } })
    .sort({ _id: 1 })
    .toArray()
  expect(rows.map((row) => row.usernameSkeleton)).toEqual(['tomorrow', undefined])
})

test('a name that is given up goes to nobody who waits for it', async () => {
  const quin = await running.signsUp('quin')
  const waiting = await Promise.all(Array.from({ length: 5 }, (_, i) => running.signsUp(`waiter${i}`)))
  const [left, ...answers] = await Promise.all([
    takes(quin, 'quin.new'),
    ...waiting.flatMap((person) => [takes(person, 'quin'), takes(person, 'quin')]),
  ])
  expect(left).toEqual([])
  expect(answers.flat()).toEqual(Array(10).fill('TAKEN'))
})
