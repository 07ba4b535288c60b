// The index of words against a scan of the documents.
import { expect, test } from 'vitest'
import { createRandom } from '../random.ts'
import { createPostings } from './postings.ts'
import { queryTerms } from './text.ts'

const words = ['sea', 'seal', 'season', 'harbour', 'harbor', 'light', 'lights', 'moon', 'mountain']

test('through additions and removals every question finds what a scan finds, and nothing is left at the end', () => {
  const random = createRandom(3)
  const pick = (below: number) => Math.floor(random() * below)
  const text = () => Array.from({ length: 1 + pick(6) }, () => words[pick(words.length)] ?? '')
  const postings = createPostings()
  const there = new Map<number, { title: string[]; text: string[] }>()
  const found = (question: string, titlesOnly: boolean) =>
    [...postings.search(queryTerms(question), titlesOnly).slots].sort((a, b) => a - b)
  const alike = (asked: string, word: string) =>
    word.startsWith(asked) || ['harbour', 'harbor'].every((one) => [asked, word].includes(one))
  for (let turn = 0; turn < 400; turn++) {
    const slot = pick(60)
    const old = there.get(slot)
    if (old) {
      postings.remove(slot, old)
      there.delete(slot)
    } else {
      const document = { title: random() < 0.5 ? text() : [], text: text() }
      postings.add(slot, document)
      there.set(slot, document)
    }
    // The last word may be a beginning; three letters may not be wrong.
    for (const [question, titlesOnly] of [
      ['sea', false],
      ['moon sea', false],
      ['sea', true],
    ] as const) {
      const asked = question.split(' ')
      const expected = [...there].flatMap(([place, document]) => {
        const said = titlesOnly ? document.title : [...document.title, ...document.text]
        const has = (term: string, i: number) =>
          said.some((word) => word === term || (i === asked.length - 1 && alike(term, word)))
        return asked.every(has) ? [place] : []
      })
      expect(found(question, titlesOnly), question).toEqual(expected.sort((a, b) => a - b))
    }
    const either = [...there].filter(([, document]) =>
      [...document.title, ...document.text].some((word) => alike('harbor', word)),
    )
    expect(found('harbor', false)).toEqual(either.map(([place]) => place).sort((a, b) => a - b))
  }
  for (const [slot, document] of there) postings.remove(slot, document)
  for (const word of words) expect(found(word, false), word).toEqual([])
})

test('what is rare counts more than what is common, and repetition more than once, less each time', () => {
  const postings = createPostings()
  for (let slot = 0; slot < 50; slot++) postings.add(slot, { title: [], text: ['common'] })
  const times = (count: number) => Array.from({ length: count }, () => 'rare')
  postings.add(50, { title: [], text: [...times(1), 'a', 'b', 'c'] })
  postings.add(51, { title: [], text: [...times(2), 'a', 'b', 'c'] })
  postings.add(52, { title: [], text: [...times(3), 'a', 'b', 'c'] })
  const worth = (word: string, slot: number) => postings.search(queryTerms(word), false).worth[slot] ?? 0
  const [one, two, three] = [worth('rare', 50), worth('rare', 51), worth('rare', 52)]
  expect(one).toBeGreaterThan(worth('common', 0))
  expect(two).toBeGreaterThan(one)
  expect(three - two).toBeLessThan(two - one)
})
