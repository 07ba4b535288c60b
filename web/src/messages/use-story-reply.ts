import { useCallback } from 'react'
import { useClient } from 'urql'
import { useAction } from '../graph/use-action.ts'
import {
  CreateConversationDocument,
  MessagingDevicesDocument,
  ReplyToStoryDocument,
} from '../operations.gen.ts'
import { useSealed } from './use-sealed.ts'

/**
 * Answers a story by a message to its author; encrypted where the two write so. It answers whether it was sent: if not, the reason
 * was shown.
 */
export function useStoryReply() {
  const client = useClient()
  const [open] = useAction(CreateConversationDocument)
  const [reply] = useAction(ReplyToStoryDocument)
  const sealed = useSealed()
  return useCallback(
    async (story: { id: string; author: { id: string } }, text: string): Promise<boolean> => {
      const clientMessageId = crypto.randomUUID()
      const answer = async () => (await reply({ storyId: story.id, text, clientMessageId })) !== null
      const { data } = await client
        .query(MessagingDevicesDocument, {}, { requestPolicy: 'network-only' })
        .toPromise()
      // Without a device of his own nobody begins to write encrypted. The answer begins their conversation then, so that none
      // stays behind empty when it is refused.
      if (data?.messagingDevices.length === 0) return answer()
      // Others ask first how the two write: what is to be encrypted does not reach the server as it is.
      const { conversation } = (await open({ memberIds: [story.author.id] })) ?? {}
      if (!conversation) return false
      if (!conversation.isEncrypted) return answer()
      const sent = await sealed(
        (messenger) => messenger.send(conversation.id, { text }, clientMessageId, story.id),
        'Your answer could not be sent.',
      )
      return sent !== null
    },
    [client, open, reply, sealed],
  )
}
