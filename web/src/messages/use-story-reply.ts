import { useCallback } from 'react'
import { useAction } from '../graph/use-action.ts'
import { CreateConversationDocument, ReplyToStoryDocument } from '../operations.gen.ts'
import { useSealed } from './use-sealed.ts'

/**
 * Answers a story by a message to its author; encrypted where the two write so. It answers whether it was sent: if not, the reason
 * was shown.
 */
export function useStoryReply() {
  const [open] = useAction(CreateConversationDocument)
  const [reply] = useAction(ReplyToStoryDocument)
  const sealed = useSealed()
  return useCallback(
    async (story: { id: string; author: { id: string } }, text: string): Promise<boolean> => {
      // The one that they have, if there is one.
      const { conversation } = (await open({ memberIds: [story.author.id] })) ?? {}
      if (!conversation) return false
      const clientMessageId = crypto.randomUUID()
      if (!conversation.isEncrypted)
        return (await reply({ storyId: story.id, text, clientMessageId })) !== null
      const sent = await sealed(
        (messenger) => messenger.send(conversation.id, { text }, clientMessageId, story.id),
        'Your answer could not be sent.',
      )
      return sent !== null
    },
    [open, reply, sealed],
  )
}
