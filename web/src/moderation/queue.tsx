import { usePages } from '../graph/use-pages.ts'
import { Picture } from '../media/picture.tsx'
import { ReviewQueueDocument, type ReviewRowFragment, type ReviewView } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { ShieldIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { Link } from '../router.tsx'
import { plural } from '../text/count.ts'
import { decisionWords, reasonNames, subjectNames, urgencyOf } from './words.ts'

const nothing: Readonly<Record<ReviewView, string>> = {
  OPEN: 'Nothing waits. Well done.',
  APPEALS: 'Nobody appeals.',
  CLAIMED: 'You keep no review for yourself.',
  DECIDED: 'Nothing was decided yet.',
}

/** Reviews as rows, the most urgent first. */
export function Queue({ view, openId }: { view: ReviewView; openId: string | undefined }) {
  const pages = usePages(ReviewQueueDocument, { view, first: 30 }, (data) => data.reviewQueue)
  if (!pages.nodes) return pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <Spinner />
  if (pages.nodes.length === 0)
    return (
      <Empty icon={<ShieldIcon size={34} />} title="All clear">
        <p className="muted">{nothing[view]}</p>
      </Empty>
    )
  return (
    <>
      <ul className="reviews">
        {pages.nodes.map((item) => (
          <li key={item.id}>
            <Row item={item} current={item.id === openId} />
          </li>
        ))}
      </ul>
      <LoadMore pages={pages} />
    </>
  )
}

function Row({ item, current }: { item: ReviewRowFragment; current: boolean }) {
  const urgency = urgencyOf(item.priority)
  const [first] = item.media
  const reasons = item.reasons.map(({ reason }) => reasonNames[reason])
  return (
    <Link
      href={`/moderation/${item.id}`}
      className="review-row"
      data-urgency={item.isOpen ? urgency : 'done'}
      aria-current={current ? 'page' : undefined}
    >
      <span className="review-thumb">
        {first ? <Picture media={first} sizes="56px" alt="" /> : <Avatar user={item.owner} size={56} />}
      </span>
      <span className="review-row-text">
        <span className="review-row-head">
          <strong className="ellipsis">
            {subjectNames[item.subjectKind]}
            {item.owner && `${item.subjectKind === 'USER' ? '' : ' by'} ${item.owner.username}`}
          </strong>
          <Time at={item.openedAt} brief />
        </span>
        <span className="ellipsis">{item.text ?? (first ? 'No words' : 'Nothing that can be read')}</span>
        <span className="review-row-foot">
          {item.isOpen && urgency !== 'normal' && (
            <span className={`chip chip-${urgency}`}>{urgency === 'urgent' ? 'Urgent' : 'High'}</span>
          )}
          {item.appeal?.status === 'PENDING' && <span className="chip chip-appeal">Appeal</span>}
          {!item.isOpen && item.decision && <span className="chip">{decisionWords[item.decision].done}</span>}
          {item.viewerHasClaimed !== null && (
            <span className="chip">{item.viewerHasClaimed ? 'Yours' : 'Taken'}</span>
          )}
          <span className="muted ellipsis">
            {item.source === 'REPORTS' ? plural(item.reportCount, 'report') : 'Found by the machine'}
            {reasons.length > 0 && ` · ${reasons.join(', ')}`}
          </span>
        </span>
      </span>
    </Link>
  )
}
