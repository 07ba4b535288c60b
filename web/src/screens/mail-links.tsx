import { type FormEvent, useEffect, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  VerifyEmailDocument,
} from '../operations.gen.ts'
import { Spinner } from '../parts/states.tsx'
import { Link } from '../router.tsx'
import { useSignedIn } from '../session/session.ts'
import { PasswordField } from '../settings/password-field.tsx'

/** The token of a mail's link. It stands behind `#`, which no server sees, and is taken out of the address at once. */
function useMailToken(): string {
  const [token, setToken] = useState(readToken)
  useEffect(() => {
    const forget = () => history.replaceState(history.state, '', location.pathname)
    forget()
    // A link that is opened on this very page changes the fragment alone.
    const reread = () => {
      setToken(readToken())
      forget()
    }
    addEventListener('hashchange', reread)
    return () => removeEventListener('hashchange', reread)
  }, [])
  return token
}

const readToken = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? ''

function Onward() {
  const signedIn = useSignedIn()
  return (
    <Link href={signedIn ? '/' : '/sign-in'} className="button button-primary">
      {signedIn ? 'Go home' : 'Sign in'}
    </Link>
  )
}

/** Where the link of a mail leads that proves an address. It waits for a touch: programs that read mail open links, too. */
export function VerifyEmailScreen() {
  const token = useMailToken()
  const [verify, busy] = useAction(VerifyEmailDocument)
  const [isDone, setDone] = useState(false)
  return (
    <section className="card door-page">
      <h1 className="section-title">Confirm your address</h1>
      {isDone ? (
        <>
          <p role="status">Your e-mail address is confirmed.</p>
          <Onward />
        </>
      ) : token ? (
        <button
          type="button"
          className="button button-primary"
          disabled={busy}
          onClick={async () => (await verify({ token })) && setDone(true)}
        >
          {busy ? 'One moment…' : 'Confirm'}
        </button>
      ) : (
        <p>This link is not complete. Open the one in your mail, or ask for another in the settings.</p>
      )}
      {busy && <Spinner label="Confirming" />}
    </section>
  )
}

/** Where the link of a mail leads that chooses a new password, and where one asks for such a mail. */
export function ResetPasswordScreen() {
  const token = useMailToken()
  return (
    <section className="card door-page">
      <h1 className="section-title">Choose a new password</h1>
      {token ? <NewPassword token={token} /> : <AskForMail />}
    </section>
  )
}

function NewPassword({ token }: { token: string }) {
  const [reset, busy] = useAction(ResetPasswordDocument)
  const [isDone, setDone] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const newPassword = String(new FormData(event.currentTarget).get('newPassword') ?? '')
    if (await reset({ token, newPassword })) setDone(true)
  }
  if (isDone) {
    return (
      <>
        <p role="status">Your password is changed, and you are signed out everywhere.</p>
        <Link href="/sign-in" className="button button-primary">
          Sign in
        </Link>
      </>
    )
  }
  return (
    <form className="form" onSubmit={submit}>
      <PasswordField label="New password" name="newPassword" autoComplete="new-password" />
      <button type="submit" className="button button-primary form-end" disabled={busy}>
        {busy ? 'One moment…' : 'Change password'}
      </button>
    </form>
  )
}

function AskForMail() {
  const [request, busy] = useAction(RequestPasswordResetDocument)
  const [isDone, setDone] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const login = String(new FormData(event.currentTarget).get('login') ?? '').trim()
    if (await request({ login })) setDone(true)
  }
  if (isDone) return <p role="status">If there is such an account, a mail with a link is on its way.</p>
  return (
    <form className="form" onSubmit={submit}>
      <p className="muted">We send a link to the address of your account.</p>
      <label className="field">
        <span>Username or e-mail</span>
        <input name="login" autoComplete="username" autoCapitalize="none" spellCheck={false} required />
      </label>
      <button type="submit" className="button button-primary form-end" disabled={busy}>
        {busy ? 'One moment…' : 'Send the link'}
      </button>
    </form>
  )
}
