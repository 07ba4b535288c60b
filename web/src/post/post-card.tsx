import { useRef } from 'react'
import { Carousel } from '../media/carousel.tsx'
import { useInView } from '../media/in-view.ts'
import { Veil } from '../media/veil.tsx'
import type { PostCardFragment } from '../operations.gen.ts'
import { UserName } from '../parts/person.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { plural } from '../text/count.ts'
import { Caption } from './caption.tsx'
import { CommentForm } from './comment-form.tsx'
import { LikeOnDoubleTap } from './double-tap.tsx'
import type { Spot } from './impressions.ts'
import { PostActions } from './post-actions.tsx'
import { PostHead } from './post-head.tsx'
import { useImpression } from './use-impression.ts'
import { useLivePost } from './use-live-post.ts'

/** A post in the feed. While it is on the screen, its counts and comments are live. */
export function PostCard({
  post,
  reason = null,
  eager,
  spot,
}: {
  post: PostCardFragment
  /** Why it is here, where that is worth a line. */
  reason?: string | null
  eager: boolean
  /** Where it stands; left out, nobody counts that it was seen. */
  spot?: Spot
}) {
  const element = useRef<HTMLElement>(null)
  const viewer = useViewer()
  const isPublished = post.status === 'PUBLISHED'
  const visible = useInView(element, 0.4) && isPublished
  useLivePost(post.id, visible)
  useImpression(post.id, visible && viewer !== null, spot)
  const commentCount = post.commentCount ?? 0
  const preview = post.previewComments ?? []
  return (
    <article ref={element} className="post-card" aria-label={`Post by ${post.author.username}`}>
      {reason && <p className="post-reason muted">{reason}</p>}
      <PostHead post={post} />
      <Veil post={post}>
        <LikeOnDoubleTap post={post}>
          <Carousel media={post.media} sizes="(min-width: 640px) 520px, 100vw" eager={eager} />
        </LikeOnDoubleTap>
      </Veil>
      <div className="post-body">
        {isPublished ? (
          <PostActions post={post} />
        ) : (
          <p className="muted post-waiting">
            {post.status === 'PROCESSING' ? 'Others see this when it is processed.' : 'You alone see this.'}
          </p>
        )}
        {post.caption && <Caption author={post.author} text={post.caption} entities={post.captionEntities} />}
        {commentCount > preview.length && (
          <Link href={`/p/${post.id}`} className="muted post-more">
            View all {plural(commentCount, 'comment')}
          </Link>
        )}
        {preview.map((comment) => (
          <p key={comment.id} className="preview-comment">
            <UserName user={comment.author} /> {comment.text}
          </p>
        ))}
        {viewer && isPublished && !post.commentsDisabled && <CommentForm postId={post.id} brief />}
      </div>
    </article>
  )
}
