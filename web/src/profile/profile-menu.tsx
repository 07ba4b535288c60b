import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { ReportDialog } from '../moderation/report-dialog.tsx'
import {
  AddCloseFriendDocument,
  AddFavoriteDocument,
  BlockUserDocument,
  MuteUserDocument,
  RemoveCloseFriendDocument,
  RemoveFavoriteDocument,
  RemoveFollowerDocument,
  UnblockUserDocument,
  UnmuteUserDocument,
  type UserHeaderFragment,
} from '../operations.gen.ts'
import { Dialog, MenuItem } from '../parts/dialog.tsx'
import { showToast } from '../parts/toast.tsx'

/** What one can do about an account besides following it. */
export function ProfileMenu({ user, onClose }: { user: UserHeaderFragment; onClose: () => void }) {
  const [block] = useAction(BlockUserDocument)
  const [unblock] = useAction(UnblockUserDocument)
  const [mute] = useAction(MuteUserDocument)
  const [unmute] = useAction(UnmuteUserDocument)
  const [befriend] = useAction(AddCloseFriendDocument)
  const [unfriend] = useAction(RemoveCloseFriendDocument)
  const [favor] = useAction(AddFavoriteDocument)
  const [unfavor] = useAction(RemoveFavoriteDocument)
  const [removeFollower] = useAction(RemoveFollowerDocument)
  const [sure, setSure] = useState(false)
  const [reporting, setReporting] = useState(false)

  const act = (change: (input: { userId: string }) => Promise<unknown>, said: string) => async () => {
    const done = await change({ userId: user.id })
    if (done) showToast(said)
    onClose()
  }
  if (reporting) return <ReportDialog subjectId={user.id} what={user.username} onClose={onClose} />
  return (
    <Dialog title={user.username} onClose={onClose}>
      {user.viewerIsCloseFriend ? (
        <MenuItem onClick={act(unfriend, `${user.username} is no close friend any more.`)}>
          Remove from close friends
        </MenuItem>
      ) : (
        <MenuItem onClick={act(befriend, `${user.username} sees what you share with close friends.`)}>
          Add to close friends
        </MenuItem>
      )}
      {user.viewerIsFavorite ? (
        <MenuItem onClick={act(unfavor, `${user.username} is no favourite any more.`)}>
          Remove from favourites
        </MenuItem>
      ) : (
        user.viewerFollowState === 'FOLLOWING' && (
          <MenuItem onClick={act(favor, `${user.username} is one of your favourites.`)}>
            Add to favourites
          </MenuItem>
        )
      )}
      {user.viewerHasMuted ? (
        <MenuItem onClick={act(unmute, `${user.username} is in your feed again.`)}>Unmute</MenuItem>
      ) : (
        <MenuItem onClick={act(mute, `${user.username} is out of your feed.`)}>Mute</MenuItem>
      )}
      {user.followsViewer && (
        <MenuItem onClick={act(removeFollower, `${user.username} no longer follows you.`)}>
          Remove this follower
        </MenuItem>
      )}
      <MenuItem danger onClick={() => setReporting(true)}>
        Report
      </MenuItem>
      {user.viewerHasBlocked ? (
        <MenuItem onClick={act(unblock, `${user.username} is no longer blocked.`)}>Unblock</MenuItem>
      ) : sure ? (
        <MenuItem danger onClick={act(block, `${user.username} is blocked.`)}>
          Block: touch again
        </MenuItem>
      ) : (
        <MenuItem danger onClick={() => setSure(true)}>
          Block
        </MenuItem>
      )}
    </Dialog>
  )
}
