import { useEffect, useRef } from 'react'
import type { Pages } from '../graph/use-pages.ts'
import { Spinner } from './states.tsx'

/** Reads the next page when one comes near the end of the list. */
export function LoadMore({
  pages,
}: {
  pages: Pick<Pages<unknown, unknown>, 'hasMore' | 'loading' | 'loadMore'>
}) {
  const element = useRef<HTMLDivElement>(null)
  const { hasMore, loading, loadMore } = pages
  useEffect(() => {
    if (!element.current || !hasMore || loading) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && loadMore(), {
      rootMargin: '1200px 0px',
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [hasMore, loading, loadMore])
  if (!hasMore) return null
  return (
    <div ref={element} className="load-more">
      <Spinner label="Loading more" />
    </div>
  )
}
