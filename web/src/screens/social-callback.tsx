import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import {
  CompleteSocialSignInDocument,
  FinishSocialSignInDocument,
  type FinishSocialSignInMutation,
  type SocialSignInStatus,
} from '../operations.gen.ts'
import { Spinner } from '../parts/states.tsx'
import { showToast } from '../parts/toast.tsx'
import { Link, navigate } from '../router.tsx'
import { BirthDateField, NameField, UsernameField } from '../session/account-fields.tsx'
import { enter } from '../session/enter.ts'
import { dropFlow, keptFlow } from '../session/social-flow.ts'
import { CodeField } from '../settings/code-field.tsx'
import { PasswordField } from '../settings/password-field.tsx'

type Answer = Pick<FinishSocialSignInMutation['finishSocialSignIn'], 'status' | 'session' | 'viewer'>

/** Where an identity provider sends people back to. */
export function SocialCallbackScreen() {
  const [finish] = useAction(FinishSocialSignInDocument)
  const [status, setStatus] = useState<SocialSignInStatus | 'FAILED'>()
  const asked = useRef(false)

  const take = (answer: Answer | null) => {
    if (answer?.status === 'SIGNED_IN') {
      dropFlow()
      enter(answer.session, answer.viewer?.accountStatus === 'DELETED')
    } else if (answer?.status === 'LINKED') {
      dropFlow()
      showToast('You can sign in by it from now on.')
      navigate('/settings', { replace: true })
    } else setStatus(answer?.status ?? 'FAILED')
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the provider sent counts once
  useEffect(() => {
    if (asked.current) return
    asked.current = true
    const flowToken = keptFlow()
    if (!flowToken) return setStatus('FAILED')
    void finish({ flowToken, callbackUrl: location.href }).then(take)
  }, [])

  return (
    <section className="card door-page">
      <h1 className="section-title">Sign in</h1>
      {status === undefined ? (
        <Spinner label="Signing in" />
      ) : status === 'FAILED' ? (
        <>
          <p role="status">That did not work. Begin again.</p>
          <Link href="/sign-in" className="button button-primary">
            Sign in
          </Link>
        </>
      ) : (
        <Missing status={status} onAnswer={take} />
      )}
    </section>
  )
}

/** Asks for what the server lacks to open a session. */
function Missing({ status, onAnswer }: { status: SocialSignInStatus; onAnswer: (answer: Answer) => void }) {
  const [complete, busy] = useAction(CompleteSocialSignInDocument)
  const [password, setPassword] = useState<string>()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const flowToken = keptFlow()
    if (!flowToken) return showToast('That took too long. Begin again.', 'error')
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim() || null
    const given = form.get('password') === null ? password : String(form.get('password'))
    setPassword(given)
    const done = await complete({
      flowToken,
      username: text('username'),
      birthDate: text('birthDate'),
      displayName: text('displayName'),
      password: given ?? null,
      code: text('code'),
    })
    if (done) onAnswer(done)
  }
  return (
    <form className="form" onSubmit={submit}>
      {status === 'SIGN_UP_REQUIRED' && (
        <>
          <p className="muted">
            Nobody here is known by it yet. Choose a username, and the account is yours.
          </p>
          <UsernameField />
          <NameField />
          <BirthDateField />
        </>
      )}
      {status === 'PROOF_REQUIRED' && (
        <>
          <p className="muted">An account has this address. Its password links the two.</p>
          <PasswordField label="Password" name="password" autoComplete="current-password" />
        </>
      )}
      {status === 'TWO_FACTOR_REQUIRED' && (
        <CodeField label="Code of your authenticator app, or a recovery code" focus />
      )}
      <button type="submit" className="button button-primary button-large" disabled={busy}>
        {busy ? 'One moment…' : 'Go on'}
      </button>
    </form>
  )
}
