// How long User keeps what: one row for each collection of its database that holds something about people. What has a period is
// removed by MongoDB itself, by the index that stands here; the rest goes with its account.
import type { Db } from 'mongodb'

const daySeconds = 86_400

interface Retention {
  collection: string
  /** `ACCOUNT`: until the account is deleted. Otherwise so many seconds after the date in a field, by an index of that name. */
  period: 'ACCOUNT' | { field: string; seconds: number; index: string }
  /** Whether whoever writes it makes its index as well. */
  madeByWriter?: true
  /** What it holds, and why for so long. */
  why: string
}

/** The date itself says when. */
const atExpiry = { field: 'expiresAt', seconds: 0, index: 'expiry' } as const

/** What User keeps, and why. */
export const retentions: readonly Retention[] = [
  {
    collection: 'users',
    period: 'ACCOUNT',
    why: 'The account itself; 30 days after its owner asked, it is deleted.',
  },
  {
    collection: 'twoFactors',
    period: 'ACCOUNT',
    why: 'What the second factor is derived from: it is asked for at each sign-in.',
  },
  { collection: 'passkeys', period: 'ACCOUNT', why: 'Public keys of passkeys: they are signed in with.' },
  { collection: 'identities', period: 'ACCOUNT', why: 'Which identity providers open the account.' },
  {
    collection: 'consents',
    period: 'ACCOUNT',
    why: 'That someone agreed to a text must be shown as long as it is relied on.',
  },
  {
    collection: 'exposures',
    period: 'ACCOUNT',
    why: 'Which variants of experiments someone saw: he keeps seeing the same.',
  },
  { collection: 'apps', period: 'ACCOUNT', why: 'Apps that someone develops.' },
  {
    collection: 'sessions',
    period: atExpiry,
    why: 'Signed-in devices: 60 days after the last use, or a day after the end, when no access token is left.',
  },
  {
    collection: 'proofs',
    period: atExpiry,
    why: 'Tokens in mails, with the address: a day at most, as long as the link is good.',
  },
  {
    collection: 'reservedUsernames',
    period: atExpiry,
    why: 'Names that were given up: for 14 days nobody else may pass for their owner.',
  },
  {
    collection: 'usedChallenges',
    period: atExpiry,
    why: 'What passkeys signed: for 20 minutes, so that none counts twice.',
  },
  {
    collection: 'socialFlows',
    period: atExpiry,
    why: 'Someone on his way to an identity provider and back: 15 minutes each way.',
  },
  {
    collection: 'paymentEvents',
    period: atExpiry,
    why: 'What the payment provider told: for 20 minutes, so that nothing counts twice.',
  },
  {
    collection: 'oauth',
    period: atExpiry,
    madeByWriter: true,
    why: 'Codes and tokens of apps: as long as they are good.',
  },
  {
    collection: 'verifications',
    period: { field: 'decidedAt', seconds: 730 * daySeconds, index: 'expiry' },
    why: 'Requests to be verified: two years after the decision, for complaints about it. Whoever pays has no such date.',
  },
  {
    collection: 'statusChanges',
    period: { field: 'at', seconds: 730 * daySeconds, index: 'expiry' },
    why: 'What moderators did with an account: two years, for complaints about it.',
  },
  {
    collection: 'sendings',
    period: { field: 'at', seconds: 30 * daySeconds, index: 'expiry' },
    madeByWriter: true,
    why: 'Which mails went: 30 days, since an event that asks for one comes again no later.',
  },
  {
    collection: 'idempotency',
    period: { field: 'at', seconds: daySeconds, index: 'expiry' },
    madeByWriter: true,
    why: 'Answers to calls with an idempotency key: a day, as the key is good.',
  },
  {
    collection: 'outbox',
    period: { field: 'sentAt', seconds: 8 * daySeconds, index: 'sent' },
    madeByWriter: true,
    why: 'Events, ids only: eight days after they were sent, so that the stream can be made anew.',
  },
]

/** Collections without anything about people. */
export const impersonal: readonly string[] = [
  'migrations',
  'experiments',
  'experimentRevisions',
  'experimentLayers',
  'documentManifests',
  'appUsage',
  'consumed',
  'deadLetters',
  'jobs',
  // The demo's outbox of mails: a capped collection, whose oldest leave first; nowhere else is there one.
  'mails',
]

/** Creates the indexes that end what has a period. */
export async function prepareRetention(db: Db): Promise<void> {
  await Promise.all(
    retentions.map(async ({ collection, period, madeByWriter }) => {
      if (period === 'ACCOUNT' || madeByWriter) return
      const { field, seconds, index } = period
      await db
        .collection(collection)
        .createIndex({ [field]: 1 }, { name: index, expireAfterSeconds: seconds })
    }),
  )
}
