import type { ReactNode } from 'react'
import { LiveEvents } from './live-events.tsx'
import { useUnreadMessages } from './messages/use-conversations.ts'
import { Avatar } from './parts/avatar.tsx'
import { Mark, Wordmark } from './parts/brand.tsx'
import {
  HeartIcon,
  HomeIcon,
  PeopleIcon,
  PlusIcon,
  ReelsIcon,
  SearchIcon,
  SendIcon,
  SettingsIcon,
  ShieldIcon,
} from './parts/icons.tsx'
import { Link } from './router.tsx'
import { useViewer } from './session/viewer.tsx'

/** What surrounds every screen: a rail on a desktop, tabs at the bottom of a phone. */
export function Shell({ path, wide, children }: { path: string; wide: boolean; children: ReactNode }) {
  const viewer = useViewer()
  return (
    <div className="shell">
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      {viewer ? <Navigation path={path} /> : <Visitor />}
      <main id="content" className={wide ? 'content content-wide' : 'content'} tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

function Navigation({ path }: { path: string }) {
  const viewer = useViewer()
  const unreadMessages = useUnreadMessages()
  if (!viewer) return null
  const profile = `/@${viewer.username}`
  const items = [
    { href: '/', label: 'Home', Icon: HomeIcon },
    { href: '/search', label: 'Search', Icon: SearchIcon },
    { href: '/reels', label: 'Reels', Icon: ReelsIcon },
    { href: '/people', label: 'People', Icon: PeopleIcon, railOnly: true },
    { href: '/new', label: 'Create', Icon: PlusIcon },
    { href: '/messages', label: 'Messages', Icon: SendIcon, badge: unreadMessages, railOnly: true },
    { href: '/activity', label: 'Activity', Icon: HeartIcon, badge: viewer.unreadNotificationCount },
    ...(viewer.role === 'MEMBER'
      ? []
      : [{ href: '/moderation', label: 'Moderation', Icon: ShieldIcon, railOnly: true }]),
  ]
  const isCurrent = (href: string) => path === href || (href !== '/' && path.startsWith(`${href}/`))
  return (
    <>
      <LiveEvents path={path} />
      <nav className="navigation" aria-label="Main">
        <Link href="/" className="navigation-brand" aria-label="Heliograph, home">
          <Mark size={30} />
          <span className="wordmark-name">Heliograph</span>
        </Link>
        {items.map(({ href, label, Icon, badge, railOnly }) => (
          <Link
            key={href}
            href={href}
            className={railOnly ? 'navigation-item rail-only' : 'navigation-item'}
            aria-current={isCurrent(href) ? 'page' : undefined}
            aria-label={badge ? `${label}, ${badge} unread` : label}
          >
            <span className="navigation-icon">
              <Icon filled={isCurrent(href)} size={26} />
              {badge ? <Badge count={badge} /> : null}
            </span>
            <span className="navigation-label">{label}</span>
          </Link>
        ))}
        <Link
          href={profile}
          className="navigation-item navigation-profile"
          aria-current={path === profile ? 'page' : undefined}
          aria-label="Profile"
        >
          <span className="navigation-icon">
            <Avatar user={viewer.user} size={26} />
          </span>
          <span className="navigation-label">Profile</span>
        </Link>
        <Link
          href="/settings"
          className="navigation-item rail-only navigation-last"
          aria-current={path === '/settings' ? 'page' : undefined}
          aria-label="Settings"
        >
          <span className="navigation-icon">
            <SettingsIcon size={26} filled={path === '/settings'} />
          </span>
          <span className="navigation-label">Settings</span>
        </Link>
      </nav>
    </>
  )
}

/** A number that asks for attention. The link around it says it in words. */
export function Badge({ count }: { count: number }) {
  return (
    <span className="badge" aria-hidden="true">
      {count > 99 ? '99+' : count}
    </span>
  )
}

function Visitor() {
  return (
    <header className="visitor">
      <Link href="/" aria-label="Heliograph, home">
        <Wordmark />
      </Link>
      <span className="visitor-actions">
        <Link href="/sign-in" className="button button-primary button-small">
          Sign in
        </Link>
        <Link href="/sign-up" className="button button-small">
          Sign up
        </Link>
      </span>
    </header>
  )
}
