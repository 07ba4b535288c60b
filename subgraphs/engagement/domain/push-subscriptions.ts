// Where a person's devices are reached.
import { createHash } from 'node:crypto'
import type { Transact } from '#platform/mongo.ts'
import type { WebPush } from '#platform/web-push.ts'
import { AppError } from '#schema/errors.ts'
import type { PushSubscriptionRow, ViewerRef } from '../model.ts'
import type { Store } from '../store.ts'
import { nextPushDigestAt } from './push-digests.ts'

/** Devices of a person that are reached at most; beyond it the one that registered first is forgotten. */
const maxDevices = 20
const maxEndpoint = 2_048

interface Deps {
  store: Pick<Store, 'putSubscription' | 'removeSubscription' | 'findSettings' | 'planPushDigest'>
  transact: Transact<'engagement'>
  webPush: Pick<WebPush, 'accepts'>
  now(): Date
}

/** Id of the row of an endpoint. */
export function subscriptionId(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('base64url')
}

/**
 * Registers a device. Whoever registers it last has it, so that it tells nobody of another's account. Throws INVALID for a platform or
 * push service that this server does not send to, and for keys that are none; TOO_LONG.
 */
export async function registerPushSubscription(
  deps: Deps,
  viewerId: string,
  input: {
    platform?: PushSubscriptionRow['platform'] | null | undefined
    endpoint: string
    p256dh?: string | null | undefined
    auth?: string | null | undefined
  },
): Promise<ViewerRef> {
  const { endpoint, p256dh, auth } = input
  const invalid = (field: string, message: string) =>
    new AppError('INVALID', message, { field: ['input', field] })
  if (endpoint.length > maxEndpoint) {
    throw new AppError('TOO_LONG', `At most ${maxEndpoint} characters.`, { field: ['input', 'endpoint'] })
  }
  const platform = input.platform ?? 'WEB'
  if (platform !== 'WEB') throw invalid('platform', 'This server sends to browsers only.')
  if (!deps.webPush.accepts(endpoint)) throw invalid('endpoint', 'This is no push service that is sent to.')
  if (!p256dh || !isPoint(p256dh))
    throw invalid('p256dh', 'The public key that the browser gives as `p256dh`.')
  if (!auth || Buffer.from(auth, 'base64url').length !== 16 || auth.length > 32) {
    throw invalid('auth', 'The secret that the browser gives as `auth`.')
  }
  return deps.transact(async (tx) => {
    const row = { _id: subscriptionId(endpoint), userId: viewerId, platform, endpoint, p256dh, auth }
    await deps.store.putSubscription(tx, { ...row, createdAt: deps.now() }, maxDevices)
    const settings = await deps.store.findSettings(viewerId, tx)
    await deps.store.planPushDigest(tx, viewerId, nextPushDigestAt(settings?.quietHours ?? null, deps.now()))
    return { id: viewerId }
  })
}

/** Whether a text is an uncompressed point of P-256 by its form: what browsers give. */
function isPoint(text: string): boolean {
  const bytes = text.length <= 100 ? Buffer.from(text, 'base64url') : null
  return bytes?.length === 65 && bytes[0] === 4
}

/** Forgets a device of the viewer's; one that is not his, or not there, is left as it is. Throws INVALID for what is no address. */
export async function unregisterPushSubscription(
  deps: Deps,
  viewerId: string,
  { endpoint }: { endpoint: string },
): Promise<ViewerRef> {
  if (endpoint.length > maxEndpoint || !URL.canParse(endpoint)) {
    throw new AppError('INVALID', 'This is no address of a device.', { field: ['input', 'endpoint'] })
  }
  return deps.transact(async (tx) => {
    await deps.store.removeSubscription(subscriptionId(endpoint), viewerId, tx)
    return { id: viewerId }
  })
}
