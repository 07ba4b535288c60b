// Mail: to a mail server, or, in the demo, into an outbox that can be read.
import type { Collection, Db } from 'mongodb'
import nodemailer from 'nodemailer'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { Outage } from './outage.ts'

/** A mail of plain text. */
export interface Mail {
  /** Equal ids are the same mail: whoever gets it twice can tell by its `Message-ID`. */
  id: string
  /** One address. */
  to: string
  subject: string
  text: string
}

/** A mail in the outbox. */
export interface KeptMail extends Mail {
  at: Date
}

export interface Mailer {
  /** Hands a mail over. Throws `MailServerAway` when trying later makes sense, and any other error when it does not. */
  send(mail: Mail): Promise<void>
}

/** The mail server cannot be reached, or takes this mail later. */
class MailServerAway extends Outage {}

const timeoutMs = 10_000
const outboxBytes = 1_048_576
const outboxMails = 200

/** Mail through `SMTP_URL`; without it, into the outbox in `db` in the demo, and else nowhere. */
export function createMailer(
  config: Pick<Config, 'smtpUrl' | 'mailFrom' | 'demo'>,
  db: Db,
  log: Log,
): Mailer {
  if (config.smtpUrl !== null) return createSmtpMailer(config.smtpUrl, config.mailFrom)
  if (config.demo) return createOutbox(db)
  log.warn('SMTP_URL is not set: no mail is sent')
  return { send: async () => {} }
}

function createSmtpMailer(url: string, from: string): Mailer {
  const transport = nodemailer.createTransport({
    url,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ id, to, subject, text }) {
      try {
        await transport.sendMail({
          from,
          // As an object it is not parsed, so that it is one address whatever it holds.
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@heliograph>`,
          // RFC 3834: nobody's holiday notice should answer.
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
      } catch (error) {
        const { code, responseCode, message } = error as Error & { code?: string; responseCode?: number }
        const isTemporary = responseCode ? responseCode < 500 : code !== 'EENVELOPE' && code !== 'EMESSAGE'
        throw isTemporary ? new MailServerAway(message) : error
      }
    },
  }
}

const outboxOf = (db: Db): Collection<KeptMail> => db.collection<KeptMail>('mails')

/** Keeps the last mails, for reading. */
function createOutbox(db: Db): Mailer {
  let created: Promise<unknown> | null = null
  return {
    async send(mail) {
      // Two processes may both create it: that it is there is all that matters.
      created ??= db
        .createCollection('mails', { capped: true, size: outboxBytes, max: outboxMails })
        .catch(() => {})
      await created
      await outboxOf(db).insertOne({ ...mail, at: new Date() })
    },
  }
}

/** The mails of the outbox, newest first. */
export function listKeptMails(db: Db): Promise<KeptMail[]> {
  return outboxOf(db)
    .find({}, { projection: { _id: 0 } })
    .sort({ $natural: -1 })
    .limit(outboxMails)
    .toArray()
}
