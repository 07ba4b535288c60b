import { expect, test } from 'vitest'
import { type Relation, stranger } from '#schema/facts.ts'
import { accountRow } from '../tests/rows.ts'
import { accountFactsOf } from './accounts.ts'
import { canHear, canViewAccount, canViewComment, canViewContent } from './policy.ts'

const restricts: Relation = { ...stranger, restricts: true }
const restrictedBy: Relation = { ...stranger, restrictedBy: true }

// Who looks, who writes, how the post's author stands to the writer, and whether he who looks may see it.
const comments: [viewer: string | null, writer: string, authorToWriter: Relation, visible: boolean][] = [
  ['other', 'writer', stranger, true],
  [null, 'writer', stranger, true],
  ['writer', 'writer', restricts, true],
  ['author', 'writer', restricts, true],
  ['other', 'writer', restricts, false],
  [null, 'writer', restricts, false],
  // Whom the writer himself restricts changes nothing.
  ['other', 'writer', restrictedBy, true],
  // Nobody restricts himself.
  ['other', 'author', restricts, true],
]

test.each(comments)('V10: %s sees the comment of %s: %#', (viewerId, authorId, authorToWriter, visible) => {
  expect(canViewComment(viewerId, { authorId }, { authorId: 'author' }, authorToWriter)).toBe(visible)
})

test('V23: a shadow-banned account’s header stays; what it publishes and says reaches itself alone', () => {
  const account = accountFactsOf(accountRow({ shadowBanned: true }))
  const follower: Relation = { ...stranger, follow: 'FOLLOWING' }
  const verdicts = (viewerId: string | null) =>
    [canViewAccount, canHear, canViewContent].map((decide) => decide(viewerId, account, follower))
  expect(verdicts('other')).toEqual([true, false, false])
  expect(verdicts(null)).toEqual([true, false, false])
  expect(verdicts(account.id)).toEqual([true, true, true])
})

test('V1, V19: a block either way, and an account that is not in use, silence it as they hide it', () => {
  const account = accountFactsOf(accountRow({ isPrivate: true }))
  expect(canHear('other', account, stranger)).toBe(true)
  expect(canHear('other', account, { ...stranger, blocks: true })).toBe(false)
  expect(canHear('other', account, { ...stranger, blockedBy: true })).toBe(false)
  for (const status of ['SUSPENDED', 'DEACTIVATED', 'DELETED'] as const)
    expect(canHear('other', { ...account, status }, stranger)).toBe(false)
})
