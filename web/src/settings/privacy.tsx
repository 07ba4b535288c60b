import { useAction } from '../graph/use-action.ts'
import { UpdateSettingsDocument, type ViewerFieldsFragment } from '../operations.gen.ts'
import { Choice, Switch } from './choice.tsx'

const people = {
  EVERYONE: 'Everyone',
  FOLLOWING: 'People you follow',
  FOLLOWERS: 'Your followers',
  NOBODY: 'Nobody',
} as const

/** Who sees what, and who may come near. Each change counts at once. */
export function Privacy({ viewer: { settings } }: { viewer: ViewerFieldsFragment }) {
  const [update, busy] = useAction(UpdateSettingsDocument)
  return (
    <>
      <section className="card settings-card">
        <h2 className="section-title">Privacy</h2>
        <Switch
          label="Private account"
          help="Only followers whom you accept see what you share."
          checked={settings.isPrivate}
          disabled={busy}
          onChange={(isPrivate) => update({ isPrivate })}
        />
        <Switch
          label="Hide like counts"
          help="You alone see how many like your posts."
          checked={settings.hideLikeCounts}
          disabled={busy}
          onChange={(hideLikeCounts) => update({ hideLikeCounts })}
        />
        <Switch
          label="Show when you are here"
          help="People whom you write with see whether you are online."
          checked={settings.showActivityStatus}
          disabled={busy}
          onChange={(showActivityStatus) => update({ showActivityStatus })}
        />
        <Switch
          label="Read receipts"
          help="People see that you read their messages."
          checked={settings.readReceipts}
          disabled={busy}
          onChange={(readReceipts) => update({ readReceipts })}
        />
      </section>
      <section className="card settings-card">
        <h2 className="section-title">Who may reach you</h2>
        <Choice
          label="Comments"
          help="Who may comment on your posts."
          value={settings.commentPolicy}
          options={people}
          disabled={busy}
          onChange={(commentPolicy) => update({ commentPolicy })}
        />
        <Choice
          label="Messages"
          help="Those of strangers come as requests."
          value={settings.messagePolicy}
          options={people}
          disabled={busy}
          onChange={(messagePolicy) => update({ messagePolicy })}
        />
        <Choice
          label="Mentions"
          help="Who may mention or tag you."
          value={settings.mentionPolicy}
          options={people}
          disabled={busy}
          onChange={(mentionPolicy) => update({ mentionPolicy })}
        />
        <Choice
          label="Sensitive content"
          help="How much of it is suggested to you."
          value={settings.sensitiveContent}
          options={{ LESS: 'None', STANDARD: 'Some', MORE: 'As any other' }}
          disabled={busy}
          onChange={(sensitiveContent) => update({ sensitiveContent })}
        />
        <Choice
          label="Kind of account"
          value={settings.accountType}
          options={{ PERSONAL: 'Personal', CREATOR: 'Creator', BUSINESS: 'Business' }}
          disabled={busy}
          onChange={(accountType) => update({ accountType })}
        />
      </section>
    </>
  )
}
