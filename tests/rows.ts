// Rows of published read models, as a subgraph's tests write them where their owner is not running.
import type { AccountRow } from '#platform/accounts.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { newId } from '#schema/ids.ts'

/** An active, public, adult account. */
export function accountRow(change: Partial<AccountRow> = {}): AccountRow {
  return {
    _id: newId('user'),
    isPrivate: false,
    status: 'ACTIVE',
    createdAt: new Date(),
    emailVerifiedAt: new Date(),
    birthDate: '1990-01-01',
    version: 1,
    ...change,
  }
}

/** A published, public post. */
export function postRow(change: Partial<PostFactsRow> & { authorId: string }): PostFactsRow {
  return {
    _id: newId('post'),
    kind: 'POST',
    audience: 'PUBLIC',
    status: 'PUBLISHED',
    publishedAt: new Date(),
    version: 1,
    ...change,
  }
}
