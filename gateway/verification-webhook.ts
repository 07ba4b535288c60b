// `POST /webhooks/verification`: what a payment provider says about paid verification, handed to User, who knows its signature.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'graphql'
import type { RequestScope } from '#platform/subgraph.ts'
import type { Viewer } from '#platform/viewer.ts'
import type { DataSource } from './executor/sources.ts'
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
): Route {
  return async (request: IncomingMessage, response: ServerResponse) => {
    const answer = (status: number, headers = {}) => void response.writeHead(status, headers).end()
    if (request.method !== 'POST') return answer(405, { allow: 'POST' })
    const body = await readText(request)
    if (body === null) return answer(413, { connection: 'close' })
    const signature = String(request.headers['x-heliograph-signature'] ?? '').slice(0, 256)
    const viewer: Viewer = {
      userId: null,
      sessionId: null,
      appId: null,
      scopes: null,
      ip: request.socket.remoteAddress ?? '',
      userAgent: null,
    }
    try {
      const variables = { input: { body, signature } }
      const { data } = await user.process({ document, query, variables }, scope(viewer))
      const { recordVerificationPayment: done } = (data ?? {}) as {
        recordVerificationPayment?: { outcome: string } | null
      }
      answer(statuses[done?.outcome ?? ''] ?? 503)
    } catch {
      answer(503)
    }
  }
}

async function readText(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
