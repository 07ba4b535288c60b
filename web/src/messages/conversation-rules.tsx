import { useAction } from '../graph/use-action.ts'
import { type ConversationRowFragment, UpdateConversationDocument } from '../operations.gen.ts'
import { Segments } from '../parts/segments.tsx'
import { describeStay } from './message-text.ts'

const hour = 3_600_000
/** How long messages may stay; null: for ever. */
const stays = [null, hour, 24 * hour, 7 * 24 * hour]
const policies = [
  { value: 'MEMBERS', label: 'Everyone' },
  { value: 'ADMINS', label: 'Admins' },
] as const

/** What holds for all members: how long messages stay, and who may add people to a group. */
export function ConversationRules({
  conversation: { id, disappearAfterMs, invitePolicy },
  mayChange,
}: {
  conversation: ConversationRowFragment
  mayChange: boolean
}) {
  const [update] = useAction(UpdateConversationDocument)
  if (!mayChange)
    return (
      <p className="muted dialog-note">
        {disappearAfterMs === null
          ? 'Messages stay.'
          : `Messages disappear after ${describeStay(disappearAfterMs)}.`}
        {invitePolicy === 'ADMINS' && ' Admins alone add people.'}
      </p>
    )
  const offered = stays.includes(disappearAfterMs) ? stays : [...stays, disappearAfterMs]
  return (
    <div className="conversation-rules">
      <Segments
        legend="Messages disappear after"
        name="disappear-after"
        choices={offered.map((ms) => ({
          value: String(ms),
          label: ms === null ? 'Never' : describeStay(ms),
        }))}
        chosen={String(disappearAfterMs)}
        onChoose={(value) =>
          update({ conversationId: id, disappearAfterMs: value === 'null' ? null : Number(value) })
        }
      />
      {invitePolicy && (
        <Segments
          legend="Who may add people"
          name="invite-policy"
          choices={policies}
          chosen={invitePolicy}
          onChoose={(value) => update({ conversationId: id, invitePolicy: value })}
        />
      )}
    </div>
  )
}
