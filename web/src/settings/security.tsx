import type { FormEvent } from 'react'
import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { ChangePasswordDocument, SecurityDocument } from '../operations.gen.ts'
import { Failure, Spinner } from '../parts/states.tsx'
import { showToast } from '../parts/toast.tsx'
import { Passkeys } from './passkeys.tsx'
import { PasswordField } from './password-field.tsx'
import { TwoFactor } from './two-factor.tsx'

/** How one proves who one is: password, second factor, passkeys. */
export function Security() {
  const [{ data, error }, refresh] = useQuery({
    query: SecurityDocument,
    requestPolicy: 'cache-and-network',
  })
  const reload = () => refresh({ requestPolicy: 'network-only' })
  const security = data?.viewer
  if (!security) return error ? <Failure error={error} onRetry={reload} /> : <Spinner />
  return (
    <>
      {security.hasPassword && <ChangePassword onChange={reload} />}
      {security.hasPassword && <TwoFactor security={security} onChange={reload} />}
      <Passkeys security={security} onChange={reload} />
    </>
  )
}

function ChangePassword({ onChange }: { onChange: () => void }) {
  const [change, changing] = useAction(ChangePasswordDocument)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const fields = new FormData(form)
    const changed = await change({
      currentPassword: String(fields.get('currentPassword') ?? ''),
      newPassword: String(fields.get('newPassword') ?? ''),
    })
    if (!changed) return
    form.reset()
    showToast('Your password is changed. All other devices are signed out.')
    onChange()
  }
  return (
    <section className="card settings-card">
      <h2 className="section-title">Password</h2>
      <form className="form" onSubmit={submit}>
        <PasswordField label="Present password" name="currentPassword" autoComplete="current-password" />
        <PasswordField label="New password" name="newPassword" autoComplete="new-password" />
        <button type="submit" className="button button-primary form-end" disabled={changing}>
          {changing ? 'One moment…' : 'Change password'}
        </button>
      </form>
    </section>
  )
}
