// Videos that are already what a rung would be: they are cut into segments as they are, in a fraction of the time.
import { open } from 'node:fs/promises'
import { MediaFailure } from './failure.ts'
import { levelFor, type Rung } from './ladder.ts'
import { type Binaries, inputArgs, type VideoSource } from './probe.ts'
import { run } from './run.ts'
import type { VideoFormat } from './sniff.ts'

/** Seconds between two keyframes, at most: a segment begins with one. */
const MAX_GAP = 4.1
/** A little more than the encoder's own cap: bit rates of the whole and of a moment differ. */
const TOLERANCE = 1.2

/** Whether the index stands before the pictures, as in files that were prepared to be played from the network. */
async function isFastStart(inputPath: string): Promise<boolean> {
  await using file = await open(inputPath, 'r')
  const head = Buffer.alloc(16)
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(head, 0, 16, at)
    if (bytesRead < 16) return false
    const type = head.toString('latin1', 4, 8)
    if (type === 'moov') return true
    if (type === 'mdat') return false
    const size = head.readUInt32BE(0)
    const long = size === 1 ? Number(head.readBigUInt64BE(8)) : size
    if (long < 8) return false
    at += long
  }
}

/** Times of the keyframes, in seconds. */
async function keyframesOf(
  inputPath: string,
  format: VideoFormat,
  source: VideoSource,
  { ffprobe }: Pick<Binaries, 'ffprobe'>,
  signal?: AbortSignal,
): Promise<number[]> {
  const times: number[] = []
  const show = ['-v', 'error', '-select_streams', String(source.videoStream)]
  const { code, stderr } = await run(
    ffprobe,
    [...show, '-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0', ...inputArgs(inputPath, format)],
    {
      timeoutMs: 60_000,
      memoryBytes: 2 * 1024 ** 3,
      signal,
      onStdoutLine: (line) => {
        const [time, flags] = line.split(',')
        if (flags?.startsWith('K')) times.push(Number(time))
      },
    },
  )
  if (code !== 0) throw new MediaFailure('CORRUPT', stderr)
  return times.sort((a, b) => a - b)
}

/** The rung that a source already is, by its headers; null when it has to be encoded. `top` is what it would be encoded to. */
export function remuxableRung(source: VideoSource, top: Rung): Rung | null {
  const { video, width, height, frameRate } = source
  const short = Math.min(width, height)
  const plain = video.codec === 'h264' && video.pixelFormat === 'yuv420p' && video.square && !video.turned
  const fits = short <= 1080 && width === top.width && height === top.height
  const rate = frameRate.frames / frameRate.seconds
  const steady = video.constantRate && rate <= 60.5 && rate >= 10
  const cheap = video.bitRate !== null && video.bitRate <= top.maxRate * TOLERANCE
  const sounds = source.audioStream === null || source.aacStereo
  if (!plain || !fits || !steady || !cheap || !sounds || source.interlaced || source.hdrTransfer) return null
  return { ...top, level: levelFor({ width, height }, frameRate) }
}

/** Whether a file can be cut into segments as it is: prepared for the network, a keyframe at least every 4 s, the first at once. */
export async function canRemux(
  inputPath: string,
  format: VideoFormat,
  source: VideoSource,
  binaries: Pick<Binaries, 'ffprobe'>,
  signal?: AbortSignal,
): Promise<boolean> {
  if ((format !== 'MP4' && format !== 'MOV') || source.seconds === null) return false
  if (!(await isFastStart(inputPath))) return false
  const times = await keyframesOf(inputPath, format, source, binaries, signal)
  const ends = [...times, source.seconds]
  return (times[0] ?? 1) < 0.1 && times.every((time, at) => (ends[at + 1] ?? time) - time <= MAX_GAP)
}
