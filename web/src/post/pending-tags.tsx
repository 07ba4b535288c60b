import { useAction } from '../graph/use-action.ts'
import { usePages } from '../graph/use-pages.ts'
import { Picture } from '../media/picture.tsx'
import { ApproveTagDocument, PendingTagsDocument, RemoveTagDocument } from '../operations.gen.ts'
import { LoadMore } from '../parts/load-more.tsx'
import { UserName } from '../parts/person.tsx'
import { Link } from '../router.tsx'

/** Posts that show the viewer and wait for his word. */
export function PendingTags() {
  const pages = usePages(PendingTagsDocument, { first: 10 }, (data) => data.viewer?.pendingTags)
  const [approve, approving] = useAction(ApproveTagDocument)
  const [remove, removing] = useAction(RemoveTagDocument)
  const busy = approving || removing
  if (!pages.nodes?.length) return null
  return (
    <section className="card">
      <h2 className="section-title">Posts that show you</h2>
      {pages.nodes.map((post) => (
        <div key={post.id} className="notification">
          <Link href={`/p/${post.id}`} className="notification-picture" aria-label="Open the post">
            {post.media[0] && <Picture media={post.media[0]} sizes="48px" alt="" />}
          </Link>
          <span className="notification-text">
            <UserName user={post.author} /> says that this shows you.
          </span>
          <span className="button-row">
            <button
              type="button"
              className="button button-primary button-small"
              disabled={busy}
              onClick={() => approve({ postId: post.id })}
            >
              Show
            </button>
            <button
              type="button"
              className="button button-small"
              disabled={busy}
              onClick={() => remove({ postId: post.id })}
            >
              Remove me
            </button>
          </span>
        </div>
      ))}
      <LoadMore pages={pages} />
    </section>
  )
}
