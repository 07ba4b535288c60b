import { useSubscription } from 'urql'
import { type MediaFieldsFragment, MediaProgressDocument } from '../operations.gen.ts'
import { usePlaceholder } from './placeholder.ts'

/** A media item that is on its way, with how far it is. Only its owner sees it in this state. */
export function Processing({ media }: { media: MediaFieldsFragment }) {
  const live = media.status === 'PENDING' || media.status === 'PROCESSING'
  useSubscription({ query: MediaProgressDocument, variables: { mediaId: media.id }, pause: !live })
  const placeholder = usePlaceholder(media.placeholder)
  return (
    <div className="processing" style={{ backgroundImage: placeholder && `url(${placeholder})` }}>
      {media.status === 'FAILED' ? (
        <p>{media.failure?.message ?? 'This could not be processed.'}</p>
      ) : (
        <>
          <Ring share={media.progress / 100} size={54} />
          <p>Processing</p>
        </>
      )}
    </div>
  )
}

/** How much of something is done, as a ring that fills. */
export function Ring({ share, size }: { share: number; size: number }) {
  const around = 2 * Math.PI * 10
  return (
    <svg
      className="ring"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      role="img"
      aria-label={`${Math.round(share * 100)} %`}
    >
      <circle cx="12" cy="12" r="10" className="ring-track" />
      <circle
        cx="12"
        cy="12"
        r="10"
        className="ring-fill"
        strokeDasharray={around}
        strokeDashoffset={around * (1 - share)}
      />
    </svg>
  )
}
