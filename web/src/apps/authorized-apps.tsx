import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { AuthorizedAppsDocument, RevokeAppAccessDocument } from '../operations.gen.ts'
import { Time } from '../parts/time.tsx'

/** Apps that may act for the viewer, each with the way to end that. */
export function AuthorizedApps() {
  const [{ data }, refresh] = useQuery({
    query: AuthorizedAppsDocument,
    variables: { first: 50 },
    requestPolicy: 'cache-and-network',
  })
  const [revoke, busy] = useAction(RevokeAppAccessDocument)
  const apps = data?.viewer?.authorizedApps ?? []
  if (apps.length === 0) return null
  return (
    <section className="card">
      <h2 className="section-title">Apps that may act for you</h2>
      <ul className="sessions">
        {apps.map(({ app, scopes, authorizedAt, lastSeenAt }) => (
          <li key={`${app.id} ${authorizedAt}`}>
            <span>
              <strong>{app.name}</strong> <Time at={lastSeenAt} />
              <br />
              <span className="muted">{scopes.join(', ')}</span>
            </span>
            <button
              type="button"
              className="button button-small"
              disabled={busy}
              onClick={async () =>
                (await revoke({ appId: app.id })) && refresh({ requestPolicy: 'network-only' })
              }
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
