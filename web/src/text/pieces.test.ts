import { expect, test } from 'vitest'
import { piecesOf } from './pieces.ts'

const part = (start: number, length: number) => ({ start, length })
const shown = (text: string, ...parts: { start: number; length: number }[]) =>
  piecesOf(text, parts).map(({ text, part }) => (part ? `[${text}]` : text))

test('a text falls into what leads somewhere and what does not', () => {
  expect(shown('plain')).toEqual(['plain'])
  expect(shown('🔭 #a and @b!', part(3, 2), part(10, 2))).toEqual(['🔭 ', '[#a]', ' and ', '[@b]', '!'])
  expect(shown('#a#b', part(0, 2), part(2, 2))).toEqual(['[#a]', '[#b]'])
})

test('what lies beyond a text that was cut short leads nowhere', () => {
  expect(shown('see #sun', part(4, 7))).toEqual(['see #sun'])
  expect(shown('#ab', part(0, 3), part(1, 2))).toEqual(['[#ab]'])
})
