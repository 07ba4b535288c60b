// A mail server for tests: it takes what is sent to it, and hands it out.
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { expect } from 'vitest'

export interface MailServer {
  url: string
  /** Every mail that came, in order. */
  mails: ParsedMail[]
  /** Answers to the next attempts, instead of taking the mail: SMTP codes. */
  refusals: number[]
  /** Attempts so far, refused ones included. */
  attempts: number
  /** The first mail to an address whose subject is like this; waits for it. */
  mailTo(address: string, subject: RegExp): Promise<ParsedMail>
  /** The token of that mail's link. */
  tokenTo(address: string, subject: RegExp): Promise<string>
  close(): Promise<void>
}

/** The address of whom a mail was delivered to. */
const recipient = (mail: ParsedMail) => [mail.to].flat()[0]?.value[0]?.address

/** Starts a mail server on a free port of this machine. */
export async function startMailServer(): Promise<MailServer> {
  const mails: ParsedMail[] = []
  const refusals: number[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, callback) {
      mailServer.attempts += 1
      simpleParser(stream).then((mail) => {
        const responseCode = refusals.shift()
        if (responseCode) return callback(Object.assign(new Error('refused'), { responseCode }))
        mails.push(mail)
        callback()
      }, callback)
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as { port: number }

  const find = (address: string, subject: RegExp) =>
    mails.find((mail) => recipient(mail) === address && subject.test(mail.subject ?? ''))
  const mailServer: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refusals,
    attempts: 0,
    async mailTo(address, subject) {
      await expect.poll(() => find(address, subject), { timeout: 20_000, interval: 20 }).toBeTruthy()
      return find(address, subject) as ParsedMail
    },
    async tokenTo(address, subject) {
      const { text = '' } = await mailServer.mailTo(address, subject)
      return /#token=(\S+)/.exec(text)?.[1] ?? ''
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return mailServer
}
