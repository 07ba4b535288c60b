import { usePages } from '../graph/use-pages.ts'
import { FollowersDocument, FollowingDocument } from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FollowButton } from '../parts/follow-button.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { PersonRow } from '../parts/person.tsx'
import { Spinner } from '../parts/states.tsx'

/** Who follows an account, or whom it follows. */
export function FollowList({
  username,
  kind,
  onClose,
}: {
  username: string
  kind: 'followers' | 'following'
  onClose: () => void
}) {
  const variables = { username, first: 30 }
  const followers = usePages(
    FollowersDocument,
    variables,
    (data) => data.user?.followers,
    kind !== 'followers',
  )
  const following = usePages(
    FollowingDocument,
    variables,
    (data) => data.user?.following,
    kind !== 'following',
  )
  const pages = kind === 'followers' ? followers : following
  return (
    <Dialog title={kind === 'followers' ? 'Followers' : 'Following'} onClose={onClose}>
      {!pages.nodes && pages.loading && <Spinner />}
      {pages.nodes?.length === 0 && <p className="muted dialog-note">Nobody yet.</p>}
      {pages.nodes?.map((user) => (
        <PersonRow key={user.id} user={user}>
          <FollowButton user={user} />
        </PersonRow>
      ))}
      <LoadMore pages={pages} />
    </Dialog>
  )
}
