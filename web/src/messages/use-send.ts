import { useCallback } from 'react'
import { useClient } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { uploadFile } from '../media/upload.ts'
import { waitUntilReady } from '../media/wait-until-ready.ts'
import { type MediaKind, SendMessageDocument } from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'
import { useViewer } from '../session/viewer.tsx'
import type { Content } from './encryption/content.ts'
import type { Messenger } from './encryption/messenger.ts'
import { messageFileKind } from './message-files.ts'

/** How long a film is processed at most. */
const longestMs = 15 * 60_000

/** What someone is about to send. */
export interface Draft {
  readonly text: string | null
  readonly replyToId: string | null
  readonly file: File | null
}

/**
 * Sends a draft; encrypted where the conversation is. It answers whether it was sent: if not, the reason was shown.
 *
 * @param messenger undefined in a conversation that is not encrypted
 */
export function useSend(conversationId: string, messenger: Messenger | undefined) {
  const client = useClient()
  const viewerId = useViewer()?.id
  const [send] = useAction(SendMessageDocument)
  return useCallback(
    async ({ text, replyToId, file }: Draft): Promise<boolean> => {
      // The same id if it must be sent again: the server keeps it once.
      const clientMessageId = crypto.randomUUID()
      const upload = (given: File, kind: MediaKind | null) =>
        uploadFile(client, viewerId, given, () => {}, new AbortController().signal, kind)
      try {
        if (messenger) {
          const content: Content = { ...(text ? { text } : {}), ...(replyToId ? { replyToId } : {}) }
          if (file) {
            const { encryptFile } = await import('./encryption/attachments.ts')
            const bytes = new Uint8Array(await file.arrayBuffer())
            const { ciphertext, attachment } = await encryptFile(bytes, {
              contentType: file.type,
              name: file.name,
            })
            const sealed = new File([ciphertext], 'encrypted', { type: 'application/octet-stream' })
            content.attachment = { ...attachment, mediaId: await upload(sealed, 'CIPHERTEXT') }
          }
          await messenger.send(conversationId, content, clientMessageId)
          return true
        }
        const mediaId = file ? await upload(file, messageFileKind(file.type)) : null
        // Others see it when it is processed: it comes when there is something to see.
        if (mediaId !== null) await waitUntilReady(client, mediaId, longestMs)
        return (await send({ conversationId, text, clientMessageId, replyToId, mediaId })) !== null
      } catch (error) {
        showToast(error instanceof Error ? error.message : 'It could not be sent.', 'error')
        return false
      }
    },
    [client, viewerId, conversationId, messenger, send],
  )
}
