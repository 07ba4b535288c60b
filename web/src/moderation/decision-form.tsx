import { type FormEvent, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { ResolveReviewDocument, type ReviewDecision, type ReviewDetailsFragment } from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'
import { decisionWords } from './words.ts'

/** Decides a review that the moderator keeps for himself; on an appeal, whether the decision stands. */
export function DecisionForm({
  item,
  templates,
}: {
  item: ReviewDetailsFragment
  templates: readonly { key: string; text: string }[]
}) {
  const [resolve, resolving] = useAction(ResolveReviewDocument)
  const [decision, setDecision] = useState<ReviewDecision>()
  const [templateKey, setTemplateKey] = useState('')
  const [note, setNote] = useState('')
  const template = templates.find(({ key }) => key === templateKey)
  const appealed = item.appeal?.status === 'PENDING' ? item.decision : null
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!decision) return showToast('Choose what is to be done.', 'error')
    const done = await resolve({
      itemId: item.id,
      decision,
      templateKey: templateKey || null,
      note: note.trim() || null,
    })
    if (done) showToast(`${decisionWords[decision].done}.`)
  }
  return (
    <form className="form" onSubmit={submit}>
      <fieldset className="decisions">
        <legend className="section-title">What is to be done?</legend>
        {item.possibleDecisions.map((possible) => (
          <label key={possible} className="decision" data-decision={possible}>
            <input
              type="radio"
              name="decision"
              value={possible}
              checked={decision === possible}
              onChange={() => setDecision(possible)}
            />
            <span>
              <strong>
                {decisionWords[possible].name}
                {possible === appealed && ' (as it is)'}
                {possible === 'NONE' && appealed && ' (grants the appeal)'}
              </strong>
              <small>{decisionWords[possible].about}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <label className="field">
        <span>Explanation</span>
        <select value={templateKey} onChange={(event) => setTemplateKey(event.target.value)}>
          <option value="">In my own words</option>
          {templates.map(({ key, text }) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{template ? 'More, for the record' : 'Why, for the record'}</span>
        <textarea rows={3} maxLength={1_000} value={note} onChange={(event) => setNote(event.target.value)} />
      </label>
      <button type="submit" className="button button-primary button-large" disabled={resolving || !decision}>
        {resolving ? 'One moment…' : decision ? decisionWords[decision].name : 'Decide'}
      </button>
    </form>
  )
}
