// Whether this browser is told (W3C Push API), and how it begins and ends.

/** What the server needs to reach this browser. */
export interface PushAddress {
  readonly endpoint: string
  readonly p256dh: string
  readonly auth: string
}

/** Whether this browser can be told at all. */
export const canBePushed = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window

/** This browser's subscription; null when it has none. */
export async function currentPush(): Promise<PushSubscription | null> {
  if (!canBePushed()) return null
  const registration = await navigator.serviceWorker.getRegistration('/push-worker.js')
  return (await registration?.pushManager.getSubscription()) ?? null
}

/** Asks the person, and the browser's push service, for an address; null when he refuses. */
export async function subscribeToPush(webPushKey: string): Promise<PushAddress | null> {
  if ((await Notification.requestPermission()) !== 'granted') return null
  await navigator.serviceWorker.register('/push-worker.js')
  const registration = await navigator.serviceWorker.ready
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(webPushKey),
  })
  return addressOf(subscription)
}

/** The address in a subscription. */
export function addressOf(subscription: Pick<PushSubscription, 'endpoint' | 'toJSON'>): PushAddress | null {
  const { p256dh, auth } = subscription.toJSON().keys ?? {}
  return p256dh && auth ? { endpoint: subscription.endpoint, p256dh, auth } : null
}

/** The bytes of a text in base64url. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
