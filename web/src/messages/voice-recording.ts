// Recording one's voice, by the browser's own MediaRecorder.
import { plainType } from './message-files.ts'

/** A recording under way. */
export interface Recording {
  /** Ends it; the sound so far. */
  finish(): Promise<File>
  /** Throws it away. */
  cancel(): void
}

/** What is asked of the browser, the first that it can: in an encrypted conversation nobody converts it, and AAC plays everywhere. */
const wantedTypes = [
  'audio/mp4;codecs=mp4a.40.2',
  'audio/webm;codecs=opus',
  'audio/mp4',
  'audio/ogg;codecs=opus',
]

/** Whether this browser can record at all; on a page without TLS it may not. */
export const canRecord = (): boolean =>
  typeof MediaRecorder !== 'undefined' && typeof navigator.mediaDevices?.getUserMedia === 'function'

/** Begins to record. Throws when the browser has no microphone, or may not use it. */
export async function recordVoice(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const hangUp = () => {
    for (const track of stream.getTracks()) track.stop()
  }
  try {
    return record(stream, hangUp)
  } catch (error) {
    hangUp()
    throw error
  }
}

function record(stream: MediaStream, hangUp: () => void): Recording {
  const mimeType = wantedTypes.find((type) => MediaRecorder.isTypeSupported(type))
  const recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType })
  const pieces: Blob[] = []
  const ended = new Promise((resolve) => recorder.addEventListener('stop', resolve))
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data))
  recorder.start()
  const stop = () => {
    if (recorder.state !== 'inactive') recorder.stop()
    hangUp()
  }
  return {
    async finish() {
      const type = plainType(recorder.mimeType)
      stop()
      await ended
      return new File(pieces, `Voice message.${type === 'audio/mp4' ? 'm4a' : type.slice('audio/'.length)}`, {
        type,
      })
    },
    cancel: stop,
  }
}
