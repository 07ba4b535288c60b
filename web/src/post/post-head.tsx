import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { ReportDialog } from '../moderation/report-dialog.tsx'
import {
  ArchivePostDocument,
  DeletePostDocument,
  type PostCardFragment,
  PublishPostDocument,
  UnarchivePostDocument,
} from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog, MenuItem } from '../parts/dialog.tsx'
import { LockIcon, MoreIcon } from '../parts/icons.tsx'
import { UserName } from '../parts/person.tsx'
import { Time } from '../parts/time.tsx'
import { showToast } from '../parts/toast.tsx'
import { goBack, Link, navigate } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { EditPostDialog } from './edit-post.tsx'

const audiences = {
  PUBLIC: null,
  FOLLOWERS: 'Followers only',
  CLOSE_FRIENDS: 'Close friends',
  ONLY_ME: 'Only you',
} as const

/** Who published it and when, with a menu. */
export function PostHead({ post, alone = false }: { post: PostCardFragment; alone?: boolean }) {
  const [open, setOpen] = useState<'menu' | 'edit' | 'report'>()
  const audience = audiences[post.audience]
  return (
    <header className="post-head">
      <Link href={`/@${post.author.username}`} className="post-face" tabIndex={-1} aria-hidden="true">
        <Avatar user={post.author} size={36} />
      </Link>
      <span className="post-head-text">
        <UserName user={post.author} />
        <span className="muted">
          {!alone && (
            <Link href={`/p/${post.id}`} className="quiet">
              <Time at={post.createdAt} />
            </Link>
          )}
          {alone && post.author.displayName}
          {post.place && (
            <Link href={`/places/${post.place.id}`} className="quiet ellipsis">
              {post.place.name}
            </Link>
          )}
          {audience && (
            <span className="audience">
              <LockIcon size={12} /> {audience}
            </span>
          )}
        </span>
      </span>
      <button type="button" className="icon-button" aria-label="More" onClick={() => setOpen('menu')}>
        <MoreIcon size={22} />
      </button>
      {open === 'menu' && (
        <PostMenu
          post={post}
          alone={alone}
          onEdit={() => setOpen('edit')}
          onReport={() => setOpen('report')}
          onClose={() => setOpen((now) => (now === 'menu' ? undefined : now))}
        />
      )}
      {open === 'edit' && <EditPostDialog postId={post.id} onClose={() => setOpen(undefined)} />}
      {open === 'report' && (
        <ReportDialog subjectId={post.id} what="the post" onClose={() => setOpen(undefined)} />
      )}
    </header>
  )
}

function PostMenu({
  post,
  alone,
  onEdit,
  onReport,
  onClose,
}: {
  post: PostCardFragment
  alone: boolean
  onEdit: () => void
  onReport: () => void
  onClose: () => void
}) {
  const viewer = useViewer()
  const [remove, removing] = useAction(DeletePostDocument)
  const [archive, archiving] = useAction(ArchivePostDocument)
  const [publish, publishing] = useAction(PublishPostDocument)
  const [bringBack, bringingBack] = useAction(UnarchivePostDocument)
  const [sure, setSure] = useState(false)
  const own = viewer?.id === post.author.id

  const copy = async () => {
    await navigator.clipboard.writeText(new URL(`/p/${post.id}`, location.href).href)
    showToast('The link is in the clipboard.')
    onClose()
  }
  const putAway = async () => {
    if (!(await archive({ postId: post.id }))) return
    showToast('The post is in your archive.')
    if (alone) goBack()
    else onClose()
  }
  const show = async () => {
    if (publishing || bringingBack) return
    const shown = await (post.status === 'ARCHIVED' ? bringBack : publish)({ postId: post.id })
    if (!shown) return
    showToast(post.status === 'ARCHIVED' ? 'The post is back.' : 'Shared.')
    onClose()
  }
  const erase = async () => {
    if (!sure) return setSure(true)
    if (!(await remove({ postId: post.id }))) return
    showToast('The post is gone.')
    if (alone) goBack()
  }
  return (
    <Dialog title="Post" onClose={onClose}>
      {!alone && <MenuItem onClick={() => navigate(`/p/${post.id}`)}>Open</MenuItem>}
      <MenuItem onClick={copy}>Copy the link</MenuItem>
      <MenuItem onClick={() => navigate(`/@${post.author.username}`)}>About {post.author.username}</MenuItem>
      {own && <MenuItem onClick={onEdit}>Edit</MenuItem>}
      {own && (post.status === 'DRAFT' || post.status === 'SCHEDULED') && (
        <MenuItem onClick={show}>Publish now</MenuItem>
      )}
      {own && <MenuItem onClick={() => navigate(`/insights/${post.id}`)}>Insights</MenuItem>}
      {own && post.status === 'ARCHIVED' && <MenuItem onClick={show}>Bring back</MenuItem>}
      {own && post.status === 'PUBLISHED' && (
        <MenuItem onClick={() => !archiving && putAway()}>Put into the archive</MenuItem>
      )}
      {viewer && !own && (
        <MenuItem danger onClick={onReport}>
          Report
        </MenuItem>
      )}
      {own && (
        <MenuItem danger onClick={() => !removing && erase()}>
          {sure ? 'Delete for good: touch again' : 'Delete'}
        </MenuItem>
      )}
    </Dialog>
  )
}
