// Weights from logged looks: logistic regression by gradient descent, in plain code.
import { type SignalName, signalNames } from './features.ts'
import type { Weights } from './score.ts'
import { weights as builtIn } from './weights.ts'

/** A look at the home feed: what spoke for the post, and whether a deed followed. */
export interface LoggedLook {
  signals: Record<string, number>
  engaged: boolean
}

export interface Trained {
  weights: Weights
  /** Mean logarithmic loss on the looks that were held back. */
  loss: number
  /** The same of who always says how many are usual. */
  usualLoss: number
}

/** One look in so many is held back to judge by: the last ones. */
const heldBack = 5
const rounds = 400
const rate = 0.5
/** Pulls weights towards zero that little speaks for, as so many looks would. */
const ridge = 2

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const surprise = (chance: number, happened: boolean) =>
  -Math.log(Math.min(1 - 1e-12, Math.max(1e-12, happened ? chance : 1 - chance)))

/**
 * Trains on the earlier looks and judges by the later ones. Deterministic. Signals that never vary keep the weight 0. The times
 * and factors of the formula are not learned: they stay as they are.
 */
export function train(looks: readonly LoggedLook[]): Trained {
  const border = Math.floor((looks.length * (heldBack - 1)) / heldBack)
  const [learned, judged] = [looks.slice(0, border), looks.slice(border)]
  const rows = learned.map(({ signals }) => signalNames.map((name) => signals[name] ?? 0))
  const means = signalNames.map((_, i) => mean(rows.map((row) => row[i] ?? 0)))
  const spreads = signalNames.map((_, i) =>
    Math.sqrt(mean(rows.map((row) => ((row[i] ?? 0) - (means[i] ?? 0)) ** 2))),
  )
  const scaled = rows.map((row) =>
    row.map((value, i) => ((spreads[i] ?? 0) > 0 ? (value - (means[i] ?? 0)) / (spreads[i] ?? 1) : 0)),
  )
  const usual = mean(learned.map(({ engaged }) => Number(engaged)))
  let bias = Math.log((usual + 1e-6) / (1 - usual + 1e-6))
  const w = signalNames.map(() => 0)
  for (let round = 0; round < rounds; round++) {
    let biasSlope = 0
    const slopes = w.map((value) => ridge * value)
    for (const [n, row] of scaled.entries()) {
      const error =
        sigmoid(row.reduce((sum, x, i) => sum + x * (w[i] ?? 0), bias)) - Number(learned[n]?.engaged)
      biasSlope += error
      for (const [i, x] of row.entries()) slopes[i] = (slopes[i] ?? 0) + error * x
    }
    bias -= (rate * biasSlope) / learned.length
    for (const i of w.keys()) w[i] = (w[i] ?? 0) - (rate * (slopes[i] ?? 0)) / learned.length
  }
  // Back to signals as they are, from 0 to 1.
  const plain = w.map((value, i) => ((spreads[i] ?? 0) > 0 ? value / (spreads[i] ?? 1) : 0))
  const constant = bias - plain.reduce((sum, value, i) => sum + value * (means[i] ?? 0), 0)
  const chanceOf = (signals: Record<string, number>) =>
    sigmoid(signalNames.reduce((sum, name, i) => sum + (plain[i] ?? 0) * (signals[name] ?? 0), constant))
  return {
    weights: {
      ...builtIn,
      bias: constant,
      signals: Object.fromEntries(signalNames.map((name, i) => [name, plain[i] ?? 0])) as Record<
        SignalName,
        number
      >,
    },
    loss: mean(judged.map(({ signals, engaged }) => surprise(chanceOf(signals), engaged))),
    usualLoss: mean(judged.map(({ engaged }) => surprise(usual, engaged))),
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
