import type { FormEvent } from 'react'
import { useAction } from '../graph/use-action.ts'
import { UpdateCommentFiltersDocument } from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'

/** Words that hold comments back. */
export function CommentFilters({ words }: { words: readonly string[] }) {
  const [update, busy] = useAction(UpdateCommentFiltersDocument)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('words') ?? '')
    const given = text.split(/[\n,]/).map((word) => word.trim())
    if (await update({ words: given.filter((word) => word !== '') })) showToast('Saved.')
  }
  return (
    <section className="card settings-card">
      <h2 className="section-title">Words in comments</h2>
      <form onSubmit={submit}>
        <label className="field">
          <span className="muted">
            Comments under your posts that say one of these are seen by you and their writer only. One a line,
            at most 200.
          </span>
          <textarea name="words" rows={4} defaultValue={words.join('\n')} key={words.join('\n')} />
        </label>
        <button type="submit" className="button" disabled={busy}>
          Save
        </button>
      </form>
    </section>
  )
}
