import { expect, test } from 'vitest'
import { compareVariants, sampleRatio, type VariantCount } from './experiment-report.ts'

const variant = (key: string, values: number[]): VariantCount<'likes'> => ({
  key,
  weight: 1,
  accounts: values.length,
  sums: {
    likes: {
      sum: values.reduce((a, b) => a + b, 0),
      sumOfSquares: values.reduce((a, b) => a + b * b, 0),
    },
  },
})

test("the interval is Welch's", () => {
  // By hand: means 20 and 25; variances 10 and 40 of 5 each; error √10; freedom 5.88; t 2.459.
  const control = variant('control', [16, 18, 20, 22, 24])
  const treatment = variant('treatment', [17, 21, 25, 29, 33])
  const [own, other] = compareVariants(['likes'], [control, treatment])
  expect(own?.results[0]).toEqual({ metric: 'likes', mean: 20, difference: null, low: null, high: null })
  const result = other?.results[0]
  expect(result).toMatchObject({ mean: 25, difference: 5 })
  expect(result?.low).toBeCloseTo(5 - 2.459 * Math.sqrt(10), 2)
  expect(result?.high).toBeCloseTo(5 + 2.459 * Math.sqrt(10), 2)
})

test('nobody, one account and equal accounts give no nonsense', () => {
  expect(compareVariants(['likes'], [variant('a', []), variant('b', [])])[1]?.results[0]).toMatchObject({
    mean: 0,
    difference: 0,
    low: null,
  })
  expect(compareVariants(['likes'], [variant('a', [1]), variant('b', [3])])[1]?.results[0]).toMatchObject({
    difference: 2,
    high: null,
  })
  expect(
    compareVariants(['likes'], [variant('a', [1, 1]), variant('b', [3, 3])])[1]?.results[0],
  ).toMatchObject({ low: 2, high: 2 })
})

test.each([
  [[500, 500], 0, 1, false],
  [[520, 480], 1.6, 0.2059, false],
  [[600, 400], 40, 2.5e-10, true],
  [[0, 0], 0, 1, false],
] as const)('a split of %j has χ² %d', (counts, chiSquare, pValue, isSuspicious) => {
  const result = sampleRatio(counts.map((accounts) => ({ accounts, weight: 1 })))
  expect(result.chiSquare).toBeCloseTo(chiSquare, 8)
  expect(result.pValue).toBeCloseTo(pValue, 4)
  expect(result.isSuspicious).toBe(isSuspicious)
})
