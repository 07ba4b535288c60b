import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { SocialIdentitiesDocument, UnlinkSocialIdentityDocument } from '../operations.gen.ts'
import { showToast } from '../parts/toast.tsx'
import { useSocialSignIn } from '../session/social-buttons.tsx'

/** Which identity providers open the account. Nothing where the server knows none. */
export function SocialIdentities() {
  const [{ data }] = useQuery({ query: SocialIdentitiesDocument, requestPolicy: 'cache-and-network' })
  const [unlink, unlinking] = useAction(UnlinkSocialIdentityDocument)
  const [link, linking] = useSocialSignIn()
  const identities = data?.viewer?.socialIdentities ?? []
  const providers = data?.socialProviders ?? []
  if (providers.length === 0 && identities.length === 0) return null
  const nameOf = (provider: string) => providers.find(({ id }) => id === provider)?.name ?? provider
  return (
    <section className="card settings-card">
      <h2 className="section-title">Other ways to sign in</h2>
      <ul className="sessions">
        {identities.map(({ id, provider, email }) => (
          <li key={id}>
            <span className="ellipsis">
              {nameOf(provider)} {email && <span className="muted">{email}</span>}
            </span>
            <button
              type="button"
              className="text-button"
              disabled={unlinking}
              onClick={async () =>
                (await unlink({ identityId: id })) &&
                showToast(`${nameOf(provider)} opens your account no more.`)
              }
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      {providers
        .filter(({ id }) => !identities.some(({ provider }) => provider === id))
        .map(({ id, name }) => (
          <button key={id} type="button" className="button" disabled={linking} onClick={() => link(id)}>
            Link {name}
          </button>
        ))}
    </section>
  )
}
