import { type RefObject, useEffect, useState } from 'react'

/** Whether at least `share` of an element is on the screen. */
export function useInView(element: RefObject<Element | null>, share = 0.6): boolean {
  const [inView, setInView] = useState(false)
  useEffect(() => {
    if (!element.current) return
    const observer = new IntersectionObserver(([entry]) => setInView(entry?.isIntersecting ?? false), {
      threshold: share,
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [element, share])
  return inView
}
