import { useEffect, useRef, useState } from 'react'
import { usePages } from '../graph/use-pages.ts'
import { useInView } from '../media/in-view.ts'
import { Veil } from '../media/veil.tsx'
import { Video } from '../media/video.tsx'
import { useWatchTime } from '../media/watch-time.ts'
import { ReelsDocument, type ReelsQuery } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { FollowButton } from '../parts/follow-button.tsx'
import { ReelsIcon } from '../parts/icons.tsx'
import { UserName } from '../parts/person.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { Caption } from '../post/caption.tsx'
import { LikeOnDoubleTap } from '../post/double-tap.tsx'
import { reasonWords } from '../post/feed-edges.ts'
import { PostActions } from '../post/post-actions.tsx'
import { useImpression } from '../post/use-impression.ts'
import { useLivePost } from '../post/use-live-post.ts'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'

/** So many before the end the next page is asked for. */
const ahead = 3

/** Videos one below the other, each as tall as the screen: the one that is looked at plays, the next one is fetched. */
export function ReelsScreen() {
  const pages = usePages(ReelsDocument, { first: 10 }, (data) => data.reels)
  const [current, setCurrent] = useState(0)
  const [muted, setMuted] = useState(true)
  const list = useRef<HTMLDivElement>(null)
  const { nodes, hasMore, loading, loadMore } = pages
  const count = nodes?.length ?? 0
  const reasons = new Map(
    pages.data?.reels.edges.map(({ node, reason, topic }) => [node.id, reasonWords(reason, topic)]),
  )
  useEffect(() => {
    if (hasMore && !loading && current >= count - ahead) loadMore()
  }, [hasMore, loading, current, count, loadMore])
  useEffect(() => {
    const step = (event: KeyboardEvent) => {
      const way = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
      if (way === 0 || event.target instanceof HTMLTextAreaElement) return
      event.preventDefault()
      list.current?.children[current + way]?.scrollIntoView({ behavior: 'smooth' })
    }
    addEventListener('keydown', step)
    return () => removeEventListener('keydown', step)
  }, [current])

  if (!nodes) return pages.error ? <Failure error={pages.error} onRetry={pages.refresh} /> : <Spinner />
  return (
    <>
      <h1 className="visually-hidden">Reels</h1>
      {nodes.length === 0 ? (
        <Empty icon={<ReelsIcon size={34} />} title="No reels yet">
          <p className="muted">Share a video, and it may be the first.</p>
          <Link href="/new" className="button button-primary">
            Share a video
          </Link>
        </Empty>
      ) : (
        <div ref={list} className="reels">
          {nodes.map((post, index) => (
            <Reel
              key={post.id}
              post={post}
              reason={reasons.get(post.id) ?? null}
              position={index}
              // Far from what is looked at there is nothing but room, so that a long session stays light.
              near={Math.abs(index - current) <= 2}
              next={index === current + 1}
              sound={[muted, setMuted]}
              onLooked={setCurrent}
            />
          ))}
        </div>
      )}
    </>
  )
}

function Reel({
  post,
  reason,
  position,
  near,
  next,
  sound,
  onLooked,
}: {
  post: ReelsQuery['reels']['nodes'][number]
  /** Why it is here; null where there is nothing to say. */
  reason: string | null
  position: number
  near: boolean
  next: boolean
  sound: [muted: boolean, setMuted: (muted: boolean) => void]
  onLooked: (position: number) => void
}) {
  const element = useRef<HTMLElement>(null)
  const viewer = useViewer()
  const visible = useInView(element, 0.6)
  const watch = useWatchTime()
  useLivePost(post.id, visible)
  useImpression(post.id, visible && viewer !== null, { surface: 'REELS', position }, watch)
  useEffect(() => {
    if (visible) onLooked(position)
  }, [visible, position, onLooked])
  const [media] = post.media
  return (
    <article ref={element} className="reel" aria-label={`Reel by ${post.author.username}`}>
      <div className="reel-stage">
        {near && media && (
          <>
            <Veil post={post}>
              <LikeOnDoubleTap post={post}>
                <Video media={media} ahead={next} sound={sound} watch={watch} />
              </LikeOnDoubleTap>
            </Veil>
            <div className="reel-words">
              {reason && <p className="reel-reason">{reason}</p>}
              <p className="reel-author">
                <Avatar user={post.author} size={34} />
                <UserName user={post.author} />
                {viewer && viewer.id !== post.author.id && <FollowButton user={post.author} />}
              </p>
              {post.caption && <Caption author={null} text={post.caption} entities={post.captionEntities} />}
            </div>
          </>
        )}
      </div>
      {near && (
        <div className="reel-actions">
          <PostActions post={post} />
        </div>
      )}
    </article>
  )
}
