import type { ReactNode } from 'react'
import type { UserLinkFragment } from '../operations.gen.ts'
import { Link } from '../router.tsx'
import { Avatar } from './avatar.tsx'
import { VerifiedIcon } from './icons.tsx'

/** A username that leads to the profile. */
export function UserName({ user }: { user: { username: string; isVerified?: boolean } }) {
  return (
    <Link href={`/@${user.username}`} className="username">
      {user.username}
      {user.isVerified && (
        <span className="verified" title="Verified">
          <VerifiedIcon size={15} />
        </span>
      )}
    </Link>
  )
}

/** A row of a list of people: face, name, what else is to be said, and what can be done. */
export function PersonRow({
  user,
  detail,
  children,
}: {
  user: UserLinkFragment
  detail?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className="person-row">
      <Link href={`/@${user.username}`} className="person-face" tabIndex={-1} aria-hidden="true">
        <Avatar user={user} size={48} />
      </Link>
      <div className="person-text">
        <UserName user={user} />
        <span className="muted ellipsis">{detail ?? user.displayName}</span>
      </div>
      {children}
    </div>
  )
}
