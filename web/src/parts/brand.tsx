import { useId } from 'react'

/** The mark: a mirror that catches the sun. */
export function Mark({ size = 28 }: { size?: number }) {
  // The page may show the mark twice, and a hidden one does not lend its colours.
  const sun = useId()
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <defs>
        <linearGradient id={sun} x1="0" y1="1" x2="1" y2="0">
          <stop offset="0" stopColor="#e0356b" />
          <stop offset=".5" stopColor="#f4633a" />
          <stop offset="1" stopColor="#fbb034" />
        </linearGradient>
      </defs>
      <rect width="32" height="32" rx="9" fill={`url(#${sun})`} />
      <circle cx="13" cy="19" r="6.5" fill="none" stroke="#fff" strokeWidth="2.6" />
      <path
        d="M18.5 13.5 25 7M19 8.200l.6-2.700M23.8 13l2.7-.6"
        stroke="#fff"
        strokeWidth="2.4"
        strokeLinecap="round"
        fill="none"
      />
    </svg>
  )
}

/** The mark with the name beside it. */
export function Wordmark() {
  return (
    <span className="wordmark">
      <Mark />
      <span className="wordmark-name">Heliograph</span>
    </span>
  )
}
