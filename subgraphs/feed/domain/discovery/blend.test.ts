// The order of suggestions, as a pure function.
import { expect, test } from 'vitest'
import { blend, explorationEvery, type Suggestion, worthOfSuggestion } from './blend.ts'

const now = 1_800_000_000_000
const hour = 3_600_000
let count = 0
const suggestion = (change: Partial<Suggestion> = {}): Suggestion => {
  const id = `post_${String(count++).padStart(4, '0')}`
  return {
    ...{
      id,
      authorId: `user_${id}`,
      publishedAt: now - hour,
      coEngaged: 0,
      similar: 0,
      topic: null,
      foreseen: 0,
    },
    ...{ trending: 0, rate: 0.05, completion: null, shows: 1_000, seen: false, ...change },
  }
}

test.each<[string, Partial<Suggestion>]>([
  ['likes of the same people', { coEngaged: 0.5 }],
  ['likeness to what he likes', { similar: 0.5 }],
  ['what the towers foresee', { foreseen: 0.5 }],
  ['what trends', { trending: 0.5 }],
  ['what many do something with', { rate: 0.2 }],
  ['what is watched to its end', { completion: 0.9 }],
  ['what is newer', { publishedAt: now - hour / 2 }],
])('%s raises a post', (_what, change) => {
  expect(worthOfSuggestion(suggestion(change), now)).toBeGreaterThan(worthOfSuggestion(suggestion(), now))
  const [plain, raised] = [suggestion(), suggestion(change)]
  expect(blend([plain, raised], now).map(({ id }) => id)).toEqual([raised.id, plain.id])
})

test('what says the most for a post is its reason; what nothing speaks for is new', () => {
  const reasons: [Suggestion['id'], string][] = []
  const all = (
    [
      ['CO_ENGAGED', { coEngaged: 0.6, similar: 0.3 }],
      ['SIMILAR', { coEngaged: 0.2, similar: 0.5, trending: 0.9 }],
      ['CO_ENGAGED', { foreseen: 0.4, similar: 0.7 }],
      ['TRENDING', { trending: 0.8, similar: 0.1 }],
      ['TOPIC', { similar: 0.5, topic: { name: 'baking' } }],
      ['TOPIC', { topic: { name: null } }],
      ['CO_ENGAGED', { coEngaged: 0.6, similar: 0.3, topic: { name: 'baking' } }],
      ['NEW', {}],
    ] as const
  ).map(([reason, change]) => {
    const one = suggestion(change)
    reasons.push([one.id, reason])
    return one
  })
  const order = blend(all, now)
  expect(new Map(order.map(({ id, reason }) => [id, reason]))).toEqual(new Map(reasons))
  // A topic's name goes with that reason alone.
  expect(order.flatMap(({ topic }) => topic ?? [])).toEqual(['baking'])
})

test('one place in eight is for what few have seen, the least shown first; nothing comes twice or is lost', () => {
  const known = Array.from({ length: 40 }, (_, i) => suggestion({ coEngaged: 1, rate: 0.5 - i / 100 }))
  const unknown = Array.from({ length: 10 }, (_, i) => suggestion({ shows: i, publishedAt: now - 90 * hour }))
  const seen = suggestion({ shows: 0, seen: true })
  const order = blend([...unknown, seen, ...known], now)
  const ids = order.map(({ id }) => id)
  expect(ids.toSorted()).toEqual([...known, ...unknown, seen].map(({ id }) => id).toSorted())
  const places = order
    .slice(0, known.length)
    .flatMap(({ reason }, place) => (reason === 'NEW' ? [place] : []))
  expect(places).toEqual([7, 15, 23, 31, 39])
  expect(places.every((place) => place % explorationEvery === explorationEvery - 1)).toBe(true)
  expect(places.map((place) => ids[place])).toEqual(unknown.slice(0, 5).map(({ id }) => id))
  // What he has seen is no exploration, and stands last.
  expect(ids.at(-1)).toBe(seen.id)
})

test('no author fills the page', () => {
  const loud = Array.from({ length: 6 }, () => suggestion({ authorId: 'user_loud', rate: 0.3 }))
  const others = Array.from({ length: 6 }, () => suggestion({ rate: 0.22 }))
  const first = blend([...loud, ...others], now).slice(0, 6)
  const ofLoud = first.filter(({ id }) => loud.some((one) => one.id === id))
  expect(ofLoud.length).toBeGreaterThan(0)
  expect(ofLoud.length).toBeLessThan(5)
})
