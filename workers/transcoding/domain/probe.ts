import { z } from 'zod'
import { MediaFailure } from './failure.ts'
import type { Size } from './image-sizes.ts'
import type { FrameRate } from './ladder.ts'
import { run } from './run.ts'
import type { AudioFormat } from './sniff.ts'

/** Paths of the two programs. */
export type Binaries = { ffmpeg: string; ffprobe: string }

/** What is known of a video before it is decoded. */
export type VideoSource = Size & {
  /** Width and height above are upright and in square pixels. */
  videoStream: number
  audioStream: number | null
  frameRate: FrameRate
  /** Seconds by the container's word; null when it says nothing, as browser recordings do. */
  seconds: number | null
  interlaced: boolean
  /** How the picture is stored: tells whether it can be served as it is. */
  video: {
    codec: string
    pixelFormat: string | null
    /** Whether pixels are square, and whether a quarter turn is asked for. */
    square: boolean
    turned: boolean
    constantRate: boolean
    /** Bits a second by the container's word. */
    bitRate: number | null
  }
  /** Whether the sound is AAC of at most two channels and 48 kHz. */
  aacStereo: boolean
  /** The transfer function of a high dynamic range, which needs tone mapping to the ordinary one; else null. */
  hdrTransfer: string | null
}

export const videoLimits = { seconds: 15 * 60, pixels: 4096 * 4096 } as const

const VIDEO_CODECS = new Set(['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4'])
const PCM = ['pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s24be', 'pcm_f32le']
const AUDIO_CODECS = new Set(['aac', 'mp3', 'opus', 'vorbis', ...PCM])

/** Names of ffmpeg's decoders for the codecs above; no other decoder ever sees the file. */
const DECODERS = [
  ...['h264', 'hevc', 'vp8', 'libvpx', 'vp9', 'libvpx-vp9', 'av1', 'libdav1d', 'libaom-av1', 'mpeg4'],
  ...['aac', 'mp3', 'mp3float', 'opus', 'libopus', 'vorbis', 'libvorbis', ...PCM],
]

const DEMUXERS: Readonly<Record<AudioFormat, string>> = {
  MP3: 'mp3',
  OGG: 'ogg',
  WAV: 'wav',
  MP4: 'mov',
  MOV: 'mov',
  WEBM: 'matroska',
  MATROSKA: 'matroska',
}

/**
 * How ffmpeg and ffprobe are told to open an untrusted file: by the demuxer that its magic bytes call for (a playlist that calls
 * itself video is never parsed as one), by local file only, with the decoders of the whitelist only.
 */
export function inputArgs(inputPath: string, format: AudioFormat): string[] {
  const fences = ['-protocol_whitelist', 'file', '-codec_whitelist', DECODERS.join(',')]
  return [...fences, '-f', DEMUXERS[format], '-i', `file:${inputPath}`]
}

const HDR_TRANSFERS = new Set(['smpte2084', 'arib-std-b67'])

const seconds = z.coerce.number().positive().optional().catch(undefined)

const streamSchema = z.object({
  index: z.int().nonnegative(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  width: z.int().optional(),
  height: z.int().optional(),
  sample_aspect_ratio: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  r_frame_rate: z.string().optional(),
  pix_fmt: z.string().optional(),
  profile: z.string().optional(),
  bit_rate: z.coerce.number().positive().optional().catch(undefined),
  channels: z.int().optional(),
  sample_rate: z.coerce.number().optional().catch(undefined),
  field_order: z.string().optional(),
  color_transfer: z.string().optional(),
  duration: seconds,
  disposition: z.object({ attached_pic: z.int().optional() }).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
})
const probeSchema = z.object({
  streams: z.array(streamSchema),
  format: z.object({ duration: seconds }),
})
type Stream = z.infer<typeof streamSchema>

function storedVideo(stream: Stream): VideoSource['video'] {
  const [across, down] = parseRatio(stream.sample_aspect_ratio, ':') ?? [1, 1]
  const [average, perAverage] = parseRatio(stream.avg_frame_rate, '/') ?? [0, 1]
  const [base, perBase] = parseRatio(stream.r_frame_rate, '/') ?? [0, 1]
  const rates = [average / perAverage, base / perBase] as const
  return {
    codec: stream.codec_name ?? '',
    pixelFormat: stream.pix_fmt ?? null,
    square: across === down,
    turned: stream.side_data_list?.some((side) => (side.rotation ?? 0) !== 0) ?? false,
    constantRate: rates[0] > 0 && Math.abs(rates[0] - rates[1]) < 0.01 * rates[1],
    bitRate: stream.bit_rate ?? null,
  }
}

const isAacStereo = (stream: Stream | undefined) =>
  stream?.codec_name === 'aac' &&
  stream.profile === 'LC' &&
  (stream.channels ?? 9) <= 2 &&
  (stream.sample_rate ?? 96_000) <= 48_000

function parseRatio(text: string | undefined, separator: string): [number, number] | null {
  const [a, b] = (text ?? '').split(separator).map(Number)
  return a && b && a > 0 && b > 0 ? [a, b] : null
}

/** Stored size → size on a screen: pixels made square by stretching the narrower way, then the quarter turns of a phone. */
function uprightSize(stream: Stream): Size {
  const [across, down] = parseRatio(stream.sample_aspect_ratio, ':') ?? [1, 1]
  const stored = { width: stream.width ?? 0, height: stream.height ?? 0 }
  const square = { width: Math.round((stored.width * across) / down), height: stored.height }
  const rotation = stream.side_data_list?.find((side) => side.rotation !== undefined)?.rotation ?? 0
  const turned = Math.abs(Math.round(rotation / 90)) % 2 === 1
  return turned ? { width: square.height, height: square.width } : square
}

function parseProbe(json: string): z.infer<typeof probeSchema> {
  try {
    return probeSchema.parse(JSON.parse(json))
  } catch (error) {
    throw new MediaFailure('CORRUPT', `ffprobe: ${String(error)}`, { cause: error })
  }
}

/** What is known of a recording before it is decoded: its stream, and its length where the container states one. */
export type AudioSource = { audioStream: number; seconds: number | null }

/**
 * Judges ffprobe's JSON of a recording.
 * @throws MediaFailure CORRUPT, UNSUPPORTED_TYPE or TOO_LONG
 */
export function judgeAudioProbe(json: string): AudioSource {
  const { streams, format } = parseProbe(json)
  const audio = streams.find((one) => one.codec_type === 'audio' && AUDIO_CODECS.has(one.codec_name ?? ''))
  if (!audio) throw new MediaFailure('UNSUPPORTED_TYPE', 'no sound that can be read')
  const length = audio.duration ?? format.duration ?? null
  if (length !== null && length > videoLimits.seconds) throw new MediaFailure('TOO_LONG', `${length} s`)
  return { audioStream: audio.index, seconds: length }
}

/**
 * Judges ffprobe's JSON.
 * @throws MediaFailure CORRUPT, UNSUPPORTED_TYPE, TOO_MANY_PIXELS or TOO_LONG
 */
export function judgeProbe(json: string): VideoSource {
  const probed = parseProbe(json)
  const videos = probed.streams.filter(
    (one) => one.codec_type === 'video' && one.disposition?.attached_pic !== 1,
  )
  const audios = probed.streams.filter((one) => one.codec_type === 'audio')
  const video = videos[0]
  if (!video) throw new MediaFailure('UNSUPPORTED_TYPE', 'no video stream')
  if (!VIDEO_CODECS.has(video.codec_name ?? ''))
    throw new MediaFailure('UNSUPPORTED_TYPE', `codec ${video.codec_name}`)
  // Phones add a second track of spatial sound that nothing else reads, so one readable track is enough.
  const audio = audios.find((one) => AUDIO_CODECS.has(one.codec_name ?? ''))
  if (!audio && audios[0]) throw new MediaFailure('UNSUPPORTED_TYPE', `codec ${audios[0].codec_name}`)

  const size = uprightSize(video)
  if (!(size.width > 0 && size.height > 0)) throw new MediaFailure('CORRUPT', 'no dimensions')
  const pixels = Math.max(size.width * size.height, (video.width ?? 0) * (video.height ?? 0))
  if (pixels > videoLimits.pixels) throw new MediaFailure('TOO_MANY_PIXELS', `${size.width}x${size.height}`)
  const length = video.duration ?? probed.format.duration ?? null
  if (length !== null && length > videoLimits.seconds) throw new MediaFailure('TOO_LONG', `${length} s`)
  const [frames, perSeconds] = parseRatio(video.avg_frame_rate, '/') ?? [0, 1]
  return {
    ...size,
    videoStream: video.index,
    audioStream: audio?.index ?? null,
    frameRate: { frames, seconds: perSeconds },
    seconds: length,
    video: storedVideo(video),
    aacStereo: isAacStereo(audio),
    interlaced: ['tt', 'bb', 'tb', 'bt'].includes(video.field_order ?? ''),
    hdrTransfer: HDR_TRANSFERS.has(video.color_transfer ?? '') ? (video.color_transfer ?? null) : null,
  }
}

/**
 * Reads a file's headers and has them judged.
 * @throws MediaFailure as `judge`, TIMED_OUT or INTERNAL
 */
export async function probe<S>(
  inputPath: string,
  format: AudioFormat,
  { ffprobe }: Pick<Binaries, 'ffprobe'>,
  judge: (json: string) => S,
  signal?: AbortSignal,
): Promise<S> {
  const lines: string[] = []
  const show = ['-v', 'error', '-show_streams', '-show_format', '-of', 'json']
  const {
    code,
    stderr,
    signal: killedBy,
  } = await run(ffprobe, [...show, ...inputArgs(inputPath, format)], {
    timeoutMs: 30_000,
    memoryBytes: 2 * 1024 ** 3,
    signal,
    onStdoutLine: (line) => lines.push(line),
  })
  if (killedBy) throw new MediaFailure('INTERNAL', `ffprobe killed by ${killedBy}`)
  if (code !== 0) throw new MediaFailure('CORRUPT', stderr)
  return judge(lines.join('\n'))
}
