// User's published read model: what others need of an account in order to decide who may see it.

import type { MongoClient } from 'mongodb'
import type { AccountFacts, ContactPolicy } from '#schema/facts.ts'
import { createFactModel, type FactModel } from './facts.ts'
import { databaseName } from './mongo.ts'
import type { CacheClient } from './redis.ts'

/** The published fields of a row of User's `users`. Rows from before a field was there lack it; `accountFactsOf` says what holds then. */
export interface AccountRow {
  _id: string
  /** Folded; unique. Always there in User's rows. */
  username?: string
  isPrivate: boolean
  status: AccountFacts['status']
  createdAt: Date
  emailVerifiedAt: Date | null
  /** `YYYY-MM-DD`. */
  birthDate: string
  role?: AccountFacts['role']
  commentPolicy?: ContactPolicy
  messagePolicy?: ContactPolicy
  mentionPolicy?: ContactPolicy
  hidesLikeCounts?: boolean
  showsActivityStatus?: boolean
  sendsReadReceipts?: boolean
  sensitiveContent?: AccountFacts['sensitiveContent']
  shadowBanned?: boolean
  lessTrustedUntil?: Date | null
  leastTrustedUntil?: Date | null
  refusesAnalytics?: boolean
  refusesPersonalisation?: boolean
  version: number
}

const projection = {
  isPrivate: 1,
  status: 1,
  createdAt: 1,
  emailVerifiedAt: 1,
  birthDate: 1,
  role: 1,
  commentPolicy: 1,
  messagePolicy: 1,
  mentionPolicy: 1,
  hidesLikeCounts: 1,
  showsActivityStatus: 1,
  sendsReadReceipts: 1,
  sensitiveContent: 1,
  shadowBanned: 1,
  lessTrustedUntil: 1,
  leastTrustedUntil: 1,
  refusesAnalytics: 1,
  refusesPersonalisation: 1,
  version: 1,
} as const satisfies Partial<Record<keyof AccountRow, 1>>

export interface Accounts extends FactModel<AccountFacts> {
  /** Ids of accounts by username, folded, whatever their status. Absent ones are left out. */
  idsByUsername(usernames: readonly string[]): Promise<Map<string, string>>
}

/** The accounts read model, by user id. */
export function createAccounts(mongo: MongoClient, redis: CacheClient, namespace: string): Accounts {
  const rows = mongo.db(databaseName(namespace, 'user')).collection<AccountRow>('users')
  const model = createFactModel<AccountFacts>(redis, `${namespace}:account`, async (keys) => {
    const found = await rows.find({ _id: { $in: [...keys] } }, { projection }).toArray()
    return new Map(found.map((row) => [row._id, { version: row.version, fact: accountFactsOf(row) }]))
  })
  return {
    ...model,
    async idsByUsername(usernames) {
      if (usernames.length === 0) return new Map()
      const found = await rows
        .find({ username: { $in: [...usernames] } }, { projection: { username: 1 } })
        .toArray()
      return new Map(found.flatMap((row) => (row.username ? [[row.username, row._id] as const] : [])))
    },
  }
}

/** The published part of a row. */
export function accountFactsOf(row: AccountRow): AccountFacts {
  return {
    id: row._id,
    isPrivate: row.isPrivate,
    status: row.status,
    role: row.role ?? 'MEMBER',
    createdAt: row.createdAt.getTime(),
    emailVerified: row.emailVerifiedAt !== null,
    adultAt: adultAt(row.birthDate),
    commentPolicy: row.commentPolicy ?? 'EVERYONE',
    messagePolicy: row.messagePolicy ?? 'EVERYONE',
    mentionPolicy: row.mentionPolicy ?? 'EVERYONE',
    hidesLikeCounts: row.hidesLikeCounts ?? false,
    showsActivityStatus: row.showsActivityStatus ?? true,
    sendsReadReceipts: row.sendsReadReceipts ?? true,
    sensitiveContent: row.sensitiveContent ?? 'STANDARD',
    shadowBanned: row.shadowBanned ?? false,
    lessTrustedUntil: row.lessTrustedUntil?.getTime() ?? null,
    leastTrustedUntil: row.leastTrustedUntil?.getTime() ?? null,
    refusesAnalytics: row.refusesAnalytics ?? false,
    refusesPersonalisation: row.refusesPersonalisation ?? false,
  }
}

/** When someone born on a day turns 18, in milliseconds since 1970, UTC. */
export function adultAt(birthDate: string): number {
  const [year = 0, month = 1, day = 1] = birthDate.split('-').map(Number)
  return Date.UTC(year + 18, month - 1, day)
}
