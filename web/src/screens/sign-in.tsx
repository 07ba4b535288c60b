import {
  type AuthenticationResponseJSON,
  browserSupportsWebAuthn,
  startAuthentication,
} from '@simplewebauthn/browser'
import { type FormEvent, useEffect, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  FinishPasskeySignInDocument,
  SignInDocument,
  SignUpDocument,
  StartPasskeySignInDocument,
} from '../operations.gen.ts'
import { Wordmark } from '../parts/brand.tsx'
import { showToast } from '../parts/toast.tsx'
import { Link } from '../router.tsx'
import { BirthDateField, NameField, UsernameField } from '../session/account-fields.tsx'
import { enter } from '../session/enter.ts'
import { SocialButtons } from '../session/social-buttons.tsx'
import { CodeField } from '../settings/code-field.tsx'

interface DemoAccount {
  readonly username: string
  readonly password: string
}

/** Where everyone begins: sign in, or sign up. */
export function SignInScreen({ newcomer }: { newcomer: boolean }) {
  return (
    <div className="door">
      <div className="door-art" aria-hidden="true">
        <div className="door-sun" />
        <p>
          Light,
          <br />
          sent to the people
          <br />
          who look for it.
        </p>
      </div>
      <main className="door-panel">
        <h1>
          <Wordmark />
        </h1>
        <p className="door-lead">Photographs and films by the people you follow.</p>
        {newcomer ? <SignUpForm /> : <SignInForm />}
        <SocialButtons />
        <p className="door-switch">
          {newcomer ? 'Have an account?' : 'New here?'}{' '}
          <Link href={newcomer ? '/sign-in' : '/sign-up'}>{newcomer ? 'Sign in' : 'Create an account'}</Link>
        </p>
      </main>
    </div>
  )
}

function SignInForm() {
  const [signIn, busy] = useAction(SignInDocument)
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [asksForCode, setAsksForCode] = useState(false)
  const demo = useDemoAccount()

  const submit = async (given: { login: string; password: string; code?: string | null }) => {
    const done = await signIn(given)
    if (done?.twoFactorRequired) setAsksForCode(true)
    else if (done) enter(done.session, done.viewer?.accountStatus === 'DELETED')
  }
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        const code = new FormData(event.currentTarget).get('code')
        void submit({ login: login.trim(), password, code: code === null ? null : String(code).trim() })
      }}
    >
      <label className="field">
        <span>Username or e-mail</span>
        <input
          name="login"
          value={login}
          onChange={(event) => setLogin(event.target.value)}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
      </label>
      <label className="field">
        <span>Password</span>
        <input
          name="password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          required
        />
      </label>
      {asksForCode && <CodeField label="Code of your authenticator app, or a recovery code" focus />}
      <button type="submit" className="button button-primary button-large" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
      <PasskeySignIn />
      {demo && (
        <button
          type="button"
          className="button button-large"
          disabled={busy}
          onClick={() => submit({ login: demo.username, password: demo.password })}
        >
          Use the demo account
        </button>
      )}
      <p className="door-switch">
        <Link href="/reset-password">Forgot your password?</Link>
      </p>
    </form>
  )
}

function PasskeySignIn() {
  const [start, starting] = useAction(StartPasskeySignInDocument)
  const [finish, finishing] = useAction(FinishPasskeySignInDocument)
  if (!browserSupportsWebAuthn()) return null
  const signIn = async () => {
    const started = await start({})
    if (!started?.optionsJson) return
    let credential: AuthenticationResponseJSON
    try {
      credential = await startAuthentication({ optionsJSON: JSON.parse(started.optionsJson) })
    } catch {
      // Who closes the browser's own dialog has seen enough.
      return showToast('No passkey was used.', 'error')
    }
    const done = await finish({ credentialJson: JSON.stringify(credential) })
    if (done) enter(done.session, done.viewer?.accountStatus === 'DELETED')
  }
  return (
    <button type="button" className="button button-large" disabled={starting || finishing} onClick={signIn}>
      Sign in with a passkey
    </button>
  )
}

function SignUpForm() {
  const [signUp, busy] = useAction(SignUpDocument)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    const done = await signUp({
      username: text('username'),
      email: text('email'),
      password: String(form.get('password') ?? ''),
      birthDate: text('birthDate'),
      displayName: text('displayName') || null,
    })
    if (done) enter(done.session)
  }
  return (
    <form className="form" onSubmit={submit}>
      <label className="field">
        <span>E-mail</span>
        <input name="email" type="email" autoComplete="email" maxLength={254} required />
      </label>
      <div className="field-pair">
        <UsernameField />
        <NameField />
      </div>
      <label className="field">
        <span>Password</span>
        <input
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={8}
          maxLength={128}
          required
        />
        <small>8 characters or more</small>
      </label>
      <BirthDateField />
      <button type="submit" className="button button-primary button-large" disabled={busy}>
        {busy ? 'One moment…' : 'Create account'}
      </button>
    </form>
  )
}

/** The account that a demo server offers; undefined where there is none. */
function useDemoAccount(): DemoAccount | undefined {
  const [demo, setDemo] = useState<DemoAccount>()
  useEffect(() => {
    fetch('/demo.json', { headers: { accept: 'application/json' } })
      .then((response) => (response.ok ? response.json() : undefined))
      .then((account?: Partial<DemoAccount>) => {
        if (account?.username && account.password)
          setDemo({ username: account.username, password: account.password })
      })
      // A server without a demo may answer anything: then there is no button.
      .catch(() => undefined)
  }, [])
  return demo
}
