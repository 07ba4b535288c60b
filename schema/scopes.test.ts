import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { holds, scopeProblems, scopes, scopeTable } from './scopes.ts'
import { readSchemaFile } from './sdl.ts'

const published = parse(readSchemaFile('supergraph.graphql'))

test('every field of the roots and of Viewer, and every field about the viewer, names scopes of the vocabulary (T1)', () => {
  expect(scopeProblems(published)).toEqual([])
  expect(scopeTable(published).size).toBeGreaterThan(100)
})

test('a field without a scope, or with an unknown one, does not compose: the sentence says what to add', () => {
  const sdl =
    'type Query { a: Int b: Int @requiresScopes(scopes: [["graph:raed"]]) } type Post { viewerHasLiked: Boolean text: String }'
  const problems = scopeProblems(parse(sdl))
  expect(problems).toEqual([
    expect.stringMatching(
      /^Query\.a does not say which scope .*@requiresScopes\(scopes: \[\["…"\]\]\).*graph:read/,
    ),
    expect.stringMatching(/^Post\.viewerHasLiked does not say which scope/),
    expect.stringMatching(/^Query\.b needs the scope "graph:raed", which schema\/scopes\.ts does not have/),
  ])
})

test('of alternative sets one must be held in full; our own clients hold everything; everybody holds public', () => {
  const either = [['graph:read', 'feed:read'], ['moderation']]
  expect(holds(null, either)).toBe(true)
  expect(holds([], either)).toBe(false)
  expect(holds(['graph:read'], either)).toBe(false)
  expect(holds(['graph:read', 'feed:read'], either)).toBe(true)
  expect(holds(['moderation'], either)).toBe(true)
  expect(holds([], [['public']])).toBe(true)
})

test('no scope is left that no field needs', () => {
  const needed = new Set([...scopeTable(published).values()].flat(2))
  const reserved = ['moderation', 'insights:read']
  expect(Object.keys(scopes).filter((scope) => !needed.has(scope) && !reserved.includes(scope))).toEqual([])
})
