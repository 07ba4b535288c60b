import { type FormEvent, useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import { ReportDialog } from '../moderation/report-dialog.tsx'
import {
  type CommentFieldsFragment,
  CommentsDocument,
  DeleteCommentDocument,
  LikeCommentDocument,
  PinCommentDocument,
  RepliesDocument,
  UnlikeCommentDocument,
  UnpinCommentDocument,
  UpdateCommentDocument,
} from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { HeartIcon, PinIcon } from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { UserName } from '../parts/person.tsx'
import { Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { plural } from '../text/count.ts'
import { RichText } from '../text/rich-text.tsx'
import { fullTime } from '../text/time-ago.ts'

interface Place {
  readonly postId: string
  readonly postAuthorId: string
  readonly onReply: (comment: CommentFieldsFragment) => void
}

/** The comments under a post, newest first, each with its replies. */
export function Comments(place: Place) {
  const pages = usePages(CommentsDocument, { postId: place.postId, first: 20 }, (data) => data.post?.comments)
  if (!pages.nodes) return pages.loading ? <Spinner label="Loading comments" /> : null
  return (
    <>
      {pages.nodes.length === 0 && (
        <p className="muted comments-none">No comments yet. Say something kind.</p>
      )}
      <ul className="comments">
        {pages.nodes.map((comment) => (
          <li key={comment.id}>
            <Comment comment={comment} {...place} />
            {(comment.replyCount ?? 0) > 0 && <Replies comment={comment} {...place} />}
          </li>
        ))}
      </ul>
      <LoadMore pages={pages} />
    </>
  )
}

function Replies({ comment, ...place }: Place & { comment: CommentFieldsFragment }) {
  const [open, setOpen] = useState(false)
  const pages = usePages(
    RepliesDocument,
    { commentId: comment.id, first: 20 },
    (data) => (data.node && 'replies' in data.node ? data.node.replies : undefined),
    !open,
  )
  return (
    <div className="replies">
      <button
        type="button"
        className="text-button muted replies-toggle"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {open ? 'Hide replies' : `View ${plural(comment.replyCount ?? 0, 'reply', 'replies')}`}
      </button>
      {open && !pages.nodes && <Spinner label="Loading replies" />}
      {open && (
        <ul className="comments">
          {pages.nodes?.map((reply) => (
            <li key={reply.id}>
              <Comment comment={reply} {...place} isReply />
            </li>
          ))}
        </ul>
      )}
      {open && pages.hasMore && (
        <button type="button" className="text-button" onClick={pages.loadMore}>
          More replies
        </button>
      )}
    </div>
  )
}

function Comment({
  comment,
  postAuthorId,
  onReply,
  isReply = false,
}: Place & { comment: CommentFieldsFragment; isReply?: boolean }) {
  const viewer = useViewer()
  const [like] = useAction(LikeCommentDocument)
  const [unlike] = useAction(UnlikeCommentDocument)
  const [remove, removing] = useAction(DeleteCommentDocument)
  const [pin, pinning] = useAction(PinCommentDocument)
  const [unpin, unpinning] = useAction(UnpinCommentDocument)
  const [dialog, setDialog] = useState<'report' | 'edit'>()
  const liked = comment.viewerHasLiked === true
  const mayDelete = viewer && (viewer.id === comment.author.id || viewer.id === postAuthorId)
  return (
    <article className="comment">
      <Link href={`/@${comment.author.username}`} tabIndex={-1} aria-hidden="true">
        <Avatar user={comment.author} size={34} />
      </Link>
      <div className="comment-body">
        {comment.isPinned && (
          <p className="comment-pin muted">
            <PinIcon size={13} /> Pinned by the author
          </p>
        )}
        <p>
          <UserName user={comment.author} /> <RichText text={comment.text} entities={comment.textEntities} />
        </p>
        <p className="comment-foot">
          <Time at={comment.createdAt} brief />
          {comment.editedAt && (
            <span className="muted" title={fullTime(comment.editedAt)}>
              edited
            </span>
          )}
          {(comment.likeCount ?? 0) > 0 && (
            <span className="muted">{plural(comment.likeCount ?? 0, 'like')}</span>
          )}
          {viewer && (
            <button type="button" className="text-button muted" onClick={() => onReply(comment)}>
              Reply
            </button>
          )}
          {viewer && viewer.id !== comment.author.id && (
            <button type="button" className="text-button muted on-hover" onClick={() => setDialog('report')}>
              Report
            </button>
          )}
          {viewer?.id === comment.author.id && (
            <button type="button" className="text-button muted on-hover" onClick={() => setDialog('edit')}>
              Edit
            </button>
          )}
          {viewer?.id === postAuthorId && !isReply && (
            <button
              type="button"
              className="text-button muted on-hover"
              disabled={pinning || unpinning}
              onClick={() => (comment.isPinned ? unpin : pin)({ commentId: comment.id })}
            >
              {comment.isPinned ? 'Unpin' : 'Pin'}
            </button>
          )}
          {mayDelete && (
            <button
              type="button"
              className="text-button muted on-hover"
              disabled={removing}
              onClick={() => remove({ commentId: comment.id })}
            >
              Delete
            </button>
          )}
        </p>
      </div>
      {viewer && (
        <button
          type="button"
          className={liked ? 'icon-button like liked' : 'icon-button like'}
          aria-label={liked ? 'Take the like back' : `Like the comment of ${comment.author.username}`}
          aria-pressed={liked}
          onClick={() => (liked ? unlike : like)({ commentId: comment.id })}
        >
          <HeartIcon filled={liked} size={15} />
        </button>
      )}
      {dialog === 'report' && (
        <ReportDialog subjectId={comment.id} what="the comment" onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'edit' && <EditComment comment={comment} onClose={() => setDialog(undefined)} />}
    </article>
  )
}

function EditComment({ comment, onClose }: { comment: CommentFieldsFragment; onClose: () => void }) {
  const [update, updating] = useAction(UpdateCommentDocument)
  const save = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('text') ?? '').trim()
    if (await update({ commentId: comment.id, text })) onClose()
  }
  return (
    <Dialog title="Edit the comment" onClose={onClose}>
      <form className="form" onSubmit={save}>
        <label className="field">
          <span>Your comment</span>
          <textarea name="text" rows={3} maxLength={1_000} defaultValue={comment.text} required />
        </label>
        <button type="submit" className="button button-primary button-large" disabled={updating}>
          Save
        </button>
      </form>
    </Dialog>
  )
}
