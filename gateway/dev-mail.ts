// `/dev/mail`: the mails that the demo sent to nobody.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type KeptMail, listKeptMails } from '#platform/mail.ts'
import type { Platform } from '#platform/service.ts'
import type { Route } from './server.ts'

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => escapes[char] as string)

/** One mail; addresses of pages in its text are links. */
function mailHtml(mail: KeptMail): string {
  const text = escapeHtml(mail.text).replace(/https?:\/\/[^\s<]+/g, '<a href="$&">$&</a>')
  return `<article><h2>${escapeHtml(mail.subject)}</h2><p>to ${escapeHtml(mail.to)}, ${mail.at.toISOString()}</p><pre>${text}</pre></article>`
}

/** The outbox as a page, newest mail first. */
export function mailPage(mails: readonly KeptMail[]): string {
  const body = mails.map(mailHtml).join('\n') || '<p>No mail yet.</p>'
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mail</title><style>body{font:16px system-ui;max-width:50rem;margin:2rem auto}pre{white-space:pre-wrap}</style><h1>Mail</h1>${body}</html>`
}

/** Whether a request names this machine: a page elsewhere whose name was pointed at it does not. */
const isLocal = (request: IncomingMessage) =>
  /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')

/** The route of the outbox page: for a browser on this machine alone, since it shows everybody's links. */
export function devMailRoutes(platform: Platform): Record<string, Route> {
  return {
    '/dev/mail': async (request: IncomingMessage, response: ServerResponse) => {
      if (!isLocal(request)) return void response.writeHead(404).end()
      const page = mailPage(await listKeptMails(platform.db('user')))
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      })
      response.end(page)
    },
  }
}
