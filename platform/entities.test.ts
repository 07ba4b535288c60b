// What is a hashtag, a mention or an address in a text, and what is not (K5).
import { expect, test } from 'vitest'
import { isProof } from '../tests/size.ts'
import { foldHashtag, hashtagsIn, isHashtagName, mentionsIn, parseEntities } from './entities.ts'

/** Entities as people would mark them: the text of each, and its folded name where that differs. */
const marked = (text: string) =>
  parseEntities(text).map((entity) => {
    const raw = text.slice(entity.start, entity.start + entity.length)
    if (entity.kind === 'URL') return raw
    return raw.slice(1) === entity.name ? raw : `${raw} = ${entity.name}`
  })

test.each<[string, string[]]>([
  // Plain.
  ['', []],
  ['no entity at all', []],
  ['#sunset', ['#sunset']],
  ['a #sunset by @alice', ['#sunset', '@alice']],
  ['#a#b #c', ['#a', '#b', '#c']],
  ['#Sunset #SUNSET', ['#Sunset = sunset', '#SUNSET = sunset']],
  ['#snake_case #_private #trailing_', ['#snake_case', '#_private', '#trailing_']],
  // Punctuation.
  [
    '#one, #two. #three! (#four) "#five" #six: #seven',
    ['#one', '#two', '#three', '#four', '#five', '#six', '#seven'],
  ],
  ["#don't", ['#don']],
  ['#rock-n-roll', ['#rock']],
  ['# alone, ## twice, #', []],
  ['##double', ['#double']],
  ['#end…', ['#end']],
  ['。#句号。', ['#句号']],
  ['「#かぎ」', ['#かぎ']],
  // Digits alone are numbers.
  ['we are #1 of #2024', []],
  ['#1st #2024goals #४२', ['#1st', '#2024goals']],
  ['#_ #__', []],
  // Inside words and markup.
  ['C#minor', []],
  ['issue42#comment', []],
  ['&#x27; &#39;', []],
  ['example.org/#top', []],
  ['naïve#tag', []],
  // Scripts.
  ['#café #naïve #Straße', ['#café', '#naïve', '#Straße = strasse']],
  ['#cafe\u0301', ['#cafe\u0301 = café']],
  ['#ΟΔΟΣ #οδός', ['#ΟΔΟΣ = οδοσ', '#οδός = οδόσ']],
  ['#Москва #київ', ['#Москва = москва', '#київ']],
  ['#日本語 #東京に行く', ['#日本語', '#東京に行く']],
  ['東京#タワー', ['#タワー']],
  ['#ラーメン食べた、#うまい。', ['#ラーメン食べた', '#うまい']],
  ['#ﾗｰﾒﾝ', ['#ﾗｰﾒﾝ = ラーメン']],
  ['#한국어 태그', ['#한국어']],
  ['#สวัสดี', ['#สวัสดี']],
  ['#नमस्ते', ['#नमस्ते']],
  ['#தமிழ்', ['#தமிழ்']],
  ['#שלום #مرحبا', ['#שלום', '#مرحبا']],
  ['#می\u200cخواهم', ['#می\u200cخواهم = میخواهم']],
  ['#col·lecció', ['#col·lecció']],
  ['#İstanbul', ['#İstanbul = i̇stanbul']],
  ['#𝓯𝓪𝓷𝓬𝔂', ['#𝓯𝓪𝓷𝓬𝔂 = fancy']],
  ['#𠮷野家', ['#𠮷野家']],
  // Full-width and small marks.
  ['＃タグ ﹟tag', ['＃タグ', '﹟tag']],
  ['#ＡＢＣ１', ['#ＡＢＣ１ = abc1']],
  // Emoji.
  ['#🔭', ['#🔭']],
  ['#love❤️ #love❤', ['#love❤️ = love❤', '#love❤']],
  ['#👩‍🚀space', ['#👩‍🚀space']],
  ['#👍🏽', ['#👍🏽']],
  ['#🇩🇪#🇫🇷', ['#🇩🇪', '#🇫🇷']],
  ['🎉#party🎉', ['#party🎉']],
  ['#️⃣ is a key', []],
  ['#1️⃣', []],
  // Mentions.
  ['@alice', ['@alice']],
  ['@Alice_B.99', ['@Alice_B.99 = alice_b.99']],
  ['hi @alice, @bob. and @carol!', ['@alice', '@bob', '@carol']],
  ['(@alice) "@bob" \'@carol\' .@dave', ['@alice', '@bob', '@carol', '@dave']],
  ['@alice... @bob.', ['@alice', '@bob']],
  ['@aliceさん @alice님', ['@alice', '@alice']],
  ['東京@alice', ['@alice']],
  ['＠alice @ａｌｉｃｅ', ['＠alice', '@ａｌｉｃｅ = alice']],
  ['@alice@bob', []],
  ['@alice@mastodon.example', []],
  ['@@alice', []],
  ['@K', []],
  ['@ alone', []],
  ['@.', []],
  ['@aliceé', []],
  [`@${'a'.repeat(30)}`, [`@${'a'.repeat(30)}`]],
  [`@${'a'.repeat(31)}`, []],
  ['🎉@alice', ['@alice']],
  ['@alice’s', ['@alice']],
  // E-mail addresses are none.
  ['write to alice@example.org today', []],
  ['a.b+c@example.org, x_y@example.org; n-@example.org', []],
  ['müller@example.org', []],
  ['用户@example.org', []],
  ['mailto:alice@example.org', []],
  // Addresses.
  ['see https://example.org/a?b=1#top.', ['https://example.org/a?b=1#top']],
  ['https://example.org/@alice and http://example.org', ['https://example.org/@alice', 'http://example.org']],
  [
    '(https://example.org/a_(b)) and (https://example.org/c)',
    ['https://example.org/a_(b)', 'https://example.org/c'],
  ],
  ['HTTPS://EXAMPLE.ORG/X', ['HTTPS://EXAMPLE.ORG/X']],
  ['https://例え.jp/道、そして', ['https://例え.jp/道、そして']],
  ['https://bank.example@evil.example/', []],
  ['https:// http://a xhttps://example.org', []],
  ['javascript:alert(1) ftp://example.org', []],
  ['medium.example/@alice', []],
])('%j', (text, expected) => {
  expect(marked(text)).toEqual(expected)
})

test('offsets are UTF-16 code units', () => {
  expect(parseEntities('🔭🔭 #a @b https://c.d')).toEqual([
    { kind: 'HASHTAG', start: 5, length: 2, name: 'a' },
    { kind: 'MENTION', start: 8, length: 2, name: 'b' },
    { kind: 'URL', start: 11, length: 11, url: 'https://c.d/' },
  ])
})

test('a name is at most 100 code points long after folding', () => {
  expect(marked(`#${'é'.repeat(100)}`)).toHaveLength(1)
  expect(marked(`#${'é'.repeat(101)} #ok`)).toEqual(['#ok'])
  expect(isHashtagName('sunset')).toBe(true)
  for (const name of ['', '1', 'two words', '#sunset', 'a'.repeat(101)])
    expect(isHashtagName(name)).toBe(false)
})

test('folding again changes nothing', () => {
  for (const text of ['Straße', 'ΟΔΟΣ', '𝓯𝓪𝓷𝓬𝔂', 'İstanbul', '👩‍🚀', 'می\u200cخواهم', 'ﾗｰﾒﾝ', 'ŉ', 'ﬀ']) {
    const folded = foldHashtag(text)
    expect(foldHashtag(folded)).toBe(folded)
    expect(isHashtagName(folded)).toBe(true)
  }
})

test('each name counts once, and only so many', () => {
  const entities = parseEntities('#a #A #b #c @x @X @y')
  expect(hashtagsIn(entities, 2)).toEqual(['a', 'b'])
  expect(mentionsIn(entities, 5)).toEqual(['x', 'y'])
})

test('bait for regular expressions is read to its end (G9)', () => {
  const long = 64 * 1024
  for (const bait of [
    '#',
    '@',
    '＃',
    '#a',
    '@a.',
    'https://(',
    '🇩',
    '\u200d',
    'e\u0301',
    '👩\u200d',
    '#1\uFE0F\u20E3',
  ]) {
    const text = bait.repeat(Math.ceil(long / bait.length))
    let last = 0
    const began = performance.now()
    const entities = parseEntities(text)
    if (isProof) expect(performance.now() - began, bait).toBeLessThanOrEqual(50)
    for (const { start, length } of entities) {
      expect(start).toBeGreaterThanOrEqual(last)
      last = start + length
    }
    expect(last).toBeLessThanOrEqual(text.length)
  }
})
