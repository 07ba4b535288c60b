// Words that somebody does not want to read under his posts: a comment that says one is seen by him and its writer only.
import type { Transact } from '#platform/mongo.ts'
import { boundedList, textOf } from '#platform/validate.ts'
import type { ViewerRef } from '../model.ts'
import type { Store } from '../store.ts'

/** Words of a person at most, and characters of one. */
const maxWords = 200
const maxWord = 50

/** Scripts that put no spaces between words, and signs that are no words: such a filter is found anywhere in a text. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const word = /[\p{L}\p{N}\p{M}_]+/gu

const fold = (text: string): string => text.normalize('NFKC').toLowerCase()
const words = (folded: string): string => ` ${(folded.match(word) ?? []).join(' ')} `

/**
 * Whether a text says one of some words or phrases: whole words, whatever their case, width and what stands between them; in
 * scripts without spaces, and of emoji, any part of the text.
 */
export function saysAny(text: string, filters: readonly string[]): boolean {
  if (filters.length === 0) return false
  const folded = fold(text)
  const spoken = words(folded)
  return filters.some((filter) => {
    const wanted = fold(filter)
    const phrase = words(wanted)
    return unspaced.test(wanted) || phrase.trim() === '' ? folded.includes(wanted) : spoken.includes(phrase)
  })
}

/**
 * Sets the words that hold a comment back from then on, in place of those before. Throws TOO_MANY beyond 200, INVALID for an
 * empty one, TOO_LONG beyond 50 characters.
 */
export async function updateCommentFilters(
  deps: {
    store: Pick<Store, 'putCommentFilter'>
    transact: Transact<'engagement'>
    now(): Date
  },
  viewerId: string,
  input: { words: readonly string[] },
): Promise<ViewerRef> {
  const given = boundedList(input.words, { field: 'words', max: maxWords })
  const checked = given.map((text) => textOf(text, { field: 'words', min: 1, max: maxWord }))
  return deps.transact(async (tx) => {
    await deps.store.putCommentFilter(tx, {
      _id: viewerId,
      words: [...new Map(checked.map((text) => [fold(text), text])).values()],
      updatedAt: deps.now(),
    })
    return { id: viewerId }
  })
}
