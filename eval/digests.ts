// Daily pushes: how many need not be sent for as many people to come back. People behave by chances that the rankings do not see;
// what is learned is learned from a lot, and judged on others by their true chances.

import { createRandom } from '#platform/random.ts'
import { featureNames, type Trial, trainUplift, upliftOf } from '#subgraphs/engagement/domain/uplift.ts'

const people = 20_000

interface Drawn {
  features: number[]
  /** How likely he comes back when he is sent a push, and by himself. */
  sent: number
  held: number
}

const between = (low: number, high: number, x: number) => Math.min(high, Math.max(low, x))

/**
 * Somebody: the daily visitor comes anyway, who left long ago stays away, who is rung up all the time is annoyed, and in between a
 * push reminds, more so of what is personal.
 */
function draw(random: () => number): Drawn {
  const idleDays = 1 + Math.floor(random() ** 2 * 8)
  const activeDays = Math.floor(random() * (8 - Math.min(7, idleDays) + 0.999))
  const unread = Math.floor(random() ** 2 * 30) + 1
  const actors = Math.ceil(unread * random())
  const isPersonal = random() < 0.35
  const pushes = Math.floor(random() ** 2 * 40)
  const held = between(0.01, 0.95, 0.75 * Math.exp(-(idleDays - 1) / 2.2) * (0.35 + 0.1 * activeDays) + 0.02)
  const reminded =
    0.16 *
    Math.exp(-((idleDays - 4) ** 2) / 5) *
    (isPersonal ? 1.6 : 0.6) *
    Math.min(1, Math.log1p(actors) / 2)
  const annoyed = 0.05 * between(0, 1, (pushes - 12) / 20)
  const features = [
    Math.log1p(unread),
    Math.log1p(actors),
    Number(isPersonal),
    idleDays,
    idleDays ** 2,
    activeDays,
    Math.log1p(pushes),
  ]
  return { features, held, sent: between(0.005, 0.97, held + reminded - annoyed) }
}

/** The share of pushes that an order saves: of those it has last, as many as can be left out while as many people come back. */
function savedBy(drawn: readonly Drawn[], worth: (one: Drawn) => number): number {
  const order = drawn.map((one) => ({ one, worth: worth(one) })).sort((a, b) => b.worth - a.worth)
  const all = drawn.reduce((sum, { sent }) => sum + sent, 0)
  let back = drawn.reduce((sum, { held }) => sum + held, 0)
  for (const [i, { one }] of order.entries()) {
    if (back >= all) return 1 - i / drawn.length
    back += one.sent - one.held
  }
  return 0
}

/** By each way of choosing: the share of pushes that need not be sent for as many people to come back as if all were sent one. */
export function runDigests(seed: number): Record<string, number> {
  const random = createRandom(seed)
  const drawn = () => Array.from({ length: people }, () => draw(random))
  const trials = drawn().map(({ features, sent, held }): Trial => {
    const isSent = random() < 0.5
    return { features, sent: isSent, returned: random() < (isSent ? sent : held) }
  })
  const model = trainUplift(trials)
  if (!model) throw new Error('too few')
  const others = drawn()
  const at = (name: (typeof featureNames)[number]) => featureNames.indexOf(name)
  return {
    ours: savedBy(others, ({ features }) => upliftOf(model, features)),
    // Whoever is likeliest to come, which is not who comes for the push.
    response: savedBy(others, ({ features }) => upliftOf({ ...model, held: [-1e9] }, features)),
    'most unread': savedBy(others, ({ features }) => features[at('unread')] ?? 0),
    'idle longest': savedBy(others, ({ features }) => features[at('idleDays')] ?? 0),
    lot: savedBy(others, () => random()),
  }
}
