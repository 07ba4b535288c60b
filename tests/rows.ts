// Rows of published read models, as a subgraph's tests write them where their owner is not running.
import type { AccountRow } from '#platform/accounts.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { type StoryFactsRow, storyMs } from '#platform/stories.ts'
import { newId } from '#schema/ids.ts'

/** An active, public, adult account. */
export function accountRow(change: Partial<AccountRow> = {}): AccountRow {
  const _id = change._id ?? newId('user')
  // Not published; but no two accounts have the same.
  const own = { username: _id, emailFolded: `${_id}@example.org` }
  return {
    ...own,
    _id,
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

/** A published story for all followers that was made just now. */
export function storyRow(change: Partial<StoryFactsRow> & { authorId: string }): StoryFactsRow {
  const createdAt = change.createdAt ?? new Date()
  return {
    _id: newId('story', createdAt.getTime()),
    audience: 'FOLLOWERS',
    status: 'PUBLISHED',
    createdAt,
    expiresAt: new Date(createdAt.getTime() + storyMs),
    highlightCount: 0,
    version: 1,
    ...change,
  }
}
