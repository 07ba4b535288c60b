import { expect, test } from 'vitest'
import { type LoggedLook, train } from './train.ts'
import { weightProblems } from './weights.ts'

/** A small generator, so that a failure can be repeated. */
function createRandom(seed: number) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const truth = { affinity: 3, mutual: 1, aversion: -2 }

function looks(count: number, seed: number): LoggedLook[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => {
    const signals = {
      recency: random(),
      following: 1,
      own: 0,
      mutual: random() < 0.4 ? 1 : 0,
      favorite: random() < 0.1 ? 1 : 0,
      affinity: random(),
      aversion: random() < 0.3 ? random() : 0,
      engagementRate: random() / 5,
      interest: random(),
    }
    const sum = -2 + 3 * signals.affinity + signals.mutual - 2 * signals.aversion
    return { signals, engaged: random() < 1 / (1 + Math.exp(-sum)) }
  })
}

test('training finds what looks were drawn from, says better than the usual, and repeats itself', () => {
  const logged = looks(8_000, 5)
  const { weights, loss, usualLoss } = train(logged)
  expect(weightProblems(weights)).toEqual([])
  for (const [name, value] of Object.entries(truth)) {
    expect(Math.abs(weights.signals[name as keyof typeof truth] - value), name).toBeLessThan(0.45)
  }
  expect(Math.abs(weights.signals.favorite)).toBeLessThan(0.35)
  // What never varies tells nothing.
  expect([weights.signals.following, weights.signals.own]).toEqual([0, 0])
  expect(loss).toBeLessThan(usualLoss - 0.05)
  expect(train(logged)).toEqual({ weights, loss, usualLoss })
})
