// How well texts are judged, on a corpus that is made here: phrases of six languages, disguised, and everyday sentences.
import { expect, test } from 'vitest'
import { isProof } from '../../tests/size.ts'
import { type Deed, distance, findRings, isBurst, nearBits, simhash } from './alike.ts'
import { phraseLists } from './phrases.ts'
import { hasFilteredWord, hostSeverity, scoreText } from './score.ts'

/** The same numbers each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
const random = seeded(11)
const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T

const leet: Record<string, string> = { a: '4', e: '3', i: '1', o: '0', s: '$', t: '7' }
const twins: Record<string, string> = { a: 'а', e: 'е', o: 'о', p: 'р', c: 'с', x: 'х' }
const each = (text: string, change: (letter: string) => string) => [...text].map(change).join('')
const disguises: Record<string, (text: string) => string> = {
  plain: (text) => text,
  capitals: (text) => text.toUpperCase(),
  zeroWidth: (text) => each(text, (letter) => `${letter}\u200B`),
  fullWidth: (text) =>
    each(text, (letter) =>
      /[a-z]/.test(letter) ? String.fromCharCode(letter.charCodeAt(0) + 0xfee0) : letter,
    ),
  repeated: (text) => each(text, (letter) => (/[aeiou]/.test(letter) ? letter.repeat(3) : letter)),
  leetspeak: (text) => each(text, (letter) => leet[letter] ?? letter),
  // One letter in three: a word that is all of look-alikes is a word of another script.
  lookAlikes: (text) =>
    text.replace(/\S{4,}/g, (word) => word.replace(/[aeopcx]/, (letter) => twins[letter] ?? letter)),
  spaced: (text) => [...text.replaceAll(' ', '')].join(' '),
  dotted: (text) => [...text.replaceAll(' ', '')].join('.'),
}
const everyday: Record<string, readonly (readonly string[])[]> = {
  en: [
    ['the morning light', 'our little garden', 'this old bridge'],
    ['looks lovely', 'made my day', 'surprised us'],
    ['today', 'after the rain', 'with friends', 'at 5 o’clock'],
  ],
  de: [
    ['das Licht am Morgen', 'unser kleiner Garten', 'die alte Brücke'],
    ['sieht schön aus', 'macht mich froh', 'hat uns überrascht'],
    ['heute', 'nach dem Regen', 'mit Freunden', 'um 17 Uhr'],
  ],
  es: [
    ['la luz de la mañana', 'nuestro jardín', 'el viejo puente'],
    ['se ve precioso', 'me alegra', 'nos sorprendió'],
    ['hoy', 'tras la lluvia', 'con amigos', 'a las 5'],
  ],
  fr: [
    ['la lumière du matin', 'notre petit jardin', 'le vieux pont'],
    ['est magnifique', 'me rend heureux', 'nous a surpris'],
    ['aujourd’hui', 'après la pluie', 'entre amis', 'à 17 h'],
  ],
  pt: [
    ['a luz da manhã', 'o nosso jardim', 'a velha ponte'],
    ['está linda', 'alegra-me', 'surpreendeu-nos'],
    ['hoje', 'depois da chuva', 'com amigos', 'às 17 h'],
  ],
  ru: [
    ['утренний свет', 'наш маленький сад', 'старый мост'],
    ['очень красив', 'радует меня', 'удивил нас'],
    ['сегодня', 'после дождя', 'с друзьями', 'в 5 часов'],
  ],
}
const sentence = (language: string) => (everyday[language] ?? []).map(one).join(' ')

test('2,000 texts in six languages: what is disguised is found, what is harmless passes', () => {
  const bad = phraseLists.flatMap(({ phrases }) =>
    Object.entries(phrases).flatMap(([language, list]) =>
      list.flatMap((phrase) =>
        Object.entries(disguises).map(([name, disguise]) => ({
          ...{ name, language },
          text: `${sentence(language)}. ${disguise(phrase)}. ${sentence(language)}`,
        })),
      ),
    ),
  )
  const good = Object.keys(everyday).flatMap((language) =>
    Array.from({ length: 200 }, () => {
      const text = `${sentence(language)}, ${sentence(language)}`
      return one([
        text,
        text.toUpperCase(),
        `${text}!!! 🌅`,
        `${text} #${one(['light', 'sol', 'море'])} https://example.org/a`,
      ])
    }),
  )
  expect(bad.length + good.length).toBeGreaterThanOrEqual(2_000)
  const found = bad.filter(({ text }) => scoreText(text).decision !== 'ALLOW')
  const wrong = good.filter((text) => scoreText(text).decision !== 'ALLOW')
  const recall = found.length / bad.length
  const precision = found.length / (found.length + wrong.length)
  const byDisguise = Object.keys(disguises).map((name) => {
    const all = bad.filter((row) => row.name === name)
    return `${name} ${(all.filter((row) => found.includes(row)).length / all.length).toFixed(3)}`
  })
  process.stdout.write(
    `${bad.length} bad, ${good.length} good texts: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} (${byDisguise.join(', ')})\n`,
  )
  expect(precision).toBeGreaterThanOrEqual(0.98)
  expect(recall).toBeGreaterThanOrEqual(0.9)
})

test.each([
  ['paypal.com.account-check.example', 60],
  ['paypal-login.example', 55],
  ['www.paypal.com', 0],
  ['192.0.2.7', 30],
  ['xn--pypal-4ve.com', 15],
  ['bit.ly', 15],
  ['example.org', 0],
])('the host %s has the severity %i', (host, severity) => {
  expect(hostSeverity(host)).toBe(severity)
})

test('a phrase inside a longer word, or words of other sentences, do not match', () => {
  for (const text of [
    'a killer shot',
    'skill yourselfie',
    'I kill time. Yourself?',
    'gaze them all in',
    '100% profit',
  ]) {
    expect([text, scoreText(text).decision]).toEqual([text, 'ALLOW'])
  }
  expect(scoreText('').decision).toBe('ALLOW')
  expect(scoreText('kill yourself, you are worthless, guaranteed profit').decision).toBe('REFUSE')
})

test('one’s own filtered words are found in disguise, and whole words only', () => {
  expect(hasFilteredWord('what a SP0ILER that was', ['spoiler'])).toBe(true)
  expect(hasFilteredWord('spoilers', ['spoiler'])).toBe(false)
  expect(hasFilteredWord('anything', ['', '  '])).toBe(false)
})

test('64 KB of bait are judged (G9)', () => {
  for (const bait of ['a '.repeat(32_768), 'kill '.repeat(13_107), '!'.repeat(65_536), 'аa'.repeat(32_768)]) {
    const began = performance.now()
    const { decision } = scoreText(bait)
    if (isProof) expect(performance.now() - began, bait.slice(0, 5)).toBeLessThanOrEqual(50)
    expect(decision).toBe('ALLOW')
  }
})

test('texts that differ in a word or two are near, others are not; five of them are a burst', () => {
  const base =
    'get ten thousand real followers within one single day for a price that you will not believe write me now please'
  const variants = ['dear', 'hello', 'friends', 'today', 'really'].map(
    (word) => simhash(`${base} ${word}`) ?? 0n,
  )
  const hash = simhash(base) ?? 0n
  for (const variant of variants) expect(distance(hash, variant)).toBeLessThanOrEqual(nearBits)
  const others = Object.keys(everyday).map(
    (language) => simhash(`${sentence(language)} ${sentence(language)}`) ?? 0n,
  )
  for (const other of others) expect(distance(hash, other)).toBeGreaterThan(nearBits)
  expect(isBurst(hash, [...others, ...variants])).toBe(true)
  expect(isBurst(hash, [...others, ...variants.slice(0, 3)])).toBe(false)
  expect(simhash('good morning all')).toBeNull()
})

test('rings that like, follow and write at the same moments are found among many who do so by chance', () => {
  const deeds: Deed[] = []
  const rings = Array.from({ length: 10 }, (_, r) => Array.from({ length: 8 }, (_, i) => `ring${r}-${i}`))
  for (const [r, ring] of rings.entries()) {
    for (let k = 0; k < 8; k++) {
      const at = r * 3_600_000 + k * 400_000
      for (const accountId of ring) {
        if (random() < 0.75)
          deeds.push({
            accountId,
            key: `${one(['like', 'follow', 'text'])}${r}-${k}`,
            at: at + random() * 30_000,
          })
      }
    }
  }
  for (let i = 0; i < 4_000; i++) {
    deeds.push({
      accountId: `person${i % 400}`,
      key: `like${Math.floor(random() * 300)}`,
      at: random() * 36_000_000,
    })
  }
  const found = findRings(deeds, { minShared: 2 }).flat()
  const members = rings.flat()
  const recall = members.filter((id) => found.includes(id)).length / members.length
  const precision = found.filter((id) => members.includes(id)).length / Math.max(1, found.length)
  process.stdout.write(
    `rings: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} over ${members.length} members and 400 others\n`,
  )
  expect(recall).toBeGreaterThanOrEqual(0.8)
  expect(precision).toBeGreaterThanOrEqual(0.95)
})
