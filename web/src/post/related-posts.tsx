import { useEffect, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { useInView } from '../media/in-view.ts'
import { RelatedPostsDocument } from '../operations.gen.ts'
import { Failure, Spinner } from '../parts/states.tsx'
import { Tile } from '../profile/grids.tsx'

/** Posts that are near one, as a grid under it; asked for when one comes near. */
export function RelatedPosts({ postId }: { postId: string }) {
  const section = useRef<HTMLElement>(null)
  const near = useInView(section, 0, '300px 0px')
  const [asked, setAsked] = useState(false)
  useEffect(() => {
    if (near) setAsked(true)
  }, [near])
  const [{ data, error }, again] = useQuery({
    query: RelatedPostsDocument,
    variables: { postId, first: 12 },
    pause: !asked,
    // Whom one has blocked meanwhile, or what is gone, is not to stand there.
    requestPolicy: 'cache-and-network',
  })
  const posts = data?.relatedPosts
  return (
    <section ref={section} className="related-posts" aria-labelledby="related-posts">
      <h2 id="related-posts" className="section-title">
        More like this
      </h2>
      {!posts &&
        (error ? (
          <Failure error={error} onRetry={() => again({ requestPolicy: 'network-only' })} />
        ) : (
          <Spinner />
        ))}
      {posts?.length === 0 && <p className="muted">There is nothing like it yet.</p>}
      {posts && posts.length > 0 && (
        <div className="grid">
          {posts.map((post, position) => (
            <Tile key={post.id} post={post} spot={{ surface: 'POST', position }} />
          ))}
        </div>
      )}
    </section>
  )
}
