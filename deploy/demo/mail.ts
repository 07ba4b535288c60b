// The cast reads its mail: who has proven his address is suggested to others.
import type { Person } from './person.ts'
import { until } from './publish.ts'

/** A mail as the demo keeps it. */
export interface KeptMail {
  to: string
  text: string
}

/** The address of a member of the cast. */
export const addressOf = (username: string) => `${username}@demo.example`

/** Proves a person's address by the link of his newest mail; by another mail when that link is too old. */
export async function proveAddress(
  person: Person,
  readMails: () => Promise<readonly KeptMail[]>,
  signal: AbortSignal,
): Promise<void> {
  const { viewer } = await person.does<{ viewer: { emailVerifiedAt: string | null } }>('Viewer', {})
  if (viewer.emailVerifiedAt) return
  const newToken = (used: string | null) =>
    until(signal, `a mail to ${person.username}`, async () => {
      const mails = (await readMails()).filter(({ to }) => to === addressOf(person.username))
      const token = mails.flatMap(({ text }) => /verify-email#token=(\S+)/.exec(text)?.[1] ?? [])[0]
      return token && token !== used ? token : null
    })
  const token = await newToken(null)
  if (await person.doesOnce('VerifyEmail', { token }, ['EXPIRED'])) return
  await person.does('RequestEmailVerification', { input: {} })
  await person.does('VerifyEmail', { input: { token: await newToken(token) } })
}
