import { useEffect, useRef, useState } from 'react'
import { SendIcon, TrashIcon } from '../parts/icons.tsx'
import { showToast } from '../parts/toast.tsx'
import { clock } from '../text/clock.ts'
import { type Recording, recordVoice } from './voice-recording.ts'

/** The API takes recordings of 15 minutes. */
const mostSeconds = 15 * 60

/** Records one's voice as long as it is shown: to be sent, or thrown away. */
export function VoiceRecorder({
  onRecorded,
  onEnd,
}: {
  onRecorded: (file: File) => void
  onEnd: () => void
}) {
  const recording = useRef<Recording>(null)
  const [seconds, setSeconds] = useState<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins once
  useEffect(() => {
    let current = true
    recordVoice().then(
      (begun) => {
        if (!current) return begun.cancel()
        recording.current = begun
        setSeconds(0)
      },
      () => {
        if (!current) return
        showToast('The microphone cannot be used.', 'error')
        onEnd()
      },
    )
    return () => {
      current = false
      recording.current?.cancel()
      recording.current = null
    }
  }, [])
  const isRunning = seconds !== null
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(() => setSeconds((count) => (count ?? 0) + 1), 1_000)
    return () => clearInterval(timer)
  }, [isRunning])
  const finish = async () => {
    // Taken out: whoever touches the button twice has said it once.
    const one = recording.current
    recording.current = null
    if (!one) return
    const file = await one.finish()
    onEnd()
    onRecorded(file)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: the clock alone ends it
  useEffect(() => {
    if (seconds !== null && seconds >= mostSeconds) void finish()
  }, [seconds])
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are no fields of a form
    <div className="voice-recorder" role="group" aria-label="Voice message">
      <button type="button" className="icon-button" aria-label="Throw the recording away" onClick={onEnd}>
        <TrashIcon size={20} />
      </button>
      <span className="voice-live" aria-hidden="true" />
      <span role="timer" aria-label="Length of the recording">
        {seconds === null ? 'One moment…' : clock(seconds)}
      </span>
      <button
        type="button"
        className="icon-button message-send"
        aria-label="Send voice message"
        disabled={seconds === null}
        onClick={finish}
      >
        <SendIcon size={22} filled />
      </button>
    </div>
  )
}
