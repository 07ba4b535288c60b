import type { ReactNode } from 'react'
import { matchPath } from '../match-path.ts'
import { Empty } from '../parts/states.tsx'
import { Link } from '../router.tsx'
import { ActivityScreen } from './activity.tsx'
import { ComposerScreen } from './composer.tsx'
import { ConsentScreen } from './consent.tsx'
import { ConversationsScreen } from './conversations.tsx'
import { DevelopersScreen } from './developers.tsx'
import { FeedScreen } from './feed.tsx'
import { AccountInsightsScreen, PostInsightsScreen } from './insights.tsx'
import { ResetPasswordScreen, VerifyEmailScreen } from './mail-links.tsx'
import { ModerationLogScreen, ModerationScreen, VerificationScreen } from './moderation.tsx'
import { ArchiveScreen, DraftsScreen } from './own-posts.tsx'
import { PeopleScreen } from './people.tsx'
import { PostScreen } from './post.tsx'
import { ProfileScreen } from './profile.tsx'
import { ReelsScreen } from './reels.tsx'
import { SearchScreen } from './search.tsx'
import { SettingsScreen } from './settings.tsx'
import { SocialCallbackScreen } from './social-callback.tsx'
import { StandingScreen } from './standing.tsx'
import { StoryComposerScreen } from './story-composer.tsx'
import { HashtagScreen, PlaceScreen } from './topic.tsx'

interface Route {
  readonly pattern: string
  readonly show: (parts: Record<string, string>) => ReactNode
  /** May be seen signed out. */
  readonly isPublic?: boolean
  /** Uses the whole width beside the rail. */
  readonly wide?: boolean
}

const routes: readonly Route[] = [
  { pattern: '/', show: () => <FeedScreen /> },
  { pattern: '/sign-in', show: () => <FeedScreen /> },
  { pattern: '/sign-in/callback', show: () => <SocialCallbackScreen />, isPublic: true },
  { pattern: '/sign-up', show: () => <FeedScreen /> },
  { pattern: '/new', show: () => <ComposerScreen /> },
  { pattern: '/new/story', show: () => <StoryComposerScreen /> },
  { pattern: '/search', show: () => <SearchScreen />, isPublic: true },
  {
    pattern: '/search/:query',
    show: ({ query = '' }) => <SearchScreen key={query} query={query} />,
    isPublic: true,
  },
  { pattern: '/reels', show: () => <ReelsScreen />, wide: true },
  { pattern: '/people', show: () => <PeopleScreen /> },
  { pattern: '/activity', show: () => <ActivityScreen /> },
  { pattern: '/settings', show: () => <SettingsScreen /> },
  { pattern: '/verify-email', show: () => <VerifyEmailScreen />, isPublic: true },
  { pattern: '/reset-password', show: () => <ResetPasswordScreen />, isPublic: true },
  { pattern: '/developers', show: () => <DevelopersScreen /> },
  { pattern: '/oauth/interaction/:id', show: () => <ConsentScreen /> },
  { pattern: '/messages', show: () => <ConversationsScreen />, wide: true },
  { pattern: '/messages/:id', show: ({ id }) => <ConversationsScreen openId={id} />, wide: true },
  { pattern: '/p/:id', show: ({ id = '' }) => <PostScreen key={id} id={id} />, isPublic: true, wide: true },
  { pattern: '/moderation', show: () => <ModerationScreen />, wide: true },
  { pattern: '/moderation/log', show: () => <ModerationLogScreen /> },
  { pattern: '/moderation/verification', show: () => <VerificationScreen /> },
  { pattern: '/moderation/:id', show: ({ id }) => <ModerationScreen openId={id} />, wide: true },
  { pattern: '/standing', show: () => <StandingScreen /> },
  { pattern: '/insights', show: () => <AccountInsightsScreen /> },
  { pattern: '/insights/:id', show: ({ id = '' }) => <PostInsightsScreen key={id} id={id} /> },
  { pattern: '/drafts', show: () => <DraftsScreen />, wide: true },
  { pattern: '/archive', show: () => <ArchiveScreen />, wide: true },
  {
    pattern: '/tags/:name',
    show: ({ name = '' }) => <HashtagScreen key={name} name={name} />,
    isPublic: true,
    wide: true,
  },
  {
    pattern: '/places/:id',
    show: ({ id = '' }) => <PlaceScreen key={id} id={id} />,
    isPublic: true,
    wide: true,
  },
  {
    pattern: '/@:username',
    show: ({ username = '' }) => <ProfileScreen key={username} username={username} />,
    isPublic: true,
    wide: true,
  },
]

/** What is shown at a path. */
export function screenAt(path: string): { element: ReactNode; isPublic?: boolean; wide?: boolean } {
  for (const { pattern, show, ...rest } of routes) {
    const parts = matchPath(pattern, path)
    if (parts) return { element: show(parts), ...rest }
  }
  return { element: <NotFound />, isPublic: true }
}

function NotFound() {
  return (
    <Empty title="There is nothing here">
      <p className="muted">The link may be broken, or what it led to is gone.</p>
      <Link href="/" className="button">
        Go home
      </Link>
    </Empty>
  )
}
