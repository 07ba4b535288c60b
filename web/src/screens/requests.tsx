import { useAction } from '../graph/use-action.ts'
import {
  AcceptFollowRequestDocument,
  DeclineFollowRequestDocument,
  type UserRowFragment,
} from '../operations.gen.ts'
import { PersonRow } from '../parts/person.tsx'

/** Someone who asks to follow the viewer, with both answers. */
export function RequestRow({ user }: { user: UserRowFragment }) {
  return (
    <PersonRow user={user}>
      <RequestButtons userId={user.id} />
    </PersonRow>
  )
}

export function RequestButtons({
  userId,
  onAnswer,
}: {
  userId: string
  onAnswer?: (accepted: boolean) => void
}) {
  const [accept, accepting] = useAction(AcceptFollowRequestDocument)
  const [decline, declining] = useAction(DeclineFollowRequestDocument)
  const busy = accepting || declining
  return (
    <span className="button-row">
      <button
        type="button"
        className="button button-primary button-small"
        disabled={busy}
        onClick={async () => (await accept({ userId })) && onAnswer?.(true)}
      >
        Confirm
      </button>
      <button
        type="button"
        className="button button-small"
        disabled={busy}
        onClick={async () => (await decline({ userId })) && onAnswer?.(false)}
      >
        Delete
      </button>
    </span>
  )
}
