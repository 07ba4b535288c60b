// Encoding a video: in one go when it is short, in pieces when it is long, not at all when it already is what we would make of it.
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { inParallel } from '#platform/parallel.ts'
import { assembleRung } from './assemble.ts'
import { MediaFailure } from './failure.ts'
import { AUDIO_FOLDER, ffmpegArgs, pieceArgs, remuxArgs, soundArgs, type Transcode } from './ffmpeg-args.ts'
import { type Piece, type PieceStore, pieceFrames, planPieces } from './pieces.ts'
import { videoLimits } from './probe.ts'
import { run } from './run.ts'

/** Pieces at once: each encoder uses more than one core by itself. */
const parallelPieces = 2
const SOUND = 'sound'

/** Wall-clock limit: a fixed part, and forty seconds for a second of video (1080p60 on half a slow core). */
const timeoutFor = (seconds: number | null) => 120_000 + 40_000 * (seconds ?? videoLimits.seconds)

export type EncodeOptions = {
  ffmpeg: string
  pieces: PieceStore
  signal?: AbortSignal
  timeoutMs?: number
  onPercent: (percent: number) => void
}

/** Percent of the encoding out of one line of ffmpeg's `-progress`, or null when the line says nothing of it. */
export function progressOf(line: string, seconds: number | null): number | null {
  const match = /^out_time_us=(\d+)$/.exec(line)
  if (!match || seconds === null) return null
  return Math.min(100, (Number(match[1]) / 1e6 / seconds) * 100)
}

/** Out of disk or memory is this machine's trouble; whatever else ends ffmpeg lies in the file. */
export function failureOfFfmpeg(code: number | null, killedBy: string | null, stderr: string): MediaFailure {
  const ours =
    killedBy !== null || /No space left|Cannot allocate memory|Permission denied|Unknown encoder/.test(stderr)
  return new MediaFailure(ours ? 'INTERNAL' : 'CORRUPT', `ffmpeg ended with ${killedBy ?? code}: ${stderr}`)
}

async function runFfmpeg(
  args: readonly string[],
  seconds: number | null,
  { ffmpeg, signal, timeoutMs }: EncodeOptions,
  onPercent: (percent: number) => void,
): Promise<void> {
  const result = await run(ffmpeg, args, {
    timeoutMs: timeoutMs ?? timeoutFor(seconds),
    memoryBytes: 6 * 1024 ** 3,
    signal,
    onStdoutLine: (line) => {
      const percent = progressOf(line, seconds)
      if (percent !== null) onPercent(percent)
    },
  })
  if (result.code !== 0) throw failureOfFfmpeg(result.code, result.signal, result.stderr)
}

/** All rungs and the sound in one pass. */
export function encodeAtOnce(transcode: Transcode, options: EncodeOptions): Promise<void> {
  return runFfmpeg(ffmpegArgs(transcode), transcode.source.seconds, options, options.onPercent)
}

/** The only rung and the sound as they are. */
export function remux(transcode: Transcode, name: string, options: EncodeOptions): Promise<void> {
  return runFfmpeg(remuxArgs(transcode, name), transcode.source.seconds, options, options.onPercent)
}

/** Pixels of a rung or of several: what a piece costs, roughly. */
const costOf = ({ rungs }: Pick<Piece, 'rungs'>) =>
  rungs.reduce((sum, rung) => sum + rung.width * rung.height, 0)

/**
 * Encodes in pieces: the sound and the lowest rung first. Pieces that the store has are not made again. `onFirst` is called when the
 * lowest rung stands in the output folder, and may take its time: the other pieces wait for it.
 */
export async function encodeInPieces(
  transcode: Transcode,
  plan: readonly Piece[],
  options: EncodeOptions,
  onFirst: () => Promise<void>,
): Promise<void> {
  const { outDir, rungs, source, frameRate } = transcode
  const { pieces: store, onPercent } = options
  const workDir = join(outDir, '.pieces')
  const there = await store.list()
  const lowest = rungs.slice(0, 1)
  const first = plan.filter((piece) => piece.rungs[0] === lowest[0])
  const rest = plan.filter((piece) => piece.rungs[0] !== lowest[0])

  const total = plan.reduce((sum, piece) => sum + costOf(piece), 0)
  const share = new Map<string, number>()
  const tell = (piece: Piece, part: number) => {
    share.set(piece.name, costOf(piece) * part)
    onPercent((100 * [...share.values()].reduce((sum, done) => sum + done, 0)) / total)
  }
  const make = async (
    name: string,
    args: (dir: string) => string[],
    onPart: (part: number) => void,
    seconds: number | null,
  ) => {
    const dir = join(workDir, name)
    await mkdir(dir, { recursive: true })
    if (there.has(name)) await store.fetch(name, dir)
    else {
      await runFfmpeg(args(dir), seconds, options, (percent) => onPart(percent / 100))
      await store.save(name, dir)
    }
    onPart(1)
  }
  const makePiece = (piece: Piece) => {
    const lengthOf = (frames: number) => (frames * frameRate.seconds) / frameRate.frames
    const rest = source.seconds === null ? null : source.seconds - lengthOf(piece.at * pieceFrames(frameRate))
    return make(
      piece.name,
      (dir) => pieceArgs(transcode, piece, dir),
      (part) => tell(piece, part),
      piece.frames === null ? rest : lengthOf(piece.frames),
    )
  }
  const assemble = async (pieces: readonly Piece[]) => {
    for (const rung of pieces[0]?.rungs ?? []) {
      const folders = pieces.map((piece) => join(workDir, piece.name, rung.name))
      await assembleRung(folders, join(outDir, rung.name), frameRate)
    }
  }

  const sound = async () => {
    if (source.audioStream === null) return
    await make(
      SOUND,
      (dir) => soundArgs(transcode, dir),
      () => {},
      source.seconds,
    )
    const dir = join(workDir, SOUND, AUDIO_FOLDER)
    await rename(dir, join(outDir, AUDIO_FOLDER))
  }
  await inParallel([sound, ...first.map((piece) => () => makePiece(piece))], parallelPieces, (task) => task())
  await assemble(first)
  await onFirst()
  await inParallel(rest, parallelPieces, makePiece)
  await assemble(rest)
  await rm(workDir, { recursive: true, force: true })
}

/** How a video is to be cut; see `planPieces`. */
export const piecesOf = ({ source, frameRate, rungs }: Transcode): Piece[] =>
  planPieces(source.seconds, frameRate, rungs)
