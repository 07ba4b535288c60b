import { useEffect, useRef, useState } from 'react'
import type { MediaFieldsFragment } from '../operations.gen.ts'
import { MutedIcon, PlayIcon, SoundIcon } from '../parts/icons.tsx'
import { useInView } from './in-view.ts'
import { usePlaceholder } from './placeholder.ts'
import { useFreshUrls } from './use-fresh-urls.ts'
import type { WatchTime } from './watch-time.ts'

const calm = matchMedia('(prefers-reduced-motion: reduce)')

/** A video that plays without sound while it is on the screen. Who wants less motion starts it himself. */
export function Video({
  media,
  hidden = false,
  ahead = false,
  sound,
  watch,
}: {
  media: MediaFieldsFragment
  hidden?: boolean
  /** It comes next: its first bytes are fetched already. */
  ahead?: boolean
  /** Whether it is silent, where several videos share that. */
  sound?: [muted: boolean, setMuted: (muted: boolean) => void]
  /** Told when it plays and when it does not. */
  watch?: WatchTime
}) {
  const element = useRef<HTMLVideoElement>(null)
  const inView = useInView(element) && !hidden
  const [seen, setSeen] = useState(false)
  const ownSound = useState(true)
  const [muted, setMuted] = sound ?? ownSound
  const [paused, setPaused] = useState(true)
  const [wanted, setWanted] = useState(!calm.matches)
  const placeholder = usePlaceholder(media.placeholder)
  const freshen = useFreshUrls(media.id)
  const [captioned, setCaptioned] = useState(false)
  const hasCaptions = media.captions.length > 0

  useEffect(() => {
    if (inView || ahead) setSeen(true)
  }, [inView, ahead])

  useEffect(() => {
    const video = element.current
    if (!seen || !video || !media.hlsUrl) return
    return attachHls(video, media.hlsUrl, freshen)
  }, [seen, media.hlsUrl, freshen])

  useEffect(() => {
    const video = element.current
    if (!video || !seen) return
    if (inView && wanted) video.play().catch(() => setPaused(true))
    else video.pause()
  }, [inView, wanted, seen])

  useEffect(() => {
    const language = navigator.language.split('-')[0] ?? ''
    const tracks = [...(element.current?.textTracks ?? [])].filter(({ kind }) => kind === 'captions')
    const wanted = tracks.find((track) => track.language.startsWith(language)) ?? tracks[0]
    for (const track of tracks) track.mode = captioned && track === wanted ? 'showing' : 'disabled'
  }, [captioned])

  return (
    <span className="picture video" style={{ backgroundImage: placeholder && `url(${placeholder})` }}>
      <video
        ref={element}
        poster={media.posterUrl ?? undefined}
        aria-label={media.altText || 'Video'}
        muted={muted}
        loop
        playsInline
        preload="none"
        // Captions lie with the pictures, on another host.
        crossOrigin={hasCaptions ? 'anonymous' : undefined}
        onPlay={() => setPaused(false)}
        onPlaying={watch?.started}
        onWaiting={watch?.stopped}
        onPause={() => {
          watch?.stopped()
          setPaused(true)
        }}
        onCanPlay={(event) => {
          if (inView && wanted) event.currentTarget.play().catch(() => setPaused(true))
        }}
      >
        {media.captions.map(({ language, url }) => (
          <track key={language} kind="captions" srcLang={language} label={language} src={url} />
        ))}
      </video>
      <button
        type="button"
        className="video-toggle"
        aria-label={paused ? 'Play' : 'Pause'}
        onClick={() => {
          setSeen(true)
          setWanted(paused)
        }}
      >
        {paused && !(wanted && inView) && (
          <span className="video-play">
            <PlayIcon size={34} />
          </span>
        )}
      </button>
      {hasCaptions && (
        <button
          type="button"
          className="video-sound video-captions"
          aria-label="Captions"
          aria-pressed={captioned}
          onClick={() => setCaptioned(!captioned)}
        >
          CC
        </button>
      )}
      <button
        type="button"
        className="video-sound"
        aria-label={muted ? 'Turn the sound on' : 'Turn the sound off'}
        onClick={() => setMuted(!muted)}
      >
        {muted ? <MutedIcon size={16} /> : <SoundIcon size={16} />}
      </button>
    </span>
  )
}

/** Plays HLS: natively on Apple's browsers, by hls.js, fetched at the first video, on the others. Returns what ends it. */
function attachHls(video: HTMLVideoElement, url: string, onRefused: () => void): () => void {
  if (video.canPlayType('application/vnd.apple.mpegurl') && /apple/i.test(navigator.vendor)) {
    video.src = url
    video.addEventListener('error', onRefused)
    return () => {
      video.removeEventListener('error', onRefused)
      video.removeAttribute('src')
    }
  }
  let ended = false
  let stop: (() => void) | undefined
  void import('hls.js').then(({ default: Hls }) => {
    if (ended) return
    const hls = new Hls({ capLevelToPlayerSize: true, maxBufferLength: 15 })
    hls.on(Hls.Events.ERROR, (_event, { fatal, type }) => {
      if (fatal && type === Hls.ErrorTypes.NETWORK_ERROR) onRefused()
    })
    hls.loadSource(url)
    hls.attachMedia(video)
    stop = () => hls.destroy()
  })
  return () => {
    ended = true
    stop?.()
  }
}
