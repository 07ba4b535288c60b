import { useMemo } from 'react'
import { thumbHashToDataURL } from 'thumbhash'

/** A blurred preview from a ThumbHash in base64, as an image URL; undefined when there is none or it is broken. */
export function usePlaceholder(hash: string | null): string | undefined {
  return useMemo(() => {
    if (!hash) return undefined
    try {
      return thumbHashToDataURL(Uint8Array.from(atob(hash), (char) => char.charCodeAt(0)))
    } catch {
      return undefined
    }
  }, [hash])
}
