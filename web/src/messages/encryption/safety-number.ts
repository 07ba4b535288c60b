// Safety numbers: what two people compare to know that nobody sits between them. Sixty digits made of both people's device
// keys, in the way of Signal's numeric fingerprints.
import { sha512 } from '@noble/hashes/sha2.js'
import { concat, utf8 } from './bytes.ts'
import type { GroupMember } from './group.ts'

/** Makes it dear to search keys whose number looks alike. */
const rounds = 5_200
const digitsOfEach = 30

function digitsOf(userId: string, keys: readonly Uint8Array[]): string {
  const sorted = keys.map((key) => concat(key)).sort((a, b) => (String(a) < String(b) ? -1 : 1))
  const start = concat(utf8(userId), ...sorted)
  let hash: Uint8Array = start
  for (let i = 0; i < rounds; i++) hash = sha512(concat(hash, start))
  let digits = ''
  for (let at = 0; digits.length < digitsOfEach; at += 5) {
    const value = hash.subarray(at, at + 5).reduce((sum, byte) => sum * 256 + byte, 0)
    digits += String(value % 100_000).padStart(5, '0')
  }
  return digits
}

/** The number of two people by the devices that they have in a group: the same for both of them. 60 digits. */
export function safetyNumber(members: readonly GroupMember[], userIds: readonly [string, string]): string {
  return userIds
    .toSorted()
    .map((id) =>
      digitsOf(
        id,
        members.filter(({ userId }) => userId === id).map(({ signatureKey }) => signatureKey),
      ),
    )
    .join('')
}
