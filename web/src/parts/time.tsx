import { fullTime, timeAgo, timeAgoBrief } from '../text/time-ago.ts'

/** How long ago something was, with the exact time at hand. */
export function Time({ at, brief = false }: { at: string; brief?: boolean }) {
  return (
    <time dateTime={at} title={fullTime(at)} className="muted">
      {brief ? timeAgoBrief(at) : timeAgo(at)}
    </time>
  )
}
