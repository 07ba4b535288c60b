import { type ReactNode, useState } from 'react'
import type { MediaThumbFragment } from '../operations.gen.ts'
import { ShieldIcon } from '../parts/icons.tsx'
import { useViewer } from '../session/viewer.tsx'
import { Picture } from './picture.tsx'
import { clampRatio } from './renditions.ts'
import { isVeiled, type Veiled } from './veiled.ts'

/** What is sensitive stands behind a veil until one asks for it: nothing of it but its blurred preview is fetched before. */
export function Veil({
  post,
  children,
}: {
  post: Veiled & { media: readonly MediaThumbFragment[] }
  children: ReactNode
}) {
  const viewer = useViewer()
  const [lifted, setLifted] = useState(false)
  const [first] = post.media
  if (lifted || !first || !isVeiled(post, viewer)) return children
  return (
    <section
      className="veil"
      style={{ aspectRatio: clampRatio(first.width, first.height) }}
      aria-label="Sensitive content"
    >
      <Preview media={first} />
      <div className="veil-words">
        <ShieldIcon size={34} />
        <strong>Sensitive</strong>
        <p>Not everybody wants to see this.</p>
        <button type="button" className="button" onClick={() => setLifted(true)}>
          Show it
        </button>
      </div>
    </section>
  )
}

/** The blurred preview of an item, and nothing else of it. */
export const Preview = ({ media }: { media: MediaThumbFragment }) => (
  <Picture media={{ ...media, renditions: [] }} sizes="1px" alt="" />
)
