import { join } from 'node:path'
import type { Size } from './image-sizes.ts'
import type { FrameRate, Rung } from './ladder.ts'
import { gopFrames, type Piece, pieceFrames } from './pieces.ts'
import { inputArgs, type VideoSource, videoLimits } from './probe.ts'
import type { VideoFormat } from './sniff.ts'

/** Seconds between keyframes and seconds a segment: every rung cuts at the same places. */
const GOP_SECONDS = 2
const SEGMENT_SECONDS = 4

/** The folder of the shared sound; rungs hold pictures only, so that sound is stored and fetched once. */
export const AUDIO_FOLDER = 'audio'

export type Transcode = {
  inputPath: string
  format: VideoFormat
  source: VideoSource
  frameRate: FrameRate
  /** Ascending. */
  rungs: readonly Rung[]
  outDir: string
}

const QUIET = ['-hide_banner', '-nostdin', '-v', 'error', '-nostats', '-y']

/**
 * HLG and PQ to BT.709, so that a phone's HDR does not look washed out in 8 bits. The input's colours are named because many files
 * state the transfer only.
 */
const toneMap = (transfer: string) => [
  `zscale=tin=${transfer}:pin=bt2020:min=bt2020nc:t=linear:npl=100`,
  'format=gbrpf32le',
  'zscale=p=bt709',
  'tonemap=tonemap=hable:desat=0',
  'zscale=t=bt709:m=bt709:r=tv',
]

/** Size first: tone mapping a large frame is what takes long. ffmpeg turns the picture upright before all of it. */
function fitFrame(source: VideoSource, { width, height }: Size, range: 'tv' | 'pc'): string[] {
  const scale = `scale=${width}:${height}:flags=bicubic`
  if (!source.hdrTransfer) return [`${scale}:out_range=${range}`, 'setsar=1']
  return [scale, 'setsar=1', ...toneMap(source.hdrTransfer)]
}

function topOf(rungs: readonly Rung[]): Rung {
  const top = rungs[rungs.length - 1]
  if (!top) throw new RangeError('a ladder has at least one rung')
  return top
}

const deinterlace = (source: VideoSource) => (source.interlaced ? ['yadif=deint=interlaced'] : [])

/** One chain from the decoder to the largest rung, from which the smaller ones are scaled. */
export function filterGraph({ source, rungs, frameRate }: Transcode): string {
  const top = topOf(rungs)
  const rate = `fps=fps=${frameRate.frames}/${frameRate.seconds}:start_time=0`
  const chain = [...deinterlace(source), rate, ...fitFrame(source, top, 'tv'), 'format=yuv420p']
  const splits = rungs.map((_, at) => `[s${at}]`).join('')
  const outputs = rungs.map((rung, at) => {
    const filter = rung === top ? 'null' : `scale=${rung.width}:${rung.height}:flags=bicubic,setsar=1`
    return `[s${at}]${filter}[v${at}]`
  })
  return [`[0:${source.videoStream}]${chain.join(',')},split=${rungs.length}${splits}`, ...outputs].join(';')
}

function rungArgs(rung: Rung, at: number): string[] {
  const keyed: [string, string | number][] = [
    ['crf', rung.crf],
    ['maxrate', rung.maxRate],
    ['bufsize', rung.bufferSize],
    ['profile', rung.profile],
    ['level', rung.level],
  ]
  const values = keyed.flatMap(([key, value]) => [`-${key}:v:${at}`, String(value)])
  return ['-map', `[v${at}]`, ...values]
}

function videoArgs(frameRate: FrameRate): string[] {
  const gop = String(gopFrames(frameRate))
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-sc_threshold', '0', '-a53cc', '0'],
    ...['-g', gop, '-keyint_min', gop, '-force_key_frames', `expr:gte(t,n_forced*${GOP_SECONDS})`],
  ]
}

function audioArgs(source: VideoSource): string[] {
  if (source.audioStream === null) return []
  return [
    ...['-map', `0:${source.audioStream}`, '-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-ar', '48000'],
    ...['-af', 'aresample=async=1:first_pts=0'],
  ]
}

/** What every output shares: no metadata, HLS of fMP4 in a folder a stream. */
function hlsArgs(outDir: string, streams: readonly string[]): string[] {
  return [
    ...['-map_metadata', '-1', '-map_metadata:s', '-1', '-map_chapters', '-1'],
    ...['-sn', '-dn', '-max_muxing_queue_size', '1024'],
    // Without it, the two frames that B-frames need up front shift the picture, by an edit that Media Source players do not read.
    ...['-avoid_negative_ts', 'disabled'],
    ...[
      '-f',
      'hls',
      '-hls_time',
      String(SEGMENT_SECONDS),
      '-hls_playlist_type',
      'vod',
      '-hls_list_size',
      '0',
    ],
    ...['-hls_flags', 'independent_segments', '-hls_segment_type', 'fmp4'],
    ...['-hls_fmp4_init_filename', 'init.mp4'],
    ...['-hls_segment_filename', join(outDir, '%v', '%05d.m4s'), '-var_stream_map', streams.join(' ')],
    join(outDir, '%v', 'index.m3u8'),
  ]
}

/** The command line of one piece of the picture, in its rungs. */
export function pieceArgs(transcode: Transcode, piece: Piece, outDir: string): string[] {
  const { inputPath, format, frameRate } = transcode
  const { rungs } = piece
  const start = (piece.at * pieceFrames(frameRate) * frameRate.seconds) / frameRate.frames
  const limit =
    piece.frames === null ? [] : rungs.flatMap((_, at) => [`-frames:v:${at}`, String(piece.frames)])
  return [
    ...QUIET,
    ...['-max_error_rate', '0.1', '-progress', 'pipe:1'],
    ...(start > 0 ? ['-ss', start.toFixed(6)] : []),
    ...inputArgs(inputPath, format),
    ...(piece.frames === null ? ['-t', String(videoLimits.seconds + 1)] : []),
    ...['-filter_complex', filterGraph({ ...transcode, rungs })],
    ...rungs.flatMap(rungArgs),
    ...videoArgs(frameRate),
    ...limit,
    '-an',
    ...hlsArgs(
      outDir,
      rungs.map((rung, at) => `v:${at},name:${rung.name}`),
    ),
  ]
}

/** The command line of the sound alone. */
export function soundArgs(transcode: Transcode, outDir: string): string[] {
  const { inputPath, format, source } = transcode
  return [
    ...QUIET,
    ...['-max_error_rate', '0.1', '-progress', 'pipe:1'],
    ...inputArgs(inputPath, format),
    ...['-t', String(videoLimits.seconds + 1), '-vn', ...audioArgs(source)],
    ...hlsArgs(outDir, [`a:0,name:${AUDIO_FOLDER}`]),
  ]
}

/** The command line that cuts H.264 and AAC into segments as they are; `name` is the rung's. */
export function remuxArgs(transcode: Transcode, name: string): string[] {
  const { inputPath, format, source, outDir } = transcode
  const sound = source.audioStream === null ? [] : ['-map', `0:${source.audioStream}`]
  const group = sound.length > 0 ? ',agroup:sound' : ''
  const streams = [`v:0${group},name:${name}`]
  if (sound.length > 0) streams.push(`a:0${group},name:${AUDIO_FOLDER}`)
  return [
    ...QUIET,
    ...['-progress', 'pipe:1'],
    ...inputArgs(inputPath, format),
    ...['-map', `0:${source.videoStream}`, ...sound, '-c', 'copy'],
    // What an encoder notes beside the pictures (SEI), places among it, is left out.
    ...['-bsf:v', 'filter_units=remove_types=6'],
    ...hlsArgs(outDir, streams),
  ]
}

/**
 * The command line (without the program) that turns one file into HLS with fMP4 segments, all rungs in one pass: a folder a rung
 * with `index.m3u8`, `init_<n>.mp4` and segments, and one for the sound. Progress goes to stdout in ffmpeg's `-progress` form.
 */
export function ffmpegArgs(transcode: Transcode): string[] {
  const { inputPath, format, source, rungs, outDir, frameRate } = transcode
  const audio = audioArgs(source)
  const group = audio.length > 0 ? ',agroup:sound' : ''
  const streams = rungs.map((rung, at) => `v:${at}${group},name:${rung.name}`)
  if (audio.length > 0) streams.push(`a:0${group},name:${AUDIO_FOLDER}`)
  return [
    ...QUIET,
    ...['-max_error_rate', '0.1', '-progress', 'pipe:1'],
    ...inputArgs(inputPath, format),
    ...['-t', String(videoLimits.seconds + 1)],
    ...['-filter_complex', filterGraph(transcode)],
    ...rungs.flatMap(rungArgs),
    ...videoArgs(frameRate),
    ...audio,
    ...hlsArgs(outDir, streams),
  ]
}

/** The command line that writes the frame at `atSeconds` as PNG, at most 1080 px on the shorter side. */
export function frameArgs(transcode: Transcode, atSeconds: number, outputPath: string): string[] {
  const { inputPath, format, source, rungs } = transcode
  const filters = [...deinterlace(source), ...fitFrame(source, topOf(rungs), 'pc'), 'format=rgb24']
  return [
    ...QUIET,
    ...(atSeconds > 0 ? ['-ss', String(atSeconds)] : []),
    ...inputArgs(inputPath, format),
    ...['-map', `0:${source.videoStream}`, '-an', '-sn', '-dn', '-map_metadata', '-1', '-frames:v', '1'],
    ...['-vf', filters.join(','), '-f', 'image2', '-c:v', 'png', '-update', '1', outputPath],
  ]
}

/** The command line of the preview: the first 3 s, silent, at most 360 px on the shorter side, ready to be played while it loads. */
export function previewArgs(transcode: Transcode, outputPath: string): string[] {
  const { inputPath, format, source, frameRate } = transcode
  const scale = Math.min(1, 360 / Math.min(source.width, source.height))
  const even = (side: number) => Math.max(2, Math.floor((side * scale) / 2 + 1e-6) * 2)
  const size = { width: even(source.width), height: even(source.height) }
  const rate = Math.min(30, frameRate.frames / frameRate.seconds)
  const filters = [...deinterlace(source), `fps=${rate}`, ...fitFrame(source, size, 'tv'), 'format=yuv420p']
  return [
    ...QUIET,
    ...inputArgs(inputPath, format),
    ...['-t', '3', '-map', `0:${source.videoStream}`, '-an', '-sn', '-dn', '-vf', filters.join(',')],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '28', '-profile:v', 'main', '-a53cc', '0'],
    ...['-map_metadata', '-1', '-map_metadata:s:v', '-1', '-map_chapters', '-1'],
    ...['-movflags', '+faststart', outputPath],
  ]
}

/** The command line that draws the small pictures of our own lowest rung into one sprite, from its keyframes alone. */
export function spriteArgs(
  inputPath: string,
  {
    step,
    width,
    height,
    columns,
    rows,
  }: { step: number; width: number; height: number; columns: number; rows: number },
  outputPath: string,
): string[] {
  const filters = [
    `select=gte(t+0.02\\,selected_n*${step})`,
    `scale=${width}:${height}:out_range=pc`,
    `tile=${columns}x${rows}`,
  ]
  return [
    ...QUIET,
    ...['-skip_frame', 'nokey', ...inputArgs(inputPath, 'MP4'), '-an'],
    ...[
      '-vf',
      filters.join(','),
      '-vsync',
      'passthrough',
      '-frames:v',
      '1',
      '-q:v',
      '5',
      '-map_metadata',
      '-1',
    ],
    ...['-f', 'image2', '-update', '1', outputPath],
  ]
}
