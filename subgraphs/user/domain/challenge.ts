// Challenges: what an authenticator signs. `<time, 36>.<random>.<signature>`: made without a row, so that asking for one costs
// nothing, and each used once, since the use is a row.
import { randomBytes } from 'node:crypto'
import type { Signer } from '#platform/secrets.ts'

/** How long a challenge is good. */
export const challengeMs = 5 * 60_000

const signedText = (purpose: string, time: string, random: string) => `${purpose}:${time}:${random}`

/** A challenge for a purpose, which names the account where there is one. */
export function newChallenge(signer: Signer, purpose: string, now: Date): string {
  const time = now.getTime().toString(36)
  const random = randomBytes(16).toString('base64url')
  return `${time}.${random}.${signer.sign(signedText(purpose, time, random))}`
}

/** Whether a challenge was made for the purpose, within the last five minutes. */
export function isChallenge(signer: Signer, purpose: string, challenge: string, now: Date): boolean {
  const [, time = '', random = '', signature = ''] =
    /^([0-9a-z]{1,12})\.([\w-]{22})\.([\w-]{22})$/.exec(challenge.slice(0, 80)) ?? []
  if (!signer.verify(signedText(purpose, time, random), signature)) return false
  const age = now.getTime() - Number.parseInt(time, 36)
  return age >= -challengeMs && age <= challengeMs
}
