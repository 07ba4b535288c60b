// The mail that sums up what was not read: which period it is for, and that it goes once (N6). The row that says when the next is due
// moves on in the same transaction as the event that has the mail sent, so that each period is told of once.
import type { Transact } from '#platform/mongo.ts'
import type { Facts } from '#platform/visibility.ts'
import type {
  DigestPeriod,
  NotificationChannel,
  NotificationKind,
  NotificationRow,
  NotificationSettingsRow,
  QuietHours,
} from '../model.ts'
import type { Store } from '../store.ts'
import { settingOf } from './notification-settings.ts'
import { readerOf, visibleNotifications } from './visible-notifications.ts'

/** When mails go, by the clock of where the person is. */
const mailHour = 9
const monday = 1
const dayMs = 86_400_000

/** People whose digests one run looks at, at most. */
const atOnce = 100
/** Notifications that a digest counts at most. */
const counted = 500

/**
 * When the next digest is due: at nine or another hour, where the person is, on the next day or Monday; when he wants quiet then, at the
 * end of that. Null when he wants none.
 */
export function nextDigestAt(
  period: DigestPeriod,
  quietHours: QuietHours | null,
  after: Date,
  hour = mailHour,
): Date | null {
  if (period === 'OFF') return null
  const timeZone = quietHours?.timeZone ?? 'UTC'
  const minute = quietHours && covers(quietHours, hour * 60) ? quietHours.endMinute : hour * 60
  const days = period === 'WEEKLY' ? 8 : 2
  for (let ahead = 0; ahead <= days; ahead++) {
    const { year, month, day } = localDay(timeZone, new Date(after.getTime() + ahead * dayMs))
    const due = instantOf(timeZone, year, month, day, minute)
    const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay()
    if (due > after && (period === 'DAILY' || weekday === monday)) return due
  }
  throw new Error('no day of a week is a Monday')
}

const covers = ({ startMinute, endMinute }: QuietHours, minute: number) =>
  startMinute <= endMinute
    ? minute >= startMinute && minute < endMinute
    : minute >= startMinute || minute < endMinute

function localDay(timeZone: string, at: Date): { year: number; month: number; day: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0)
  return { year: part('year'), month: part('month'), day: part('day') }
}

/** The moment at which clocks somewhere show a time; where clocks are put forward over it, an hour off. */
function instantOf(timeZone: string, year: number, month: number, day: number, minute: number): Date {
  const wanted = Date.UTC(year, month - 1, day, 0, minute)
  let at = wanted
  // Twice: the offset may change between the first guess and the moment itself.
  for (let i = 0; i < 2; i++) at = wanted - offsetMs(timeZone, new Date(at))
  return new Date(at)
}

/** By how much clocks somewhere are ahead of UTC. */
function offsetMs(timeZone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' },
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0)
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return shown - Math.floor(at.getTime() / 1_000) * 1_000
}

export interface DigestDeps {
  store: Pick<Store, 'listDueDigests' | 'advanceDigest' | 'listNotifications' | 'gatherComments'>
  transact: Transact<'engagement'>
  facts: Facts
  now(): Date
}

/** Has the digests that are due sent; answers how many. Processes that do this at the same moment share the work. */
export async function sendDueDigests(deps: DigestDeps, signal?: AbortSignal): Promise<number> {
  let sent = 0
  for (const settings of await deps.store.listDueDigests(deps.now(), atOnce)) {
    if (signal?.aborted) break
    if (await sendDigest(deps, settings)) sent++
  }
  return sent
}

async function sendDigest(deps: DigestDeps, settings: NotificationSettingsRow): Promise<boolean> {
  const { _id: userId, digestDueAt: dueAt } = settings
  if (!dueAt) return false
  const now = deps.now()
  const counts = new Map<NotificationKind, number>()
  for (const { kind } of await unreadOf(deps, settings, settings.digestedAt ?? null, 'EMAIL'))
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const next = nextDigestAt(settings.digest, settings.quietHours, now)
  return deps.transact(async (tx) => {
    if (!(await deps.store.advanceDigest(tx, userId, dueAt, next, now)) || counts.size === 0) return false
    const told = [...counts].map(([kind, count]) => ({ kind, count }))
    tx.emit('digest.due', { userId, digestId: `${userId}:${dueAt.toISOString()}`, counts: told })
    return true
  })
}

/** What a person has not read since a time, as far as he wants to be told of it there and may see it (N4, N5). At most 500. */
export async function unreadOf(
  deps: Pick<DigestDeps, 'facts'> & { store: Pick<Store, 'listNotifications' | 'gatherComments'> },
  settings: NotificationSettingsRow,
  since: Date | null,
  channel: NotificationChannel,
): Promise<NotificationRow[]> {
  const rows = await deps.store.listNotifications(settings._id, null, counted)
  const isWanted = ({ readAt, updatedAt, kind }: NotificationRow) =>
    !readAt && !(since && updatedAt <= since) && settingOf(settings, kind).channels.includes(channel)
  return visibleNotifications(readerOf(deps, settings._id), rows.filter(isWanted))
}
