import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { SocialProvidersDocument, StartSocialSignInDocument } from '../operations.gen.ts'
import { keepFlow, socialCallback } from './social-flow.ts'

/** Goes to an identity provider; who is signed in links it to his account. */
export function useSocialSignIn(): [go: (provider: string) => Promise<void>, busy: boolean] {
  const [start, busy] = useAction(StartSocialSignInDocument)
  const go = async (provider: string) => {
    const started = await start({ provider, redirectUri: socialCallback() })
    if (!started?.authorizationUrl || !started.flowToken) return
    keepFlow(started.flowToken)
    location.assign(started.authorizationUrl)
  }
  return [go, busy]
}

/** A button for each identity provider that the server knows; nothing where it knows none. */
export function SocialButtons() {
  const [{ data }] = useQuery({ query: SocialProvidersDocument })
  const [go, busy] = useSocialSignIn()
  const providers = data?.socialProviders ?? []
  if (providers.length === 0) return null
  return (
    <div className="form social-buttons">
      {providers.map(({ id, name }) => (
        <button key={id} type="button" className="button button-large" disabled={busy} onClick={() => go(id)}>
          Continue with {name}
        </button>
      ))}
    </div>
  )
}
