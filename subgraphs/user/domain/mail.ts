// What our mails say, and sending each once.
import type { Mailer } from '#platform/mail.ts'
import type { Signer } from '#platform/secrets.ts'
import type { Account, ProofRow } from '../model.ts'
import { proofTokenOf } from './proof.ts'

/** How long a process has for sending a mail before another one may try. */
const leaseMs = 60_000

export interface MailStore {
  findProof(proofId: string): Promise<ProofRow | null>
  findUser(userId: string): Promise<Account | null>
  /** Reserves the sending of an unsent, good proof's mail; null when there is nothing to send or another is at it. */
  claimMail(proofId: string, now: Date, until: Date): Promise<ProofRow | null>
  /** Ends the reservation, as sent at `sentAt` or as not sent. */
  releaseMail(proofId: string, sentAt: Date | null): Promise<void>
}

/**
 * The mail that carries a proof. The token is in the link's fragment, which browsers send to no server: it stands in no
 * access log and no referrer. `publicUrl` is ours, and never what a request claims.
 */
function mailOf(
  kind: ProofRow['kind'],
  about: { username: string; token: string; publicUrl: string },
): { subject: string; text: string } {
  const link = (page: string) => `${about.publicUrl}/${page}#token=${about.token}`
  const { username } = about
  switch (kind) {
    case 'VERIFY_EMAIL':
      return {
        subject: 'Confirm your e-mail address',
        text: `Hello ${username},\n\nconfirm that this address is yours:\n\n${link('verify-email')}\n\nThe link is good for 24 hours. If you have no account with us, ignore this mail.\n`,
      }
    case 'CHANGE_EMAIL':
      return {
        subject: 'Confirm your new e-mail address',
        text: `Hello ${username},\n\nconfirm that this is to be the address of your account:\n\n${link('verify-email')}\n\nThe link is good for 24 hours. Until then nothing changes. If you did not ask for this, ignore this mail.\n`,
      }
    case 'RESET_PASSWORD':
      return {
        subject: 'Choose a new password',
        text: `Hello ${username},\n\nchoose a new password:\n\n${link('reset-password')}\n\nThe link is good for one hour and works once. If you did not ask for this, ignore this mail: your password stays as it is.\n`,
      }
  }
}

/**
 * Sends the mail of a proof, unless it was sent, or is good for nothing by now. A process that dies between the mail server's
 * yes and its own note is the one way for a mail to go twice; both then have the same `Message-ID`. Throws when it should be
 * tried again.
 */
export async function sendProof(
  deps: { store: MailStore; mailer: Mailer; signer: Signer; publicUrl: string },
  proofId: string,
  now: Date,
): Promise<void> {
  const { store } = deps
  const proof = await store.claimMail(proofId, now, new Date(now.getTime() + leaseMs))
  if (!proof) {
    const other = await store.findProof(proofId)
    if (other?.sendingUntil && other.sendingUntil > now)
      throw new Error('another process is sending this mail')
    return
  }
  let sentAt: Date | null = null
  try {
    const account = proof.userId === null ? null : await store.findUser(proof.userId)
    if (account && proof.email !== null) {
      const token = proofTokenOf(deps.signer, proof)
      const mail = mailOf(proof.kind, { username: account.username, token, publicUrl: deps.publicUrl })
      await deps.mailer.send({ id: proof._id, to: proof.email, ...mail })
    }
    sentAt = new Date()
  } finally {
    await store.releaseMail(proofId, sentAt)
  }
}
