import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import { CreateConversationDocument, FollowingDocument, type UserRowFragment } from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { CheckIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { PersonRow } from '../parts/person.tsx'
import { FindPerson } from '../profile/find-person.tsx'
import { navigate } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'

/** Chooses one or several people and opens the conversation with them. */
export function NewConversation({ onClose }: { onClose: () => void }) {
  const viewer = useViewer()
  const pages = usePages(
    FollowingDocument,
    { username: viewer?.username ?? '', first: 30 },
    (data) => data.user?.following,
    !viewer,
  )
  const [chosen, setChosen] = useState<readonly UserRowFragment[]>([])
  const [create, creating] = useAction(CreateConversationDocument)

  const toggle = (user: UserRowFragment) =>
    setChosen(
      chosen.some(({ id }) => id === user.id) ? chosen.filter(({ id }) => id !== user.id) : [...chosen, user],
    )
  const open = async () => {
    const created = await create({ memberIds: chosen.map(({ id }) => id) })
    if (!created?.conversation) return
    onClose()
    navigate(`/messages/${created.conversation.id}`)
  }
  const choice = (user: UserRowFragment) => {
    const isChosen = chosen.some(({ id }) => id === user.id)
    return (
      <PersonRow key={user.id} user={user}>
        <button
          type="button"
          className="check"
          aria-pressed={isChosen}
          aria-label={`Choose ${user.username}`}
          onClick={() => toggle(user)}
        >
          {isChosen && <CheckIcon size={16} />}
        </button>
      </PersonRow>
    )
  }
  return (
    <Dialog title="New message" onClose={onClose}>
      <FindPerson>{choice}</FindPerson>
      {chosen.filter(({ id }) => !pages.nodes?.some((user) => user.id === id)).map(choice)}
      {pages.nodes?.map(choice)}
      <LoadMore pages={pages} />
      <div className="dialog-foot">
        <button
          type="button"
          className="button button-primary button-large"
          disabled={chosen.length === 0 || creating}
          onClick={open}
        >
          {chosen.length > 1 ? 'Start a group' : 'Chat'}
        </button>
      </div>
    </Dialog>
  )
}
