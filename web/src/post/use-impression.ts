import { useEffect } from 'react'
import { useClient } from 'urql'
import type { WatchTime } from '../media/watch-time.ts'
import { noteImpression, type Spot } from './impressions.ts'

/** Notes for how long a post is on the screen, and played there; nothing without a spot. */
export function useImpression(
  postId: string,
  visible: boolean,
  spot: Spot | undefined,
  watch?: WatchTime,
): void {
  const client = useClient()
  const surface = spot?.surface
  const position = spot?.position
  useEffect(() => {
    if (!visible || !surface) return
    let since = performance.now()
    let counting = !document.hidden
    const stop = () => {
      if (!counting) return
      counting = false
      const dwellMs = performance.now() - since
      noteImpression(client, postId, { surface, position }, dwellMs, watch?.take())
    }
    const change = () => {
      if (document.hidden) return stop()
      since = performance.now()
      counting = true
    }
    // Captured, so that it is noted before what is noted is sent.
    document.addEventListener('visibilitychange', change, { capture: true })
    addEventListener('pagehide', stop, { capture: true })
    return () => {
      document.removeEventListener('visibilitychange', change, { capture: true })
      removeEventListener('pagehide', stop, { capture: true })
      stop()
    }
  }, [client, postId, visible, surface, position, watch])
}
