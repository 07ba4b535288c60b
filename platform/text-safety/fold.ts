// A text as it is compared with lists: what people write to slip past them is taken away. Pure, and linear in the text.
//
// Compatibility forms fold by NFKC (UAX #15). Look-alikes fold to Latin in words that mix scripts, after the idea of the skeletons
// of UTS #39; a word of one script stays what it is.

const invisible = /\p{Cf}|\p{Variation_Selector}|\u034F|\u115F|\u1160|\u3164/gu
const marks = /(?<=[a-z])\p{M}+/gu

/** Letters of other scripts that look like Latin ones. */
const lookAlikes: Record<string, string> = {
  ...{ а: 'a', в: 'b', е: 'e', к: 'k', м: 'm', н: 'h', о: 'o', р: 'p', с: 'c', т: 't', у: 'y', х: 'x' },
  ...{ і: 'i', ї: 'i', ј: 'j', ѕ: 's', ԁ: 'd', һ: 'h', ӏ: 'l', ԛ: 'q', ԝ: 'w', г: 'r' },
  ...{ α: 'a', β: 'b', ε: 'e', η: 'n', ι: 'i', κ: 'k', ν: 'v', ο: 'o', ρ: 'p', τ: 't', υ: 'u', χ: 'x' },
  ...{ ı: 'i', ł: 'l', ø: 'o', đ: 'd', ɡ: 'g', ƒ: 'f', ß: 'ss', æ: 'ae', œ: 'oe' },
}
/** Figures and signs that stand for letters. */
const figures: Record<string, string> = {
  ...{ '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '9': 'g' },
  ...{ '@': 'a', $: 's', '!': 'i', '|': 'l', '+': 't', '€': 'e', '£': 'l' },
}

const latin = /[a-z]/
const notLatin = /[^\p{Script=Latin}\P{L}]/u
const letter = /\p{L}/u
const word = /[\p{L}\p{N}\p{M}@$!|+€£]+/gu
const plain = /^\p{N}+$/u

/** A word's letters: look-alikes and figures as what they stand for, each run of one letter as one. */
function foldWord(raw: string): string {
  const mixed = latin.test(raw) && notLatin.test(raw)
  const spelt = letter.test(raw) && !plain.test(raw)
  // Signs at the end are punctuation.
  const body = spelt ? raw.replace(/[!|+]+$/u, '') : raw
  let folded = ''
  for (const character of body) {
    const isLetter = letter.test(character)
    const stands = isLetter
      ? mixed || /[ıłøđɡƒßæœ]/u.test(character)
        ? (lookAlikes[character] ?? character)
        : character
      : spelt
        ? (figures[character] ?? '')
        : character
    for (const one of stands) if (!folded.endsWith(one) || !letter.test(one)) folded += one
  }
  return folded
}

/** The words of a text, folded. Single letters in a row (`s p a m`, `s.p.a.m`) are one word. At most 4,000 characters are read. */
export function foldWords(text: string): string[] {
  const shown = text
    .slice(0, 4_000)
    .normalize('NFKC')
    .replace(invisible, '')
    .toLowerCase()
    .normalize('NFD')
    .replace(marks, '')
    .normalize('NFC')
  const words: string[] = []
  let spelled = ''
  const flush = () => {
    if ([...spelled].length >= 4) words.push(foldWord(spelled))
    else words.push(...[...spelled].map(foldWord))
    spelled = ''
  }
  for (const [raw] of shown.matchAll(word)) {
    if ([...raw].length === 1) {
      spelled += raw
      continue
    }
    flush()
    words.push(foldWord(raw))
  }
  flush()
  return words.filter((one) => one !== '')
}
