import type { FormEvent } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  type ConversationRowFragment,
  LeaveConversationDocument,
  MuteConversationDocument,
  UnmuteConversationDocument,
  UpdateConversationDocument,
} from '../operations.gen.ts'
import { Dialog, MenuItem } from '../parts/dialog.tsx'
import { navigate } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { otherMembers } from './conversation-name.ts'
import { ConversationRules } from './conversation-rules.tsx'
import type { Messenger } from './encryption/messenger.ts'
import { GroupMembers } from './group-members.tsx'
import { SafetyNumbers } from './safety.tsx'

/** Who takes part, what the conversation is called, how long messages stay, whether it rings; and of an encrypted one what to compare. */
export function ConversationDetails({
  conversation,
  messenger,
  onClose,
}: {
  conversation: ConversationRowFragment
  /** Of an encrypted conversation in which this device takes part. */
  messenger: Messenger | undefined
  onClose: () => void
}) {
  const viewer = useViewer()
  const conversationId = conversation.id
  const group = conversation.kind === 'GROUP'
  const isAdmin = conversation.members.some(({ user, role }) => user?.id === viewer?.id && role === 'ADMIN')
  const others = otherMembers(conversation, viewer?.id)
  const [mute] = useAction(MuteConversationDocument)
  const [unmute] = useAction(UnmuteConversationDocument)
  const [leave, leaving] = useAction(LeaveConversationDocument)
  const muted = conversation.viewerHasMuted
  return (
    <Dialog title="Details" onClose={onClose}>
      {group && !conversation.isEncrypted && <Title conversation={conversation} />}
      <ConversationRules conversation={conversation} mayChange={isAdmin || !group} />
      {group && <GroupMembers conversation={conversation} isAdmin={isAdmin} messenger={messenger} />}
      {messenger && <SafetyNumbers conversationId={conversationId} others={others} messenger={messenger} />}
      <MenuItem onClick={() => (muted ? unmute({ conversationId }) : mute({ conversationId }))}>
        {muted ? 'Unmute' : 'Mute'}
      </MenuItem>
      {group && (
        <MenuItem
          danger
          onClick={async () => {
            if (leaving || !(await leave({ conversationId }))) return
            onClose()
            navigate('/messages', { replace: true })
          }}
        >
          Leave the group
        </MenuItem>
      )}
    </Dialog>
  )
}

function Title({ conversation: { id, title } }: { conversation: ConversationRowFragment }) {
  const [update, busy] = useAction(UpdateConversationDocument)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('title') ?? '').trim()
    void update({ conversationId: id, title: name || null })
  }
  return (
    <form className="form" onSubmit={submit}>
      <label className="field">
        <span>Name of the group</span>
        <input name="title" defaultValue={title ?? ''} maxLength={100} />
      </label>
      <button type="submit" className="button form-end" disabled={busy}>
        Rename
      </button>
    </form>
  )
}
