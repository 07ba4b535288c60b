// Whom a push brings back who would not have come by himself. People drawn by lot were sent one or were not; a logistic regression of
// each of the two groups foretells who returns, and the difference is the uplift ("two models", Hansotia and Rukstales, 2002).

/** What is known of a person when it is decided, in the order of a trial's `features`. */
export const featureNames = [
  /** Logarithm of how many notifications he has not read, and of how many people are in them. */
  'unread',
  'people',
  /** Whether one of them is about him alone: a mention, an answer, a request, a message. */
  'personal',
  /** Days since he was here, at most 8, and its square: neither who comes anyway nor who has gone for good is brought back. */
  'idleDays',
  'idleDaysSquared',
  /** On how many of the last seven days he was here. */
  'activeDays',
  /** Logarithm of how many pushes he got within a week. */
  'pushes',
] as const

/** A person for whom it was decided by lot, and what he did. */
export interface Trial {
  features: readonly number[]
  sent: boolean
  returned: boolean
}

/** Weights of two regressions over standardised features; the first weight is the constant. */
export interface UpliftModel {
  means: number[]
  scales: number[]
  sent: number[]
  held: number[]
}

/** People of each group below whom nothing is learned. */
const fewest = 300
/** A push must bring back one person in so many. */
export const leastUplift = 0.01
/** Keeps weights small that little speaks for. */
const ridge = 1
const rounds = 12

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length)

/** Learns from trials; null when one of the groups is too small. */
export function trainUplift(trials: readonly Trial[]): UpliftModel | null {
  const [sent, held] = [trials.filter((trial) => trial.sent), trials.filter((trial) => !trial.sent)]
  if (sent.length < fewest || held.length < fewest) return null
  const columns = featureNames.map((_, i) => trials.map(({ features }) => features[i] ?? 0))
  const means = columns.map(mean)
  const scales = columns.map((column, i) => {
    const spread = Math.sqrt(mean(column.map((x) => (x - (means[i] ?? 0)) ** 2)))
    return spread > 1e-9 ? spread : 1
  })
  const weightsOf = (group: readonly Trial[]) =>
    fitLogistic(
      group.map(({ features }) => standardised({ means, scales }, features)),
      group.map(({ returned }) => Number(returned)),
    )
  return { means, scales, sent: weightsOf(sent), held: weightsOf(held) }
}

function standardised(
  { means, scales }: Pick<UpliftModel, 'means' | 'scales'>,
  features: readonly number[],
): number[] {
  return [1, ...means.map((m, i) => ((features[i] ?? 0) - m) / (scales[i] ?? 1))]
}

/** How much likelier somebody returns who is sent a push. */
export function upliftOf(model: UpliftModel, features: readonly number[]): number {
  const row = standardised(model, features)
  return sigmoid(dot(row, model.sent)) - sigmoid(dot(row, model.held))
}

/** Newton's method; the constant is not held back. */
function fitLogistic(rows: readonly number[][], targets: readonly number[]): number[] {
  const size = rows[0]?.length ?? 1
  const weights = Array.from({ length: size }, () => 0)
  for (let round = 0; round < rounds; round++) {
    const gradient = weights.map((w, i) => (i === 0 ? 0 : -ridge * w))
    const curvature: number[][] = weights.map((_, i) =>
      weights.map((_, j) => (i === j ? (i === 0 ? 1e-6 : ridge) : 0)),
    )
    rows.forEach((row, n) => {
      const p = sigmoid(dot(row, weights))
      const miss = (targets[n] ?? 0) - p
      for (let i = 0; i < size; i++) {
        gradient[i] = (gradient[i] ?? 0) + miss * (row[i] ?? 0)
        const line = curvature[i] ?? []
        for (let j = 0; j < size; j++) line[j] = (line[j] ?? 0) + p * (1 - p) * (row[i] ?? 0) * (row[j] ?? 0)
      }
    })
    const step = solve(curvature, gradient)
    for (let i = 0; i < size; i++) weights[i] = (weights[i] ?? 0) + (step[i] ?? 0)
    if (Math.max(...step.map(Math.abs)) < 1e-6) break
  }
  return weights
}

/** Solves a symmetric positive system by elimination. */
function solve(matrix: readonly number[][], values: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, values[i] ?? 0])
  const size = rows.length
  for (let i = 0; i < size; i++) {
    const pivot = rows[i] as number[]
    for (let k = i + 1; k < size; k++) {
      const row = rows[k] as number[]
      const factor = (row[i] ?? 0) / (pivot[i] ?? 1)
      for (let j = i; j <= size; j++) row[j] = (row[j] ?? 0) - factor * (pivot[j] ?? 0)
    }
  }
  const solved = Array.from({ length: size }, () => 0)
  for (let i = size - 1; i >= 0; i--) {
    const row = rows[i] as number[]
    const known = row.slice(i + 1, size).reduce((sum, x, k) => sum + x * (solved[i + 1 + k] ?? 0), 0)
    solved[i] = ((row[size] ?? 0) - known) / (row[i] ?? 1)
  }
  return solved
}

/** What the lot shows about those whom a model would have chosen, foretold by a model that had not seen them. */
export interface Verdict {
  /** Of those who were drawn: how many the model would send a push. */
  share: number
  /** By how much more of the chosen returned when they were sent one, and the lower end of its 95 % interval. */
  uplift: number
  least: number
  /** Pushes that need not be sent for as many people to return as when all are sent one: a share. */
  saved: number
}

/** Judges models of this kind on people drawn by lot: each half is foretold by what the other teaches. Null when there are too few. */
export function judgeUplift(trials: readonly Trial[]): Verdict | null {
  // Each group by turns, so that both halves hold as many of each.
  const groups = [true, false].map((sent) => trials.filter((trial) => trial.sent === sent))
  const halves = [0, 1].map((rest) => groups.flatMap((group) => group.filter((_, i) => i % 2 === rest)))
  const models = halves.map(trainUplift)
  const scored: { trial: Trial; uplift: number }[] = []
  for (const [i, half] of halves.entries()) {
    const model = models[1 - i]
    if (!model) return null
    for (const trial of half) scored.push({ trial, uplift: upliftOf(model, trial.features) })
  }
  const chosen = scored.filter(({ uplift }) => uplift >= leastUplift).map(({ trial }) => trial)
  const { difference, half } = effectOf(chosen)
  const ranked = scored.sort((a, b) => b.uplift - a.uplift).map(({ trial }) => trial)
  return {
    share: chosen.length / trials.length,
    uplift: difference,
    least: difference - half,
    saved: savedOf(ranked),
  }
}

/** By how much more return of those who were sent a push, and half its 95 % interval. */
function effectOf(trials: readonly Trial[]): { difference: number; half: number } {
  const [sent, held] = [trials.filter((trial) => trial.sent), trials.filter((trial) => !trial.sent)]
  const rate = (group: readonly Trial[]) => mean(group.map(({ returned }) => Number(returned)))
  const variance = (group: readonly Trial[]) => (rate(group) * (1 - rate(group))) / Math.max(1, group.length)
  if (sent.length === 0 || held.length === 0) return { difference: 0, half: Number.POSITIVE_INFINITY }
  return { difference: rate(sent) - rate(held), half: 1.96 * Math.sqrt(variance(sent) + variance(held)) }
}

/**
 * The largest share of pushes, from the least useful on, without which as many people return: of people in the order of their uplift,
 * as the lot has it.
 */
export function savedOf(ranked: readonly Trial[]): number {
  const steps = 50
  const gainOf = (group: readonly Trial[]) => effectOf(group).difference * group.length
  const all = gainOf(ranked)
  for (let step = 1; step < steps; step++) {
    const count = Math.round((ranked.length * step) / steps)
    if (gainOf(ranked.slice(0, count)) >= all) return 1 - count / ranked.length
  }
  return 0
}
