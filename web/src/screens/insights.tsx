import { useState } from 'react'
import { useQuery } from 'urql'
import {
  AccountInsightsDocument,
  type AudienceDimension,
  type InsightFieldsFragment,
  PostInsightsDocument,
} from '../operations.gen.ts'
import { Segments } from '../parts/segments.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { formatCount } from '../text/count.ts'
import { figuresOf, lastDays } from './insight-figures.ts'

const ranges = [
  { value: '7', label: '7 days' },
  { value: '28', label: '28 days' },
  { value: '90', label: '90 days' },
] as const
type Range = (typeof ranges)[number]['value']

/** Figures of everything that the viewer publishes. */
export function AccountInsightsScreen() {
  const [days, setDays] = useState<Range>('28')
  const range = lastDays(Number(days), new Date())
  const [{ data, error, fetching }, again] = useQuery({
    query: AccountInsightsDocument,
    variables: { range },
    requestPolicy: 'cache-and-network',
  })
  return (
    <div className="page">
      <TopBar title="Insights" />
      <Segments legend="Of the last" name="range" choices={ranges} chosen={days} onChoose={setDays} />
      <Report
        insights={data?.accountInsights}
        error={error}
        fetching={fetching}
        onRetry={() => again({ requestPolicy: 'network-only' })}
      />
    </div>
  )
}

/** Figures of one post of the viewer's. */
export function PostInsightsScreen({ id }: { id: string }) {
  const [{ data, error, fetching }, again] = useQuery({
    query: PostInsightsDocument,
    variables: { postId: id },
    requestPolicy: 'cache-and-network',
  })
  return (
    <div className="page">
      <TopBar title="Insights" back={`/p/${id}`} />
      <Report
        insights={data?.postInsights}
        error={error}
        fetching={fetching}
        onRetry={() => again({ requestPolicy: 'network-only' })}
      />
    </div>
  )
}

interface ReportProps {
  insights: InsightFieldsFragment | null | undefined
  error: Parameters<typeof Failure>[0]['error'] | undefined
  fetching: boolean
  onRetry: () => void
}

function Report({ insights, error, fetching, onRetry }: ReportProps) {
  if (!insights) {
    if (error) return <Failure error={error} onRetry={onRetry} />
    return fetching ? (
      <Spinner />
    ) : (
      <Empty title="No figures">
        <p className="muted">Figures are their author’s alone.</p>
      </Empty>
    )
  }
  return (
    <>
      <section className="card settings-card">
        <h2 className="section-title">In short</h2>
        <table className="figures-table">
          <tbody>
            {figuresOf(insights).map(({ name, value }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <a
          className="button"
          download="insights.csv"
          href={`data:text/csv;charset=utf-8,${encodeURIComponent(insights.csv)}`}
        >
          Download as CSV
        </a>
      </section>
      <Bars
        title="Impressions by day"
        rows={insights.days.map(({ day, impressions }) => ({ name: day, value: impressions }))}
      />
      <Bars
        title="Impressions by hour, UTC"
        rows={insights.hours.map((value, hour) => ({ name: `${String(hour).padStart(2, '0')}:00`, value }))}
      />
      <Bars title="Age of those reached" rows={audienceBy(insights, 'AGE_BAND', (value) => value)} />
      <Bars
        title="Country of those reached"
        rows={audienceBy(insights, 'COUNTRY', (value) => countries.of(value) ?? value)}
      />
    </>
  )
}

const countries = new Intl.DisplayNames(undefined, { type: 'region' })

const audienceBy = (
  { audience }: Pick<InsightFieldsFragment, 'audience'>,
  by: AudienceDimension,
  nameOf: (value: string) => string,
) =>
  audience
    .filter(({ dimension }) => dimension === by)
    .map(({ value, accounts }) => ({ name: nameOf(value), value: accounts }))

/** A table whose numbers are bars as well. */
function Bars({ title, rows }: { title: string; rows: readonly { name: string; value: number }[] }) {
  const most = Math.max(1, ...rows.map(({ value }) => value))
  return (
    <section className="card settings-card">
      <table className="bars">
        <caption className="section-title">{title}</caption>
        <tbody>
          {rows.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                <span className="bar" style={{ inlineSize: `${(value / most) * 80}%` }} aria-hidden="true" />
                {formatCount(value)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p className="muted">Too few to tell.</p>}
    </section>
  )
}
