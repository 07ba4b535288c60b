import { expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { assign, type ExperimentDefinition } from './experiments.ts'

const experiment = (change: Partial<ExperimentDefinition> = {}): ExperimentDefinition => ({
  _id: 'weights',
  layer: 'feed',
  from: 0,
  to: 1_000,
  variants: [
    { key: 'control', weight: 1 },
    { key: 'treatment', weight: 3 },
  ],
  ...change,
})
const accounts = Array.from({ length: 8_000 }, () => newId('user'))
const share = (definition: ExperimentDefinition, variant: string | null) =>
  accounts.filter((id) => assign(definition, id) === variant).length / accounts.length

test('an account always gets the same variant, and variants get their weights', () => {
  for (const id of accounts.slice(0, 100)) expect(assign(experiment(), id)).toBe(assign(experiment(), id))
  // Five standard deviations of a share of 8,000 draws.
  expect(Math.abs(share(experiment(), 'treatment') - 0.75)).toBeLessThan(0.025)
})

test('experiments of one layer exclude each other; those of different layers are independent', () => {
  const [left, right] = [experiment({ to: 500 }), experiment({ _id: 'other', from: 500 })]
  expect(accounts.some((id) => assign(left, id) && assign(right, id))).toBe(false)
  expect(share(left, null) + share(right, null)).toBeCloseTo(1, 10)
  const elsewhere = experiment({ _id: 'third', layer: 'web', to: 500 })
  const both = accounts.filter((id) => assign(left, id) && assign(elsewhere, id)).length / accounts.length
  expect(Math.abs(both - 0.25)).toBeLessThan(0.025)
})

test('successive experiments in the same buckets draw their variants independently', () => {
  const even = {
    variants: [
      { key: 'control', weight: 1 },
      { key: 'treatment', weight: 1 },
    ],
  }
  const [first, second] = [experiment(even), experiment({ ...even, _id: 'next' })]
  const same = accounts.filter((id) => assign(first, id) === assign(second, id)).length / accounts.length
  expect(Math.abs(same - 0.5)).toBeLessThan(0.03)
})
