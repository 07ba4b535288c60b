import { useState } from 'react'
import { useQuery } from 'urql'
import { AuditLog } from '../moderation/audit-log.tsx'
import { Queue } from '../moderation/queue.tsx'
import { Review } from '../moderation/review.tsx'
import { Verifications } from '../moderation/verifications.tsx'
import { roughly } from '../moderation/words.ts'
import { ReviewMetricsDocument, type ReviewView } from '../operations.gen.ts'
import { ShieldIcon } from '../parts/icons.tsx'
import { Empty } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { formatCount } from '../text/count.ts'

const views: readonly { view: ReviewView; label: string }[] = [
  { view: 'OPEN', label: 'Waiting' },
  { view: 'APPEALS', label: 'Appeals' },
  { view: 'CLAIMED', label: 'Mine' },
  { view: 'DECIDED', label: 'Decided' },
]

/** Moderators’ work: the queue, and beside it, or on a phone instead of it, the open review. */
export function ModerationScreen({ openId }: { openId?: string | undefined }) {
  const viewer = useViewer()
  const [view, setView] = useState<ReviewView>('OPEN')
  if (!viewer) return null
  if (viewer.role === 'MEMBER') return <NotForYou />
  return (
    <div className="moderation" data-open={openId !== undefined}>
      <section className="moderation-list" aria-label="Reviews">
        <TopBar title="Moderation">
          <Link href="/moderation/verification" className="button button-small">
            Verification
          </Link>
          <Link href="/moderation/log" className="button button-small">
            Log
          </Link>
        </TopBar>
        <Metrics />
        <div className="tabs" role="tablist" aria-label="Which reviews">
          {views.map((choice) => (
            <button
              key={choice.view}
              type="button"
              role="tab"
              aria-selected={view === choice.view}
              className="tab"
              onClick={() => setView(choice.view)}
            >
              {choice.label}
            </button>
          ))}
        </div>
        <Queue key={view} view={view} openId={openId} />
      </section>
      {openId ? (
        <Review key={openId} id={openId} />
      ) : (
        <section className="review review-none">
          <Empty icon={<ShieldIcon size={34} />} title="Choose a review">
            <p className="muted">The most urgent ones stand on top.</p>
          </Empty>
        </section>
      )}
    </div>
  )
}

/** What moderation did, for moderators. */
export function ModerationLogScreen() {
  const viewer = useViewer()
  if (!viewer) return null
  if (viewer.role === 'MEMBER') return <NotForYou />
  return (
    <div className="page">
      <TopBar title="Log" back="/moderation" />
      <p className="muted topic-count">Entries are never changed: each carries the hash of the one before.</p>
      <AuditLog />
    </div>
  )
}

/** Who wants to be verified, for moderators. */
export function VerificationScreen() {
  const viewer = useViewer()
  if (!viewer) return null
  if (viewer.role === 'MEMBER') return <NotForYou />
  return (
    <div className="page">
      <TopBar title="Verification" back="/moderation" />
      <Verifications />
    </div>
  )
}

function NotForYou() {
  return (
    <Empty icon={<ShieldIcon size={34} />} title="For moderators">
      <p className="muted">What you report is looked at here.</p>
      <Link href="/" className="button">
        Go home
      </Link>
    </Empty>
  )
}

function Metrics() {
  const [{ data }] = useQuery({ query: ReviewMetricsDocument, requestPolicy: 'cache-and-network' })
  const metrics = data?.reviewMetrics
  const oldest = metrics?.oldestOpenedAt
  const figures = [
    { name: 'Waiting', value: metrics ? formatCount(metrics.backlog) : '–' },
    { name: 'Oldest', value: oldest ? roughly(Date.now() - Date.parse(oldest)) : '–' },
    {
      name: 'To a decision',
      value: typeof metrics?.medianLatencyMs === 'number' ? roughly(metrics.medianLatencyMs) : '–',
    },
    {
      name: 'Overturned',
      value: typeof metrics?.overturnRate === 'number' ? `${Math.round(metrics.overturnRate * 100)} %` : '–',
    },
  ]
  return (
    <dl className="moderation-figures">
      {figures.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
