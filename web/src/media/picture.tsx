import { type CSSProperties, useState } from 'react'
import type { MediaThumbFragment } from '../operations.gen.ts'
import { usePlaceholder } from './placeholder.ts'
import { pickRendition, srcSet } from './renditions.ts'
import { useFreshUrls } from './use-fresh-urls.ts'

/** A picture at the size that fits, over its blurred preview until the bytes are there. */
export function Picture({
  media,
  sizes,
  eager = false,
  alt = media.altText ?? '',
}: {
  media: MediaThumbFragment
  /** How wide it is shown, as `sizes` of an `img`. */
  sizes: string
  eager?: boolean
  alt?: string
}) {
  const placeholder = usePlaceholder(media.placeholder)
  const [loaded, setLoaded] = useState(false)
  const freshen = useFreshUrls(media.id)
  const ratio = (media.width ?? 1) / (media.height ?? 1)
  const fallback = pickRendition(media.renditions, 1080, ratio)
  const style = {
    backgroundColor: media.dominantColor ?? undefined,
    backgroundImage: placeholder && `url(${placeholder})`,
  } satisfies CSSProperties
  return (
    <span className="picture" style={style}>
      {fallback && (
        <picture>
          <source type="image/webp" srcSet={srcSet(media.renditions, 'image/webp', ratio)} sizes={sizes} />
          <img
            src={fallback.url}
            srcSet={srcSet(media.renditions, 'image/jpeg', ratio)}
            sizes={sizes}
            alt={alt}
            width={media.width ?? undefined}
            height={media.height ?? undefined}
            loading={eager ? 'eager' : 'lazy'}
            decoding="async"
            draggable={false}
            data-loaded={loaded}
            onLoad={() => setLoaded(true)}
            onError={freshen}
            ref={(element) => {
              if (element?.complete && element.naturalWidth > 0) setLoaded(true)
            }}
          />
        </picture>
      )}
    </span>
  )
}
