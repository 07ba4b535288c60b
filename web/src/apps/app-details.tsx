import { useState } from 'react'
import { useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import {
  AppDetailsDocument,
  DeleteAppDocument,
  type DeveloperAppFragment,
  type DocumentMode,
  PublishDocumentsDocument,
  RotateAppSecretDocument,
  UpdateAppDocument,
} from '../operations.gen.ts'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'
import { AppForm } from './app-form.tsx'

/** One of the developer's apps: its keys, its fields, its documents, what it does, and its end. */
export function AppDetails({
  app,
  secret,
  onGone,
}: {
  app: DeveloperAppFragment
  secret: string | null
  onGone: () => void
}) {
  const [update, updating] = useAction(UpdateAppDocument)
  const [remove, removing] = useAction(DeleteAppDocument)
  return (
    <>
      <Keys app={app} given={secret} />
      <section className="card">
        <h2 className="section-title">About the app</h2>
        <AppForm
          app={app}
          busy={updating}
          label="Save"
          onSubmit={async (values) => {
            if (await update({ appId: app.id, ...values })) showToast('Saved.')
          }}
        />
      </section>
      <Documents app={app} />
      <section className="card">
        <button
          type="button"
          className="menu-item danger"
          disabled={removing}
          onClick={async () => (await remove({ appId: app.id })) && onGone()}
        >
          Delete {app.name}
        </button>
      </section>
    </>
  )
}

function Keys({ app, given }: { app: DeveloperAppFragment; given: string | null }) {
  const [rotate, rotating] = useAction(RotateAppSecretDocument)
  const [secret, setSecret] = useState(given)
  return (
    <section className="card">
      <h2 className="section-title">Keys</h2>
      <p>
        Client id: <code>{app.id}</code>
      </p>
      {secret && (
        <p>
          Secret, shown this once: <code>{secret}</code>
        </p>
      )}
      <p className="muted">
        {app.authorizationCount === 1 ? 'One person lets' : `${app.authorizationCount ?? 0} people let`} it
        act for them.
      </p>
      {app.kind === 'CONFIDENTIAL' && (
        <button
          type="button"
          className="button button-small"
          disabled={rotating}
          onClick={async () => setSecret((await rotate({ appId: app.id }))?.secret ?? null)}
        >
          New secret
        </button>
      )}
    </section>
  )
}

const modes: readonly [DocumentMode, string][] = [
  ['LOG', 'Anything; count what is not registered'],
  ['SAFELIST', 'Registered documents'],
  ['REQUIRE_ID', 'Registered documents, by id alone'],
]

function Documents({ app }: { app: DeveloperAppFragment }) {
  const [{ data }, refresh] = useQuery({
    query: AppDetailsDocument,
    variables: { id: app.id },
    requestPolicy: 'network-only',
  })
  const [update, updating] = useAction(UpdateAppDocument)
  const [publish, publishing] = useAction(PublishDocumentsDocument)
  const details = data?.node && 'usage' in data.node ? data.node : null
  const upload = async (file: File | undefined) => {
    if (!file) return
    const version = new Date().toISOString().slice(0, 16)
    const done = await publish({ appId: app.id, version, manifest: await file.text() })
    if (!done) return
    showToast(`Published ${done.manifest?.documentCount ?? 0} documents.`)
    refresh({ requestPolicy: 'network-only' })
  }
  return (
    <section className="card">
      <h2 className="section-title">Documents</h2>
      <label className="field">
        <span>What it may ask with</span>
        <select
          value={app.documentMode ?? 'LOG'}
          disabled={updating}
          onChange={async ({ target }) =>
            (await update({ appId: app.id, documentMode: target.value as DocumentMode })) &&
            showToast('Saved.')
          }
        >
          {modes.map(([mode, label]) => (
            <option key={mode} value={mode}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>Publish a manifest</span>
        <input
          type="file"
          accept="application/json"
          disabled={publishing}
          onChange={(event) => void upload(event.target.files?.[0])}
        />
      </label>
      <ul className="sessions">
        {(details?.manifests ?? []).map(({ version, documentCount, publishedAt }) => (
          <li key={version}>
            <span className="ellipsis">
              {version}: {documentCount} documents
            </span>
            <Time at={publishedAt} />
          </li>
        ))}
      </ul>
      <h2 className="section-title">Use in the last 14 days</h2>
      <table className="usage">
        <thead>
          <tr>
            <th>Day</th>
            <th>Requests</th>
            <th>Points</th>
            <th>Not registered</th>
            <th>Refused</th>
          </tr>
        </thead>
        <tbody>
          {(details?.usage ?? []).map((day) => (
            <tr key={day.date}>
              <td>{day.date}</td>
              <td>{day.requests}</td>
              <td>{day.points}</td>
              <td>{day.unregistered}</td>
              <td>{day.refused}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
