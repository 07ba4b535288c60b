// What a payment provider says about paid verification: signed with a shared secret and the time, so that it can be neither made
// up nor sent again.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { VerificationRow } from '../model.ts'

export interface PaymentConfig {
  /** Null where nobody is verified by paying. */
  webhookSecret: string | null
  checkoutUrl: string | null
}

/** How far the provider's clock and ours may be apart, and how long it may take to deliver. */
export const toleranceMs = 5 * 60_000

const paymentEvent = z.object({
  /** The provider's id of what it says: said again it is the same. */
  id: z.string().min(1).max(128),
  type: z.enum(['verification.paid', 'verification.ended']),
  /** What our checkout link carried. */
  reference: z.string().min(1).max(64),
  /** When it happened: what is older than the last of its reference counts no more. */
  createdAt: z.iso.datetime(),
  /** Until when it is paid for. */
  paidUntil: z.iso.datetime(),
})
export type PaymentEvent = z.infer<typeof paymentEvent>

/** The header that goes with a body: `t=<seconds since 1970>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`. */
export function signPayment(secret: string, body: string, now: Date): string {
  const time = Math.floor(now.getTime() / 1000)
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`
}

/** Whether a header is the body's, signed within the last five minutes. */
export function isPaymentSignature(secret: string, body: string, header: string, now: Date): boolean {
  const [, time = ''] = /^t=(\d{1,12}),v1=[0-9a-f]{64}$/.exec(header) ?? []
  if (time === '' || Math.abs(now.getTime() - Number(time) * 1000) > toleranceMs) return false
  const expected = Buffer.from(signPayment(secret, body, new Date(Number(time) * 1000)))
  const given = Buffer.from(header)
  return expected.length === given.length && timingSafeEqual(expected, given)
}

/** What a body says; null when it means nothing. */
export function readPayment(body: string): PaymentEvent | null {
  try {
    return paymentEvent.parse(JSON.parse(body))
  } catch {
    return null
  }
}

/** Where a request for paid verification is paid; null where that is not offered, or is done. */
export function checkoutUrlOf(
  row: Pick<VerificationRow, '_id' | 'kind'>,
  { checkoutUrl }: PaymentConfig,
): string | null {
  if (row.kind !== 'PAID' || checkoutUrl === null) return null
  const url = new URL(checkoutUrl)
  url.searchParams.set('reference', row._id)
  return url.href
}
