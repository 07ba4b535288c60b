import { type FormEvent, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { ReportContentDocument, type ReportReason } from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { showToast } from '../parts/toast.tsx'
import { reasonNames } from './words.ts'

const reasons = Object.entries(reasonNames) as [ReportReason, string][]

/** Tells moderators of something. */
export function ReportDialog({
  subjectId,
  what,
  onClose,
}: {
  subjectId: string
  /** What it is, as in "the post". */
  what: string
  onClose: () => void
}) {
  const [report, reporting] = useAction(ReportContentDocument)
  const [reason, setReason] = useState<ReportReason>()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!reason) return
    const details = String(new FormData(event.currentTarget).get('details') ?? '').trim() || null
    if (!(await report({ subjectId, reason, details }))) return
    showToast('Thank you. Moderators look at it; nobody else learns who told them.')
    onClose()
  }
  return (
    <Dialog title={`Report ${what}`} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <fieldset className="report-reasons">
          <legend className="visually-hidden">What is wrong?</legend>
          {reasons.map(([value, name]) => (
            <label key={value} className="menu-item">
              <input
                type="radio"
                name="reason"
                value={value}
                checked={reason === value}
                onChange={() => setReason(value)}
              />
              {name}
            </label>
          ))}
        </fieldset>
        <label className="field">
          <span>More about it</span>
          <textarea name="details" rows={2} maxLength={1_000} />
        </label>
        <button type="submit" className="button button-primary button-large" disabled={!reason || reporting}>
          Report
        </button>
      </form>
    </Dialog>
  )
}
