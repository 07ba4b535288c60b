import { useEffect, useRef, useState } from 'react'
import { PauseIcon, PlayIcon } from '../parts/icons.tsx'
import { clock } from '../text/clock.ts'

/** A voice message: it can be heard, stopped, and gone back in. */
export function VoiceMessage({
  url,
  durationMs = null,
  onRefused,
}: {
  url: string
  /** Null when it is not known before it was fetched. */
  durationMs?: number | null
  /** Told when its bytes do not come: the address may have ended. */
  onRefused?: () => void
}) {
  const element = useRef<HTMLAudioElement>(null)
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [length, setLength] = useState((durationMs ?? 0) / 1_000)
  const [src, setSrc] = useState(url)
  useEffect(() => {
    // Not while it is heard: it would begin again.
    if (!playing && at === 0) setSrc(url)
  }, [url, playing, at])
  const toggle = () => {
    if (playing) element.current?.pause()
    else element.current?.play().catch(() => setPlaying(false))
  }
  return (
    <span className="bubble voice">
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down what somebody said */}
      <audio
        ref={element}
        src={src}
        preload={durationMs === null ? 'metadata' : 'none'}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setAt(0)}
        onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)}
        onDurationChange={({ currentTarget: { duration } }) => {
          // Recordings of browsers may not state their length.
          if (Number.isFinite(duration)) setLength(duration)
        }}
        onError={() => {
          setPlaying(false)
          setAt(0)
          onRefused?.()
        }}
      />
      <button
        type="button"
        className="icon-button"
        aria-label={playing ? 'Pause the voice message' : 'Play the voice message'}
        onClick={toggle}
      >
        {playing ? <PauseIcon size={20} /> : <PlayIcon size={20} />}
      </button>
      <input
        type="range"
        aria-label="Place in the voice message"
        aria-valuetext={clock(at)}
        min={0}
        max={length || 1}
        step={0.1}
        value={at}
        disabled={!length}
        onChange={({ target }) => {
          setAt(target.valueAsNumber)
          if (element.current) element.current.currentTime = target.valueAsNumber
        }}
      />
      <span className="voice-time">{clock(at || length)}</span>
    </span>
  )
}
