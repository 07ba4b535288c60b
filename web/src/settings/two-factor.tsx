import { toString as toQrCode } from 'qrcode'
import { type FormEvent, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  ConfirmTwoFactorDocument,
  DisableTwoFactorDocument,
  type SecurityFieldsFragment,
  StartTwoFactorDocument,
} from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'
import { CodeField } from './code-field.tsx'
import { PasswordField } from './password-field.tsx'

type Step =
  | { name: 'idle' }
  | { name: 'scan'; picture: string; secret: string }
  | { name: 'codes'; codes: readonly string[] }
  | { name: 'off' }

/** The second factor: on by an authenticator app, off by the password. */
export function TwoFactor({
  security,
  onChange,
}: {
  security: SecurityFieldsFragment
  onChange: () => void
}) {
  const [step, setStep] = useState<Step>({ name: 'idle' })
  const [start, starting] = useAction(StartTwoFactorDocument)
  const begin = async () => {
    const uri = (await start({}))?.otpauthUri
    if (!uri) return
    const svg = await toQrCode(uri, { type: 'svg', margin: 1 })
    setStep({
      name: 'scan',
      picture: `data:image/svg+xml,${encodeURIComponent(svg)}`,
      secret: new URL(uri).searchParams.get('secret') ?? '',
    })
  }
  return (
    <section className="card settings-card">
      <h2 className="section-title">Second factor</h2>
      <p className="muted">
        {security.hasTwoFactor
          ? 'Signing in with your password asks for a code of your authenticator app.'
          : 'Have signing in ask for a code of an app on your telephone, besides the password.'}
      </p>
      {step.name === 'idle' && !security.hasTwoFactor && (
        <button type="button" className="button" disabled={starting} onClick={begin}>
          Set up
        </button>
      )}
      {step.name === 'idle' && security.hasTwoFactor && (
        <button type="button" className="button" onClick={() => setStep({ name: 'off' })}>
          Turn off
        </button>
      )}
      {step.name === 'scan' && (
        <Scan
          {...step}
          onDone={(codes) => {
            setStep({ name: 'codes', codes })
            onChange()
          }}
        />
      )}
      {step.name === 'codes' && (
        <div role="status">
          <p>Keep these codes for when the app is lost. Each is good once, and they are not shown again.</p>
          <ul className="recovery-codes">
            {step.codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
          <button type="button" className="button" onClick={() => setStep({ name: 'idle' })}>
            I have kept them
          </button>
        </div>
      )}
      {step.name === 'off' && <TurnOff onDone={() => setStep({ name: 'idle' })} />}
    </section>
  )
}

function Scan({
  picture,
  secret,
  onDone,
}: {
  picture: string
  secret: string
  onDone: (codes: readonly string[]) => void
}) {
  const [confirm, confirming] = useAction(ConfirmTwoFactorDocument)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const code = String(new FormData(event.currentTarget).get('code') ?? '')
    const done = await confirm({ code })
    if (done?.recoveryCodes) onDone(done.recoveryCodes)
  }
  return (
    <form className="form" onSubmit={submit}>
      <p>Scan this with the app, or type the secret into it.</p>
      <img className="qr-code" src={picture} alt="QR code of the secret" width={180} height={180} />
      <p>
        <code className="secret">{secret}</code>
      </p>
      <CodeField label="Code that the app shows" />
      <button type="submit" className="button button-primary form-end" disabled={confirming}>
        {confirming ? 'One moment…' : 'Turn on'}
      </button>
    </form>
  )
}

function TurnOff({ onDone }: { onDone: () => void }) {
  const [disable, disabling] = useAction(DisableTwoFactorDocument)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const password = String(new FormData(event.currentTarget).get('password') ?? '')
    if (!(await disable({ password }))) return
    showToast('The second factor is off.')
    onDone()
  }
  return (
    <form className="form" onSubmit={submit}>
      <PasswordField label="Your password" name="password" autoComplete="current-password" />
      <button type="submit" className="button form-end" disabled={disabling}>
        Turn off
      </button>
    </form>
  )
}
