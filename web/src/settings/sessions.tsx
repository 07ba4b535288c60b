import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { RevokeOtherSessionsDocument, RevokeSessionDocument, SessionsDocument } from '../operations.gen.ts'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'

/** Where one is signed in, and ending it. */
export function Sessions() {
  const [{ data }, refresh] = useQuery({
    query: SessionsDocument,
    variables: { first: 10 },
    requestPolicy: 'cache-and-network',
  })
  const [revoke, revoking] = useAction(RevokeSessionDocument)
  const [revokeOthers, revokingOthers] = useAction(RevokeOtherSessionsDocument)
  const sessions = data?.viewer?.sessions ?? []
  const end = async (sessionId: string) => {
    if (await revoke({ sessionId })) refresh({ requestPolicy: 'network-only' })
  }
  const endOthers = async () => {
    if (!(await revokeOthers({}))) return
    showToast('All other devices are signed out.')
    refresh({ requestPolicy: 'network-only' })
  }
  return (
    <section className="card settings-card">
      <h2 className="section-title">Where you are signed in</h2>
      <ul className="sessions">
        {sessions.map(({ id, device, current, lastSeenAt }) => (
          <li key={id}>
            <span className="ellipsis">{describeDevice(device)}</span>
            {current ? (
              <span className="here">This device</span>
            ) : (
              <span className="session-end">
                <Time at={lastSeenAt} />
                <button
                  type="button"
                  className="text-button"
                  disabled={revoking}
                  aria-label={`Sign out ${describeDevice(device)}`}
                  onClick={() => end(id)}
                >
                  Sign out
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <button type="button" className="button" disabled={revokingOthers} onClick={endOthers}>
          Sign out all other devices
        </button>
      )}
    </section>
  )
}

/** Browser and system out of a User-Agent, as far as they can be told. */
export function describeDevice(agent: string | null): string {
  if (!agent) return 'Unknown device'
  const browser = /(Edg|Firefox|Chrome|Safari)\//.exec(agent)?.[1]?.replace('Edg', 'Edge')
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(agent)?.[1]?.replace('Mac OS X', 'macOS')
  return browser && system ? `${browser} on ${system}` : agent
}
