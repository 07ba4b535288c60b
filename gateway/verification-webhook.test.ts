import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRequest, startSubgraph } from '#platform/subgraph.ts'
import { signPayment } from '#subgraphs/user/domain/payment.ts'
import { user } from '#subgraphs/user/main.ts'
import { testPlatform } from '../tests/platform.ts'
import { localSource } from './executor/local-source.ts'
import { verificationWebhook } from './verification-webhook.ts'

const secret = 'a secret between the payment provider and us'
let stack: AsyncDisposableStack
let url: string
beforeAll(async () => {
  const started = await testPlatform({ verificationWebhookSecret: secret })
  stack = started.stack
  const source = localSource(await startSubgraph(started.platform, user, stack))
  const server = createServer(
    verificationWebhook(source, (viewer) => createRequest(started.platform, viewer)),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.defer(() => void server.close())
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}/webhooks/verification`
})
afterAll(() => stack.disposeAsync())

const posts = async (body: string, signature?: string) => {
  const headers: Record<string, string> = signature ? { 'x-heliograph-signature': signature } : {}
  return (await fetch(url, { method: 'POST', body, headers })).status
}

test('what the payment provider signed is taken, what anybody else sends is not (A3)', async () => {
  const body = JSON.stringify({
    id: 'event-1',
    type: 'verification.paid',
    reference: 'verification_01j00000000000000000000000',
    createdAt: new Date().toISOString(),
    paidUntil: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const now = new Date()
  expect(await posts(body, signPayment(secret, body, now))).toBe(204)
  expect(await posts(body, signPayment(secret, body, now))).toBe(204)
  expect(await posts(body)).toBe(401)
  expect(await posts(body, signPayment('another secret that is as long as ours', body, now))).toBe(401)
  expect(await posts('{}', signPayment(secret, '{}', now))).toBe(400)
  expect(await posts('x'.repeat(70_000), 't=1,v1=0')).toBe(413)
  expect((await fetch(url)).status).toBe(405)
})
