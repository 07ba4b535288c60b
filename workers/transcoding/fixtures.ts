// What tests of whole videos share: a platform on which a worker dies at a place of one's choice, and what it had finished.
import type { Platform } from '#platform/service.ts'

/** The same servers; whatever is written is noted, and what `stopAt` names is not written: the worker dies there. */
export function noting(platform: Platform, written: string[], stopAt?: RegExp): Platform {
  return {
    ...platform,
    storage: {
      ...platform.storage,
      async write(key, body, object) {
        if (stopAt?.test(key)) throw new Error('killed')
        written.push(key)
        await platform.storage.write(key, body, object)
      },
    },
  }
}

/** Names of the pieces that are whole, among keys under an item's work folder, in order. */
export function wholePieces(keys: readonly string[]): string[] {
  return keys.flatMap((key) => /^work\/[^/]+\/[^/]+\/([^/]+)\/done$/.exec(key)?.[1] ?? []).sort()
}
