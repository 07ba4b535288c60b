import { expect, test } from 'vitest'
import { alone, isVeiled } from './veiled.ts'

const viewer = (id: string, sensitiveContent: 'LESS' | 'STANDARD' | 'MORE') => ({
  id,
  settings: { sensitiveContent },
})

test.each([
  ['signed out', null, true],
  ['its author', viewer('a', 'LESS'), false],
  ['who wants none', viewer('b', 'LESS'), true],
  ['who wants some', viewer('b', 'STANDARD'), true],
  ['who wants it as any other', viewer('b', 'MORE'), false],
])('a sensitive post before %s', (_, who, veiled) => {
  expect(isVeiled({ sensitive: true, author: { id: 'a' } }, who)).toBe(veiled)
  expect(isVeiled({ sensitive: false, author: { id: 'a' } }, who)).toBe(false)
})

test.each([
  [['SENSITIVE'], true],
  [['SENSITIVE', 'ADULT'], true],
  [['CLAIMED'], false],
  [[], false],
] as const)('an item labelled %j', (labels, sensitive) => {
  expect(alone({ labels }, 'a')).toEqual({ sensitive, author: { id: 'a' }, media: [{ labels }] })
})
