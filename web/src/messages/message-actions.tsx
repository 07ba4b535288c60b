import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  type MessageFieldsFragment,
  ReactToMessageDocument,
  RemoveMessageReactionDocument,
  UnsendMessageDocument,
} from '../operations.gen.ts'
import { Dialog, MenuItem } from '../parts/dialog.tsx'
import { MoreIcon } from '../parts/icons.tsx'

const emojis = ['❤️', '😂', '😮', '😢', '😡', '👍']

/** What one can do with a message: react, answer, take back one's own. */
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
  const messageId = message.id
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
          <fieldset className="message-emojis">
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
