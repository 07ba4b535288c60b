// One set of line icons on a 24-pixel grid. They carry no name: the button around them does.
import type { ReactNode } from 'react'

interface IconProps {
  readonly filled?: boolean
  readonly size?: number
}

function icon(lines: ReactNode, solid?: ReactNode) {
  return function Icon({ filled = false, size = 24 }: IconProps) {
    return (
      <svg
        className="icon"
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth={filled && !solid ? 2.6 : 1.9}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {filled && solid ? solid : lines}
      </svg>
    )
  }
}

const heart = 'M12 20.5S3.2 15.6 3.2 9.2A4.9 4.9 0 0 1 12 6.3a4.9 4.9 0 0 1 8.8 2.9c0 6.4-8.8 11.3-8.8 11.3Z'
const house = 'M3.5 10.6 12 3.6l8.5 7V19a1.5 1.5 0 0 1-1.5 1.5h-4.2v-6h-5.6v6H5A1.5 1.5 0 0 1 3.5 19Z'
const bubble =
  'M20.8 11.8c0 4.4-3.9 8-8.8 8-1.2 0-2.4-.2-3.5-.6L3.6 20.6l1.3-4.2a7.4 7.4 0 0 1-1.7-4.6c0-4.4 3.9-8 8.8-8s8.8 3.6 8.8 8Z'
const ribbon = 'M6 3.6h12v17l-6-4.8-6 4.8Z'
const plane = 'M20.8 3.2 10.4 13.6M20.8 3.2l-6.5 17.6-3.9-7.2-7.2-3.9Z'

export const HeartIcon = icon(<path d={heart} />, <path d={heart} fill="currentColor" />)
export const HomeIcon = icon(<path d={house} />, <path d={house} fill="currentColor" />)
export const CommentIcon = icon(<path d={bubble} />, <path d={bubble} fill="currentColor" />)
export const SaveIcon = icon(<path d={ribbon} />, <path d={ribbon} fill="currentColor" />)
export const SendIcon = icon(<path d={plane} />, <path d={plane} fill="currentColor" fillOpacity={0.25} />)
export const SearchIcon = icon(
  <>
    <circle cx="10.8" cy="10.8" r="7" />
    <path d="m20.5 20.5-4.6-4.6" />
  </>,
)
export const PeopleIcon = icon(
  <>
    <circle cx="9" cy="8" r="3.6" />
    <path d="M2.6 20a6.4 6.4 0 0 1 12.8 0M15.6 4.7a3.6 3.6 0 0 1 0 6.6M17.6 14.2a6.4 6.4 0 0 1 3.8 5.8" />
  </>,
)
export const PlusIcon = icon(
  <>
    <rect x="3.6" y="3.6" width="16.8" height="16.8" rx="5" />
    <path d="M12 8.2v7.6M8.2 12h7.6" />
  </>,
)
export const SettingsIcon = icon(
  <>
    <path d="M4 7.2h9.2M18.4 7.2H20M4 16.8h1.6M10.8 16.8H20" />
    <circle cx="15.8" cy="7.2" r="2.5" />
    <circle cx="8.2" cy="16.8" r="2.5" />
  </>,
)
export const BackIcon = icon(<path d="M14.8 5.2 8 12l6.8 6.8" />)
export const ForwardIcon = icon(<path d="M9.2 5.2 16 12l-6.8 6.8" />)
export const MoreIcon = icon(
  <g fill="currentColor" stroke="none">
    <circle cx="5.5" cy="12" r="1.7" />
    <circle cx="12" cy="12" r="1.7" />
    <circle cx="18.5" cy="12" r="1.7" />
  </g>,
)
export const CloseIcon = icon(<path d="M6 6l12 12M18 6 6 18" />)
export const SignOutIcon = icon(
  <path d="M14 4H6.5A1.5 1.5 0 0 0 5 5.500v13A1.5 1.5 0 0 0 6.5 20H14M10.5 12H20.500M17 8.3 20.7 12 17 15.7" />,
)
export const LockIcon = icon(
  <>
    <rect x="5" y="10.5" width="14" height="10" rx="2.5" />
    <path d="M8 10.500V8a4 4 0 0 1 8 0v2.5" />
  </>,
)
export const LinkIcon = icon(
  <path d="M10 14a4 4 0 0 0 5.9.300l3-3a4.1 4.1 0 0 0-5.8-5.800l-1.3 1.300M14 10a4 4 0 0 0-5.9-.300l-3 3a4.1 4.1 0 0 0 5.8 5.800l1.3-1.3" />,
)
export const GridIcon = icon(
  <>
    <rect x="3.8" y="3.8" width="16.4" height="16.4" rx="2.5" />
    <path d="M9.3 3.800v16.400M14.7 3.800v16.400M3.8 9.300h16.400M3.8 14.700h16.4" />
  </>,
)
export const StackIcon = icon(
  <>
    <rect x="3.8" y="7.5" width="12.7" height="12.7" rx="3" fill="currentColor" />
    <path d="M8.5 3.800h8.200a3.5 3.5 0 0 1 3.5 3.500v8.2" />
  </>,
)
export const PlayIcon = icon(<path d="M7.5 4.800v14.400L19 12Z" fill="currentColor" />)
export const PauseIcon = icon(<path d="M8.500 5v14M15.500 5v14" strokeWidth={3.4} />)
export const TrashIcon = icon(
  <path d="M4.500 6.800h15M9.500 6.500V4.300h5v2.200M6.500 7l.8 12a1.500 1.500 0 0 0 1.500 1.400h6.400a1.500 1.500 0 0 0 1.500-1.400l.8-12M10.300 11v5.500M13.700 11v5.500" />,
)
export const SoundIcon = icon(
  <>
    <path d="M4 9.500v5h3.500L12 18.500v-13L7.5 9.500Z" fill="currentColor" />
    <path d="M15.5 9a4.2 4.2 0 0 1 0 6M18 6.500a7.8 7.8 0 0 1 0 11" />
  </>,
)
export const MutedIcon = icon(
  <>
    <path d="M4 9.500v5h3.500L12 18.500v-13L7.5 9.500Z" fill="currentColor" />
    <path d="m16 9.7 4.6 4.600M20.6 9.7 16 14.3" />
  </>,
)
export const CheckIcon = icon(<path d="m5 12.5 4.6 4.600L19 7.5" />)
export const CameraIcon = icon(
  <>
    <path d="M4.5 7.500h3l1.5-2.500h6l1.5 2.500h3A1.5 1.5 0 0 1 21 9v9.500a1.5 1.5 0 0 1-1.5 1.500h-15A1.5 1.5 0 0 1 3 18.500V9a1.5 1.5 0 0 1 1.5-1.500Z" />
    <circle cx="12" cy="13.3" r="3.7" />
  </>,
)
export const VerifiedIcon = icon(
  <>
    <path
      d="m12 2.8 2.3 1.7 2.9-.1.8 2.8 2.4 1.6-1 2.7 1 2.7-2.4 1.6-.8 2.8-2.9-.1L12 20.200l-2.3-1.7-2.9.1-.8-2.8-2.4-1.6 1-2.7-1-2.700L6 7.200l.8-2.8 2.9.1Z"
      fill="var(--verified)"
      stroke="none"
    />
    <path d="m8.6 11.7 2.3 2.3 4.5-4.7" stroke="#fff" />
  </>,
)
export const TagIcon = icon(<path d="M9.5 3.6 7.5 20.4M16.5 3.6l-2 16.8M4 9h16.6M3.4 15H20" />)
export const PlaceIcon = icon(
  <path d="M12 21s6.6-6.2 6.6-11a6.6 6.6 0 0 0-13.2 0c0 4.8 6.6 11 6.6 11Zm0-8.6a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8Z" />,
)
export const ShieldIcon = icon(
  <path d="M12 3.2 4.6 6v5.4c0 4.6 3.1 8 7.4 9.4 4.3-1.4 7.4-4.8 7.4-9.4V6ZM8.8 12l2.3 2.3 4.2-4.4" />,
)
export const ReelsIcon = icon(
  <>
    <rect x="3.6" y="3.6" width="16.8" height="16.8" rx="5" />
    <path d="M3.6 8.6h16.8M8.6 3.7l2.8 4.9M14 3.7l2.8 4.9M10.2 11.8v5.4l4.6-2.7Z" />
  </>,
)
export const CompassIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.6" />
    <path d="m15.6 8.4-2 5.2-5.2 2 2-5.2Z" />
  </>,
)
export const MicrophoneIcon = icon(
  <>
    <rect x="9" y="3.2" width="6" height="11" rx="3" />
    <path d="M5.4 11.2a6.6 6.6 0 0 0 13.2 0M12 17.8v3" />
  </>,
)
export const ClockIcon = icon(
  <>
    <circle cx="12" cy="12" r="8.6" />
    <path d="M12 7.2V12l3.2 2" />
  </>,
)
export const PinIcon = icon(<path d="M8.6 3.6h6.8l-1 6 3.4 3.4v1.6H6.2V13l3.4-3.4ZM12 14.6v6" />)
