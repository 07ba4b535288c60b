import { browserSupportsWebAuthn, startRegistration } from '@simplewebauthn/browser'
import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  FinishPasskeyRegistrationDocument,
  RemovePasskeyDocument,
  type SecurityFieldsFragment,
  StartPasskeyRegistrationDocument,
} from '../operations.gen.ts'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'
import { PasswordField } from './password-field.tsx'

/** Passkeys: signing in by fingerprint, face or the device's own code. */
export function Passkeys({ security, onChange }: { security: SecurityFieldsFragment; onChange: () => void }) {
  const [start, starting] = useAction(StartPasskeyRegistrationDocument)
  const [finish, finishing] = useAction(FinishPasskeyRegistrationDocument)
  const [remove, removing] = useAction(RemovePasskeyDocument)
  const [adding, setAdding] = useState(false)
  if (!browserSupportsWebAuthn()) return null

  const add = async (password: string) => {
    const started = await start({ password: password || null })
    if (!started?.optionsJson) return
    try {
      const optionsJSON = JSON.parse(started.optionsJson)
      const credential = await startRegistration({ optionsJSON })
      if (!(await finish({ credentialJson: JSON.stringify(credential) }))) return
      showToast('You can sign in with the passkey from now on.')
      setAdding(false)
      onChange()
    } catch {
      // Who closes the browser's own dialog has seen enough.
      showToast('No passkey was made.', 'error')
    }
  }
  return (
    <section className="card settings-card">
      <h2 className="section-title">Passkeys</h2>
      <p className="muted">Sign in by fingerprint, face or the code of your device, without a password.</p>
      <ul className="sessions">
        {security.passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
          <li key={id}>
            <span className="ellipsis">{name ?? 'Passkey'}</span>
            <span className="session-end">
              <Time at={lastUsedAt ?? createdAt} />
              <button
                type="button"
                className="text-button"
                disabled={removing}
                aria-label={`Remove ${name ?? 'passkey'}`}
                onClick={async () => (await remove({ passkeyId: id })) && onChange()}
              >
                Remove
              </button>
            </span>
          </li>
        ))}
      </ul>
      {adding ? (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault()
            void add(String(new FormData(event.currentTarget).get('password') ?? ''))
          }}
        >
          {security.hasPassword && (
            <PasswordField label="Your password" name="password" autoComplete="current-password" />
          )}
          <button type="submit" className="button button-primary form-end" disabled={starting || finishing}>
            Make a passkey
          </button>
        </form>
      ) : (
        <button type="button" className="button" onClick={() => setAdding(true)}>
          Add a passkey
        </button>
      )}
    </section>
  )
}
