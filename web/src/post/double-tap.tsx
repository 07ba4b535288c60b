import { type ReactNode, useState } from 'react'
import type { PostCountsFragment } from '../operations.gen.ts'
import { HeartIcon } from '../parts/icons.tsx'
import { useLike } from './use-like.ts'

/** A double tap or double click likes the post, with a heart that says so. The button below does the same for the keyboard. */
export function LikeOnDoubleTap({ post, children }: { post: PostCountsFragment; children: ReactNode }) {
  const like = useLike(post)
  const [hearts, setHearts] = useState(0)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a second way for the pointer; the like button is the first
    <div
      className="double-tap"
      onDoubleClick={() => {
        setHearts(hearts + 1)
        like(true)
      }}
    >
      {children}
      {hearts > 0 && (
        <span key={hearts} className="burst" aria-hidden="true">
          <HeartIcon filled size={110} />
        </span>
      )}
    </div>
  )
}
