import { type FormEvent, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  CancelAccountDeletionDocument,
  DeactivateAccountDocument,
  DeleteAccountDocument,
  type ViewerFieldsFragment,
} from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { showToast } from '../parts/toast.tsx'
import { navigate } from '../router.tsx'
import { tokens } from '../session/session.ts'
import { OwnerProof, proofIn } from './owner-proof.tsx'

/** Says that the account is on its way out, and takes that back. */
export function DeletionNotice({ viewer }: { viewer: ViewerFieldsFragment }) {
  const [cancel, busy] = useAction(CancelAccountDeletionDocument)
  if (!viewer.deletionAt) return null
  const day = new Date(viewer.deletionAt).toLocaleDateString(undefined, { dateStyle: 'long' })
  return (
    <section className="card settings-card" role="alert">
      <h2 className="section-title">This account will be deleted on {day}</h2>
      <p className="muted">Nobody sees it until then. You can still keep it.</p>
      <button
        type="button"
        className="button button-primary"
        disabled={busy}
        onClick={async () => (await cancel({})) && showToast('Your account is back.')}
      >
        Keep my account
      </button>
    </section>
  )
}

/** Putting the account to rest, and deleting it. */
export function Leaving() {
  const [open, setOpen] = useState<'deactivate' | 'delete'>()
  return (
    <section className="card settings-card">
      <h2 className="section-title">Leaving</h2>
      <button type="button" className="menu-item" onClick={() => setOpen('deactivate')}>
        Deactivate the account
      </button>
      <button type="button" className="menu-item danger" onClick={() => setOpen('delete')}>
        Delete the account
      </button>
      {open && <LeaveDialog deletes={open === 'delete'} onClose={() => setOpen(undefined)} />}
    </section>
  )
}

function LeaveDialog({ deletes, onClose }: { deletes: boolean; onClose: () => void }) {
  const [deactivate, deactivating] = useAction(DeactivateAccountDocument)
  const [remove, removing] = useAction(DeleteAccountDocument)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const proof = proofIn(event.currentTarget)
    const done = deletes ? await remove(proof) : await deactivate(proof)
    if (!done) return
    navigate('/', { replace: true })
    tokens.set(null)
  }
  return (
    <Dialog title={deletes ? 'Delete the account' : 'Deactivate the account'} onClose={onClose}>
      <form className="form dialog-form" onSubmit={submit}>
        <p>
          {deletes
            ? 'Nobody sees your account from now on, and in 30 days all that is yours is deleted. Until then you can sign in and keep it.'
            : 'Nobody sees your account until you sign in again.'}
        </p>
        <OwnerProof />
        <button type="submit" className="button button-primary form-end" disabled={deactivating || removing}>
          {deletes ? 'Delete' : 'Deactivate'}
        </button>
      </form>
    </Dialog>
  )
}
