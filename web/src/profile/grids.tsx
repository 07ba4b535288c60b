import { useRef, useState } from 'react'
import type { Pages } from '../graph/use-pages.ts'
import { usePages } from '../graph/use-pages.ts'
import { useInView } from '../media/in-view.ts'
import { Picture } from '../media/picture.tsx'
import { Preview } from '../media/veil.tsx'
import { isVeiled } from '../media/veiled.ts'
import { type PostTileFragment, SavedPostsDocument, UserPostsDocument } from '../operations.gen.ts'
import {
  CameraIcon,
  CommentIcon,
  HeartIcon,
  PlayIcon,
  SaveIcon,
  ShieldIcon,
  StackIcon,
} from '../parts/icons.tsx'
import { LoadMore } from '../parts/load-more.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import type { Spot } from '../post/impressions.ts'
import { useImpression } from '../post/use-impression.ts'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { formatCount } from '../text/count.ts'

/** Someone's posts, newest first. */
export function PostGrid({ username, own = false }: { username: string; own?: boolean }) {
  const pages = usePages(UserPostsDocument, { username, first: 18 }, (data) => data.user?.posts)
  return (
    <Grid pages={pages}>
      <Empty icon={<CameraIcon size={34} />} title={own ? 'Share your first picture' : 'No posts yet'}>
        {own && (
          <Link href="/new" className="button button-primary">
            Choose a picture
          </Link>
        )}
      </Empty>
    </Grid>
  )
}

/** What the viewer saved, the newest save first. */
export function SavedGrid() {
  const pages = usePages(SavedPostsDocument, { first: 18 }, (data) => data.viewer?.savedPosts)
  return (
    <Grid pages={pages}>
      <Empty icon={<SaveIcon size={34} />} title="Nothing saved">
        <p className="muted">Save a post to find it again here. Nobody else learns of it.</p>
      </Empty>
    </Grid>
  )
}

/** Posts as squares; `children` when there are none. */
export function Grid({
  pages,
  children,
}: {
  pages: Pages<PostTileFragment, unknown>
  children: React.ReactNode
}) {
  if (!pages.nodes) {
    if (pages.error) return <Failure error={pages.error} onRetry={pages.refresh} />
    return pages.loading ? <Spinner /> : children
  }
  if (pages.nodes.length === 0) return children
  return (
    <>
      <div className="grid">
        {pages.nodes.map((post) => (
          <Tile key={post.id} post={post} />
        ))}
      </div>
      <LoadMore pages={pages} />
    </>
  )
}

const calm = matchMedia('(prefers-reduced-motion: reduce)')

/** A post as a square that leads to it; shows a video's beginning while one points at it. */
export function Tile({
  post,
  large = null,
  spot,
}: {
  post: PostTileFragment
  /** Twice as wide and as high, at this side of the grid. */
  large?: 'left' | 'right' | null
  /** Where it stands; left out, nobody counts that it was seen. */
  spot?: Spot
}) {
  const element = useRef<HTMLAnchorElement>(null)
  const visible = useInView(element)
  useImpression(post.id, visible && spot !== undefined, spot)
  const [first] = post.media
  const [active, setActive] = useState(false)
  const veiled = isVeiled(post, useViewer())
  const preview = active && !calm.matches && !veiled ? first?.previewUrl : null
  return (
    <Link
      ref={element}
      href={`/p/${post.id}`}
      className="tile"
      data-large={large}
      onPointerEnter={({ pointerType }) => pointerType === 'mouse' && setActive(true)}
      onPointerLeave={() => setActive(false)}
      onFocus={() => setActive(true)}
      onBlur={() => setActive(false)}
      aria-label={first?.altText || post.caption?.slice(0, 80) || 'Post'}
    >
      {first && veiled && <Preview media={first} />}
      {first && !veiled && (
        <Picture
          media={first}
          sizes={large ? '(min-width: 900px) 600px, 67vw' : '(min-width: 900px) 300px, 33vw'}
          alt=""
        />
      )}
      {preview && (
        <video className="tile-preview" src={preview} muted autoPlay loop playsInline tabIndex={-1} />
      )}
      {veiled ? (
        <span className="tile-kind" title="Sensitive">
          <ShieldIcon size={18} />
        </span>
      ) : post.media.length > 1 ? (
        <span className="tile-kind">
          <StackIcon size={18} />
        </span>
      ) : first?.kind === 'VIDEO' ? (
        <span className="tile-kind">
          <PlayIcon size={18} />
        </span>
      ) : null}
      {post.status === 'PROCESSING' && <span className="tile-note">Processing</span>}
      <span className="tile-counts" aria-hidden="true">
        {post.likeCount !== null && (
          <span>
            <HeartIcon filled size={19} /> {formatCount(post.likeCount, 'compact')}
          </span>
        )}
        {post.commentCount !== null && (
          <span>
            <CommentIcon filled size={19} /> {formatCount(post.commentCount, 'compact')}
          </span>
        )}
      </span>
    </Link>
  )
}
