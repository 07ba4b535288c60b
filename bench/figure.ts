// What a figure is: the product and a named baseline, measured in turn in one run.

/** Says why a figure cannot be measured on this machine: what it compares with is not to be had. */
export class NotPossible extends Error {
  override name = 'NotPossible'
}

/** One way of doing the work, and how to measure it once. */
export interface Contender {
  name: string
  /** Resolves to one measurement: the numbers that the table shows, by their name. */
  measure(): Promise<Measurement>
}

export type Measurement = Readonly<Record<string, number>>

export interface Figure {
  name: string
  /** What was done, in a sentence or two. */
  what: string
  /** Names of the measurements, with their units; the first is the one that the ratio is made of. */
  units: Readonly<Record<string, string>>
  /** Whether more is better in the first. */
  better: 'more' | 'less'
  product: Contender
  /** Null for what is counted or measured by itself. */
  baseline: Contender | null
  /** The least ratio that the product wants to reach; null when there is none. */
  aim: number | null
  /** The most that measurements want to be, by name, where the aim is no ratio. */
  limits?: Measurement
  /** How often the two are measured in turn, two times unless it says otherwise: more, and shorter, where one run says little. */
  rounds?: number
}

export interface Outcome extends Omit<Figure, 'product' | 'baseline' | 'rounds'> {
  product: { name: string; runs: Measurement[] }
  baseline: { name: string; runs: Measurement[] } | null
  /** Speed of the product as a part of the baseline's: 1 is as fast. Null without a baseline. */
  ratio: number | null
  /** Lowest and highest ratio of the rounds. */
  ratios: [number, number] | null
}

/** Measures product and baseline in turn, `rounds` times. */
export async function compare(figure: Figure, rounds = figure.rounds ?? 2): Promise<Outcome> {
  const product: Measurement[] = []
  const baseline: Measurement[] = []
  for (let round = 0; round < rounds; round++) {
    product.push(await figure.product.measure())
    if (figure.baseline) baseline.push(await figure.baseline.measure())
  }
  const speed = (run: Measurement | undefined): number => {
    const value = run?.[Object.keys(figure.units)[0] as string] ?? Number.NaN
    return figure.better === 'more' ? value : 1 / value
  }
  const ratios = baseline.map((run, i) => speed(product[i]) / speed(run))
  return {
    name: figure.name,
    what: figure.what,
    units: figure.units,
    better: figure.better,
    aim: figure.aim,
    ...(figure.limits ? { limits: figure.limits } : {}),
    product: { name: figure.product.name, runs: product },
    baseline: figure.baseline && { name: figure.baseline.name, runs: baseline },
    ratio: figure.baseline && median(ratios),
    ratios: figure.baseline && [Math.min(...ratios), Math.max(...ratios)],
  }
}

/** The middle of some numbers, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The value below which a part of the numbers lies, by nearest rank. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}
