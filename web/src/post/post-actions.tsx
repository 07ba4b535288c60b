import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { type PostCardFragment, SavePostDocument, UnsavePostDocument } from '../operations.gen.ts'
import { CommentIcon, HeartIcon, SaveIcon, SendIcon } from '../parts/icons.tsx'
import { navigate } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { formatCount, plural } from '../text/count.ts'
import { LikersDialog } from './likers.tsx'
import { SendDialog } from './send-dialog.tsx'
import { useLike } from './use-like.ts'

/** Like, comment, send, save; and how many like it. */
export function PostActions({ post, onComment }: { post: PostCardFragment; onComment?: () => void }) {
  const viewer = useViewer()
  const like = useLike(post)
  const [save] = useAction(SavePostDocument)
  const [unsave] = useAction(UnsavePostDocument)
  const [dialog, setDialog] = useState<'likers' | 'send'>()
  const liked = post.viewerHasLiked === true
  const saved = post.viewerHasSaved === true
  return (
    <>
      <div className="post-actions">
        <button
          type="button"
          className={liked ? 'icon-button like liked' : 'icon-button like'}
          aria-label={liked ? 'Take the like back' : 'Like'}
          aria-pressed={liked}
          onClick={() => like(!liked)}
        >
          <HeartIcon filled={liked} size={27} />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Comment"
          onClick={onComment ?? (() => navigate(`/p/${post.id}`))}
        >
          <CommentIcon size={26} />
          {(post.commentCount ?? 0) > 0 && (
            <span className="action-count">{formatCount(post.commentCount ?? 0, 'compact')}</span>
          )}
        </button>
        {viewer && (
          <>
            <button type="button" className="icon-button" aria-label="Send" onClick={() => setDialog('send')}>
              <SendIcon size={25} />
              {(post.shareCount ?? 0) > 0 && (
                <span className="action-count">{formatCount(post.shareCount ?? 0, 'compact')}</span>
              )}
            </button>
            <button
              type="button"
              className="icon-button push-right"
              aria-label={saved ? 'Remove from saved' : 'Save'}
              aria-pressed={saved}
              onClick={() => (saved ? unsave : save)({ postId: post.id })}
            >
              <SaveIcon filled={saved} size={25} />
            </button>
          </>
        )}
      </div>
      {post.likeCount !== null && (
        <button
          type="button"
          className="like-count"
          disabled={post.likeCount === 0}
          onClick={() => setDialog('likers')}
          aria-live="polite"
        >
          {post.likeCount === 0 ? 'Be the first to like this' : plural(post.likeCount, 'like')}
        </button>
      )}
      {(post.viewCount ?? 0) > 0 && (
        <span className="view-count muted">{plural(post.viewCount ?? 0, 'view')}</span>
      )}
      {dialog === 'likers' && <LikersDialog postId={post.id} onClose={() => setDialog(undefined)} />}
      {dialog === 'send' && <SendDialog postId={post.id} onClose={() => setDialog(undefined)} />}
    </>
  )
}
