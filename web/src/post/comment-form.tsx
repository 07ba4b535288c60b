import { type FormEvent, type RefObject, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { CreateCommentDocument } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { useViewer } from '../session/viewer.tsx'

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
    </form>
  )
}
