import { useQuery } from 'urql'
import { Picture } from '../media/picture.tsx'
import { SharedPostDocument, type SharedPostFieldsFragment } from '../operations.gen.ts'
import { Link } from '../router.tsx'

/** A post that was sent in a message. */
export function SharedPost({ post }: { post: SharedPostFieldsFragment }) {
  const [first] = post.media
  return (
    <Link href={`/p/${post.id}`} className="shared-post">
      <span className="shared-post-author">{post.author.username}</span>
      {first && (
        <span className="shared-post-picture">
          <Picture media={first} sizes="240px" />
        </span>
      )}
      {post.caption && <span className="shared-post-caption">{post.caption}</span>}
    </Link>
  )
}

/** A post that an encrypted message names: as much of it as the viewer may see. */
export function NamedPost({ id }: { id: string }) {
  const [{ data, fetching }] = useQuery({ query: SharedPostDocument, variables: { id } })
  if (data?.post) return <SharedPost post={data.post} />
  return fetching ? null : <p className="message-gone muted">This post is not here.</p>
}
