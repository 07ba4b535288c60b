import { expect, test } from 'vitest'
import { type Relation, stranger } from '#schema/facts.ts'
import { canViewComment } from './policy.ts'

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
