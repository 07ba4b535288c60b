// Experiments: who defines, starts and stops them, who was exposed, and what the exposed did. One that has started keeps its
// definition, or its figures would mean nothing.
import { assign, type Experiments, layerBuckets } from '#platform/experiments.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Transact } from '#platform/mongo.ts'
import { boundedList, textOf } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { DomainEvent, EventsFor } from '#schema/events.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { type ExperimentMetric, type ExperimentRow, experimentMetrics } from '../model.ts'
import type { ExperimentStore } from '../store/experiments.ts'
import { compareVariants, type MetricResult, sampleRatio } from './experiment-report.ts'

interface Deps {
  store: ExperimentStore & {
    findUser(userId: string): Promise<{ role?: 'MEMBER' | 'MODERATOR' | 'STAFF' } | null>
  }
  transact: Transact<'user'>
  now: Date
}

export interface ExperimentInput {
  experimentKey: string
  description?: string | null | undefined
  layer?: string | null | undefined
  from?: number | null | undefined
  to?: number | null | undefined
  variants?: readonly { key: string; weight?: number | null | undefined }[] | null | undefined
  guards?: readonly ExperimentMetric[] | null | undefined
}

const keyPattern = /^[a-z0-9][a-z0-9-]{0,63}$/
const maxVariants = 10

function keyOf(value: string, field: string): string {
  if (keyPattern.test(value)) return value
  throw new AppError('INVALID', '1–64 of a–z, 0–9 and hyphens.', { field: ['input', field] })
}

/** Throws FORBIDDEN unless the account is staff's. */
export async function requireStaff(store: Deps['store'], userId: string | null): Promise<void> {
  if (userId !== null && (await store.findUser(userId))?.role === 'STAFF') return
  throw new AppError('FORBIDDEN', 'This is for staff.')
}

/** Checks a definition. Throws INVALID, TOO_LONG, TOO_MANY. */
export function definitionOf(input: ExperimentInput) {
  const whole = (field: 'from' | 'to', fallback: number) => {
    const value = input[field] ?? fallback
    if (value >= 0 && value <= layerBuckets) return value
    throw new AppError('INVALID', `From 0 to ${layerBuckets}.`, { field: ['input', field] })
  }
  const [from, to] = [whole('from', 0), whole('to', layerBuckets)]
  if (from >= to) throw new AppError('INVALID', 'The range is empty.', { field: ['input', 'to'] })
  const given = boundedList(input.variants ?? [{ key: 'control' }, { key: 'treatment' }], {
    field: 'variants',
    min: 2,
    max: maxVariants,
  })
  const variants = given.map(({ key, weight }) => ({ key: keyOf(key, 'variants'), weight: weight ?? 1 }))
  if (new Set(variants.map(({ key }) => key)).size < variants.length) {
    throw new AppError('INVALID', 'Each variant has a key of its own.', { field: ['input', 'variants'] })
  }
  if (variants.some(({ weight }) => weight < 1 || weight > 1_000)) {
    throw new AppError('INVALID', 'Weights are from 1 to 1,000.', { field: ['input', 'variants'] })
  }
  return {
    _id: keyOf(input.experimentKey, 'experimentKey'),
    description: textOf(input.description ?? '', { field: 'description', max: 500 }),
    layer: keyOf(input.layer ?? 'default', 'layer'),
    from,
    to,
    variants,
    guards: [...new Set(boundedList(input.guards ?? [], { field: 'guards', max: experimentMetrics.length }))],
  }
}

/**
 * Defines an experiment, or changes one that has not started. Throws FORBIDDEN but for staff, INVALID for a wrong definition,
 * and INVALID for `experimentKey` once it has started.
 */
export async function upsertExperiment(
  deps: Deps,
  viewerId: string,
  input: ExperimentInput,
): Promise<ExperimentRow> {
  await requireStaff(deps.store, viewerId)
  const definition = definitionOf(input)
  return deps.transact(async (tx) => {
    const before = await deps.store.findExperiment(definition._id, tx)
    if (before && before.status !== 'DRAFT') throw started()
    const row: ExperimentRow = {
      ...definition,
      status: 'DRAFT',
      version: (before?.version ?? 0) + 1,
      createdAt: before?.createdAt ?? deps.now,
      startedAt: null,
      stoppedAt: null,
    }
    await deps.store.putExperiment(tx, row, viewerId, deps.now)
    return row
  })
}

const started = () =>
  new AppError('INVALID', 'It has started: define another one under a key of its own.', {
    field: ['input', 'experimentKey'],
  })

/**
 * Starts an experiment that never ran, or stops one for good: the kill switch, in force everywhere within a second or two.
 * Throws FORBIDDEN but for staff, NOT_FOUND, INVALID when it has started before, or overlaps another one of its layer.
 */
export async function setExperimentRunning(
  deps: Deps,
  viewerId: string,
  experimentKey: string,
  running: boolean,
): Promise<ExperimentRow> {
  await requireStaff(deps.store, viewerId)
  return deps.transact(async (tx) => {
    const before = await deps.store.findExperiment(experimentKey, tx)
    if (!before) throw notFound(['input', 'experimentKey'])
    if (!running && before.status !== 'RUNNING') return before
    if (running && before.status === 'RUNNING') return before
    if (running && before.status !== 'DRAFT') throw started()
    if (running) {
      const others = await deps.store.lockLayer(tx, before.layer)
      const other = others.find(
        (one) => one._id !== before._id && one.from < before.to && before.from < one.to,
      )
      if (other) {
        throw new AppError('INVALID', `It overlaps ${other._id}, which runs in the same layer.`, {
          field: ['input', 'experimentKey'],
        })
      }
    }
    const row: ExperimentRow = {
      ...before,
      version: before.version + 1,
      status: running ? 'RUNNING' : 'STOPPED',
      ...(running ? { startedAt: deps.now } : { stoppedAt: deps.now }),
    }
    await deps.store.putExperiment(tx, row, viewerId, deps.now)
    return row
  })
}

/**
 * Notes that an account met an experiment: once, however often it is said, and not at all of who refuses analytics. Throws NOT_FOUND
 * for one that does not run, or that the account is not in.
 */
export async function recordExposure(
  deps: Pick<Deps, 'store' | 'transact' | 'now'> & {
    experiments: Experiments
    accounts: Pick<FactModel<AccountFacts>, 'get'>
  },
  viewerId: string,
  experimentKey: string,
): Promise<{ key: string; variant: string }> {
  const definition = await deps.experiments.running(experimentKey)
  const variant = definition && assign(definition, viewerId)
  if (!variant) throw notFound(['input', 'experimentKey'])
  const refuses = (await deps.accounts.get([viewerId])).get(viewerId)?.refusesAnalytics
  return deps.transact(async (tx) => {
    if (!refuses)
      await deps.store.insertExposures(tx, [
        { key: experimentKey, accountId: viewerId, variant, at: deps.now },
      ])
    return { key: experimentKey, variant }
  })
}

/** Notes who met an experiment in what another subgraph showed him: once, however often that is said. */
export async function noteExposures(
  deps: { store: ExperimentStore; transact: Transact<'user'> },
  batch: readonly DomainEvent<'experiment.met'>[],
): Promise<void> {
  await deps.transact((tx) =>
    deps.store.insertExposures(
      tx,
      batch.map(({ at, payload: { experimentKey, userId, variant, at: metAt } }) => ({
        key: experimentKey,
        accountId: userId,
        variant,
        at: metAt === undefined ? at : new Date(metAt),
      })),
    ),
  )
}

/** An event that says that somebody did something. */
export type Deed = { [N in EventsFor<'user.experiments'>]: DomainEvent<N> }[EventsFor<'user.experiments'>]

/** Whose deed an event is, and how much it adds to which metric. */
export function deedOf({ name, payload }: Deed): {
  accountId: string
  adds: Partial<Record<ExperimentMetric, number>>
} {
  switch (name) {
    case 'post.liked':
      return { accountId: payload.userId, adds: { LIKES: 1 } }
    case 'post.saved':
      return { accountId: payload.userId, adds: { SAVES: 1 } }
    case 'post.shared':
      return { accountId: payload.userId, adds: { SHARES: 1 } }
    case 'comment.created':
      return { accountId: payload.authorId, adds: { COMMENTS: 1 } }
    case 'follow.created':
      return { accountId: payload.userId, adds: { FOLLOWS: 1 } }
    case 'impressions.recorded':
      return {
        accountId: payload.userId,
        adds: {
          IMPRESSIONS: payload.impressions.length,
          DWELL_MS: payload.impressions.reduce((sum, { dwellMs }) => sum + dwellMs, 0),
        },
      }
  }
}

/**
 * Adds what people did from their exposure to a running experiment on to what is known of them, but for those who refuse analytics.
 * Each event counts once, and also when the exposure is told of after it.
 */
export async function countDeeds(
  deps: {
    store: ExperimentStore
    transact: Transact<'user'>
    accounts: Pick<FactModel<AccountFacts>, 'get'>
    experiments: Pick<Experiments, 'variantsOf'>
    claim: ClaimDeeds
  },
  batch: readonly Deed[],
): Promise<void> {
  const people = [...new Set(batch.map((event) => deedOf(event).accountId))]
  // Not later than now, though the clock of who told of a deed may be ahead: definitions are read once for all of them.
  const since = new Date(Math.min(Date.now(), Math.max(...batch.map(({ at }) => at.getTime()))))
  const variants = new Map<string, { key: string; variant: string }[]>()
  for (const id of people) {
    const own = await deps.experiments.variantsOf(id, since)
    if (own.length > 0) variants.set(id, own)
  }
  if (variants.size === 0) return
  const accounts = await deps.accounts.get([...variants.keys()])
  const counts = (id: string) => variants.has(id) && accounts.get(id)?.refusesAnalytics === false
  const relevant = batch.filter((event) => counts(deedOf(event).accountId))
  if (relevant.length === 0) return
  await deps.transact(async (tx) => {
    const deeds = (await deps.claim(tx, relevant)).flatMap((event) => {
      const { accountId, adds } = deedOf(event)
      return (variants.get(accountId) ?? []).map(({ key }) => ({ key, accountId, at: event.at, adds }))
    })
    if (deeds.length > 0) await deps.store.addDeeds(tx, deeds)
  })
}

/** Claims events of a batch inside a transaction: those that nobody counted before. */
export type ClaimDeeds = <E extends DomainEvent>(
  tx: Parameters<Parameters<Transact<'user'>>[0]>[0],
  batch: readonly E[],
) => Promise<E[]>

export interface ExperimentReport {
  experiment: ExperimentRow
  sampleRatio: ReturnType<typeof sampleRatio>
  variants: {
    key: string
    weight: number
    accounts: number
    results: (MetricResult<ExperimentMetric> & { isHarmed: boolean })[]
  }[]
}

/** What an experiment showed so far; null without it. A guard is harmed when its whole interval lies below the control. */
export async function experimentReport(
  store: ExperimentStore,
  key: string,
): Promise<ExperimentReport | null> {
  const experiment = await store.findExperiment(key)
  if (!experiment) return null
  const sums = await store.sumExposures(key)
  const none = Object.fromEntries(experimentMetrics.map((metric) => [metric, { sum: 0, sumOfSquares: 0 }]))
  const counts = experiment.variants.map((variant) => ({
    ...variant,
    ...(sums.get(variant.key) ?? { accounts: 0, sums: none as Record<ExperimentMetric, never> }),
  }))
  const compared = compareVariants(experimentMetrics, counts)
  return {
    experiment,
    sampleRatio: sampleRatio(counts),
    variants: counts.map(({ key: variant, weight, accounts }, i) => ({
      key: variant,
      weight,
      accounts,
      results: (compared[i]?.results ?? []).map((result) => ({
        ...result,
        isHarmed: experiment.guards.includes(result.metric) && result.high !== null && result.high < 0,
      })),
    })),
  }
}
