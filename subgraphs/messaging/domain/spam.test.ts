import { expect, test } from 'vitest'
import { countLinks, spamScore, spamVerdict } from './spam.ts'

const year = 365 * 86_400_000
const sober = { text: 'Hello, I liked your photographs', repeats: 1, accountAgeMs: year, emailVerified: true }

test.each([
  ['no link here, at all.', 0],
  ['see https://example.org/a and www.example.org', 2],
  ['bit.ly/abc', 1],
  ['I ate 3.5 apples', 0],
])('in %o there are %i links', (text, links) => {
  expect(countLinks(text)).toBe(links)
})

test.each([
  ['a first message', {}, 'FINE'],
  ['one of a new account', { accountAgeMs: 0, emailVerified: false }, 'FINE'],
  ['a link of a new account', { text: 'https://example.org', accountAgeMs: 0, emailVerified: false }, 'FINE'],
  ['the same to three', { repeats: 3 }, 'FINE'],
  ['the same to eight', { repeats: 8 }, 'QUIET'],
  [
    'the same link to five, by a new account',
    { text: 'win: http://win.xyz', repeats: 5, accountAgeMs: 0 },
    'QUIET',
  ],
  ['the same link to eight', { text: 'win: http://win.xyz', repeats: 8 }, 'REFUSED'],
  ['the same to many, by a new account', { repeats: 50, accountAgeMs: 0, emailVerified: false }, 'REFUSED'],
] as const)('%s is judged', (_what, change, verdict) => {
  expect(spamVerdict({ ...sober, ...change })).toBe(verdict)
})

test('more repetitions never score less, nor does a link or a newer account', () => {
  for (let repeats = 1; repeats < 60; repeats++) {
    const score = spamScore({ ...sober, repeats })
    expect(spamScore({ ...sober, repeats: repeats + 1 })).toBeGreaterThanOrEqual(score)
    expect(spamScore({ ...sober, repeats, text: `${sober.text} https://a.example` })).toBeGreaterThan(score)
    expect(spamScore({ ...sober, repeats, accountAgeMs: 0 })).toBeGreaterThan(score)
    expect(score).toBeLessThanOrEqual(1)
  }
})
