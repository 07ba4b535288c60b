import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createMailer } from '#platform/mail.ts'
import { testPlatform } from '../tests/platform.ts'
import { startAllInOne } from './all-in-one.ts'
import { mailPage } from './dev-mail.ts'

test('a mail is shown as text, its links as links', () => {
  const page = mailPage([
    {
      id: 'm1',
      to: '"><script>@example.org',
      subject: '<img src=x onerror=alert(1)>',
      text: 'open http://localhost:4000/verify-email#token=a.b"onclick="x <b>',
      at: new Date(0),
    },
  ])
  expect(page).not.toMatch(/<script>|<img|<b>|"onclick/)
  expect(page).toContain('<a href="http://localhost:4000/verify-email#token=a.b&quot;onclick=&quot;x">')
  expect(mailPage([])).toContain('No mail yet')
})

const mail = { id: 'm1', to: 'olga@example.org', subject: 'Prove your address', text: 'a secret link' }

/** Asks a gateway for its outbox as a browser does that took it for `host`. */
async function asks(port: number, host = `localhost:${port}`) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request({ host: '127.0.0.1', port, path: '/dev/mail', headers: { host } }, resolve)
    .on('error', reject)
    .end()
  const response = await promise
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

test('the demo shows its outbox to a browser on this machine, and to no page elsewhere', async () => {
  const { platform, stack } = await testPlatform({ demo: true, smtpUrl: null })
  await using _stack = stack
  const { port } = await startAllInOne(platform, stack)
  const mailer = createMailer(platform.config, platform.db('user'), platform.log)
  await mailer.send(mail)
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'localhost']) {
    const { status, headers, body } = await asks(port, host)
    expect([host, status]).toEqual([host, 200])
    expect(body).toContain('a secret link')
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    })
  }
  for (const host of [
    'example.org',
    `localhost.example.org:${port}`,
    `127.0.0.1.example.org:${port}`,
    '10.0.0.1',
  ])
    expect(await asks(port, host)).toMatchObject({ status: 404, body: '' })
})

test.each([
  ['outside the demo', { demo: false, smtpUrl: null }],
  ['where mail goes to a server', { demo: true, smtpUrl: 'smtp://127.0.0.1:9' }],
])('%s the outbox is shown to nobody', async (_where, change) => {
  const { platform, stack } = await testPlatform(change)
  await using _stack = stack
  const { port } = await startAllInOne(platform, stack)
  const outbox = createMailer(
    { ...platform.config, demo: true, smtpUrl: null },
    platform.db('user'),
    platform.log,
  )
  await outbox.send(mail)
  // The web client's own page answers every path that is nothing else's.
  expect((await asks(port)).body).not.toMatch(/secret link|olga|<h1>Mail/)
})
