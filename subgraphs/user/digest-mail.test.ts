import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMailer } from '#platform/mail.ts'
import { sendDigestMail } from './domain/digest-mail.ts'
import { type RunningUser, startUser } from './fixtures.ts'
import { type MailServer, startMailServer } from './mail-server.ts'
import { createStore } from './store.ts'

let running: RunningUser
let server: MailServer
beforeAll(async () => {
  server = await startMailServer()
  running = await startUser({ smtpUrl: server.url })
})
afterAll(async () => {
  await running.stack.disposeAsync()
  await server.close()
})

const sends = (userId: string, digestId: string, now = new Date()) => {
  const { platform } = running
  const mailer = createMailer(platform.config, platform.db('user'), platform.log)
  const deps = { store: createStore(platform.db('user')), mailer, publicUrl: 'https://photos.example' }
  const counts = [
    { kind: 'POST_LIKE' as const, count: 2 },
    { kind: 'COMMENT' as const, count: 1 },
  ]
  return sendDigestMail(deps, { userId, digestId, counts }, now)
}
const digestsTo = (address: string) =>
  server.mails.filter(
    ({ to, subject }) => JSON.stringify(to).includes(address) && subject?.includes('unread'),
  )

test('a digest goes once, also when the mail server is busy and many try (N6)', async () => {
  const ada = await running.signsUp('ada')
  const token = await server.tokenTo('ada@example.org', /Confirm/)
  await ada.does('verifyEmail', { token })
  server.refusals.push(451)
  await expect(sends(ada.id, 'one')).rejects.toThrow()
  await Promise.allSettled(Array.from({ length: 6 }, () => sends(ada.id, 'one')))
  await sends(ada.id, 'one')
  expect(digestsTo('ada@example.org')).toHaveLength(1)
  const [mail] = digestsTo('ada@example.org')
  expect(mail?.subject).toBe('You have 3 unread notifications')
  expect(mail?.text).toContain(
    '- 2 posts that were liked\n- 1 comment\n\nhttps://photos.example/notifications',
  )
  await sends(ada.id, 'two')
  expect(digestsTo('ada@example.org')).toHaveLength(2)
})

test('an address that was never proven gets none', async () => {
  const ben = await running.signsUp('ben')
  await sends(ben.id, 'three')
  expect(digestsTo('ben@example.org')).toEqual([])
})
