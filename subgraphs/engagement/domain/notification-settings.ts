// What a person wants to be told of, by whom, and where. It binds everywhere: in the app, by push and by mail (N5).
import type { Transact } from '#platform/mongo.ts'
import { boundedList } from '#platform/validate.ts'
import { AppError } from '#schema/errors.ts'
import { notificationKinds } from '#schema/events.ts'
import type { Relation } from '#schema/facts.ts'
import {
  type DigestPeriod,
  type KindSetting,
  type NotificationChannel,
  type NotificationKind,
  type NotificationSettingsRow,
  notificationChannels,
  type QuietHours,
} from '../model.ts'
import type { Store } from '../store.ts'
import { nextDigestAt } from './digest.ts'

/** Kinds that are not told everywhere: views of a story are many and small; messages have a list of their own. */
const usualChannels: Partial<Record<NotificationKind, NotificationChannel[]>> = {
  STORY_VIEW: ['IN_APP'],
  MESSAGE: ['PUSH'],
}

/** What holds where a person has said nothing. */
export function usualSetting(kind: NotificationKind): KindSetting {
  return { from: 'EVERYONE', channels: usualChannels[kind] ?? [...notificationChannels] }
}

/** The settings of a person who has said nothing. */
export function usualSettings(userId: string): NotificationSettingsRow {
  return { _id: userId, kinds: {}, quietHours: null, digest: 'OFF', updatedAt: new Date(0) }
}

/** How a person is to be told of a kind. */
export function settingOf(
  row: NotificationSettingsRow | null | undefined,
  kind: NotificationKind,
): KindSetting {
  return row?.kinds[kind] ?? usualSetting(kind)
}

/** Whether what an actor did is told at all. `relation` is the recipient's to him. */
export function isWanted(setting: KindSetting, relation: Relation): boolean {
  if (setting.channels.length === 0) return false
  if (setting.from === 'NOBODY') return false
  return setting.from === 'EVERYONE' || relation.follow === 'FOLLOWING'
}

/** Minutes since midnight of a moment, where a person is. */
function minuteIn(timeZone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0)
  return part('hour') * 60 + part('minute')
}

/** Whether a person wants quiet at a moment. Hours that end before they begin go over midnight. */
export function isQuiet(quietHours: QuietHours | null | undefined, at: Date): boolean {
  if (!quietHours) return false
  const { startMinute, endMinute, timeZone } = quietHours
  const minute = minuteIn(timeZone, at)
  return startMinute <= endMinute
    ? minute >= startMinute && minute < endMinute
    : minute >= startMinute || minute < endMinute
}

export interface SettingsInput {
  kinds?:
    | readonly {
        kind: NotificationKind
        from?: KindSetting['from'] | null | undefined
        channels?: readonly NotificationChannel[] | null | undefined
      }[]
    | null
    | undefined
  quietHours?: { start: string; end: string; timeZone: string } | null | undefined
  digest?: DigestPeriod | null | undefined
  pushDigest?: boolean | null | undefined
}

/**
 * Changes a person's settings; what is left out stays, `quietHours` null ends them. Throws TOO_MANY, and INVALID for a wrong time of
 * day or time zone.
 */
export async function updateNotificationSettings(
  deps: { store: Pick<Store, 'findSettings' | 'putSettings'>; transact: Transact<'engagement'>; now(): Date },
  viewerId: string,
  input: SettingsInput,
): Promise<NotificationSettingsRow> {
  const kinds = boundedList(input.kinds ?? [], { field: 'kinds', max: notificationKinds.length })
  const quietHours = input.quietHours && quietHoursOf(input.quietHours)
  return deps.transact(async (tx) => {
    const before = await deps.store.findSettings(viewerId, tx)
    const changed = kinds.map(({ kind, from, channels }) => {
      const known = settingOf(before, kind)
      return [
        kind,
        { from: from ?? known.from, channels: channels ? [...new Set(channels)] : known.channels },
      ]
    })
    const quiet = quietHours === undefined ? (before?.quietHours ?? null) : quietHours
    const digest = input.digest ?? before?.digest ?? 'OFF'
    const row: NotificationSettingsRow = {
      ...before,
      _id: viewerId,
      kinds: { ...before?.kinds, ...Object.fromEntries(changed) },
      quietHours: quiet,
      digest,
      digestDueAt: nextDigestAt(digest, quiet, deps.now()),
      pushDigest: input.pushDigest ?? before?.pushDigest ?? true,
      updatedAt: deps.now(),
    }
    await deps.store.putSettings(tx, row)
    return row
  })
}

function quietHoursOf(input: { start: string; end: string; timeZone: string }): QuietHours {
  const minuteOf = (field: 'start' | 'end') => {
    const [, hour, minute] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(input[field]) ?? []
    if (hour && minute) return Number(hour) * 60 + Number(minute)
    throw new AppError('INVALID', 'A time of day, `HH:MM`.', { field: ['input', 'quietHours', field] })
  }
  if (input.timeZone.length > 64 || !isTimeZone(input.timeZone)) {
    throw new AppError('INVALID', 'A time zone of the IANA database, such as `Europe/Berlin`.', {
      field: ['input', 'quietHours', 'timeZone'],
    })
  }
  return { startMinute: minuteOf('start'), endMinute: minuteOf('end'), timeZone: input.timeZone }
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

/** A minute of the day as `HH:MM`. */
export function timeOfDay(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
