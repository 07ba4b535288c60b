// Who ought to be in a group: the devices of the conversation's members, as the server lists them.
import {
  ClaimKeyPackagesDocument,
  type EncryptedGroupQuery,
  SendGroupCommitDocument,
} from '../../operations.gen.ts'
import { fromBase64, toBase64 } from './bytes.ts'
import type { Request } from './delivery.ts'
import { type Commit, epochOf, type Group, membersOf, readKeyPackage } from './group.ts'

type Members = NonNullable<EncryptedGroupQuery['conversation']>['members']
interface Named {
  userId: string
  deviceId: string
}

const nameOf = ({ userId, deviceId }: Named) => `${userId}:${deviceId}`

/** How many packages may be claimed at a time. */
const maxClaimed = 100

/** Devices that are missing from a group, and leaves that do not belong there. */
export function differenceOf(group: Group, members: Members): { missing: Named[]; strangers: number[] } {
  const wanted = members.flatMap(({ user, deviceIds }) =>
    user ? deviceIds.map((deviceId) => ({ userId: user.id, deviceId })) : [],
  )
  const present = membersOf(group)
  const names = new Set(present.map(nameOf))
  const known = new Set(wanted.map(nameOf))
  const people = new Set(members.map(({ user }) => user?.id))
  // Whoever is hidden from this account has no name here: then it is for the others to say who does not belong.
  const hides = people.has(undefined)
  const strangers = present.filter(
    (member) => !known.has(nameOf(member)) && (people.has(member.userId) || !hides),
  )
  return {
    missing: wanted.filter((device) => !names.has(nameOf(device))),
    strangers: strangers.map(({ leaf }) => leaf),
  }
}

/** Key packages of devices, of those that have one. */
export async function claimPackages(request: Request, devices: readonly Named[]) {
  const wanted = new Set(devices.map(nameOf))
  const userIds = [...new Set(devices.map(({ userId }) => userId))]
  const claimed: { device: Named; keyPackage: NonNullable<ReturnType<typeof readKeyPackage>> }[] = []
  for (let i = 0; i < userIds.length; i += maxClaimed) {
    const input = { userIds: userIds.slice(i, i + maxClaimed) }
    const { claimKeyPackages } = await request(ClaimKeyPackagesDocument, { input })
    for (const { user, deviceId, keyPackage } of claimKeyPackages.keyPackages ?? []) {
      const device = { userId: user.id, deviceId }
      const read = wanted.has(nameOf(device)) ? readKeyPackage(fromBase64(keyPackage), device) : null
      if (read) claimed.push({ device, keyPackage: read })
    }
  }
  return claimed
}

/** Offers a commit to the server. Throws Refused with CONFLICT when another one won the epoch. */
export async function offer(
  request: Request,
  conversationId: string,
  { group, commit, welcome, groupInfo }: Commit,
  welcomeTo: readonly Named[],
): Promise<void> {
  await request(SendGroupCommitDocument, {
    input: {
      conversationId,
      epoch: epochOf(group) - 1,
      commit: toBase64(commit),
      ...(welcome ? { welcome: toBase64(welcome), welcomeTo: [...welcomeTo] } : {}),
      groupInfo: toBase64(groupInfo),
    },
  })
}
