// This device: its name among others, and the key packages by which it is brought into groups.
import {
  KeyBackupDocument,
  MessagingDevicesDocument,
  PublishKeyPackagesDocument,
  RemoveMessagingDeviceDocument,
  SaveKeyBackupDocument,
} from '../../operations.gen.ts'
import { openBackup, sealBackup } from './backup.ts'
import { random, toBase64 } from './bytes.ts'
import type { Request } from './delivery.ts'
import { createKeyPackage, createSigningKey, joinByWelcome } from './group.ts'
import type { KeyStore } from './key-store.ts'
import {
  type DeviceRecord,
  deviceKey,
  type GroupRecord,
  groupPrefix,
  messagePrefix,
  type PackageRecord,
  packagePrefix,
} from './records.ts'

/** What is published at a time, and below how many there are more. */
const packageCount = 50
const fewPackages = 20
/** The server takes more, but no request of more than 1 MiB. */
const maxBackupChars = 1_000_000

export interface DeviceDeps {
  store: KeyStore
  request: Request
}

const idOf = (bytes: Uint8Array) =>
  toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** This device; null while it takes no part in encrypted conversations. */
export async function findDevice({ store }: DeviceDeps): Promise<DeviceRecord | null> {
  return (await store.get<DeviceRecord>(deviceKey)) ?? null
}

async function publish(
  { store, request }: DeviceDeps,
  device: DeviceRecord,
  count: number,
  more: { deviceName?: string; withLastResort: boolean },
): Promise<void> {
  const make = async (isLastResort: boolean): Promise<PackageRecord> => ({
    ...(await createKeyPackage(device, device.signing)),
    isLastResort,
  })
  const single: PackageRecord[] = []
  for (let i = 0; i < count; i++) single.push(await make(false))
  const lastResort = more.withLastResort ? await make(true) : null
  const all = lastResort ? [...single, lastResort] : single
  // Kept before they are published: nobody may be let in to a group by a package whose secrets are lost.
  await store.write(Object.fromEntries(all.map((each) => [`${packagePrefix}${idOf(random(12))}`, each])))
  await request(PublishKeyPackagesDocument, {
    input: {
      deviceId: device.deviceId,
      ...(more.deviceName ? { deviceName: more.deviceName } : {}),
      keyPackages: single.map(({ keyPackage }) => toBase64(keyPackage)),
      ...(lastResort ? { lastResort: toBase64(lastResort.keyPackage) } : {}),
    },
  })
}

/** Takes part in encrypted conversations from now on, under a name that the owner sees in his list of devices. */
export async function registerDevice(
  deps: DeviceDeps,
  userId: string,
  deviceName: string,
): Promise<DeviceRecord> {
  const known = await findDevice(deps)
  if (known) return known
  const device = { userId, deviceId: idOf(random(12)), signing: await createSigningKey() }
  await publish(deps, device, packageCount, { deviceName, withLastResort: true })
  await deps.store.write({ [deviceKey]: device })
  return device
}

/** Takes no part any more: all keys and everything that was decrypted goes. The others remove it from their groups. */
export async function removeDevice(deps: DeviceDeps): Promise<void> {
  const device = await findDevice(deps)
  if (device) await deps.request(RemoveMessagingDeviceDocument, { input: { deviceId: device.deviceId } })
  const entries = await deps.store.list('')
  await deps.store.write(Object.fromEntries(entries.map(([key]) => [key, undefined])))
}

/** Publishes more key packages when few are left, and another one of last resort when that was used. */
export async function replenish(deps: DeviceDeps, lastResortUsed = false): Promise<void> {
  const device = await findDevice(deps)
  if (!device) return
  const { messagingDevices } = await deps.request(MessagingDevicesDocument, {})
  const known = messagingDevices.find(({ id }) => id === device.deviceId)
  const left = known?.keyPackageCount ?? 0
  if (known && left >= fewPackages && !lastResortUsed) return
  await publish(deps, device, packageCount - Math.min(left, packageCount), {
    withLastResort: lastResortUsed || !known,
  })
}

/** The group that a welcome lets this device in to, and which package did it; null when it is for none of its packages. */
export async function enter({ store }: DeviceDeps, welcome: Uint8Array) {
  for (const [key, own] of await store.list<PackageRecord>(packagePrefix)) {
    try {
      return { group: await joinByWelcome(welcome, own), key, isLastResort: own.isLastResort }
    } catch {
      // It is for another one.
    }
  }
  return null
}

/** Leaves everything that this device knows with the server, encrypted; of many messages the oldest stay behind. */
export async function backUp({ store, request }: DeviceDeps, passphrase: string): Promise<void> {
  const entries = await store.list('')
  const rest = entries.filter(([key]) => !key.startsWith(messagePrefix))
  // Ids are time-ordered, so the newest come last.
  let messages = entries.filter(([key]) => key.startsWith(messagePrefix))
  for (;;) {
    const backup = await sealBackup([...rest, ...messages], passphrase)
    if (backup.length <= maxBackupChars || messages.length === 0) {
      await request(SaveKeyBackupDocument, { input: { backup } })
      return
    }
    messages = messages.slice(Math.ceil(messages.length / 2))
  }
}

/**
 * Becomes the device of the backup: what that one knew is here, what came since is decrypted as far as its keys reach, and in
 * each group this device takes its place. Answers false when there is no backup. Throws WrongPassphrase.
 */
export async function restore(
  { store, request }: DeviceDeps,
  userId: string,
  passphrase: string,
): Promise<boolean> {
  const { keyBackup } = await request(KeyBackupDocument, {})
  if (!keyBackup) return false
  const entries = Object.fromEntries(await openBackup(keyBackup, passphrase))
  if ((entries[deviceKey] as DeviceRecord | undefined)?.userId !== userId)
    throw new Error('This is the backup of another account.')
  for (const [key, value] of Object.entries(entries)) {
    // The keys may have been used since by whoever made the backup: none is used to send again.
    if (key.startsWith(groupPrefix)) entries[key] = { ...(value as GroupRecord), lost: true, next: null }
  }
  await store.write(entries)
  await replenish({ store, request }, true)
  return true
}
