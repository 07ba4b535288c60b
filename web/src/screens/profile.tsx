import { useState } from 'react'
import { useQuery } from 'urql'
import { type UserHeaderFragment, UserProfileDocument } from '../operations.gen.ts'
import { GridIcon, LockIcon, SaveIcon, SettingsIcon } from '../parts/icons.tsx'
import { Empty, Failure, Spinner } from '../parts/states.tsx'
import { TopBar } from '../parts/top-bar.tsx'
import { PostGrid, SavedGrid } from '../profile/grids.tsx'
import { ProfileHeader } from '../profile/profile-header.tsx'
import { Link } from '../router.tsx'
import { useViewer } from '../session/viewer.tsx'
import { Highlights } from '../stories/highlights.tsx'

/** Someone's profile: the header, and the posts for who may see them. */
export function ProfileScreen({ username }: { username: string }) {
  const viewer = useViewer()
  const [{ data, fetching, error }, again] = useQuery({
    query: UserProfileDocument,
    variables: { username },
    requestPolicy: 'cache-and-network',
  })
  const user = data?.user
  const own = viewer?.username === username
  return (
    <div className="profile">
      <TopBar title={username} back={own ? null : '/'}>
        {own && (
          <Link href="/settings" className="icon-button phone-only" aria-label="Settings">
            <SettingsIcon size={24} />
          </Link>
        )}
      </TopBar>
      {user ? (
        <>
          <ProfileHeader user={user} />
          {viewer && !user.viewerHasBlocked && <Highlights username={username} own={own} />}
          {own ? <OwnPosts username={username} /> : <Posts user={user} />}
        </>
      ) : fetching ? (
        <Spinner />
      ) : error ? (
        <Failure error={error} onRetry={() => again({ requestPolicy: 'network-only' })} />
      ) : (
        <Empty title="Nobody is here">
          <p className="muted">The name may be wrong, or the account is gone.</p>
        </Empty>
      )}
    </div>
  )
}

function Posts({ user }: { user: UserHeaderFragment }) {
  if (user.viewerHasBlocked)
    return <Empty title="You blocked this account">Neither of you sees anything of the other.</Empty>
  if (user.isPrivate && user.viewerFollowState !== 'FOLLOWING')
    return (
      <Empty icon={<LockIcon size={34} />} title="This account is private">
        <p className="muted">Follow {user.username} to see what they share.</p>
      </Empty>
    )
  return <PostGrid username={user.username} />
}

function OwnPosts({ username }: { username: string }) {
  const [tab, setTab] = useState<'posts' | 'saved'>('posts')
  return (
    <>
      <div className="tabs profile-tabs" role="tablist" aria-label="Posts">
        <button
          type="button"
          role="tab"
          className="tab"
          aria-selected={tab === 'posts'}
          onClick={() => setTab('posts')}
        >
          <GridIcon size={18} /> Posts
        </button>
        <button
          type="button"
          role="tab"
          className="tab"
          aria-selected={tab === 'saved'}
          onClick={() => setTab('saved')}
        >
          <SaveIcon size={18} /> Saved
        </button>
      </div>
      {tab === 'posts' ? <PostGrid username={username} own /> : <SavedGrid />}
    </>
  )
}
