import { type FormEvent, useState } from 'react'
import { useClient } from 'urql'
import { AuthorizedApps } from '../apps/authorized-apps.tsx'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import { EncryptionSettings } from '../messages/encryption-settings.tsx'
import {
  BlockedUsersDocument,
  RequestEmailVerificationDocument,
  SignOutDocument,
  UnblockUserDocument,
  UpdateProfileDocument,
  type UserRowFragment,
  type ViewerFieldsFragment,
} from '../operations.gen.ts'
import { SignOutIcon } from '../parts/icons.tsx'
import { PersonRow } from '../parts/person.tsx'
import { Spinner } from '../parts/states.tsx'
import { showToast } from '../parts/toast.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { AvatarField } from '../profile/avatar-field.tsx'
import { Link, navigate } from '../router.tsx'
import { tokens } from '../session/session.ts'
import { useViewer } from '../session/viewer.tsx'
import { Consents } from '../settings/consents.tsx'
import { DeletionNotice, Leaving } from '../settings/leaving.tsx'
import { NotificationsSettings } from '../settings/notifications.tsx'
import { Privacy } from '../settings/privacy.tsx'
import { Security } from '../settings/security.tsx'
import { Sessions } from '../settings/sessions.tsx'
import { SocialIdentities } from '../settings/social-identities.tsx'
import { YourData } from '../settings/your-data.tsx'

/** The viewer's profile, privacy, blocks, ways of signing in, devices, and the way out. */
export function SettingsScreen() {
  const viewer = useViewer()
  return (
    <div className="page">
      <TopBar title="Settings" />
      {viewer ? (
        <>
          <DeletionNotice viewer={viewer} />
          <ProfileForm key={viewer.id} viewer={viewer} />
          <EmailAddress viewer={viewer} />
          <Privacy viewer={viewer} />
          <NotificationsSettings />
          <Blocked />
          <Security />
          <SocialIdentities />
          <Sessions />
          <EncryptionSettings />
          <Consents />
          <AuthorizedApps />
          <section className="card">
            <Link href="/insights" className="menu-item">
              Insights
            </Link>
            <Link href="/standing" className="menu-item">
              Decisions and reports
            </Link>
            {viewer.role !== 'MEMBER' && (
              <Link href="/moderation" className="menu-item">
                Moderation
              </Link>
            )}
            <Link href="/developers" className="menu-item">
              For developers
            </Link>
          </section>
          {viewer.accountStatus === 'ACTIVE' && <YourData />}
          <SignOut />
          {viewer.accountStatus === 'ACTIVE' && <Leaving />}
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

function EmailAddress({ viewer }: { viewer: ViewerFieldsFragment }) {
  const [request, busy] = useAction(RequestEmailVerificationDocument)
  if (viewer.emailVerifiedAt) return null
  return (
    <section className="card settings-card">
      <h2 className="section-title">Confirm your address</h2>
      <p className="muted">
        We sent a mail to {viewer.email}. Until you open its link you are suggested to nobody.
      </p>
      <button
        type="button"
        className="button"
        disabled={busy}
        onClick={async () => (await request({})) && showToast('A new mail is on its way.')}
      >
        Send another
      </button>
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
