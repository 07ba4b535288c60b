// Words as search sees them, for every engine alike: without case and diacritics, and in scripts that set no spaces as pairs of
// characters, as Lucene's CJK analysis has it.

/** Scripts that set no spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu
/** Words, numbers, and each emoji by itself. */
const words = /\p{Extended_Pictographic}|[\p{L}\p{N}\p{M}]+/gu
/** Letters that Unicode does not take apart into a plain one and a mark. */
const plain: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
}

/** Longest word that is kept whole, in characters. */
const maxTerm = 40
/** Words of a question that count; the others are left out. */
const maxQueryTerms = 8

/** One word of a question. */
export interface QueryTerm {
  text: string
  /** How many characters may differ. */
  edits: 0 | 1 | 2
  /** Whether it is the beginning of a word. */
  isPrefix: boolean
}

/** A text without case and diacritics. Marks that tell letters apart, as in Indic scripts and in Japanese, stay. */
export function foldText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[ßæœøđðþłı]/g, (letter) => plain[letter] ?? letter)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
}

const isUnspaced = (text: string) => text.search(unspaced) === 0

/** Splits a folded text into words and runs of unspaced characters. */
function* runs(text: string): Generator<string> {
  for (const [word] of foldText(text).matchAll(words)) {
    let end = 0
    for (const found of word.matchAll(unspaced)) {
      if (found.index > end) yield word.slice(end, found.index)
      yield found[0]
      end = found.index + found[0].length
    }
    if (end < word.length) yield word.slice(end)
  }
}

const pairs = (run: string[]): string[] =>
  run.length < 2 ? run : run.slice(1).map((character, i) => `${run[i]}${character}`)

/** The words under which a text is found. */
export function indexTerms(text: string): string[] {
  const terms: string[] = []
  for (const run of runs(text)) {
    if (!isUnspaced(run)) {
      terms.push([...run].slice(0, maxTerm).join(''))
      continue
    }
    const characters = [...run]
    terms.push(...pairs(characters))
    // The last character begins no pair, and is looked for alone like the others, which are beginnings of pairs.
    const last = characters.at(-1)
    if (characters.length > 1 && last) terms.push(last)
  }
  return terms
}

/**
 * The words of a question; a text is found when it has all of them. The last may be a beginning: of two characters at least, or, to
 * complete what someone types, of one.
 */
export function queryTerms(text: string, completes = false): QueryTerm[] {
  const found = [...runs(text)].flatMap((run) => (isUnspaced(run) ? pairs([...run]) : [run]))
  const kept = found.slice(0, maxQueryTerms).map((term) => [...term].slice(0, maxTerm).join(''))
  return kept.map((term, i): QueryTerm => {
    const length = [...term].length
    const alone = isUnspaced(term)
    const isLast = i === kept.length - 1
    return {
      text: term,
      edits: alone || length < 4 || /^\p{N}+$/u.test(term) ? 0 : length < 6 ? 1 : 2,
      isPrefix: alone ? length === 1 : isLast && length >= (completes ? 1 : 2),
    }
  })
}
