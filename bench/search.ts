// Questions to the search engines: the embedded one over 100,000 documents, against a plain call of the library inside it, and
// OpenSearch over a million, against a match query of its own.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import MiniSearch from 'minisearch'
import { createRandom } from '#platform/random.ts'
import { createEmbeddedSearch } from '#platform/search/embedded.ts'
import { type SearchDocument, type SearchEngine, searchTypes } from '#platform/search/engine.ts'
import { createOpenSearch } from '#platform/search/opensearch.ts'
import { indexTerms, queryTerms } from '#platform/search/text.ts'
import { newId } from '#schema/ids.ts'
import { startOpenSearch, whyNoOpenSearch } from '../deploy/local/opensearch.mjs'
import { type Figure, type Measurement, NotPossible, percentile } from './figure.ts'
import { scaled } from './size.ts'

const vocabulary = 20_000
const wordsEach = 12
const questionCount = 60
/** Documents that are written at once. */
const batchSize = 10_000
const now = Date.UTC(2026, 0, 1)

/** Posts and questions about them, always the same. */
function createCorpus() {
  const next = createRandom(7)
  const syllables = ['ba', 'le', 'mi', 'no', 'ru', 'sta', 'ker', 'lin', 'do', 'van', 'tes', 'o', 'pri', 'gal']
  const syllable = () => syllables[Math.floor(next() * syllables.length)] ?? ''
  const words = Array.from({ length: vocabulary }, () =>
    Array.from({ length: 2 + Math.floor(next() * 3) }, syllable).join(''),
  )
  // Words are as common as in a language: the second half as often as the first, and so on.
  const word = () => words[Math.floor(vocabulary ** next()) - 1] ?? ''
  const text = () => Array.from({ length: wordsEach }, word).join(' ')
  return {
    documents: (count: number) =>
      Array.from(
        { length: count },
        (): SearchDocument => ({
          ...{ id: newId('post'), type: 'POST', title: '', text: text(), authorId: newId('user') },
          ...{ at: now - next() * 3e10, mediaTypes: ['IMAGE'], placeId: null, point: null },
          popularity: Math.floor(next() ** 4 * 10_000),
        }),
      ),
    /** A word or two: as written, with a letter wrong, or begun. */
    questions: () =>
      Array.from({ length: questionCount }, (_, i) => {
        const one = word()
        const asked = i % 3 === 0 ? one : i % 3 === 1 ? `${one.slice(0, 2)}x${one.slice(3)}` : one.slice(0, 4)
        return i % 2 === 0 ? asked : `${word()} ${asked}`
      }),
  }
}

/** What the figures of both engines have in common. */
const figureOf = (name: string, count: number) =>
  ({
    name,
    what: `A question of one or two words, a third of them with a letter wrong and a third of them begun only, over ${count.toLocaleString('en')} posts: 20 hits, ranked by relation, popularity and age.`,
    units: { p95: 'p95 (ms)', p50: 'p50 (ms)' },
    better: 'less',
    aim: null,
    limits: { p95: 50 },
    rounds: 3,
  }) as const

const ask = (engine: SearchEngine, question: string) =>
  engine.query({
    ...{ terms: queryTerms(question), types: searchTypes, filter: {}, titlesOnly: false },
    ...{ favoredIds: [], askedAt: now, after: null, limit: 20 },
  })

/** Asks one question after the other. */
async function measure(
  questions: readonly string[],
  answer: (question: string) => unknown,
): Promise<Measurement> {
  const times: number[] = []
  for (const question of questions) {
    const start = performance.now()
    await answer(question)
    times.push(performance.now() - start)
  }
  return { p95: percentile(times, 0.95), p50: percentile(times, 0.5) }
}

/** Opens the figure of the embedded engine. */
export async function embeddedSearch(): Promise<Figure> {
  const corpus = createCorpus()
  const documents = corpus.documents(scaled(100_000))
  const questions = corpus.questions()
  const engine = createEmbeddedSearch()
  await engine.write({ documents, removedIds: [], readAt: now })
  const plain = new MiniSearch<{ id: string; text: string }>({
    fields: ['text'],
    tokenize: (joined) => joined.split(' '),
  })
  plain.addAll(documents.map(({ id, text }) => ({ id, text: indexTerms(text).join(' ') })))
  return {
    ...figureOf('search-embedded', documents.length),
    product: {
      name: 'embedded engine',
      measure: () => measure(questions, (question) => ask(engine, question)),
    },
    baseline: {
      name: 'minisearch',
      measure: () =>
        measure(questions, (question) => {
          const terms = queryTerms(question)
          return plain.search(terms.map((term) => term.text).join(' '), {
            combineWith: 'AND',
            prefix: (_term, i) => terms[i]?.isPrefix ?? false,
            fuzzy: (_term, i) => terms[i]?.edits ?? 0,
          })
        }),
    },
  }
}

/** Opens the figure of OpenSearch: the real server, on loopback. */
export async function openSearch(stack: AsyncDisposableStack): Promise<Figure> {
  const missing = await whyNoOpenSearch()
  if (missing) throw new NotPossible(missing)
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-bench-opensearch-'))
  const server = await startOpenSearch({ dir, log: console.error, heapMegabytes: 1_024 })
  stack.defer(() => server.stop())
  const name = 'bench'
  const engine = createOpenSearch(server.url, name)
  stack.defer(() => engine.close())
  const corpus = createCorpus()
  const count = scaled(1_000_000)
  await engine.rebuild(async (write) => {
    for (let written = 0; written < count; written += batchSize) {
      const documents = corpus.documents(Math.min(batchSize, count - written))
      await write({ documents, removedIds: [], readAt: now })
    }
  })
  const questions = corpus.questions()
  const match = async (question: string) => {
    const text = queryTerms(question)
      .map((term) => term.text)
      .join(' ')
    const query = { match: { text: { query: text, operator: 'and', fuzziness: 'AUTO' } } }
    const response = await fetch(`${server.url}/${name}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, size: 20, _source: false, track_total_hits: false }),
    })
    await response.json()
    if (!response.ok) throw new Error(`OpenSearch answered ${response.status}`)
  }
  // A server that has just started compiles its code while it answers: other questions come first.
  for (const question of [corpus.questions(), corpus.questions(), corpus.questions()].flat()) {
    await ask(engine, question)
    await match(question)
  }
  return {
    ...figureOf('search-opensearch', count),
    product: {
      name: 'OpenSearch by the product’s query',
      measure: () => measure(questions, (question) => ask(engine, question)),
    },
    baseline: {
      name: 'a `match` query of whole words with `fuzziness: AUTO`, by relevance alone',
      measure: () => measure(questions, match),
    },
  }
}
