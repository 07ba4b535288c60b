import { useRef, useState } from 'react'
import type { MediaFieldsFragment } from '../operations.gen.ts'
import { BackIcon, ForwardIcon } from '../parts/icons.tsx'
import { Picture } from './picture.tsx'
import { Processing } from './processing.tsx'
import { clampRatio } from './renditions.ts'
import { Video } from './video.tsx'

/** The media of a post, side by side: swiped on a phone, by arrows elsewhere, with a dot for each. */
export function Carousel({
  media,
  sizes,
  eager = false,
}: {
  media: readonly MediaFieldsFragment[]
  sizes: string
  eager?: boolean
}) {
  const track = useRef<HTMLDivElement>(null)
  const [index, setIndex] = useState(0)
  const first = media[0]
  if (!first) return null

  const go = (to: number) => {
    const element = track.current
    element?.scrollTo({ left: to * element.clientWidth })
  }
  return (
    <section
      className="carousel"
      style={{ aspectRatio: clampRatio(first.width, first.height) }}
      aria-roledescription={media.length > 1 ? 'carousel' : undefined}
      aria-label={media.length > 1 ? `${media.length} pictures and videos` : undefined}
    >
      <div
        ref={track}
        className="carousel-track"
        onScroll={({ currentTarget: { scrollLeft, clientWidth } }) =>
          setIndex(Math.round(scrollLeft / clientWidth))
        }
      >
        {media.map((item, at) => (
          <div key={item.id} className="carousel-slide" aria-hidden={at !== index} inert={at !== index}>
            {item.status !== 'READY' ? (
              <Processing media={item} />
            ) : item.kind === 'VIDEO' ? (
              <Video media={item} hidden={at !== index} />
            ) : (
              <Picture media={item} sizes={sizes} eager={eager && at === 0} />
            )}
          </div>
        ))}
      </div>
      {index > 0 && (
        <button
          type="button"
          className="carousel-arrow previous"
          aria-label="Previous"
          onClick={() => go(index - 1)}
        >
          <BackIcon size={18} />
        </button>
      )}
      {index < media.length - 1 && (
        <button type="button" className="carousel-arrow next" aria-label="Next" onClick={() => go(index + 1)}>
          <ForwardIcon size={18} />
        </button>
      )}
      {media.length > 1 && (
        <>
          <span className="carousel-count" aria-hidden="true">
            {index + 1}/{media.length}
          </span>
          <span className="carousel-dots" aria-hidden="true">
            {media.map((item, at) => (
              <span key={item.id} data-current={at === index} />
            ))}
          </span>
        </>
      )}
    </section>
  )
}
