import { useEffect, useRef, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { AuthorizeAppDocument } from '../operations.gen.ts'
import { Empty, Spinner } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { useViewer } from '../session/viewer.tsx'

/** What the OAuth server says of an app's request, to the browser that it came from. */
interface AuthorizationRequest {
  readonly requestId: string
  readonly app: {
    readonly id: string
    readonly name: string
    readonly description: string | null
    readonly homepageUrl: string | null
  }
  readonly redirectUri: string
  readonly scopes: readonly { readonly name: string; readonly description: string }[]
}

/** An app asks to act for the viewer: what it would do, and both answers. */
export function ConsentScreen() {
  const viewer = useViewer()
  const request = useAuthorizationRequest()
  if (request === undefined || !viewer) return <Spinner />
  if (request === null) {
    return (
      <Empty title="This request is over">
        <p className="muted">It took too long, or began in another browser. Start again from the app.</p>
      </Empty>
    )
  }
  return <Consent request={request} username={viewer.username} />
}

function Consent({ request, username }: { request: AuthorizationRequest; username: string }) {
  const { app, requestId, scopes, redirectUri } = request
  const [authorize, busy] = useAction(AuthorizeAppDocument)
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const form = useRef<HTMLFormElement>(null)
  const answer = useRef<HTMLInputElement>(null)
  /** The form takes the browser to the server, and from there back to the app. */
  const send = (name: 'approval' | 'deny', value: string) => {
    if (!form.current || !answer.current) return
    answer.current.name = name
    answer.current.value = value
    form.current.submit()
  }
  const allow = async () => {
    const given = scopes.map(({ name }) => name).filter((name) => !left.has(name))
    const done = await authorize({ appId: app.id, requestId, scopes: given })
    if (done?.approval) send('approval', done.approval)
  }
  const toggle = (name: string) => {
    const next = new Set(left)
    if (!next.delete(name)) next.add(name)
    setLeft(next)
  }
  return (
    <div className="page">
      <TopBar title={`Let ${app.name} in?`} back={null} />
      <section className="card">
        {app.description && <p>{app.description}</p>}
        <p className="muted">
          {app.name} asks to act for you, @{username}. It sends you back to{' '}
          {new URL(redirectUri).host || redirectUri}.
        </p>
      </section>
      <section className="card">
        <h2 className="section-title">It could then</h2>
        {scopes.map(({ name, description }) => (
          <label key={name} className="switch-row">
            <span>
              <strong>{description}</strong>
              <span className="muted">{name}</span>
            </span>
            <input
              type="checkbox"
              role="switch"
              className="switch"
              checked={!left.has(name)}
              aria-checked={!left.has(name)}
              onChange={() => toggle(name)}
            />
          </label>
        ))}
      </section>
      <form ref={form} method="post" action={location.pathname}>
        <input ref={answer} type="hidden" name="deny" value="1" />
        <div className="button-row">
          <button
            type="button"
            className="button button-primary"
            disabled={busy || left.size === scopes.length}
            onClick={allow}
          >
            {busy ? 'One moment…' : 'Allow'}
          </button>
          <button type="button" className="button" disabled={busy} onClick={() => send('deny', '1')}>
            Do not allow
          </button>
        </div>
      </form>
      <p className="muted">You can take this back at any time, in the settings.</p>
    </div>
  )
}

/** The request at this page's own address; undefined until it is known, null when there is none. */
function useAuthorizationRequest(): AuthorizationRequest | null | undefined {
  const [request, setRequest] = useState<AuthorizationRequest | null>()
  useEffect(() => {
    fetch(location.pathname, { headers: { accept: 'application/json' } })
      .then(async (response) =>
        setRequest(response.ok ? ((await response.json()) as AuthorizationRequest) : null),
      )
      .catch(() => setRequest(null))
  }, [])
  return request
}
