// Offline evaluation of the rankings on generated behaviour with known preferences: `npm run eval`. Prints a table with 95 %
// intervals over the seeds that nobody looked at while the rankings were made, and ends with 1 when something of ours is not ahead of
// each it is compared with. `npm run eval -- tuning` measures the seeds for tuning, whose figures count for nothing.
import { interval } from './measures.ts'
import { isLevel, isOurs, type Measures, runSeed } from './run.ts'

const tuningSeeds = [1, 2, 3, 4, 5]
const heldOutSeeds = [101, 102, 103, 104, 105, 106, 107, 108, 109, 110]

const isTuning = process.argv.includes('tuning')
const seeds = isTuning ? tuningSeeds : heldOutSeeds
const runs: Measures[] = []
for (const seed of seeds) {
  runs.push(await runSeed(seed))
  process.stderr.write(`seed ${seed}\n`)
}

const lines = [
  `${isTuning ? 'Seeds for tuning' : 'Held-out seeds'}: ${seeds.join(', ')}. Mean and 95 % interval.`,
]
let isAhead = true
for (const question of Object.keys(runs[0] ?? {}) as (keyof Measures)[]) {
  const names = Object.keys(runs[0]?.[question] ?? {})
  const ours = names.filter(isOurs)
  lines.push('', question)
  for (const name of names) {
    const { mean, half } = interval(runs.map((run) => run[question][name] ?? 0))
    const leads = (ours.includes(name) ? [] : ours).map((own) => {
      const lead = interval(runs.map((run) => (run[question][own] ?? 0) - (run[question][name] ?? 0)))
      if (isLevel(question, name) ? lead.mean + lead.half < 0 : lead.mean - lead.half <= 0) isAhead = false
      return `${own} ahead by ${lead.mean.toFixed(3)} ± ${lead.half.toFixed(3)}`
    })
    const against = leads.length > 0 ? `  (${leads.join('; ')})` : ''
    lines.push(`  ${name.padEnd(16)} ${mean.toFixed(3)} ± ${half.toFixed(3)}${against}`)
  }
}
process.stdout.write(`${lines.join('\n')}\n`)
if (!isAhead) process.exitCode = 1
