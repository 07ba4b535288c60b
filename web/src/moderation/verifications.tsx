import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import {
  ResolveVerificationDocument,
  VerificationQueueDocument,
  type VerificationQueueQuery,
} from '../operations.gen.ts'
import { VerifiedIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { PersonRow } from '../parts/person.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'

type Request = VerificationQueueQuery['verificationQueue']['nodes'][number]

/** Who asks to be verified as who he is, the first one first. */
export function Verifications() {
  const pages = usePages(VerificationQueueDocument, { first: 30 }, (data) => data.verificationQueue)
  if (!pages.nodes) return pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <Spinner />
  const waiting = pages.nodes.filter(({ status }) => status === 'PENDING')
  return (
    <>
      {waiting.length === 0 && (
        <Empty icon={<VerifiedIcon size={34} />} title="All clear">
          <p className="muted">Nobody asks to be verified.</p>
        </Empty>
      )}
      {waiting.map((request) => (
        <RequestCard key={request.id} request={request} />
      ))}
      <LoadMore pages={pages} />
    </>
  )
}

function RequestCard({ request: { id, user, note, createdAt } }: { request: Request }) {
  const [resolve, resolving] = useAction(ResolveVerificationDocument)
  const [words, setWords] = useState('')
  const decide = async (approved: boolean) => {
    const done = await resolve({ verificationId: id, approved, note: words.trim() || null })
    if (done) showToast(approved ? 'Verified.' : 'Declined. He is told.')
  }
  return (
    <section className="card" aria-label="Request">
      {user ? (
        <PersonRow user={user} detail={<Time at={createdAt} />} />
      ) : (
        <p className="muted">The account is not in use.</p>
      )}
      {note && <blockquote className="review-text">{note}</blockquote>}
      <label className="field">
        <span>What to tell him</span>
        <textarea rows={2} maxLength={500} value={words} onChange={(event) => setWords(event.target.value)} />
      </label>
      <div className="form-row">
        <button type="button" className="button" disabled={resolving} onClick={() => decide(false)}>
          Decline
        </button>
        <button
          type="button"
          className="button button-primary"
          disabled={resolving}
          onClick={() => decide(true)}
        >
          Verify
        </button>
      </div>
    </section>
  )
}
