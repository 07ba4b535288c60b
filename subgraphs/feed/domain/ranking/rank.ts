// The ranking, stage after stage. Each is a pure function that takes what earlier ones gave and gives one thing more; what comes
// before, candidates and policy, and what follows, the page, is the feed's (docs/decisions/0012-stages-of-the-ranking.md says why).
import { diversify, type Scored } from './diversity.ts'
import { type Candidate, type Features, featuresOf, type Look } from './features.ts'
import { scoreOf, type Weights } from './score.ts'
import { weightProblems } from './weights.ts'

/** What stages work on. The first three are given. */
interface Bench {
  candidates: readonly Candidate[]
  look: Look
  weights: Weights
  features: readonly Features[]
  scored: readonly Scored[]
  order: readonly string[]
}
type Thing = keyof Bench
const givenThings: readonly Thing[] = ['candidates', 'look', 'weights']

interface Stage {
  needs: readonly Thing[]
  gives: Thing
  run(bench: Bench): Bench[Thing]
}

const stage = <N extends Thing, G extends Thing>(
  gives: G,
  needs: readonly N[],
  run: (bench: Pick<Bench, N>) => Bench[G],
): Stage => ({ gives, needs, run })

/** The stages, in the order in which they run. A stage that reads what it does not name does not compile. */
export const stages: readonly Stage[] = [
  stage('features', ['candidates', 'look'], ({ candidates, look }) =>
    candidates.map((candidate) => featuresOf(candidate, look)),
  ),
  stage('scored', ['candidates', 'features', 'weights'], ({ candidates, features, weights }) =>
    features.map((found, i) => ({
      candidate: candidates[i] as Candidate,
      score: scoreOf(found, weights),
    })),
  ),
  stage('order', ['scored', 'weights'], ({ scored, weights }) =>
    diversify(scored, weights.repetitionFactor).map(({ id }) => id),
  ),
]

/** What is wrong with a table of stages and with weights, a sentence each. Asked at start-up. */
export function rankingProblems(
  table: readonly Pick<Stage, 'needs' | 'gives'>[],
  weights: Weights,
): string[] {
  const problems = weightProblems(weights)
  const there = new Set<Thing>(givenThings)
  for (const { needs, gives } of table) {
    for (const thing of needs) {
      if (!there.has(thing))
        problems.push(`The stage that gives ${gives} needs ${thing}, which is not there yet.`)
    }
    if (there.has(gives)) problems.push(`${gives} is given twice.`)
    there.add(gives)
  }
  if (!there.has('order')) problems.push('No stage gives the order.')
  return problems
}

/** The candidates' ids, best first: all of them, and always the same for the same arguments. */
export function rank(candidates: readonly Candidate[], look: Look, weights: Weights): string[] {
  const bench = { candidates, look, weights } as Bench
  for (const { gives, run } of stages) Object.assign(bench, { [gives]: run(bench) })
  return [...bench.order]
}
