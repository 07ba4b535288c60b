import { expect, test } from 'vitest'
import { foldText, indexTerms, queryTerms } from './text.ts'

test.each([
  ['Crème Brûlée', 'creme brulee'],
  ['Straße', 'strasse'],
  ['ŁÓDŹ', 'lodz'],
  ['İstanbul', 'istanbul'],
  ['ＦＵＬＬ　ｗｉｄｔｈ', 'full width'],
  // Marks that tell letters apart stay: が is not か, and Hindi vowels are letters' halves.
  ['がか', 'がか'],
  ['हिन्दी', 'हिन्दी'],
  ['한국', '한국'],
])('%s folds to %s', (text, folded) => {
  expect(foldText(text)).toBe(folded)
})

test('words are split at what is neither letter nor number, and scripts without spaces into pairs', () => {
  expect(indexTerms('Sunset, #golden_hour 2026 🔥')).toEqual(['sunset', 'golden', 'hour', '2026', '🔥'])
  expect(indexTerms('東京タワー')).toEqual(['東京', '京タ', 'タワ', 'ワー', 'ー'])
  expect(indexTerms('iPhoneで撮影')).toEqual(['iphone', 'で撮', '撮影', '影'])
  expect(indexTerms('猫')).toEqual(['猫'])
})

test('longer words may have more mistakes, numbers and pairs none; the last word may be a beginning', () => {
  expect(queryTerms('sea sunst lighthous')).toEqual([
    { text: 'sea', edits: 0, isPrefix: false },
    { text: 'sunst', edits: 1, isPrefix: false },
    { text: 'lighthous', edits: 2, isPrefix: true },
  ])
  expect(queryTerms('12345')).toEqual([{ text: '12345', edits: 0, isPrefix: true }])
  expect(queryTerms('東京')).toEqual([{ text: '東京', edits: 0, isPrefix: false }])
  expect(queryTerms('東')).toEqual([{ text: '東', edits: 0, isPrefix: true }])
  expect(queryTerms('a')[0]?.isPrefix).toBe(false)
  expect(queryTerms('a', true)[0]?.isPrefix).toBe(true)
})

test('a question is bounded, and one of signs alone has no words', () => {
  expect(queryTerms('one two three four five six seven eight nine ten')).toHaveLength(8)
  expect(queryTerms('!!! ...')).toEqual([])
})
