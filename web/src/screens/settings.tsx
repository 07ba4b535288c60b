import { type FormEvent, useState } from 'react'
import { useClient, useQuery } from 'urql'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import {
  BlockedUsersDocument,
  SessionsDocument,
  SignOutDocument,
  UnblockUserDocument,
  UpdateProfileDocument,
  UpdateSettingsDocument,
  type UserRowFragment,
  type ViewerFieldsFragment,
} from '../operations.gen.ts'
import { SignOutIcon } from '../parts/icons.tsx'
import { PersonRow } from '../parts/person.tsx'
import { Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { AvatarField } from '../profile/avatar-field.tsx'
import { navigate } from '../router.tsx'
import { tokens } from '../session/session.ts'
import { useViewer } from '../session/viewer.tsx'

/** The viewer's profile, privacy, blocks, devices, and the way out. */
export function SettingsScreen() {
  const viewer = useViewer()
  return (
    <div className="page">
      <TopBar title="Settings" />
      {viewer ? (
        <>
          <ProfileForm key={viewer.id} viewer={viewer} />
          <Privacy viewer={viewer} />
          <Blocked />
          <Sessions />
          <SignOut />
        </>
      ) : (
        <Spinner />
      )}
    </div>
  )
}

function ProfileForm({ viewer: { user } }: { viewer: ViewerFieldsFragment }) {
  const [save, saving] = useAction(UpdateProfileDocument)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '').trim() || null
    const saved = await save({
      displayName: text('displayName'),
      bio: text('bio'),
      website: text('website'),
      pronouns: text('pronouns'),
    })
    if (saved) showToast('Saved.')
  }
  return (
    <section className="card">
      <h2 className="section-title">Profile</h2>
      <AvatarField user={user} />
      <form className="form" onSubmit={submit}>
        <div className="field-pair">
          <label className="field">
            <span>Name</span>
            <input
              name="displayName"
              defaultValue={user.displayName ?? ''}
              maxLength={64}
              autoComplete="name"
            />
          </label>
          <label className="field">
            <span>Pronouns</span>
            <input name="pronouns" defaultValue={user.pronouns ?? ''} maxLength={40} />
          </label>
        </div>
        <label className="field">
          <span>About you</span>
          <textarea name="bio" rows={3} defaultValue={user.bio ?? ''} maxLength={150} />
        </label>
        <label className="field">
          <span>Website</span>
          <input
            name="website"
            type="url"
            defaultValue={user.website ?? ''}
            placeholder="https://"
            autoComplete="url"
          />
        </label>
        <button type="submit" className="button button-primary form-end" disabled={saving}>
          {saving ? 'Saving…' : 'Save'}
        </button>
      </form>
    </section>
  )
}

function Privacy({ viewer }: { viewer: ViewerFieldsFragment }) {
  const [update, updating] = useAction(UpdateSettingsDocument)
  const { isPrivate } = viewer.settings
  return (
    <section className="card">
      <h2 className="section-title">Privacy</h2>
      <label className="switch-row">
        <span>
          <strong>Private account</strong>
          <span className="muted">Only followers whom you accept see what you share.</span>
        </span>
        <input
          type="checkbox"
          role="switch"
          className="switch"
          checked={isPrivate}
          aria-checked={isPrivate}
          disabled={updating}
          onChange={(event) => update({ isPrivate: event.target.checked })}
        />
      </label>
    </section>
  )
}

function Blocked() {
  const pages = usePages(BlockedUsersDocument, { first: 50 }, (data) => data.viewer?.blockedUsers)
  if (!pages.nodes || pages.nodes.length === 0) return null
  return (
    <section className="card">
      <h2 className="section-title">Blocked accounts</h2>
      {pages.nodes.map((user) => (
        <BlockedRow key={user.id} user={user} onDone={pages.refresh} />
      ))}
    </section>
  )
}

function BlockedRow({ user, onDone }: { user: UserRowFragment; onDone: () => void }) {
  const [unblock, busy] = useAction(UnblockUserDocument)
  return (
    <PersonRow user={user}>
      <button
        type="button"
        className="button button-small"
        disabled={busy}
        onClick={async () => (await unblock({ userId: user.id })) && onDone()}
      >
        Unblock
      </button>
    </PersonRow>
  )
}

function Sessions() {
  const [{ data }] = useQuery({
    query: SessionsDocument,
    variables: { first: 10 },
    requestPolicy: 'cache-and-network',
  })
  const sessions = data?.viewer?.sessions ?? []
  return (
    <section className="card">
      <h2 className="section-title">Where you are signed in</h2>
      <ul className="sessions">
        {sessions.map((session) => (
          <li key={session.id}>
            <span className="ellipsis">{describeDevice(session.device)}</span>
            {session.current ? <span className="here">This device</span> : <Time at={session.lastSeenAt} />}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Browser and system out of a User-Agent, as far as they can be told. */
function describeDevice(agent: string | null): string {
  if (!agent) return 'Unknown device'
  const browser = /(Edg|Firefox|Chrome|Safari)\//.exec(agent)?.[1]?.replace('Edg', 'Edge')
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(agent)?.[1]?.replace('Mac OS X', 'macOS')
  return browser && system ? `${browser} on ${system}` : agent
}

function SignOut() {
  const client = useClient()
  const [busy, setBusy] = useState(false)
  const leave = async () => {
    setBusy(true)
    // Signed out here in any case: a server that cannot be reached must not keep anyone in.
    await client.mutation(SignOutDocument, { input: {} }).toPromise()
    navigate('/', { replace: true })
    tokens.set(null)
  }
  return (
    <section className="card">
      <button type="button" className="menu-item danger" disabled={busy} onClick={leave}>
        <SignOutIcon size={20} /> Sign out
      </button>
    </section>
  )
}
