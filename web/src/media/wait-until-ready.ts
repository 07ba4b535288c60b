import type { Client } from 'urql'
import {
  MediaDocument,
  type MediaFieldsFragment,
  MediaProgressDocument,
  type MediaQuery,
} from '../operations.gen.ts'

/**
 * Waits until a media item is processed.
 *
 * @param mostMs how long it may take
 * @throws Error with a sentence for people when it could not be processed, or takes longer
 */
export function waitUntilReady(client: Client, mediaId: string, mostMs = 120_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (result: () => void) => {
      clearTimeout(deadline)
      live.unsubscribe()
      asked.unsubscribe()
      result()
    }
    const look = (media: MediaFieldsFragment | null | undefined) => {
      if (media?.status === 'READY') queueMicrotask(() => end(resolve))
      if (media?.status === 'FAILED')
        queueMicrotask(() =>
          end(() => reject(new Error(media.failure?.message ?? 'The picture could not be processed.'))),
        )
    }
    const deadline = setTimeout(
      () => end(() => reject(new Error('The picture takes too long. Try again later.'))),
      mostMs,
    )
    const live = client
      .subscription(MediaProgressDocument, { mediaId })
      .subscribe(({ data }) => look(data?.mediaProgress?.media))
    // It may have been ready before the subscription began.
    const asked = client
      .query(MediaDocument, { id: mediaId }, { requestPolicy: 'network-only' })
      .subscribe(({ data }) => look(mediaOf(data)))
  })
}

/** The media item in an answer of the `Media` query; undefined when it is absent or hidden. */
export function mediaOf(data: MediaQuery | undefined): MediaFieldsFragment | undefined {
  const node = data?.node
  return node && 'status' in node ? (node as MediaFieldsFragment) : undefined
}
