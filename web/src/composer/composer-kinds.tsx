import { Link } from '../router.tsx'

const kinds = [
  { href: '/new', label: 'Post' },
  { href: '/new/story', label: 'Story' },
]

/** What is to be made: something that stays, or something for a day. */
export function ComposerKinds({ current }: { current: string }) {
  return (
    <nav className="composer-kinds" aria-label="What to share">
      {kinds.map(({ href, label }) => (
        <Link key={href} href={href} aria-current={href === current ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  )
}
