import { useEffect } from 'react'
import { useClient } from 'urql'
import { noteImpression, type Spot } from './impressions.ts'

/** Notes for how long a post is on the screen; nothing without a spot. */
export function useImpression(postId: string, visible: boolean, spot: Spot | undefined): void {
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
      noteImpression(client, postId, { surface, position }, performance.now() - since)
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
  }, [client, postId, visible, surface, position])
}
