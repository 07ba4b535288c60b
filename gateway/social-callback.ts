// `/sign-in/callback`: where identity providers send people back to. Most do so by an address; one that posts a form instead, as Apple
// does, is answered with that address (OAuth 2.0 Form Post Response Mode), so that the page behind it meets both alike.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './http-request.ts'
import type { Route } from './server.ts'

export const socialCallbackPath = '/sign-in/callback'

const maxBytes = 16_384
/** What the page needs of an answer: RFC 6749 §4.1.2, RFC 9207, and `user`, by which Apple tells a name once. */
const passed = ['code', 'state', 'iss', 'error', 'error_description', 'user']
/** No value of these is longer. */
const maxValue = 2_048

/** The route of the page. Nothing in a form is believed here: what it says is proven by who began the sign-in. */
export function socialCallback(page: (request: IncomingMessage, response: ServerResponse) => boolean): Route {
  return async (request, response) => {
    const answer = (status: number, headers: Record<string, string> = {}) =>
      void response.writeHead(status, { 'cache-control': 'no-store', ...headers }).end()
    if (request.method === 'GET' || request.method === 'HEAD') {
      return page(request, response) ? undefined : answer(404)
    }
    if (request.method !== 'POST') return answer(405, { allow: 'GET, HEAD, POST' })
    const [type] = (request.headers['content-type'] ?? '').split(';')
    if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return answer(415)
    const body = await readBody(request, maxBytes)
    if (body === null) return answer(413, { connection: 'close' })
    const form = new URLSearchParams(body.toString('utf8'))
    const said = passed.flatMap((name) => {
      const value = form.get(name)
      return value === null || value.length > maxValue ? [] : [[name, value] as [string, string]]
    })
    const location = `${socialCallbackPath}?${new URLSearchParams(said)}`
    answer(303, { location, 'referrer-policy': 'no-referrer' })
  }
}
