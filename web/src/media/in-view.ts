import { type RefObject, useEffect, useState } from 'react'

/**
 * Whether at least `share` of an element is on the screen.
 *
 * @param margin how far around the screen still counts, as CSS writes it
 */
export function useInView(element: RefObject<Element | null>, share = 0.6, margin = '0px'): boolean {
  const [inView, setInView] = useState(false)
  useEffect(() => {
    if (!element.current) return
    const observer = new IntersectionObserver(([entry]) => setInView(entry?.isIntersecting ?? false), {
      threshold: share,
      rootMargin: margin,
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element, share, margin])
  return inView
}
