import { usePages } from '../graph/use-pages.ts'
import { AuditLogDocument, type AuditLogQuery, type ReviewDecision } from '../operations.gen.ts'
import { LoadMore } from '../parts/load-more.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { Link } from '../router.tsx'
import { decisionWords, nameOfSubject } from './words.ts'

type Entry = AuditLogQuery['auditLog']['nodes'][number]

const others: Readonly<Record<string, string>> = {
  UNDO: 'Taken back',
  CLAIM: 'Taken to look at',
  APPEAL: 'Appealed',
  COPYRIGHT_CLAIM: 'Claimed as a work',
  COPYRIGHT_ANSWER: 'Claim contradicted',
  FLAG: 'Flagged by the machine',
}

const nameOf = (action: string) =>
  Object.hasOwn(decisionWords, action)
    ? decisionWords[action as ReviewDecision].done
    : (others[action] ?? action)

/** All that moderation did, the last first. */
export function AuditLog() {
  const pages = usePages(AuditLogDocument, { first: 50 }, (data) => data.auditLog)
  if (!pages.nodes) return pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <Spinner />
  if (pages.nodes.length === 0) return <Empty title="Nothing happened yet" />
  const texts = new Map(pages.data?.reviewTemplates.map(({ key, text }) => [key, text]))
  return (
    <>
      <ol className="audit">
        {pages.nodes.map((entry) => (
          <AuditRow
            key={entry.sequence}
            entry={entry}
            detail={entry.detail && (texts.get(entry.detail) ?? entry.detail)}
          />
        ))}
      </ol>
      <LoadMore pages={pages} />
    </>
  )
}

function AuditRow({ entry, detail }: { entry: Entry; detail: string | null }) {
  const what = `${nameOf(entry.action)} · ${nameOfSubject(entry.subjectId)}`
  return (
    <li>
      <span className="audit-sequence">{entry.sequence}</span>
      <div>
        <p>
          {entry.itemId ? (
            <Link href={`/moderation/${entry.itemId}`} className="username">
              {what}
            </Link>
          ) : (
            <strong>{what}</strong>
          )}{' '}
          <span className="muted">
            {entry.actor ? `by ${entry.actor.username} ` : ''}
            <Time at={entry.at} />
          </span>
        </p>
        {detail && <p className="review-words">{detail}</p>}
        <code className="audit-hash" title={entry.hash}>
          {entry.hash.slice(0, 16)}
        </code>
      </div>
    </li>
  )
}
