import { useCallback } from 'react'
import { showToast } from '../parts/toast.tsx'
import { useViewer } from '../session/viewer.tsx'
import { messengerOf } from './encryption/browser.ts'
import { NotEditable } from './encryption/changes.ts'
import { NotTakingPart, Refused } from './encryption/delivery.ts'
import type { Messenger } from './encryption/messenger.ts'

const hasWords = (error: unknown) =>
  error instanceof Refused || error instanceof NotTakingPart || error instanceof NotEditable

/**
 * Does what only a device with keys can do. Null when it could not be done: then the reason was shown, or `failure` where it has no
 * words for people.
 */
export function useSealed() {
  const viewerId = useViewer()?.id
  return useCallback(
    async <R>(work: (messenger: Messenger) => Promise<R>, failure: string): Promise<R | null> => {
      try {
        return viewerId ? await work(await messengerOf(viewerId)) : null
      } catch (error) {
        showToast(hasWords(error) ? (error as Error).message : failure, 'error')
        return null
      }
    },
    [viewerId],
  )
}
