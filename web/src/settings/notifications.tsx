import { useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import {
  type NotificationChannel,
  type NotificationKind,
  NotificationSettingsDocument,
  type NotificationSettingsFieldsFragment,
  RegisterPushSubscriptionDocument,
  UnregisterPushSubscriptionDocument,
  UpdateNotificationSettingsDocument,
} from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'
import { Choice, Switch } from './choice.tsx'
import { CommentFilters } from './comment-filters.tsx'
import { canBePushed, currentPush, subscribeToPush } from './push.ts'

const kinds: Readonly<Record<NotificationKind, string>> = {
  POST_LIKE: 'Likes of your posts',
  COMMENT: 'Comments on your posts',
  REPLY: 'Replies to your comments',
  COMMENT_LIKE: 'Likes of your comments',
  MENTION: 'Mentions',
  TAG: 'Tags',
  FOLLOW: 'New followers',
  FOLLOW_REQUEST: 'Requests to follow you',
  FOLLOW_ACCEPTED: 'Accepted requests',
  STORY_REACTION: 'Reactions to your stories',
  STORY_VIEW: 'Views of your stories',
  STORY_ANSWER: 'Answers to your questions',
  MESSAGE: 'Messages',
  REEL: 'Reels of your favourites',
  MILESTONE: 'Round numbers',
  MODERATION: 'Decisions of moderators',
}
const channels: Readonly<Record<NotificationChannel, string>> = {
  IN_APP: 'Here',
  PUSH: 'Push',
  EMAIL: 'Mail',
}
const channelNames = Object.keys(channels) as NotificationChannel[]

/** What the viewer is told of, where and when. Each change counts at once. */
export function NotificationsSettings() {
  const [{ data }] = useQuery({
    query: NotificationSettingsDocument,
    requestPolicy: 'cache-and-network',
  })
  const viewer = data?.viewer
  if (!viewer) return null
  return (
    <>
      <section className="card settings-card">
        <h2 className="section-title">Notifications</h2>
        <ThisBrowser webPushKey={viewer.notificationSettings.webPushKey} />
        <When settings={viewer.notificationSettings} />
        <Kinds settings={viewer.notificationSettings} />
      </section>
      <CommentFilters words={viewer.commentFilters} />
    </>
  )
}

/** Whether this browser shows what happens while the app is closed. */
function ThisBrowser({ webPushKey }: { webPushKey: string }) {
  const [endpoint, setEndpoint] = useState<string | null>()
  const [register, registering] = useAction(RegisterPushSubscriptionDocument)
  const [unregister, unregistering] = useAction(UnregisterPushSubscriptionDocument)
  useEffect(() => {
    currentPush().then(
      (push) => setEndpoint(push?.endpoint ?? null),
      () => setEndpoint(null),
    )
  }, [])
  const begin = async () => {
    const address = await subscribeToPush(webPushKey).catch(() => null)
    if (!address) return showToast('Your browser does not allow it.', 'error')
    if (await register({ platform: 'WEB', ...address })) setEndpoint(address.endpoint)
  }
  const end = async () => {
    const push = await currentPush()
    await push?.unsubscribe()
    if (endpoint && (await unregister({ endpoint }))) setEndpoint(null)
  }
  return (
    <Switch
      label="Push on this browser"
      help={
        canBePushed()
          ? 'It tells you while Heliograph is closed. A push says what happened, never who or what was said.'
          : 'This browser cannot do it.'
      }
      checked={Boolean(endpoint)}
      disabled={endpoint === undefined || !canBePushed() || registering || unregistering}
      onChange={(wanted) => void (wanted ? begin() : end())}
    />
  )
}

/** How often mail sums up, and when nothing is pushed. */
function When({ settings }: { settings: NotificationSettingsFieldsFragment }) {
  const [update, busy] = useAction(UpdateNotificationSettingsDocument)
  const { quietHours, digest, pushDigest } = settings
  const timeZone = quietHours?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  const quiet = quietHours ?? { start: '22:00', end: '07:00', timeZone }
  return (
    <>
      <Choice
        label="Mail that sums up"
        help="What you have not read."
        value={digest}
        options={{ OFF: 'Never', DAILY: 'Every day', WEEKLY: 'Every week' }}
        disabled={busy}
        onChange={(wanted) => update({ digest: wanted })}
      />
      <Switch
        label="Push that sums up"
        help="Once a day at most, on days on which you were not here."
        checked={pushDigest}
        disabled={busy}
        onChange={(wanted) => void update({ pushDigest: wanted })}
      />
      <Switch
        label="Quiet hours"
        help={quietHours ? `Nothing is pushed then (${timeZone}).` : 'Hours in which nothing is pushed.'}
        checked={quietHours !== null}
        disabled={busy}
        onChange={(wanted) => update({ quietHours: wanted ? { ...quiet, timeZone } : null })}
      />
      {quietHours && (
        <div className="quiet-hours">
          {(['start', 'end'] as const).map((edge) => (
            <label key={edge}>
              {edge === 'start' ? 'From' : 'To'}{' '}
              <input
                type="time"
                required
                defaultValue={quietHours[edge]}
                disabled={busy}
                onBlur={({ target: { value } }) => {
                  if (value && value !== quietHours[edge]) {
                    void update({ quietHours: { ...quiet, timeZone, [edge]: value } })
                  }
                }}
              />
            </label>
          ))}
        </div>
      )}
    </>
  )
}

/** A table: what, by where. */
function Kinds({ settings }: { settings: NotificationSettingsFieldsFragment }) {
  const [update, busy] = useAction(UpdateNotificationSettingsDocument)
  const shown = settings.kinds.filter(({ kind }) => Object.hasOwn(kinds, kind))
  return (
    <table className="kinds-table">
      <caption className="visually-hidden">What you are told of, and where</caption>
      <thead>
        <tr>
          <th scope="col">Tell me of</th>
          {channelNames.map((channel) => (
            <th key={channel} scope="col">
              {channels[channel]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map(({ kind, channels: on }) => (
          <tr key={kind}>
            <th scope="row">{kinds[kind]}</th>
            {channelNames.map((channel) => (
              <td key={channel}>
                <input
                  type="checkbox"
                  aria-label={`${kinds[kind]}: ${channels[channel]}`}
                  checked={on.includes(channel)}
                  disabled={busy}
                  onChange={({ target: { checked } }) => {
                    const wanted = checked ? [...on, channel] : on.filter((one) => one !== channel)
                    void update({ kinds: [{ kind, channels: wanted }] })
                  }}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
