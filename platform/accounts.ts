// User's published read model: what others need of an account in order to decide who may see it.

import type { Redis } from 'ioredis'
import type { MongoClient } from 'mongodb'
import type { AccountFacts } from '#schema/facts.ts'
import { createFactModel, type FactModel } from './facts.ts'
import { databaseName } from './mongo.ts'

/** The published fields of a row of User's `users`. */
export interface AccountRow {
  _id: string
  isPrivate: boolean
  status: AccountFacts['status']
  version: number
}

/** The accounts read model, by user id. */
export function createAccounts(mongo: MongoClient, redis: Redis, namespace: string): FactModel<AccountFacts> {
  const rows = mongo.db(databaseName(namespace, 'user')).collection<AccountRow>('users')
  return createFactModel<AccountFacts>(redis, `${namespace}:account`, async (keys) => {
    const found = await rows
      .find({ _id: { $in: [...keys] } }, { projection: { isPrivate: 1, status: 1, version: 1 } })
      .toArray()
    return new Map(
      found.map((row) => [
        row._id,
        { version: row.version, fact: { id: row._id, isPrivate: row.isPrivate, status: row.status } },
      ]),
    )
  })
}
