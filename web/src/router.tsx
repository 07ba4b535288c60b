import {
  type AnchorHTMLAttributes,
  type MouseEvent,
  type Ref,
  useLayoutEffect,
  useSyncExternalStore,
} from 'react'

// A router on the history API: the path is the state, links change it, and going back finds the place where one was.

const listeners = new Set<() => void>()
const scrollPositions = new Map<string, number>()
const entryKey = () => (history.state as { key?: string } | null)?.key ?? 'first'
let returning = false

history.scrollRestoration = 'manual'
addEventListener('popstate', () => {
  returning = true
  changed()
})

function changed(): void {
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Goes to a path of this application. */
export function navigate(path: string, { replace = false } = {}): void {
  scrollPositions.set(entryKey(), scrollY)
  returning = false
  const state = { key: crypto.randomUUID(), inside: !replace || isInside() }
  if (replace) history.replaceState(state, '', path)
  else history.pushState(state, '', path)
  changed()
}

const isInside = () => (history.state as { inside?: boolean } | null)?.inside ?? false

/** Goes to where one came from, or to `fallback` when the page was opened from outside. */
export function goBack(fallback = '/'): void {
  if (isInside()) history.back()
  else navigate(fallback, { replace: true })
}

/** The path as it is now. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}

/** Remembers how far each page was scrolled, and brings it back there on return. */
export function useScrollRestoration(path: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs once for each path
  useLayoutEffect(() => {
    scrollTo(0, returning ? (scrollPositions.get(entryKey()) ?? 0) : 0)
    const key = entryKey()
    const remember = () => {
      if (entryKey() === key) scrollPositions.set(key, scrollY)
    }
    addEventListener('scroll', remember, { passive: true })
    return () => removeEventListener('scroll', remember)
  }, [path])
}

/** A link within the application. */
export function Link({
  href,
  onClick,
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string; ref?: Ref<HTMLAnchorElement> }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    event.preventDefault()
    if (href === location.pathname) scrollTo({ top: 0, behavior: 'smooth' })
    else navigate(href)
  }
  return <a href={href} onClick={follow} {...rest} />
}
