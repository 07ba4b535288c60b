import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  type MessageFieldsFragment,
  ReactToMessageDocument,
  RemoveMessageReactionDocument,
  ReportMessageDocument,
  UnsendMessageDocument,
} from '../operations.gen.ts'
import { Dialog, MenuItem } from '../parts/dialog.tsx'
import { MoreIcon } from '../parts/icons.tsx'
import { showToast } from '../parts/toast.tsx'
import { useViewer } from '../session/viewer.tsx'
import { messengerOf } from './encryption/browser.ts'

const emojis = ['❤️', '😂', '😮', '😢', '😡', '👍']

/** What one can do with a message: react, answer, take back one's own, report another's. */
export function MessageActions({
  message,
  own,
  viewerId,
  onReply,
}: {
  message: MessageFieldsFragment
  own: boolean
  viewerId: string | undefined
  onReply: () => void
}) {
  const [open, setOpen] = useState(false)
  const [react] = useAction(ReactToMessageDocument)
  const [removeReaction] = useAction(RemoveMessageReactionDocument)
  const [unsend] = useAction(UnsendMessageDocument)
  const [report] = useAction(ReportMessageDocument)
  const viewerKey = useViewer()?.id
  const messageId = message.id
  const isEncrypted = message.kind === 'ENCRYPTED'
  const sendReport = async () => {
    try {
      // An encrypted message is opened with its report: nobody else could say what it says.
      const sent =
        isEncrypted && viewerKey
          ? await (await messengerOf(viewerKey)).report(messageId, null)
          : await report({ messageId })
      if (sent) showToast('Reported. Thank you.')
    } catch {
      showToast('The report could not be sent.', 'error')
    }
  }
  const mine = message.reactions.find(({ user }) => user.id === viewerId)?.emoji
  const choose = (act: () => unknown) => () => {
    setOpen(false)
    void act()
  }
  return (
    <>
      <button
        type="button"
        className="icon-button message-more"
        aria-label="Message options"
        onClick={() => setOpen(true)}
      >
        <MoreIcon size={18} />
      </button>
      {open && (
        <Dialog title="Message" onClose={() => setOpen(false)}>
          {/* What one thinks of an encrypted message would stand in the clear. */}
          <fieldset className="message-emojis" hidden={isEncrypted}>
            <legend className="visually-hidden">React</legend>
            {emojis.map((emoji) => (
              <button
                key={emoji}
                type="button"
                aria-label={`React with ${emoji}`}
                aria-pressed={mine === emoji}
                onClick={choose(() =>
                  mine === emoji ? removeReaction({ messageId }) : react({ messageId, emoji }),
                )}
              >
                {emoji}
              </button>
            ))}
          </fieldset>
          <MenuItem onClick={choose(onReply)}>Reply</MenuItem>
          {!own && (
            <MenuItem danger onClick={choose(sendReport)}>
              Report
            </MenuItem>
          )}
          {own && (
            <MenuItem danger onClick={choose(() => unsend({ messageId }))}>
              Unsend
            </MenuItem>
          )}
        </Dialog>
      )}
    </>
  )
}
