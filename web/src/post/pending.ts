import { useSyncExternalStore } from 'react'

// Posts that were shared from this page. The home feed holds them only when they are processed and handed out; until then
// they are shown above it.

let pending: readonly string[] = []
const listeners = new Set<() => void>()

/** Shows a new post above the feed until the feed has it. */
export function addPending(postId: string): void {
  pending = [postId, ...pending]
  for (const listener of listeners) listener()
}

/** Ids of the posts that were shared from this page, newest first. */
export function usePending(): readonly string[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => pending,
  )
}
