import { useCallback, useRef } from 'react'
import { useClient } from 'urql'
import { type ConversationRowFragment, SetTypingDocument } from '../operations.gen.ts'
import { typingOf } from './message-text.ts'
import { useTime } from './use-time.ts'

/** The server holds it for five seconds: said again before they are over. */
const againMs = 3_000

/** Says that the viewer writes, at most every three seconds. A refusal is nobody's concern. */
export function useSayTyping(conversationId: string): () => void {
  const client = useClient()
  const said = useRef(0)
  return useCallback(() => {
    if (Date.now() - said.current < againMs) return
    said.current = Date.now()
    void client.mutation(SetTypingDocument, { input: { conversationId, typing: true } }).toPromise()
  }, [client, conversationId])
}

/** Who writes just now, in words; it ends by itself. */
export function useTyping(conversation: ConversationRowFragment): string | null {
  const ends = conversation.members.map(({ typingUntil }) => (typingUntil ? Date.parse(typingUntil) : 0))
  return typingOf(conversation, useTime(ends))
}
