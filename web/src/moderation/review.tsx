import { useState } from 'react'
import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { Picture } from '../media/picture.tsx'
import {
  ClaimReviewDocument,
  type ReviewDetailsFragment,
  ReviewDocument,
  UndoReviewDocument,
} from '../operations.gen.ts'
import { PersonRow } from '../parts/person.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { plural } from '../text/count.ts'
import { DecisionForm } from './decision-form.tsx'
import { appealNames, decisionWords, reasonNames, subjectNames, urgencyOf } from './words.ts'

/** One review: what it is about, what is said of it, and what can be done. */
export function Review({ id }: { id: string }) {
  const [{ data, error, fetching }, again] = useQuery({
    query: ReviewDocument,
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  const item = data?.review
  return (
    <section className="review" aria-label="Review">
      <TopBar title={item ? subjectNames[item.subjectKind] : 'Review'} back="/moderation">
        {item && <PlaceOf item={item} />}
      </TopBar>
      {item ? (
        <div className="review-body">
          <Subject item={item} />
          {item.appeal && <AppealNote appeal={item.appeal} />}
          {item.isOpen ? (
            <Work item={item} templates={data.reviewTemplates} />
          ) : (
            item.decision && <Decided item={item} />
          )}
        </div>
      ) : error ? (
        <Failure error={error} onRetry={() => again({ requestPolicy: 'network-only' })} />
      ) : fetching ? (
        <Spinner />
      ) : (
        <Empty title="There is no such review" />
      )}
    </section>
  )
}

/** A way to what the review is about, where it has a page that the moderator may see. */
function PlaceOf({ item }: { item: ReviewDetailsFragment }) {
  const href =
    item.subjectKind === 'POST'
      ? `/p/${item.subjectId}`
      : item.subjectKind === 'USER' && item.owner
        ? `/@${item.owner.username}`
        : null
  return href ? (
    <Link href={href} className="button button-small">
      Open
    </Link>
  ) : null
}

function Subject({ item }: { item: ReviewDetailsFragment }) {
  const urgency = urgencyOf(item.priority)
  const strikes =
    item.ownerStrikeCount > 0 ? `${plural(item.ownerStrikeCount, 'copyright strike')} this year` : undefined
  return (
    <>
      {item.owner ? (
        <PersonRow user={item.owner} detail={strikes} />
      ) : (
        item.ownerId && <p className="muted">The owner’s account is not in use.</p>
      )}
      {item.media.length > 0 && (
        <ul className="review-media">
          {item.media.map((media) => (
            <li key={media.id} style={{ aspectRatio: (media.width ?? 1) / (media.height ?? 1) }}>
              <Picture media={media} sizes="(min-width: 1000px) 420px, 90vw" />
            </li>
          ))}
        </ul>
      )}
      {item.text && <blockquote className="review-text">{item.text}</blockquote>}
      {item.evidence.length > 0 && (
        <section className="review-evidence" aria-label="Evidence">
          <h2 className="section-title">What the sender committed to</h2>
          <ol>
            {item.evidence.map(({ messageId, senderId, sentAt, text }) => (
              <li key={messageId} data-reported={messageId === item.subjectId}>
                <span className="muted">
                  {senderId === item.ownerId ? 'Sender' : 'Another'} · <Time at={sentAt} />
                </span>
                <p>{text ?? 'Nothing that can be read'}</p>
              </li>
            ))}
          </ol>
        </section>
      )}
      <dl className="review-facts">
        <div>
          <dt>What is said</dt>
          <dd className="chips">
            {item.reasons.map(({ reason, count }) => (
              <span key={reason} className="chip">
                {reasonNames[reason]}
                {count > 1 && <b> × {count}</b>}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>By whom</dt>
          <dd>
            {item.source === 'REPORTS'
              ? plural(item.reportCount, 'person', 'people')
              : 'Found by the machine'}
          </dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>
            <Time at={item.openedAt} />
          </dd>
        </div>
        <div>
          <dt>Priority</dt>
          <dd className="priority" data-urgency={urgency}>
            {item.priority}
          </dd>
        </div>
        {item.ownerTrust && (
          <div>
            <dt>Trust in the owner</dt>
            <dd>
              {item.ownerTrust.score} of 100 ({item.ownerTrust.level.toLowerCase()}) ·{' '}
              {plural(item.ownerTrust.ageDays, 'day')} old ·{' '}
              {plural(item.ownerTrust.violationCount, 'violation')} ·{' '}
              {plural(item.ownerTrust.upheldReportCount, 'upheld report')} ·{' '}
              {plural(item.ownerTrust.openReportCount, 'open report')}
            </dd>
          </div>
        )}
      </dl>
      {item.ring.length > 0 && (
        <section aria-label="Acts as one with">
          <h2 className="section-title">Acts as one with</h2>
          {item.ring.map((user) => (
            <PersonRow key={user.id} user={user} />
          ))}
        </section>
      )}
    </>
  )
}

function AppealNote({ appeal }: { appeal: NonNullable<ReviewDetailsFragment['appeal']> }) {
  return (
    <section className="review-appeal" aria-label="Appeal">
      <h2>
        Appeal <Time at={appeal.at} brief />
      </h2>
      <p>{appeal.text || 'The owner says nothing more.'}</p>
      <p className="muted">{appealNames[appeal.status]}.</p>
    </section>
  )
}

/** What waits: it is taken first, so that no two decide the same. */
function Work({
  item,
  templates,
}: {
  item: ReviewDetailsFragment
  templates: readonly { key: string; text: string }[]
}) {
  const [claim, claiming] = useAction(ClaimReviewDocument)
  if (item.viewerHasClaimed) return <DecisionForm key={item.id} item={item} templates={templates} />
  if (item.viewerHasClaimed === false)
    return (
      <p className="review-note" role="status">
        Another moderator looks at this
        {item.claimedUntil && (
          <>
            {' '}
            until{' '}
            {new Date(item.claimedUntil).toLocaleTimeString(undefined, {
              hour: 'numeric',
              minute: '2-digit',
            })}
          </>
        )}
        .
      </p>
    )
  return (
    <button
      type="button"
      className="button button-primary button-large"
      disabled={claiming}
      onClick={() => claim({ itemId: item.id })}
    >
      Take it for 15 minutes
    </button>
  )
}

function Decided({ item }: { item: ReviewDetailsFragment }) {
  const viewer = useViewer()
  const [undo, undoing] = useAction(UndoReviewDocument)
  const [sure, setSure] = useState(false)
  const [note, setNote] = useState('')
  if (!item.decision) return null
  const words = decisionWords[item.decision]
  const takeBack = async () => {
    const done = await undo({ itemId: item.id, note: note.trim() || null })
    if (done) showToast('Taken back. It waits in the queue again.')
  }
  return (
    <section className="review-decided" aria-label="Decision">
      <h2>{words.done}</h2>
      <p className="muted">
        {item.decidedAt && <Time at={item.decidedAt} />} · {words.about}
      </p>
      {item.note && <p className="review-words">{item.note}</p>}
      {viewer?.id !== item.ownerId &&
        (sure ? (
          <form
            className="form"
            onSubmit={(event) => {
              event.preventDefault()
              void takeBack()
            }}
          >
            <label className="field">
              <span>Why, for the record</span>
              <textarea
                rows={2}
                maxLength={1_000}
                value={note}
                onChange={(event) => setNote(event.target.value)}
              />
            </label>
            <div className="form-row">
              <button type="button" className="button" onClick={() => setSure(false)}>
                Keep it
              </button>
              <button type="submit" className="button button-primary" disabled={undoing}>
                Take it back
              </button>
            </div>
          </form>
        ) : (
          <button type="button" className="button" onClick={() => setSure(true)}>
            Undo
          </button>
        ))}
    </section>
  )
}
