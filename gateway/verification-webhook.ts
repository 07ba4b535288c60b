// `POST /webhooks/verification`: what a payment provider says about paid verification, handed to User, who knows its signature.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'graphql'
import type { RequestScope } from '#platform/subgraph.ts'
import { signedOut, type Viewer } from '#platform/viewer.ts'
import { type AddressOf, peerAddress } from './client-address.ts'
import type { DataSource } from './executor/sources.ts'
import { readBody } from './http-request.ts'
import type { Route } from './server.ts'

const maxBytes = 65_536

const query =
  'mutation ($input: RecordVerificationPaymentInput!) { recordVerificationPayment(input: $input) { outcome } }'
const document = parse(query, { noLocation: true })
const statuses: Readonly<Record<string, number>> = { DONE: 204, FORGED: 401, INVALID: 400 }

/** The route of the webhook. 204: do not send it again. 503: do. */
export function verificationWebhook<C extends RequestScope>(
  user: DataSource<C>,
  scope: (viewer: Viewer) => C,
  addressOf: AddressOf = peerAddress,
): Route {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const answer = (status: number, headers = {}) => void response.writeHead(status, headers).end()
    if (request.method !== 'POST') return answer(405, { allow: 'POST' })
    const bytes = await readBody(request, maxBytes)
    if (bytes === null) return answer(413, { connection: 'close' })
    const signature = String(request.headers['x-heliograph-signature'] ?? '').slice(0, 256)
    try {
      const variables = { input: { body: bytes.toString('utf8'), signature } }
      const { data } = await user.process(
        { document, query, variables },
        scope(signedOut(addressOf(request))),
      )
      const { recordVerificationPayment: done } = (data ?? {}) as {
        recordVerificationPayment?: { outcome: string } | null
      }
      answer(statuses[done?.outcome ?? ''] ?? 503)
    } catch {
      answer(503)
    }
  }
}
