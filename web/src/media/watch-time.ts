import { useRef } from 'react'

/** For how long a video really played. */
export interface WatchTime {
  started(): void
  stopped(): void
  /** Milliseconds since it was last taken. */
  take(): number
}

/** Counts for how long a video plays: not while it waits for bytes or is paused. */
export function createWatchTime(now: () => number = () => performance.now()): WatchTime {
  let played = 0
  let since: number | null = null
  const stopped = () => {
    if (since !== null) played += now() - since
    since = null
  }
  return {
    started() {
      since ??= now()
    },
    stopped,
    take() {
      const playing = since !== null
      stopped()
      const taken = played
      played = 0
      if (playing) since = now()
      return Math.round(taken)
    },
  }
}

/** The watch time of one video. */
export function useWatchTime(): WatchTime {
  const watch = useRef<WatchTime>(null)
  watch.current ??= createWatchTime()
  return watch.current
}
