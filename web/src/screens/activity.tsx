import { useEffect, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import { Picture } from '../media/picture.tsx'
import { Faces } from '../messages/conversation-row.tsx'
import {
  MarkNotificationsReadDocument,
  type NotificationFieldsFragment,
  NotificationsDocument,
} from '../operations.gen.ts'
import { FollowButton } from '../parts/follow-button.tsx'
import { HeartIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { PendingTags } from '../post/pending-tags.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { describeNotification, notificationHref } from './notification-text.ts'
import { RequestButtons } from './requests.tsx'

const day = 86_400_000

/** What happened to the viewer. Being here marks it as read. */
export function ActivityScreen() {
  const viewer = useViewer()
  const pages = usePages(NotificationsDocument, { first: 30 }, (data) => data.viewer?.notifications)
  const [markRead] = useAction(MarkNotificationsReadDocument)
  const unread = viewer?.unreadNotificationCount ?? 0
  useEffect(() => {
    if (unread > 0) void markRead({})
  }, [unread, markRead])

  const periods = pages.nodes ? byPeriod(pages.nodes, Date.now()) : []
  return (
    <div className="page">
      <TopBar title="Activity" back={null} />
      <PendingTags />
      {!pages.nodes && (pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <Spinner />)}
      {pages.nodes?.length === 0 && (
        <Empty icon={<HeartIcon size={34} />} title="Nothing yet">
          <p className="muted">Likes, comments and followers appear here as they come.</p>
        </Empty>
      )}
      {periods.map(({ name, notifications }) => (
        <section key={name} className="card">
          <h2 className="section-title">{name}</h2>
          {notifications.map((notification) => (
            <NotificationRow key={notification.id} notification={notification} />
          ))}
        </section>
      ))}
      <LoadMore pages={pages} />
    </div>
  )
}

function byPeriod(notifications: readonly NotificationFieldsFragment[], now: number) {
  const name = ({ updatedAt }: NotificationFieldsFragment) => {
    const age = now - Date.parse(updatedAt)
    return age < day ? 'Today' : age < 7 * day ? 'This week' : 'Earlier'
  }
  const groups = Object.groupBy(notifications, name)
  return Object.entries(groups).map(([key, group]) => ({ name: key, notifications: group ?? [] }))
}

function NotificationRow({ notification }: { notification: NotificationFieldsFragment }) {
  // As it was when one came: being here marks it as read.
  const [isNew] = useState(notification.readAt === null)
  const { names, verb } = describeNotification(notification)
  const [actor] = notification.actors.edges
  return (
    <div className="notification" data-new={isNew}>
      <Link href={actor ? `/@${actor.node.username}` : '/activity'} tabIndex={-1} aria-hidden="true">
        <Faces members={notification.actors.edges.slice(0, 2).map(({ node }) => node)} size={46} />
      </Link>
      <Link href={notificationHref(notification)} className="notification-text quiet">
        {names.map((name, index) => (
          <span key={name}>
            {index > 0 && ' and '}
            <strong>{name}</strong>
          </span>
        ))}{' '}
        {verb} <Time at={notification.updatedAt} brief />
      </Link>
      <NotificationEnd notification={notification} />
    </div>
  )
}

/** What can be done about a notification, or what it is about. */
function NotificationEnd({ notification }: { notification: NotificationFieldsFragment }) {
  const [answered, setAnswered] = useState<boolean>()
  const actor = notification.actors.edges[0]?.node
  if (notification.kind === 'FOLLOW_REQUEST' && actor && answered === undefined && !actor.followsViewer)
    return <RequestButtons userId={actor.id} onAnswer={setAnswered} />
  if (notification.kind.startsWith('FOLLOW') && actor && answered !== false)
    return <FollowButton user={actor} />
  const { subject } = notification
  const media =
    subject?.__typename === 'Post'
      ? subject.media[0]
      : subject?.__typename === 'Comment'
        ? subject.post?.media[0]
        : undefined
  if (!media) return null
  return (
    <Link href={notificationHref(notification)} className="notification-picture" aria-label="Open the post">
      <Picture media={media} sizes="48px" alt="" />
    </Link>
  )
}
