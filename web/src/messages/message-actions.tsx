import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  EditMessageDocument,
  type MessageFieldsFragment,
  ReactToMessageDocument,
  RemoveMessageReactionDocument,
  ReportMessageDocument,
  UnsendMessageDocument,
} from '../operations.gen.ts'
import { Dialog, MenuItem } from '../parts/dialog.tsx'
import { MoreIcon } from '../parts/icons.tsx'
import { showToast } from '../parts/toast.tsx'
import { editWindowMs } from './encryption/changes.ts'
import { useSealed } from './use-sealed.ts'

const emojis = ['❤️', '😂', '😮', '😢', '😡', '👍']

/** What one can do with a message: react, answer, change or take back one's own, report another's. */
export function MessageActions({
  conversationId,
  message,
  own,
  viewerId,
  onReply,
}: {
  conversationId: string
  message: MessageFieldsFragment
  own: boolean
  viewerId: string | undefined
  onReply: () => void
}) {
  const [open, setOpen] = useState(false)
  /** The text while it is changed. */
  const [text, setText] = useState<string | null>(null)
  const [edit] = useAction(EditMessageDocument)
  const [react] = useAction(ReactToMessageDocument)
  const [removeReaction] = useAction(RemoveMessageReactionDocument)
  const [unsend] = useAction(UnsendMessageDocument)
  const [report] = useAction(ReportMessageDocument)
  /** An encrypted message is changed, answered for and opened by the devices that can read it. */
  const sealed = useSealed()
  const messageId = message.id
  const isEncrypted = message.kind === 'ENCRYPTED'
  const sendReport = async () => {
    const sent = isEncrypted
      ? await sealed((messenger) => messenger.report(messageId), 'The report could not be sent.')
      : await report({ messageId })
    if (sent) showToast('Reported. Thank you.')
  }
  const chooseEmoji = (emoji: string | null) => {
    if (isEncrypted)
      return sealed(
        (messenger) => messenger.react(conversationId, messageId, emoji),
        'The reaction could not be sent.',
      )
    return emoji === null ? removeReaction({ messageId }) : react({ messageId, emoji })
  }
  const takeBack = () =>
    isEncrypted
      ? sealed((messenger) => messenger.unsend(messageId), 'The message could not be taken back.')
      : unsend({ messageId })
  const changeText = async (text: string) => {
    setText(null)
    if (text === message.text) return
    if (isEncrypted)
      await sealed(
        (messenger) => messenger.edit(conversationId, messageId, text),
        'The message could not be changed.',
      )
    else await edit({ messageId, text })
  }
  const isEditable = own && message.text !== null && Date.now() - Date.parse(message.sentAt) < editWindowMs
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
                onClick={choose(() => chooseEmoji(mine === emoji ? null : emoji))}
              >
                {emoji}
              </button>
            ))}
          </fieldset>
          <MenuItem onClick={choose(onReply)}>Reply</MenuItem>
          {isEditable && <MenuItem onClick={choose(() => setText(message.text))}>Edit</MenuItem>}
          {!own && (
            <MenuItem danger onClick={choose(sendReport)}>
              Report
            </MenuItem>
          )}
          {own && (
            <MenuItem danger onClick={choose(takeBack)}>
              Unsend
            </MenuItem>
          )}
        </Dialog>
      )}
      {text !== null && (
        <Dialog title="Edit message" onClose={() => setText(null)}>
          <form
            className="message-edit"
            onSubmit={(event) => {
              event.preventDefault()
              void changeText(text.trim())
            }}
          >
            <textarea
              autoFocus
              rows={3}
              value={text}
              onChange={(event) => setText(event.target.value)}
              aria-label="Text"
              maxLength={4000}
            />
            <button type="submit" className="button button-primary" disabled={!text.trim()}>
              Save
            </button>
          </form>
        </Dialog>
      )}
    </>
  )
}
