// A question to the embedded search engine over 100,000 documents, against a plain call of the library inside it.
import MiniSearch from 'minisearch'
import { createRandom } from '#platform/random.ts'
import { createEmbeddedSearch } from '#platform/search/embedded.ts'
import { type SearchDocument, searchTypes } from '#platform/search/engine.ts'
import { indexTerms, queryTerms } from '#platform/search/text.ts'
import { newId } from '#schema/ids.ts'
import type { Figure, Measurement } from './figure.ts'

const documentCount = 100_000
const vocabulary = 20_000
const wordsEach = 12
const questionCount = 60
const now = Date.UTC(2026, 0, 1)

/** Opens the figure. */
export async function embeddedSearch(): Promise<Figure> {
  const next = createRandom(7)
  const syllables = ['ba', 'le', 'mi', 'no', 'ru', 'sta', 'ker', 'lin', 'do', 'van', 'tes', 'o', 'pri', 'gal']
  const syllable = () => syllables[Math.floor(next() * syllables.length)] ?? ''
  const words = Array.from({ length: vocabulary }, () =>
    Array.from({ length: 2 + Math.floor(next() * 3) }, syllable).join(''),
  )
  // Words are as common as in a language: the second half as often as the first, and so on.
  const word = () => words[Math.floor(vocabulary ** next()) - 1] ?? ''
  const text = () => Array.from({ length: wordsEach }, word).join(' ')
  const documents = Array.from(
    { length: documentCount },
    (): SearchDocument => ({
      ...{ id: newId('post'), type: 'POST', title: '', text: text(), authorId: newId('user') },
      ...{ at: now - next() * 3e10, mediaTypes: ['IMAGE'], placeId: null, point: null },
      popularity: Math.floor(next() ** 4 * 10_000),
    }),
  )
  // A word or two: as written, with a letter wrong, or begun.
  const questions = Array.from({ length: questionCount }, (_, i) => {
    const one = word()
    const asked = i % 3 === 0 ? one : i % 3 === 1 ? `${one.slice(0, 2)}x${one.slice(3)}` : one.slice(0, 4)
    return i % 2 === 0 ? asked : `${word()} ${asked}`
  })

  const engine = createEmbeddedSearch()
  await engine.write({ documents, removedIds: [], readAt: now })
  const plain = new MiniSearch<{ id: string; text: string }>({
    fields: ['text'],
    tokenize: (joined) => joined.split(' '),
  })
  plain.addAll(documents.map(({ id, text }) => ({ id, text: indexTerms(text).join(' ') })))

  const measure = async (ask: (question: string) => unknown): Promise<Measurement> => {
    const times: number[] = []
    for (const question of questions) {
      const start = performance.now()
      await ask(question)
      times.push(performance.now() - start)
    }
    times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.floor(times.length * share)] ?? 0
    return { p95: at(0.95), p50: at(0.5) }
  }
  return {
    name: 'search-embedded',
    what: `A question of one or two words, a third of them with a letter wrong and a third of them begun only, over ${documentCount.toLocaleString('en')} posts: 20 hits, ranked by relation, popularity and age.`,
    units: { p95: 'p95 (ms)', p50: 'p50 (ms)' },
    better: 'less',
    product: {
      name: 'embedded engine',
      measure: () =>
        measure((question) =>
          engine.query({
            ...{ terms: queryTerms(question), types: searchTypes, filter: {}, titlesOnly: false },
            ...{ favoredIds: [], askedAt: now, after: null, limit: 20 },
          }),
        ),
    },
    baseline: {
      name: 'minisearch',
      measure: () =>
        measure((question) => {
          const terms = queryTerms(question)
          return plain.search(terms.map((term) => term.text).join(' '), {
            combineWith: 'AND',
            prefix: (_term, i) => terms[i]?.isPrefix ?? false,
            fuzzy: (_term, i) => terms[i]?.edits ?? 0,
          })
        }),
    },
    aim: null,
  }
}
