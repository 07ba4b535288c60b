import { expect, test } from 'vitest'
import { saysAny } from './comment-filters.ts'

test.each([
  ['a word', 'What a Spoiler!', ['spoiler'], true],
  ['a part of a word', 'unspoilered', ['spoiler'], false],
  ['full-width letters', 'ＳＰＯＩＬＥＲ', ['spoiler'], true],
  ['a phrase over punctuation', 'buy… now, friends', ['Buy now'], true],
  ['a phrase in another order', 'now buy', ['buy now'], false],
  ['accents as they are', 'naïve', ['naive'], false],
  ['Chinese, which has no spaces', '这是剧透内容', ['剧透'], true],
  ['an emoji', 'look 🍆🍆', ['🍆'], true],
  ['another emoji', 'look 🍅', ['🍆'], false],
  ['signs of regular expressions', 'a (b)', ['.*'], false],
  ['no words at all', 'anything', [], false],
])('a filter finds %s', (_what, text, filters, found) => {
  expect(saysAny(text, filters)).toBe(found)
})
