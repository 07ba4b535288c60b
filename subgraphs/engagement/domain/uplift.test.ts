import { expect, test } from 'vitest'
import { createRandom } from '#platform/random.ts'
import {
  featureNames,
  judgeUplift,
  leastUplift,
  savedOf,
  type Trial,
  trainUplift,
  upliftOf,
} from './uplift.ts'

/** People of two sorts, told apart by their first feature, whom a push makes likelier to come back by this much. */
function people(count: number, seed: number, effects: [number, number]): Trial[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (): Trial => {
    const sort = random() < 0.5 ? 0 : 1
    const sent = random() < 0.5
    const features = featureNames.map((_, i) => (i === 0 ? sort : random()))
    return { features, sent, returned: random() < 0.3 + (sent ? (effects[sort] ?? 0) : 0) }
  })
}
const withSort = (sort: number) => featureNames.map((_, i) => (i === 0 ? sort : 0.5))

test('whom a push brings back is told from whom it drives away', () => {
  const model = trainUplift(people(8_000, 1, [0.2, -0.1]))
  if (!model) throw new Error('nothing learned')
  expect(upliftOf(model, withSort(0))).toBeCloseTo(0.2, 1)
  expect(upliftOf(model, withSort(1))).toBeCloseTo(-0.1, 1)
  const verdict = judgeUplift(people(8_000, 2, [0.2, -0.1]))
  expect(verdict?.share).toBeCloseTo(0.5, 1)
  expect(verdict?.uplift).toBeCloseTo(0.2, 1)
  expect(verdict?.least).toBeGreaterThan(0.1)
  // Those whom it drives away can be left alone, and half of the others besides.
  expect(verdict?.saved).toBeGreaterThan(0.5)
})

test('where a push changes nothing, nothing is shown', () => {
  expect(judgeUplift(people(8_000, 3, [0, 0]))?.least).toBeLessThan(leastUplift)
})

test('of too few nothing is learned, nor of people who were all sent one', () => {
  expect(trainUplift(people(500, 4, [0.5, 0.5]))).toBeNull()
  expect(judgeUplift(people(1_000, 5, [0.5, 0.5]))).toBeNull()
  expect(trainUplift(people(5_000, 6, [0.5, 0.5]).map((one) => ({ ...one, sent: true })))).toBeNull()
})

test('pushes are saved from the end of the order, as long as as many come back', () => {
  const some = (sent: boolean, returned: boolean): Trial[] =>
    Array.from({ length: 25 }, () => ({ features: [], sent, returned }))
  const useful = [...some(true, true), ...some(false, false)]
  const idle = [...some(true, false), ...some(false, false)]
  const harmful = [...some(true, false), ...some(false, true)]
  expect(savedOf([...useful, ...idle])).toBeCloseTo(0.5)
  expect(savedOf([...useful, ...useful])).toBe(0)
  expect(savedOf([...useful, ...idle, ...harmful])).toBeGreaterThan(0.5)
})
