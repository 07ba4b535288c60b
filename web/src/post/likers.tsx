import { usePages } from '../graph/use-pages.ts'
import { LikersDocument } from '../operations.gen.ts'
import { Dialog } from '../parts/dialog.tsx'
import { FollowButton } from '../parts/follow-button.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { PersonRow } from '../parts/person.tsx'
import { Spinner } from '../parts/states.tsx'

/** Who likes a post. */
export function LikersDialog({ postId, onClose }: { postId: string; onClose: () => void }) {
  const pages = usePages(LikersDocument, { postId, first: 30 }, (data) => data.post?.likers)
  return (
    <Dialog title="Likes" onClose={onClose}>
      {!pages.nodes && <Spinner />}
      {pages.nodes?.map((user) => (
        <PersonRow key={user.id} user={user}>
          <FollowButton user={user} />
        </PersonRow>
      ))}
      <LoadMore pages={pages} />
    </Dialog>
  )
}
