import { useCallback, useEffect, useState } from 'react'
import { useViewer } from '../session/viewer.tsx'
import { messengerOf } from './encryption/browser.ts'
import type { Messenger } from './encryption/messenger.ts'

export interface Encryption {
  /** Undefined until it is loaded. */
  readonly messenger: Messenger | undefined
  /** This device's id; null while it takes no part, undefined until that is known. */
  readonly deviceId: string | null | undefined
  /** Looks again whether this device takes part. */
  readonly refresh: () => void
}

/** What this browser can do with encrypted conversations; `needed` false loads nothing. */
export function useMessenger(needed = true): Encryption {
  const viewerId = useViewer()?.id
  const [state, setState] = useState<Omit<Encryption, 'refresh'>>({
    messenger: undefined,
    deviceId: undefined,
  })
  const [round, setRound] = useState(0)
  const refresh = useCallback(() => setRound((value) => value + 1), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round looks anew
  useEffect(() => {
    if (!viewerId || !needed) return
    let current = true
    const load = async () => {
      const messenger = await messengerOf(viewerId)
      const device = await messenger.device()
      if (current) setState({ messenger, deviceId: device?.deviceId ?? null })
    }
    load().catch(() => current && setState({ messenger: undefined, deviceId: null }))
    return () => {
      current = false
    }
  }, [viewerId, needed, round])
  return { ...state, refresh }
}
