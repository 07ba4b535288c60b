import { expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { mentionedIds, readStickers, type StickerDraft } from './story-stickers.ts'

const userIds = Array.from({ length: 11 }, () => newId('user'))
const mentions = (count: number) => userIds.slice(0, count).map((userId) => ({ userId }))

test.each<[string, StickerDraft, string | null]>([
  ['nothing', {}, null],
  ['a poll of two', { poll: { question: 'Tea?', options: ['Yes', 'No'] } }, null],
  ['a poll without words', { poll: {} }, null],
  ['a poll of one', { poll: { options: ['Yes'] } }, 'INVALID'],
  ['a poll of five', { poll: { options: ['a', 'b', 'c', 'd', 'e'] } }, 'TOO_MANY'],
  ['a poll with an empty option', { poll: { options: ['a', ' '] } }, 'INVALID'],
  ['a poll with a long option', { poll: { options: ['a', 'b'.repeat(41)] } }, 'TOO_LONG'],
  ['a question without words', { question: {} }, null],
  ['a long question', { question: { prompt: 'q'.repeat(101) } }, 'TOO_LONG'],
  ['ten mentions', { mention: mentions(10) }, null],
  ['eleven mentions', { mention: mentions(11) }, 'TOO_MANY'],
  ['the same mention twice', { mention: [...mentions(1), ...mentions(1)] }, 'INVALID'],
  ['a place by name', { location: { name: 'Jena' } }, null],
  ['a place on the globe', { location: { name: 'Jena', latitude: 50.9, longitude: 11.6 } }, null],
  ['half a place on the globe', { location: { name: 'Jena', latitude: 50.9 } }, 'INVALID'],
  ['a place beyond the pole', { location: { name: 'x', latitude: 91, longitude: 0 } }, 'INVALID'],
  ['a hashtag in any script', { hashtag: [{ name: '#写真' }, { name: 'café_2026' }] }, null],
  ['a hashtag of digits', { hashtag: [{ name: '2026' }] }, 'INVALID'],
  ['a hashtag of two words', { hashtag: [{ name: 'two words' }] }, 'INVALID'],
  ['a link', { link: { url: 'https://example.org/a?b=c', text: 'Read' } }, null],
  ['a link that runs something', { link: { url: 'javascript:alert(1)' } }, 'INVALID'],
  ['a link with a password', { link: { url: 'https://a:b@example.org' } }, 'INVALID'],
  ['no link', { link: { url: 'example' } }, 'INVALID'],
  ['a sticker beyond the edge', { poll: { x: 1.1 } }, 'INVALID'],
  ['a sticker nowhere', { question: { y: Number.NaN } }, 'INVALID'],
])('%s', (_, draft, code) => {
  if (code === null) expect(() => readStickers(draft)).not.toThrow()
  else
    expect(() => readStickers(draft)).toThrow(expect.objectContaining({ code, field: ['input', 'stickers'] }))
})

test('what is left out lies in the middle and has words of its own', () => {
  const { stickers, poll, question } = readStickers({ poll: {}, question: { x: 0 }, mention: mentions(2) })
  expect(poll).toEqual({ question: null, options: ['Yes', 'No'] })
  expect(question).toEqual({ prompt: 'Ask me anything' })
  expect(stickers.map(({ kind, x, y }) => [kind, x, y])).toEqual([
    ['POLL', 0.5, 0.5],
    ['QUESTION', 0, 0.5],
    ['MENTION', 0.5, 0.5],
    ['MENTION', 0.5, 0.5],
  ])
  expect(mentionedIds(stickers)).toEqual(userIds.slice(0, 2))
})
