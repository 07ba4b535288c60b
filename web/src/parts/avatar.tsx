interface Face {
  readonly username: string
  readonly avatar: { readonly url: string } | null
}

/** A profile picture, or the first letter on a colour of one's own. The name stands beside it, so it has none itself. */
export function Avatar({ user, size }: { user: Face | null; size: number }) {
  const style = { width: size, height: size, fontSize: size * 0.42 }
  if (user?.avatar)
    return (
      <img
        className="avatar"
        src={user.avatar.url}
        alt=""
        style={style}
        width={size}
        height={size}
        loading="lazy"
      />
    )
  const name = user?.username ?? '?'
  return (
    <span
      className="avatar avatar-letter"
      style={{ ...style, '--hue': hueOf(name) } as React.CSSProperties}
      aria-hidden="true"
    >
      {name.slice(0, 1).toUpperCase()}
    </span>
  )
}

/** The same name always has the same colour. */
function hueOf(name: string): number {
  let hash = 0
  for (const char of name) hash = (hash * 31 + char.charCodeAt(0)) % 360
  return hash
}
