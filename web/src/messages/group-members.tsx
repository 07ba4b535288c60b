import { useAction } from '../graph/use-action.ts'
import {
  AddMembersDocument,
  type ConversationRowFragment,
  type MemberRole,
  RemoveMemberDocument,
  SetMemberRoleDocument,
  type UserLinkFragment,
} from '../operations.gen.ts'
import { PersonRow } from '../parts/person.tsx'
import { FindPerson } from '../profile/find-person.tsx'
import { useViewer } from '../session/viewer.tsx'
import type { Messenger } from './encryption/messenger.ts'

/** Who is in a group and who leads it; what one may change of that. */
export function GroupMembers({
  conversation,
  isAdmin,
  messenger,
}: {
  conversation: ConversationRowFragment
  /** Whether the viewer leads it. */
  isAdmin: boolean
  messenger: Messenger | undefined
}) {
  const viewer = useViewer()
  const conversationId = conversation.id
  const [add, adding] = useAction(AddMembersDocument)
  const [remove, removing] = useAction(RemoveMemberDocument)
  const [setRole, settingRole] = useAction(SetMemberRoleDocument)
  const isMember = ({ id }: UserLinkFragment) => conversation.members.some(({ user }) => user?.id === id)
  /** Keys follow the members: who left cannot read on, who came can. Failing that, the next message sees to it. */
  const rekey = () => void messenger?.reconcile(conversationId).catch(() => {})
  return (
    <section aria-label="Members">
      {conversation.members.map(
        ({ user, role }) =>
          user && (
            <PersonRow key={user.id} user={user} detail={role === 'ADMIN' ? 'Admin' : user.displayName}>
              {isAdmin && user.id !== viewer?.id && (
                <>
                  <select
                    className="member-role"
                    aria-label={`Role of ${user.username}`}
                    value={role}
                    disabled={settingRole}
                    onChange={({ target }) =>
                      setRole({ conversationId, userId: user.id, role: target.value as MemberRole })
                    }
                  >
                    <option value="MEMBER">Member</option>
                    <option value="ADMIN">Admin</option>
                  </select>
                  <button
                    type="button"
                    className="button button-small"
                    aria-label={`Remove ${user.username} from the group`}
                    disabled={removing}
                    onClick={async () => (await remove({ conversationId, userId: user.id })) && rekey()}
                  >
                    Remove
                  </button>
                </>
              )}
            </PersonRow>
          ),
      )}
      {(isAdmin || conversation.invitePolicy !== 'ADMINS') && (
        <FindPerson>
          {(user) =>
            isMember(user) ? null : (
              <PersonRow user={user}>
                <button
                  type="button"
                  className="button button-small"
                  aria-label={`Add ${user.username} to the group`}
                  disabled={adding}
                  onClick={async () => (await add({ conversationId, memberIds: [user.id] })) && rekey()}
                >
                  Add
                </button>
              </PersonRow>
            )
          }
        </FindPerson>
      )}
    </section>
  )
}
