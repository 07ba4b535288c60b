// Which words stand in which documents, in arrays of numbers, so that a question over a hundred thousand documents costs a few
// milliseconds. The dictionary, with its walk through what is spelled alike, is MiniSearch's (a radix tree,
// https://github.com/lucaong/minisearch), and so are the rank (BM25+, Lv and Zhai, CIKM 2011) and the worth of words that are not
// as asked.
import SearchableMap from 'minisearch/SearchableMap'
import { weights } from './engine.ts'
import type { QueryTerm } from './text.ts'

/** Documents are numbered from 0 to below this. */
const mostSlots = 2 ** 20

/** BM25+: how soon repetition tells no more, how much length counts, and the least that a word is worth. */
const [saturation, lengthShare, least] = [1.2, 0.7, 0.5]
/** How much longer words are worth less that begin as asked. */
const tail = 0.3

/** The documents with one word, by number: `slot << 12 | times in the title << 8 | times in the text`, ascending. */
interface Posting {
  entries: Uint32Array
  count: number
  /** Documents that have it in the title, and in the text. */
  inTitles: number
  inTexts: number
}

/** The words of a document. */
export interface Words {
  title: readonly string[]
  text: readonly string[]
}

/** Documents that have every word of a question, and what their words are worth, by slot. */
export interface Matches {
  slots: readonly number[]
  worth: Float64Array
}

/** An empty index of words. */
export function createPostings() {
  const dictionary = new SearchableMap<Posting>()
  let documents = 0
  let titleWords = 0
  let textWords = 0
  // By slot; they grow with the highest.
  let titleLengths = new Uint16Array(1_024)
  let textLengths = new Uint16Array(1_024)
  let worth = new Float64Array(1_024)
  /** The last pass of a question that met a document: passes are numbered through all questions. */
  let met = new Uint32Array(1_024)
  let pass = 0

  const reserve = (slot: number) => {
    if (slot >= mostSlots) throw new RangeError(`an index holds at most ${mostSlots} documents`)
    if (slot < met.length) return
    const size = Math.max(slot + 1, met.length * 2)
    titleLengths = grown(titleLengths, new Uint16Array(size))
    textLengths = grown(textLengths, new Uint16Array(size))
    met = grown(met, new Uint32Array(size))
    worth = new Float64Array(size)
  }

  /** The words that a term of a question stands for, and how much each counts. */
  const expand = ({ text, edits, isPrefix }: QueryTerm): Map<Posting, number> => {
    const found = new Map<Posting, number>()
    if (edits > 0) {
      for (const [word, [posting, distance]] of dictionary.fuzzyGet(text, edits)) {
        found.set(posting, (weights.fuzzy * word.length) / (word.length + distance))
      }
    }
    if (isPrefix) {
      for (const [word, posting] of dictionary.atPrefix(text)) {
        const longer = word.length - text.length
        found.set(posting, (weights.prefix * word.length) / (word.length + tail * longer))
      }
    }
    const exact = dictionary.get(text)
    if (exact) found.set(exact, weights.exact)
    return found
  }

  const rarity = (having: number) => Math.log(1 + (documents - having + 0.5) / (having + 0.5))

  return {
    /** Adds a document under a number that is free. */
    add(slot: number, words: Words): void {
      reserve(slot)
      const counts = countsOf(words)
      titleLengths[slot] = new Set(words.title).size
      textLengths[slot] = new Set(words.text).size
      documents += 1
      titleWords += titleLengths[slot] ?? 0
      textWords += textLengths[slot] ?? 0
      for (const [word, times] of counts) {
        let posting = dictionary.get(word)
        if (!posting) {
          posting = { entries: new Uint32Array(4), count: 0, inTitles: 0, inTexts: 0 }
          dictionary.set(word, posting)
        }
        insert(posting, slot, times)
      }
    },

    /** Takes a document out that was added with these words. */
    remove(slot: number, words: Words): void {
      documents -= 1
      titleWords -= titleLengths[slot] ?? 0
      textWords -= textLengths[slot] ?? 0
      for (const word of countsOf(words).keys()) {
        const posting = dictionary.get(word)
        if (!posting) continue
        erase(posting, slot)
        if (posting.count === 0) dictionary.delete(word)
      }
    },

    /** The documents that have all of the words. `worth` holds until the next question. */
    search(terms: readonly QueryTerm[], titlesOnly: boolean): Matches {
      if (pass > 2 ** 32 - 64) {
        met.fill(0)
        pass = 0
      }
      const averageTitle = Math.max(1, titleWords / Math.max(1, documents))
      const averageText = Math.max(1, textWords / Math.max(1, documents))
      // The rarest first: all others are looked at only for the documents that have it.
      const expanded = terms
        .map(expand)
        .map((postings) => ({
          postings,
          size: [...postings.keys()].reduce((sum, { count }) => sum + count, 0),
        }))
        .sort((a, b) => a.size - b.size)
      const slots: number[] = []
      const first = pass + 1
      for (const { postings } of expanded) {
        pass += 1
        for (const [{ entries, count, inTitles, inTexts }, weight] of postings) {
          const inTitle = weight * weights.title * rarity(inTitles)
          const inText = weight * weights.text * rarity(inTexts)
          for (let i = 0; i < count; i++) {
            const entry = entries[i] as number
            const titleTimes = (entry >>> 8) & 15
            if (titlesOnly && titleTimes === 0) continue
            const slot = entry >>> 12
            const before = met[slot] as number
            if (before !== pass) {
              if (pass === first) {
                slots.push(slot)
                worth[slot] = 0
              } else if (before !== pass - 1) continue
              met[slot] = pass
            }
            let sum = 0
            if (titleTimes > 0) {
              const length = 1 - lengthShare + (lengthShare * (titleLengths[slot] as number)) / averageTitle
              sum += inTitle * (least + (titleTimes * (saturation + 1)) / (titleTimes + saturation * length))
            }
            const textTimes = titlesOnly ? 0 : entry & 255
            if (textTimes > 0) {
              const length = 1 - lengthShare + (lengthShare * (textLengths[slot] as number)) / averageText
              sum += inText * (least + (textTimes * (saturation + 1)) / (textTimes + saturation * length))
            }
            worth[slot] = (worth[slot] as number) + sum
          }
        }
      }
      const last = pass
      return { slots: slots.filter((slot) => met[slot] === last), worth }
    },
  }
}

function grown<A extends Uint16Array | Uint32Array>(old: A, bigger: A): A {
  bigger.set(old)
  return bigger
}

/** How often each word stands in the title and in the text, as the low bits of an entry have it. */
function countsOf({ title, text }: Words): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of title) {
    const times = counts.get(word) ?? 0
    counts.set(word, Math.min(15, (times >>> 8) + 1) << 8)
  }
  for (const word of text) {
    const times = counts.get(word) ?? 0
    counts.set(word, (times & ~255) | Math.min(255, (times & 255) + 1))
  }
  return counts
}

/** Where a slot's entry stands, or would. */
function placeOf({ entries, count }: Posting, slot: number): number {
  let [low, high] = [0, count]
  // What is new mostly has the highest number.
  if (count > 0 && (entries[count - 1] as number) >>> 12 < slot) return count
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle] as number) >>> 12 < slot) low = middle + 1
    else high = middle
  }
  return low
}

function insert(posting: Posting, slot: number, times: number): void {
  if (posting.count === posting.entries.length) {
    const bigger = new Uint32Array(posting.count * 2)
    bigger.set(posting.entries)
    posting.entries = bigger
  }
  const place = placeOf(posting, slot)
  posting.entries.copyWithin(place + 1, place, posting.count)
  posting.entries[place] = ((slot << 12) | times) >>> 0
  posting.count += 1
  if (times >>> 8 > 0) posting.inTitles += 1
  if ((times & 255) > 0) posting.inTexts += 1
}

function erase(posting: Posting, slot: number): void {
  const place = placeOf(posting, slot)
  const entry = posting.entries[place]
  if (place >= posting.count || entry === undefined || entry >>> 12 !== slot) return
  posting.entries.copyWithin(place, place + 1, posting.count)
  posting.count -= 1
  if (((entry >>> 8) & 15) > 0) posting.inTitles -= 1
  if ((entry & 255) > 0) posting.inTexts -= 1
}
