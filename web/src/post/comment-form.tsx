import { type FormEvent, type RefObject, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { useExperiment } from '../graph/use-experiment.ts'
import { CreateCommentDocument } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { useViewer } from '../session/viewer.tsx'

const starters = ['❤️', '🙌', '🔥', '👏', '😍', '😂']

/** Writes a comment, or a reply when `parentId` is given. */
export function CommentForm({
  postId,
  parentId = null,
  input,
  brief = false,
  onDone,
}: {
  postId: string
  parentId?: string | null
  input?: RefObject<HTMLTextAreaElement | null>
  brief?: boolean
  onDone?: () => void
}) {
  const viewer = useViewer()
  const [create, busy] = useAction(CreateCommentDocument)
  const [text, setText] = useState('')
  const [isMet, setMet] = useState(false)
  // Does a row of emoji make people say more? `treatment` shows it to who is about to write.
  const hasStarters = useExperiment('comment-starters', isMet) === 'treatment' && isMet && !brief
  const submit = async (event?: FormEvent) => {
    event?.preventDefault()
    if (!text.trim() || busy) return
    if (await create({ postId, text: text.trim(), parentId })) {
      setText('')
      onDone?.()
    }
  }
  return (
    <form className={brief ? 'comment-form brief' : 'comment-form'} onSubmit={submit}>
      {!brief && <Avatar user={viewer?.user ?? null} size={32} />}
      <textarea
        ref={input}
        value={text}
        onFocus={() => setMet(true)}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) void submit(event)
        }}
        placeholder={parentId ? 'Write a reply…' : 'Add a comment…'}
        aria-label={parentId ? 'Write a reply' : 'Add a comment'}
        maxLength={1000}
        rows={1}
      />
      {text.trim() && (
        <button type="submit" className="text-button" disabled={busy}>
          Post
        </button>
      )}
      {hasStarters && (
        <fieldset className="comment-starters">
          <legend className="visually-hidden">Add an emoji</legend>
          {starters.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-label={`Add ${emoji}`}
              onClick={() => setText((value) => value + emoji)}
            >
              {emoji}
            </button>
          ))}
        </fieldset>
      )}
    </form>
  )
}
