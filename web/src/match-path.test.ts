import { expect, test } from 'vitest'
import { matchPath } from './match-path.ts'

test.each([
  ['/', '/', {}],
  ['/', '/people', null],
  ['/people', '/people/', {}],
  ['/p/:id', '/p/post_1', { id: 'post_1' }],
  ['/p/:id', '/p/', null],
  ['/p/:id', '/p/a/b', null],
  ['/@:username', '/@jo.lind', { username: 'jo.lind' }],
  ['/@:username', '/@', null],
  ['/@:username', '/jo', null],
  ['/p/:id', '/p/%E2%82%AC', { id: '€' }],
])('%s and %s', (pattern, path, parts) => {
  expect(matchPath(pattern, path)).toEqual(parts)
})
