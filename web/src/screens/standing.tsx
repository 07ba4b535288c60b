import { type FormEvent, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import { appealNames, decisionWords, nameOfSubject, reasonNames, reportNames } from '../moderation/words.ts'
import { AppealDecisionDocument, StandingDocument, type StandingQuery } from '../operations.gen.ts'
import { ShieldIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'
import { TopBar } from '../parts/top-bar.tsx'

type Decision = NonNullable<StandingQuery['viewer']>['moderationDecisions']['nodes'][number]

/** What moderators decided about the viewer and what is his, what he may say to it, and what became of his reports. */
export function StandingScreen() {
  const pages = usePages(StandingDocument, { first: 20 }, (data) => data.viewer?.moderationDecisions)
  const reports = pages.data?.viewer?.reports.nodes ?? []
  return (
    <div className="page">
      <TopBar title="Decisions and reports" back="/settings" />
      {!pages.nodes ? (
        pages.error ? (
          <Failure error={pages.error} onRetry={pages.refresh} />
        ) : (
          <Spinner />
        )
      ) : pages.nodes.length === 0 ? (
        <Empty icon={<ShieldIcon size={34} />} title="All is well">
          <p className="muted">Moderators decided nothing about you.</p>
        </Empty>
      ) : (
        pages.nodes.map((decision) => <DecisionCard key={decision.id} decision={decision} />)
      )}
      <LoadMore pages={pages} />
      {reports.length > 0 && (
        <section className="card">
          <h2 className="section-title">Your reports</h2>
          <ul className="sessions">
            {reports.map((report) => (
              <li key={report.id}>
                <span>
                  {nameOfSubject(report.subjectId)} · {reasonNames[report.reason]}
                  <br />
                  <Time at={report.createdAt} />
                </span>
                <span className="muted">{reportNames[report.status]}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}

function DecisionCard({
  decision: { id, subjectId, decision, reason, message, decidedAt, appeal },
}: {
  decision: Decision
}) {
  const [ask, asking] = useAction(AppealDecisionDocument)
  const [open, setOpen] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('text') ?? '').trim() || null
    if (!(await ask({ decisionId: id, text }))) return
    showToast('Another moderator looks at it again.')
    setOpen(false)
  }
  return (
    <section className="card settings-card" aria-label="Decision">
      <div>
        <h2>{decision ? decisionWords[decision].done : 'Taken back: it is looked at again'}</h2>
        <p className="muted">
          {nameOfSubject(subjectId)}
          {reason && ` · ${reasonNames[reason]}`}
          {decidedAt && (
            <>
              {' '}
              · <Time at={decidedAt} />
            </>
          )}
        </p>
      </div>
      {message && <p>{message}</p>}
      {appeal && (
        <p>
          Your appeal{appeal.text && `: “${appeal.text}”`}
          <br />
          <span className="muted">{appealNames[appeal.status]}.</span>
        </p>
      )}
      {decision &&
        decision !== 'NONE' &&
        !appeal &&
        (open ? (
          <form className="form" onSubmit={submit}>
            <label className="field">
              <span>Why is it wrong?</span>
              <textarea name="text" rows={3} maxLength={1_000} />
            </label>
            <button type="submit" className="button button-primary" disabled={asking}>
              Appeal
            </button>
          </form>
        ) : (
          <button type="button" className="button" onClick={() => setOpen(true)}>
            Appeal
          </button>
        ))}
    </section>
  )
}
