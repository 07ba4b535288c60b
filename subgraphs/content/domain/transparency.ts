// What everybody may know of moderation: counts, none of which can tell of a person; and what moderators know of their work.
import type { ReportReason, ReviewDecision } from '../model.ts'
import type { Store } from '../store.ts'
import { published, severities } from './review-rules.ts'

export type TransparencyRange = 'MONTH' | 'QUARTER' | 'YEAR'

const dayMs = 86_400_000
const days: Record<TransparencyRange, number> = { MONTH: 30, QUARTER: 91, YEAR: 365 }
const keptMs = 10 * 60_000
const decisions: readonly ReviewDecision[] = ['LABEL', 'LIMIT', 'REMOVE', 'WARN', 'SUSPEND', 'NONE']

export interface TransparencyReport {
  from: Date
  to: Date
  reports: { reason: ReportReason; count: number | null }[]
  decisions: { decision: ReviewDecision; count: number | null }[]
  appeals: number | null
  overturned: number | null
}

export interface Transparency {
  /** The report over some days, at most ten minutes old. */
  report(range: TransparencyRange): Promise<TransparencyReport>
}

/** Reports that a process makes once in ten minutes, however often they are read. */
export function createTransparency(
  store: Pick<Store, 'countReports' | 'countDecisions'>,
  now: () => number,
): Transparency {
  const made = new Map<TransparencyRange, { at: number; report: Promise<TransparencyReport> }>()
  return {
    report(range) {
      const known = made.get(range)
      const at = now()
      if (known && at - known.at < keptMs) return known.report
      const report = makeReport(store, range, at)
      made.set(range, { at, report })
      // What failed is tried again by the next reader.
      report.catch(() => made.delete(range))
      return report
    },
  }
}

async function makeReport(
  store: Pick<Store, 'countReports' | 'countDecisions'>,
  range: TransparencyRange,
  at: number,
): Promise<TransparencyReport> {
  const from = new Date(at - days[range] * dayMs)
  const [reports, rows] = await Promise.all([store.countReports(from), store.countDecisions(from)])
  const sum = (wanted: (row: (typeof rows)[number]) => boolean) =>
    rows.filter(wanted).reduce((total, row) => total + row.count, 0)
  const decided = (row: (typeof rows)[number]) => row.appeal === 'UPHELD' || row.appeal === 'OVERTURNED'
  return {
    from,
    to: new Date(at),
    reports: (Object.keys(severities) as ReportReason[]).map((reason) => ({
      reason,
      count: published(reports.get(reason) ?? 0),
    })),
    decisions: decisions.map((decision) => ({
      decision,
      count: published(sum((row) => row.decision === decision)),
    })),
    appeals: published(sum(decided)),
    overturned: published(sum((row) => row.appeal === 'OVERTURNED')),
  }
}

/** How moderators' work stands: what waits, and how long and how well the last 1,000 decisions took. */
export async function measureReviews(
  store: Pick<Store, 'countOpenReviews' | 'oldestOpenedAt' | 'lastDecided'>,
): Promise<{
  backlog: number
  oldestOpenedAt: Date | null
  medianLatencyMs: number | null
  overturnRate: number | null
}> {
  const [backlog, oldestOpenedAt, last] = await Promise.all([
    store.countOpenReviews(),
    store.oldestOpenedAt(),
    store.lastDecided(1_000),
  ])
  const latencies = last.flatMap(({ openedAt, decidedAt }) =>
    decidedAt ? [decidedAt.getTime() - openedAt.getTime()] : [],
  )
  const appeals = last.filter(({ appeal }) => appeal && appeal.status !== 'PENDING')
  const granted = appeals.filter(({ appeal }) => appeal?.status === 'OVERTURNED')
  const median = latencies.toSorted((one, other) => one - other)[Math.floor(latencies.length / 2)]
  return {
    backlog,
    oldestOpenedAt,
    // What a GraphQL `Int` holds.
    medianLatencyMs: median === undefined ? null : Math.min(median, 2 ** 31 - 1),
    overturnRate: appeals.length === 0 ? null : granted.length / appeals.length,
  }
}
