import { useCallback, useRef } from 'react'
import { useClient } from 'urql'
import { MediaDocument } from '../operations.gen.ts'

const pauseMs = 60_000

/** Asks for a media item's URLs again: those of a private account end after five minutes. At most once a minute. */
export function useFreshUrls(mediaId: string): () => void {
  const client = useClient()
  const askedAt = useRef(0)
  return useCallback(() => {
    if (Date.now() - askedAt.current < pauseMs) return
    askedAt.current = Date.now()
    void client.query(MediaDocument, { id: mediaId }, { requestPolicy: 'network-only' }).toPromise()
  }, [client, mediaId])
}
