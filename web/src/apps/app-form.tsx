import type { FormEvent } from 'react'
import type { DeveloperAppFragment } from '../operations.gen.ts'

/** What the form says of an app. */
export interface AppFormValues {
  readonly name: string
  readonly description: string | null
  readonly homepageUrl: string | null
  readonly redirectUris: string[]
  readonly scopes: string[]
}

/** Scopes that can be asked for; docs/third-party.md says what each is. */
const scopes = [
  'profile:read',
  'account:read',
  'account:write',
  'graph:read',
  'graph:write',
  'content:read',
  'content:write',
  'feed:read',
  'feed:write',
  'engagement:read',
  'engagement:write',
  'notifications:read',
  'notifications:write',
  'messages:read',
  'messages:write',
  'insights:read',
  'moderation',
]

/** The fields of an app, new or not. */
export function AppForm({
  app,
  busy,
  label,
  onSubmit,
}: {
  app?: DeveloperAppFragment
  busy: boolean
  label: string
  onSubmit: (values: AppFormValues, form: FormData) => void
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim()
    onSubmit(
      {
        name: text('name'),
        description: text('description') || null,
        homepageUrl: text('homepageUrl') || null,
        redirectUris: text('redirectUris').split(/\s+/).filter(Boolean),
        scopes: form.getAll('scopes').map(String),
      },
      form,
    )
  }
  return (
    <form className="form" onSubmit={submit}>
      <label className="field">
        <span>Name of the app</span>
        <input name="name" defaultValue={app?.name ?? ''} maxLength={64} required />
      </label>
      <label className="field">
        <span>What it does</span>
        <textarea name="description" rows={2} defaultValue={app?.description ?? ''} maxLength={500} />
      </label>
      <label className="field">
        <span>Home page</span>
        <input name="homepageUrl" type="url" defaultValue={app?.homepageUrl ?? ''} placeholder="https://" />
      </label>
      <label className="field">
        <span>Redirect addresses</span>
        <textarea
          name="redirectUris"
          rows={2}
          defaultValue={(app?.redirectUris ?? []).join('\n')}
          placeholder="https://app.example/callback"
          required
        />
        <small>One a line, compared letter by letter</small>
      </label>
      {!app && (
        <label className="field">
          <span>Kind</span>
          <select name="kind" defaultValue="PUBLIC">
            <option value="PUBLIC">Runs on people's devices</option>
            <option value="CONFIDENTIAL">Runs on a server, and keeps a secret</option>
          </select>
        </label>
      )}
      <fieldset className="field">
        <legend>What it may ask for</legend>
        {scopes.map((scope) => (
          <label key={scope}>
            <input
              type="checkbox"
              name="scopes"
              value={scope}
              defaultChecked={app?.scopes.includes(scope) ?? scope === 'profile:read'}
            />{' '}
            {scope}
          </label>
        ))}
      </fieldset>
      <button type="submit" className="button button-primary form-end" disabled={busy}>
        {busy ? 'One moment…' : label}
      </button>
    </form>
  )
}
