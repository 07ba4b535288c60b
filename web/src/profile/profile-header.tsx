import { useState } from 'react'
import { useAction } from '../graph/use-action.ts'
import { CreateConversationDocument, type UserHeaderFragment } from '../operations.gen.ts'
import { Avatar } from '../parts/avatar.tsx'
import { FollowButton } from '../parts/follow-button.tsx'
import { LinkIcon, MoreIcon, VerifiedIcon } from '../parts/icons.tsx'
import { Link, navigate } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { formatCount } from '../text/count.ts'
import { FollowList } from './follow-list.tsx'
import { ProfileMenu } from './profile-menu.tsx'

/** The top of a profile: face, name, numbers, and what the viewer can do. */
export function ProfileHeader({ user }: { user: UserHeaderFragment }) {
  const viewer = useViewer()
  const [list, setList] = useState<'followers' | 'following'>()
  const own = viewer?.id === user.id
  const open = own || !user.isPrivate || user.viewerFollowState === 'FOLLOWING'
  const avatar = <Avatar user={user} size={150} />
  const opens = (kind: 'followers' | 'following') => (open && viewer ? () => setList(kind) : undefined)
  return (
    <section className="profile-header">
      <div className="profile-face">{avatar}</div>
      <div className="profile-name">
        <h2>
          {user.username}
          {user.isVerified && (
            <span className="verified" title="Verified">
              <VerifiedIcon size={20} />
            </span>
          )}
        </h2>
        {viewer && (own ? <OwnActions /> : <Actions user={user} />)}
      </div>
      <ul className="profile-counts">
        <li>
          <Count count={user.postCount} label={user.postCount === 1 ? 'post' : 'posts'} />
        </li>
        <ListedCount
          count={user.followerCount}
          label={user.followerCount === 1 ? 'follower' : 'followers'}
          onOpen={opens('followers')}
        />
        <ListedCount count={user.followingCount} label="following" onOpen={opens('following')} />
      </ul>
      <div className="profile-about">
        <p>
          {user.displayName && <strong>{user.displayName}</strong>}
          {user.pronouns && <span className="muted"> {user.pronouns}</span>}
        </p>
        {user.followsViewer && !own && <p className="follows-you">Follows you</p>}
        {user.bio && <p className="profile-bio">{user.bio}</p>}
        {user.website && (
          <p>
            <a
              href={user.website}
              className="profile-website"
              target="_blank"
              rel="noopener noreferrer nofollow"
            >
              <LinkIcon size={14} /> {user.website.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '')}
            </a>
          </p>
        )}
      </div>
      {list && <FollowList username={user.username} kind={list} onClose={() => setList(undefined)} />}
    </section>
  )
}

function Count({ count, label }: { count: number; label: string }) {
  return (
    <>
      <strong title={formatCount(count)}>
        {formatCount(count, count < 10_000 ? 'standard' : 'compact')}
      </strong>{' '}
      <span>{label}</span>
    </>
  )
}

/** A count that opens the list of whom it counts. */
function ListedCount({ onOpen, ...counted }: { count: number; label: string; onOpen?: () => void }) {
  return (
    <li>
      <button type="button" className="quiet" disabled={!onOpen} onClick={onOpen}>
        <Count {...counted} />
      </button>
    </li>
  )
}

function OwnActions() {
  return (
    <span className="profile-actions">
      <Link href="/settings" className="button">
        Edit profile
      </Link>
      <Link href="/new" className="button">
        Share
      </Link>
    </span>
  )
}

function Actions({ user }: { user: UserHeaderFragment }) {
  const [menu, setMenu] = useState(false)
  const [create, creating] = useAction(CreateConversationDocument)
  const write = async () => {
    const created = await create({ memberIds: [user.id] })
    if (created?.conversation) navigate(`/messages/${created.conversation.id}`)
  }
  return (
    <span className="profile-actions">
      {!user.viewerHasBlocked && (
        <>
          <FollowButton user={user} wide />
          <button type="button" className="button" disabled={creating} onClick={write}>
            Message
          </button>
        </>
      )}
      <button type="button" className="icon-button" aria-label="More" onClick={() => setMenu(true)}>
        <MoreIcon />
      </button>
      {menu && <ProfileMenu user={user} onClose={() => setMenu(false)} />}
    </span>
  )
}
