import { expect, test } from 'vitest'
import { breakingChanges } from './released.ts'
import { readSchemaFile } from './sdl.ts'

const released = `
  interface Node { id: ID! }
  type Post implements Node { id: ID!  caption(first: Int): String  old: Old @deprecated(reason: "Use caption.") }
  type Old { text: String }
  type Hashtag implements Node { id: ID! }
  enum Sort { NEWEST  OLDEST @deprecated(reason: "Nobody asked.") }
  input PostInput { caption: String  title: String @deprecated(reason: "Use caption.") }
  type Query { node(id: ID!): Node  posts(first: Int, sort: Sort, input: PostInput): [Post!] }
`

test('what may be added or was deprecated before breaks nobody', () => {
  expect(breakingChanges(released, released)).toEqual([])
  const present = released
    .replace(/old: Old .*}/, 'likes: Int! }')
    .replace('type Old { text: String }', '')
    .replace(/OLDEST @.*}/, 'POPULAR }')
    .replace(/title: .*}/, 'place: ID }')
    .replace('id: ID!): Node', 'id: ID): Node')
  expect(breakingChanges(released, present)).toEqual([])
})

test.each([
  ['caption(first: Int): String', '', 'Post.caption was removed.'],
  [
    'caption(first: Int)',
    'caption(first: Int!)',
    'Post.caption arg first has changed type from Int to Int!.',
  ],
  ['NEWEST', '', 'NEWEST was removed from enum type Sort.'],
  ['caption: String', 'caption: String!', 'PostInput.caption changed type from String to String!.'],
  ['type Hashtag implements Node', 'type Hashtag', 'Hashtag no longer implements interface Node.'],
  ['posts(', 'posts(must: ID!, ', 'A required arg must on Query.posts was added.'],
])('without a word before, %j does not become %j', (from, to, problem) => {
  expect(breakingChanges(released, released.replace(from, to))).toEqual([problem])
})

test('a field of the product that none of our own clients asks for may not go either', () => {
  const api = readSchemaFile('released.graphql')
  const present = api.replace('dislikeCount: Int', 'dislikes: Int')
  expect(breakingChanges(api, present)).toEqual([expect.stringContaining('.dislikeCount was removed')])
  expect(breakingChanges(api, readSchemaFile('api.graphql'))).toEqual([])
})
