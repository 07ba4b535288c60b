// BERT's uncased WordPiece tokens (Devlin et al., 2018; https://github.com/google-research/bert, tokenization.py): text is
// lower-cased and stripped of accents, cut at blanks, punctuation and CJK characters, and each word is cut into the longest pieces
// of the vocabulary.

const classifier = 101
const separator = 102
const unknown = 100
/** A longer word is none. */
const longestWord = 100
/** Begins a piece of the vocabulary that begins a word. */
const wordStart = '▁'

const words =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{P}\p{S}]|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{P}\p{S}\p{C}]+/gu

/** A text's token ids, with the marks of its begin and end; at most `limit`. */
export function wordPieces(text: string, vocabulary: ReadonlyMap<string, number>, limit: number): number[] {
  const plain = text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
  const ids = [classifier]
  for (const [word] of plain.matchAll(words)) {
    ids.push(...piecesOf(word, vocabulary))
    if (ids.length >= limit - 1) break
  }
  return [...ids.slice(0, limit - 1), separator]
}

function piecesOf(word: string, vocabulary: ReadonlyMap<string, number>): number[] {
  if (word.length > longestWord) return [unknown]
  const ids: number[] = []
  let start = 0
  while (start < word.length) {
    let end = word.length
    let id: number | undefined
    while (end > start) {
      id = vocabulary.get((start === 0 ? wordStart : '') + word.slice(start, end))
      if (id !== undefined) break
      end--
    }
    if (id === undefined) return [unknown]
    ids.push(id)
    start = end
  }
  return ids
}
