import { useEffect, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { Carousel } from '../media/carousel.tsx'
import { clampRatio } from '../media/renditions.ts'
import { Veil } from '../media/veil.tsx'
import { type CommentFieldsFragment, PostDocument } from '../operations.gen.ts'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { Caption } from '../post/caption.tsx'
import { CommentForm } from '../post/comment-form.tsx'
import { Comments } from '../post/comments.tsx'
import { LikeOnDoubleTap } from '../post/double-tap.tsx'
import { PostActions } from '../post/post-actions.tsx'
import { PostHead } from '../post/post-head.tsx'
import { PostPeople } from '../post/post-people.tsx'
import { RelatedPosts } from '../post/related-posts.tsx'
import { useImpression } from '../post/use-impression.ts'
import { useLivePost } from '../post/use-live-post.ts'
import { useViewer } from '../session/viewer.tsx'

/** One post with its comments, live. */
export function PostScreen({ id }: { id: string }) {
  const viewer = useViewer()
  const [{ data, fetching, error }, again] = useQuery({
    query: PostDocument,
    variables: { id },
    requestPolicy: 'cache-and-network',
  })
  const post = data?.post
  const input = useRef<HTMLTextAreaElement>(null)
  const [replyTo, setReplyTo] = useState<CommentFieldsFragment>()
  useLivePost(id, post?.status === 'PUBLISHED')
  useImpression(id, viewer !== null && post?.status === 'PUBLISHED', { surface: 'POST' })
  useEffect(() => {
    if (replyTo) input.current?.focus()
  }, [replyTo])

  if (!post)
    return (
      <>
        <TopBar title="Post" />
        {fetching ? (
          <Spinner />
        ) : error ? (
          <Failure error={error} onRetry={() => again({ requestPolicy: 'network-only' })} />
        ) : (
          <Empty title="This post is not here">
            <p className="muted">It may be gone, or its author shows it to others only.</p>
          </Empty>
        )}
      </>
    )
  const [first] = post.media
  return (
    <>
      <TopBar title="Post" />
      <article
        className="post-page"
        aria-label={`Post by ${post.author.username}`}
        style={{ '--ratio': clampRatio(first?.width ?? null, first?.height ?? null) } as React.CSSProperties}
      >
        <div className="post-page-media">
          <Veil post={post}>
            <LikeOnDoubleTap post={post}>
              <Carousel media={post.media} sizes="(min-width: 900px) 640px, 100vw" eager />
            </LikeOnDoubleTap>
          </Veil>
        </div>
        <div className="post-page-side">
          <PostHead post={post} alone />
          <div className="post-page-comments">
            {post.caption && (
              <Caption author={post.author} text={post.caption} entities={post.captionEntities} whole />
            )}
            <Comments postId={post.id} postAuthorId={post.author.id} onReply={setReplyTo} />
          </div>
          <div className="post-page-foot">
            {post.status === 'PUBLISHED' && (
              <PostActions post={post} onComment={() => input.current?.focus()} />
            )}
            <PostPeople tags={post.userTags} />
            <span className="muted">
              <Time at={post.createdAt} />
              {post.editedAt && ' · edited'}
            </span>
          </div>
          {post.commentsDisabled && <p className="muted comments-off">Nobody may comment on this.</p>}
          {viewer && post.status === 'PUBLISHED' && !post.commentsDisabled && (
            <div className="post-page-form">
              {replyTo && (
                <p className="replying">
                  Replying to {replyTo.author.username}{' '}
                  <button type="button" className="text-button" onClick={() => setReplyTo(undefined)}>
                    Cancel
                  </button>
                </p>
              )}
              <CommentForm
                postId={post.id}
                parentId={replyTo?.id ?? null}
                input={input}
                onDone={() => setReplyTo(undefined)}
              />
            </div>
          )}
        </div>
      </article>
      {post.status === 'PUBLISHED' && <RelatedPosts postId={post.id} />}
    </>
  )
}
