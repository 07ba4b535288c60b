import { afterAll, beforeAll, expect, test } from 'vitest'
import { password, type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser()
})
afterAll(() => running.stack.disposeAsync())

const settingsFields = `viewer { settings {
  isPrivate commentPolicy messagePolicy mentionPolicy hideLikeCounts showActivityStatus readReceipts sensitiveContent accountType language
} user { isPrivate accountType } }`

const changed = {
  isPrivate: true,
  commentPolicy: 'FOLLOWERS',
  messagePolicy: 'NOBODY',
  mentionPolicy: 'FOLLOWING',
  hideLikeCounts: true,
  showActivityStatus: false,
  readReceipts: false,
  sensitiveContent: 'MORE',
  accountType: 'CREATOR',
  language: 'pt-BR',
}

/** What others read of an account, as they decide. */
const facts = async (userId: string) => (await running.platform.facts.accounts.get([userId])).get(userId)

/** The day of birth of someone who turned so many years old today. */
const born = (years: number) => {
  const today = new Date()
  return `${today.getUTCFullYear() - years}-${today.toISOString().slice(5, 10)}`.replace('-02-29', '-02-28')
}

test('settings stay as they are until they are given, and are in force for others when the answer comes', async () => {
  const abel = await running.signsUp('abel')
  const { data } = await abel.asks(`{ ${settingsFields} }`)
  expect(data.viewer.settings).toEqual({
    isPrivate: false,
    commentPolicy: 'EVERYONE',
    messagePolicy: 'EVERYONE',
    mentionPolicy: 'EVERYONE',
    hideLikeCounts: false,
    showActivityStatus: true,
    readReceipts: true,
    sensitiveContent: 'STANDARD',
    accountType: 'PERSONAL',
    language: null,
  })
  expect(await facts(abel.id)).toMatchObject({ isPrivate: false, messagePolicy: 'EVERYONE' })

  const { viewer, userErrors } = await abel.does('updateSettings', changed, settingsFields)
  expect(userErrors).toEqual([])
  expect(viewer).toEqual({ settings: changed, user: { isPrivate: true, accountType: 'CREATOR' } })
  expect(await facts(abel.id)).toMatchObject({
    isPrivate: true,
    commentPolicy: 'FOLLOWERS',
    messagePolicy: 'NOBODY',
    mentionPolicy: 'FOLLOWING',
    hidesLikeCounts: true,
    showsActivityStatus: false,
    sendsReadReceipts: false,
    sensitiveContent: 'MORE',
  })

  const kept = await abel.does(
    'updateSettings',
    { isPrivate: null, messagePolicy: 'FOLLOWING' },
    settingsFields,
  )
  expect(kept.viewer.settings).toEqual({ ...changed, messagePolicy: 'FOLLOWING' })
  expect((await abel.does('updateSettings', {}, settingsFields)).viewer.settings).toEqual(
    kept.viewer.settings,
  )
  const cleared = await abel.does('updateSettings', { language: null }, settingsFields)
  expect(cleared.viewer.settings).toEqual({ ...changed, messagePolicy: 'FOLLOWING', language: null })
})

test('a language is a tag in its canonical form', async () => {
  const bela = await running.signsUp('bela')
  const sets = (language: string) => bela.does('updateSettings', { language }, settingsFields)
  expect((await sets('DE-de')).viewer.settings.language).toBe('de-DE')
  for (const language of ['not a language', '-', '$ne', 'x']) {
    expect((await sets(language)).userErrors).toMatchObject([
      { code: 'INVALID', field: ['input', 'language'] },
    ])
  }
  expect((await sets('a'.repeat(36))).userErrors).toMatchObject([{ code: 'TOO_LONG' }])
})

test('who is under 18 begins among those whom he knows, and is suggested nothing sensitive', async () => {
  const { viewer, session } = await running
    .asker()
    .does('signUp', signUpInput('cleo', { birthDate: born(17) }), sessionFields)
  const cleo = running.asker({ userId: viewer.id, sessionId: session.id })
  const { data } = await cleo.asks(`{ ${settingsFields} }`)
  expect(data.viewer.settings).toMatchObject({
    isPrivate: true,
    commentPolicy: 'FOLLOWING',
    messagePolicy: 'FOLLOWING',
    mentionPolicy: 'FOLLOWING',
    sensitiveContent: 'LESS',
  })
  expect(await facts(viewer.id)).toMatchObject({ isPrivate: true, sensitiveContent: 'LESS' })
  for (const sensitiveContent of ['STANDARD', 'MORE']) {
    const { userErrors } = await cleo.does('updateSettings', { sensitiveContent, isPrivate: false })
    expect(userErrors).toMatchObject([{ code: 'BLOCKED_BY_POLICY', field: ['input', 'sensitiveContent'] }])
  }
  // Nothing of a refused change was made; the rest is his to open.
  expect(await facts(viewer.id)).toMatchObject({ isPrivate: true, sensitiveContent: 'LESS' })
  expect(
    (await cleo.does('updateSettings', { isPrivate: false, sensitiveContent: 'LESS' })).userErrors,
  ).toEqual([])

  const adult = await running
    .asker()
    .does('signUp', signUpInput('dora', { birthDate: born(18), password }), sessionFields)
  expect(await facts(adult.viewer.id)).toMatchObject({ isPrivate: false, sensitiveContent: 'STANDARD' })
})

test('a proven address is known to others at once', async () => {
  const emil = await running.signsUp('emil')
  expect(await facts(emil.id)).toMatchObject({ emailVerified: false })
  const { proofTokenOf } = await import('./domain/proof.ts')
  const proof = await running.platform.db('user').collection('proofs').findOne({ userId: emil.id })
  const token = proofTokenOf(running.platform.signer('proof'), proof as never)
  expect((await emil.does('verifyEmail', { token })).userErrors).toEqual([])
  expect(await facts(emil.id)).toMatchObject({ emailVerified: true })
})
