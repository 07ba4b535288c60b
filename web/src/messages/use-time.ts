import { useEffect, useState } from 'react'

/** The time, in milliseconds since 1970, told anew whenever one of some moments has passed. */
export function useTime(moments: readonly number[]): number {
  const [now, setNow] = useState(Date.now)
  const next = Math.min(...moments.filter((moment) => moment > now))
  useEffect(() => {
    if (!Number.isFinite(next)) return
    const timer = setTimeout(() => setNow(Date.now()), Math.max(next - Date.now(), 0) + 20)
    return () => clearTimeout(timer)
  }, [next])
  return now
}
