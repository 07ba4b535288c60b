import { afterEach, expect, test, vi } from 'vitest'
import { recordVoice } from './voice-recording.ts'

afterEach(() => vi.unstubAllGlobals())

/** A browser that hands out the microphone, and cannot record what it hears. */
function deafBrowser(failsAt: 'constructor' | 'start') {
  const track = { stop: vi.fn() }
  class Recorder extends EventTarget {
    static isTypeSupported = () => true
    constructor() {
      super()
      if (failsAt === 'constructor') throw new Error('no recorder')
    }
    start() {
      throw new Error('no recorder')
    }
  }
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: async () => ({ getTracks: () => [track] }) } })
  vi.stubGlobal('MediaRecorder', Recorder)
  return track
}

test.each(['constructor', 'start'] as const)(
  'the microphone is let go when recording fails to begin, in %s',
  async (at) => {
    const track = deafBrowser(at)
    await expect(recordVoice()).rejects.toThrow('no recorder')
    expect(track.stop).toHaveBeenCalledOnce()
  },
)
