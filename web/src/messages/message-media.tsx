import { useEffect, useState } from 'react'
import { Picture } from '../media/picture.tsx'
import { Processing } from '../media/processing.tsx'
import { clampRatio } from '../media/renditions.ts'
import { useFreshUrls } from '../media/use-fresh-urls.ts'
import { Veil } from '../media/veil.tsx'
import { alone } from '../media/veiled.ts'
import { Video } from '../media/video.tsx'
import type { LoneMediaFragment } from '../operations.gen.ts'
import { useViewer } from '../session/viewer.tsx'
import { VoiceMessage } from './voice-message.tsx'

/** For so long the addresses of an item are good; each answer of the server brings others. */
const goodMs = 5 * 60_000

/** An item as it was given, while its addresses are good: with others it would be fetched again, and what plays would begin again. */
function useSteady(media: LoneMediaFragment): LoneMediaFragment {
  const [kept, setKept] = useState({ media, since: Date.now() })
  const isOld = media.status !== kept.media.status || Date.now() - kept.since > goodMs
  useEffect(() => {
    if (isOld) setKept({ media, since: Date.now() })
  }, [isOld, media])
  return isOld ? media : kept.media
}

/** A picture, film or voice in a message. What is encrypted is opened elsewhere. */
export function MessageMedia({ media: given, own }: { media: LoneMediaFragment; own: boolean }) {
  const media = useSteady(given)
  const freshen = useFreshUrls(media.id)
  const viewer = useViewer()
  if (media.kind === 'CIPHERTEXT') return null
  if (media.status !== 'READY')
    return own ? (
      <span className="message-media message-media-square">
        <Processing media={media} />
      </span>
    ) : (
      <p className="message-gone muted">On its way…</p>
    )
  if (media.kind === 'AUDIO')
    return media.fileUrl ? (
      <VoiceMessage url={media.fileUrl} durationMs={media.durationMs} onRefused={freshen} />
    ) : null
  return (
    <span className="message-media" style={{ aspectRatio: clampRatio(media.width, media.height) }}>
      <Veil post={alone(media, own ? (viewer?.id ?? '') : '')}>
        {media.kind === 'VIDEO' ? <Video media={media} /> : <Picture media={media} sizes="240px" />}
      </Veil>
    </span>
  )
}
