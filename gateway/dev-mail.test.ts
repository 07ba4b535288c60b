import { expect, test } from 'vitest'
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
