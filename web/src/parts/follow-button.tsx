import { useAction } from '../graph/use-action.ts'
import { FollowUserDocument, UnfollowUserDocument, type UserRowFragment } from '../operations.gen.ts'

/** Follow, Requested, Following: what it says is where the viewer stands, a touch changes it. Nothing for oneself or when signed out. */
export function FollowButton({ user, wide = false }: { user: UserRowFragment; wide?: boolean }) {
  const [follow, following] = useAction(FollowUserDocument)
  const [unfollow, unfollowing] = useAction(UnfollowUserDocument)
  const busy = following || unfollowing
  const size = wide ? '' : ' button-small'

  switch (user.viewerFollowState) {
    case 'NONE':
      return (
        <button
          type="button"
          className={`button button-primary${size}`}
          disabled={busy}
          onClick={() => follow({ userId: user.id })}
        >
          {user.followsViewer ? 'Follow back' : 'Follow'}
        </button>
      )
    case 'REQUESTED':
    case 'FOLLOWING': {
      const label = user.viewerFollowState === 'FOLLOWING' ? 'Following' : 'Requested'
      return (
        <button
          type="button"
          className={`button${size}`}
          disabled={busy}
          aria-label={
            label === 'Following'
              ? `Stop following ${user.username}`
              : `Withdraw the request to ${user.username}`
          }
          onClick={() => unfollow({ userId: user.id })}
        >
          {label}
        </button>
      )
    }
    default:
      return null
  }
}
