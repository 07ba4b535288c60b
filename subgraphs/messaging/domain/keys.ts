// Devices and their key packages: the delivery service of RFC 9420. It keeps what clients publish and hands each package out
// once; what the packages mean is the clients' business.
import type { Limit, Limits } from '#platform/limits.ts'
import type { Transact } from '#platform/mongo.ts'
import { boundedList, optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { ClaimedPackage, KeyPackageRow } from '../model.ts'
import type { Store } from '../store.ts'

const maxDevices = 10
const maxPackages = 100
const maxPackageChars = 16_384
const maxClaimed = 100
const maxBackupChars = 2_000_000

/** People whose packages someone may claim, each counting by itself. */
const claims: Limit = { name: 'key-claims', max: 300, windowMs: 3_600_000, withoutRedis: 'closed' }
/** How often someone may claim one person's. */
const claimsOfOne: Limit = { name: 'key-claims-of', max: 20, windowMs: 3_600_000, withoutRedis: 'closed' }

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

/** Bytes in base64, checked. Throws INVALID or TOO_LONG. */
export function bytesOf(value: string, field: string, maxChars: number): string {
  const path = { field: ['input', field] }
  if (value.length > maxChars)
    throw new AppError('TOO_LONG', `At most ${maxChars} characters of base64.`, path)
  if (value.length % 4 !== 0 || !base64.test(value)) {
    throw new AppError('INVALID', 'Bytes in base64 (RFC 4648, section 4).', path)
  }
  return value
}

/** Whether a text can be a client's own id for itself. */
export function isDeviceId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text)
}

/** A client's own id for itself, checked. Throws INVALID. */
export function readDeviceId(deviceId: string): string {
  if (!isDeviceId(deviceId)) {
    throw new AppError('INVALID', 'A device has an id of 1–64 letters, digits, _ and -.', {
      field: ['input', 'deviceId'],
    })
  }
  return deviceId
}

/** The devices' welcomes that wait, at most. */
export const maxWaitingWelcomes = 100

/** Welcomes that a device of the viewer's has taken go. Answers how many were named. Throws INVALID and TOO_MANY. */
export async function takeWelcomes(
  deps: KeyDeps & Pick<Store, 'takeWelcomes'>,
  viewerId: string,
  input: { deviceId: string; welcomeIds?: readonly string[] | null | undefined },
): Promise<number> {
  const deviceId = readDeviceId(input.deviceId)
  const ids = boundedList(input.welcomeIds ?? [], { field: 'welcomeIds', min: 1, max: maxWaitingWelcomes })
  return deps.transact(async ({ session }) => {
    await deps.takeWelcomes(`${viewerId}:${deviceId}`, ids, session)
    return ids.length
  })
}

interface KeyDeps {
  transact: Transact<'messaging'>
  now: () => Date
}

/**
 * Registers a device of the viewer's and adds key packages to it; a last-resort one takes the place of the one before. Answers
 * the device's row id. Throws INVALID, TOO_LONG and TOO_MANY.
 */
export async function publishKeyPackages(
  deps: KeyDeps &
    Pick<
      Store,
      'findDevices' | 'saveDevice' | 'countKeyPackages' | 'insertKeyPackages' | 'replaceLastResort'
    >,
  viewerId: string,
  input: {
    deviceId: string
    deviceName?: string | null | undefined
    keyPackages?: readonly string[] | null | undefined
    lastResort?: string | null | undefined
  },
): Promise<string> {
  const deviceId = readDeviceId(input.deviceId)
  const name = optionalText(input.deviceName, { field: 'deviceName', max: 100 })
  const given = boundedList(input.keyPackages ?? [], { field: 'keyPackages', max: maxPackages })
  const packages = given.map((data) => bytesOf(data, 'keyPackages', maxPackageChars))
  const lastResort = input.lastResort ? bytesOf(input.lastResort, 'lastResort', maxPackageChars) : null
  const _id = `${viewerId}:${deviceId}`
  return deps.transact(async ({ session }) => {
    const createdAt = deps.now()
    const others = await deps.findDevices([viewerId], session)
    const known = others.find((device) => device._id === _id)
    if (!known && lastResort === null) {
      throw new AppError('INVALID', 'A new device publishes a package of last resort.', {
        field: ['input', 'lastResort'],
      })
    }
    if (!known && others.length >= maxDevices) {
      throw new AppError('TOO_MANY', `At most ${maxDevices} devices: remove one first.`, {
        field: ['input', 'deviceId'],
      })
    }
    if ((await deps.countKeyPackages(viewerId, deviceId, session)) + packages.length > maxPackages) {
      throw new AppError('TOO_MANY', `At most ${maxPackages} packages wait at a time.`, {
        field: ['input', 'keyPackages'],
      })
    }
    await deps.saveDevice(
      { _id, userId: viewerId, deviceId, name: name ?? known?.name ?? null, createdAt },
      session,
    )
    const row = (data: string, isLastResort: boolean): KeyPackageRow => ({
      _id: newId('key'),
      userId: viewerId,
      deviceId,
      data,
      isLastResort,
      createdAt,
    })
    if (packages.length > 0)
      await deps.insertKeyPackages(
        packages.map((data) => row(data, false)),
        session,
      )
    if (lastResort !== null) await deps.replaceLastResort(row(lastResort, true), session)
    return _id
  })
}

/** Removes a device of the viewer's with its key packages. Answers its own id. Throws NOT_FOUND. */
export async function removeDevice(
  deps: KeyDeps & Pick<Store, 'removeDevice'>,
  viewerId: string,
  input: { deviceId: string },
): Promise<string> {
  return deps.transact(async ({ session }) => {
    if (!(await deps.removeDevice(viewerId, input.deviceId, session))) throw notFound(['input', 'deviceId'])
    return input.deviceId
  })
}

/**
 * Hands out a package of each device of the accounts: each once, the one of last resort again and again (E5). Accounts without
 * devices give none. Throws INVALID, TOO_MANY, NOT_FOUND when one is hidden, and RATE_LIMITED.
 */
export async function claimKeyPackages(
  deps: KeyDeps & Pick<Store, 'findDevices' | 'takeKeyPackage'> & { visibility: Visibility; limits: Limits },
  viewerId: string,
  input: { userIds: readonly string[] },
): Promise<ClaimedPackage[]> {
  const userIds = [...new Set(boundedList(input.userIds, { field: 'userIds', min: 1, max: maxClaimed }))]
  const visible = await deps.visibility.filterByAccount(userIds, (id) => id)
  if (visible.length < userIds.length) throw notFound(['input', 'userIds'])
  for (const userId of userIds) {
    await deps.limits.use(claimsOfOne, `${viewerId}:${userId}`)
    await deps.limits.use(claims, viewerId)
  }
  return deps.transact(async ({ session }) => {
    const claimed: ClaimedPackage[] = []
    for (const { userId, deviceId } of await deps.findDevices(userIds, session)) {
      const taken = await deps.takeKeyPackage(userId, deviceId, session)
      if (!taken) continue
      claimed.push({ userId, deviceId, keyPackage: taken.data, isLastResort: taken.isLastResort })
    }
    return claimed
  })
}

/** Keeps what the viewer's devices encrypted under his passphrase, in the place of what was there. Throws INVALID and TOO_LONG. */
export async function saveKeyBackup(
  deps: KeyDeps & Pick<Store, 'saveKeyBackup'>,
  viewerId: string,
  input: { backup?: string | null | undefined },
): Promise<Date> {
  const data = bytesOf(input.backup ?? '', 'backup', maxBackupChars)
  return deps.transact(async ({ session }) => {
    const updatedAt = deps.now()
    await deps.saveKeyBackup({ _id: viewerId, data, updatedAt }, session)
    return updatedAt
  })
}
