import type { PostDetailsFragment } from '../operations.gen.ts'
import { UserName } from '../parts/person.tsx'

/** Whom a post shows. */
export function PostPeople({ tags }: { tags: PostDetailsFragment['userTags'] }) {
  if (tags.length === 0) return null
  return (
    <p className="post-people">
      With{' '}
      {tags.map(({ user, status }, index) => (
        <span key={user.id}>
          {index > 0 && ', '}
          <UserName user={user} />
          {status === 'PENDING' && <span className="muted"> (asked)</span>}
        </span>
      ))}
    </p>
  )
}
