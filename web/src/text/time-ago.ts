const steps = [
  { unit: 'second', ms: 1_000, below: 60 },
  { unit: 'minute', ms: 60_000, below: 60 },
  { unit: 'hour', ms: 3_600_000, below: 24 },
  { unit: 'day', ms: 86_400_000, below: 7 },
  { unit: 'week', ms: 604_800_000, below: 5 },
] as const

/**
 * How long ago `then` was, for people: `now`, `5 min. ago`, `3 weeks ago`; a date when that is longer ago than a month.
 *
 * @param then RFC 3339 time
 * @param now milliseconds since the epoch
 */
export function timeAgo(then: string, now: number = Date.now(), locale?: string): string {
  const passed = Math.max(0, now - Date.parse(then))
  if (passed < 10_000) return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second')
  for (const { unit, ms, below } of steps) {
    const count = Math.floor(passed / ms)
    if (count < below)
      return new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' }).format(-count, unit)
  }
  return formatDate(then, now, locale)
}

/** `now`, `5m`, `3w`: the same for where there is little room. */
export function timeAgoBrief(then: string, now: number = Date.now()): string {
  const passed = Math.max(0, now - Date.parse(then))
  if (passed < 60_000) return 'now'
  if (passed < 3_600_000) return `${Math.floor(passed / 60_000)}m`
  if (passed < 86_400_000) return `${Math.floor(passed / 3_600_000)}h`
  if (passed < 604_800_000) return `${Math.floor(passed / 86_400_000)}d`
  return `${Math.floor(passed / 604_800_000)}w`
}

/** Day and month, with the year when it is another one. */
function formatDate(then: string, now: number, locale?: string): string {
  const date = new Date(then)
  const sameYear = date.getUTCFullYear() === new Date(now).getUTCFullYear()
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(date)
}

/** When a run of messages began: the time alone today, with the weekday within the week, else with the date. */
export function timeOfRun(then: string, now: number = Date.now(), locale?: string): string {
  const date = new Date(then)
  const today = new Date(now).toDateString() === date.toDateString()
  const thisWeek = now - date.getTime() < 6 * 86_400_000
  return new Intl.DateTimeFormat(locale, {
    hour: 'numeric',
    minute: '2-digit',
    ...(today ? {} : thisWeek ? { weekday: 'long' } : { day: 'numeric', month: 'long' }),
  }).format(date)
}

/** Date and time in full, for a tooltip. */
export function fullTime(then: string, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }).format(new Date(then))
}
