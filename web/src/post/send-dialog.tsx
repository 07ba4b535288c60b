import { useAction } from '../graph/use-action.ts'
import { conversationName, otherMembers } from '../messages/conversation-name.ts'
import { useConversations } from '../messages/use-conversations.ts'
import { useSealed } from '../messages/use-sealed.ts'
import { type ConversationRowFragment, SendMessageDocument } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { showToast } from '../parts/toast.tsx'
import { useViewer } from '../session/viewer.tsx'

/** Sends a post into one of the viewer's conversations; encrypted where that is. */
export function SendDialog({ postId, onClose }: { postId: string; onClose: () => void }) {
  const viewer = useViewer()
  const [send, sending] = useAction(SendMessageDocument)
  const sealed = useSealed()
  const conversations = useConversations()

  const sendTo = async ({ id: conversationId, isEncrypted }: ConversationRowFragment, name: string) => {
    const sent = isEncrypted
      ? await sealed(
          (messenger) => messenger.send(conversationId, { sharedPostId: postId }),
          'The post could not be sent.',
        )
      : await send({ conversationId, sharedPostId: postId, clientMessageId: crypto.randomUUID() })
    if (!sent) return
    showToast(`Sent to ${name}.`, 'info', `/messages/${conversationId}`)
    onClose()
  }
  return (
    <Dialog title="Send to" onClose={onClose}>
      {conversations.length === 0 && (
        <p className="muted dialog-note">You have no conversations yet. Begin one under Messages.</p>
      )}
      {conversations.map((conversation) => {
        const name = conversationName(conversation, viewer?.id)
        return (
          <button
            key={conversation.id}
            type="button"
            className="menu-item menu-person"
            disabled={sending}
            onClick={() => sendTo(conversation, name)}
          >
            <Avatar user={otherMembers(conversation, viewer?.id)[0] ?? null} size={40} />
            <span className="ellipsis">{name}</span>
          </button>
        )
      })}
    </Dialog>
  )
}
