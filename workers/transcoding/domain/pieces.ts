// A long video is encoded in pieces, each a few segments, several at once. A piece that is done is kept where the next run finds
// it, so a worker that dies loses at most the pieces that it had in hand.
import type { FrameRate, Rung } from './ladder.ts'

/** Frames of a group of pictures of 2 s, and of a piece of two segments of two groups each. */
export const gopFrames = ({ frames, seconds }: FrameRate): number => Math.round((frames / seconds) * 2)
export const pieceFrames = (rate: FrameRate): number => gopFrames(rate) * 4
/** Segments in a whole piece. */
export const pieceSegments = 2

/** A piece of a video in some rungs. `frames` is null for the last, which ends with the source. */
export type Piece = { name: string; at: number; rungs: readonly Rung[]; frames: number | null }

/**
 * The pieces in the order in which they are to be made: the lowest rung of the whole video first, so that something is playable
 * soon, then all others of each piece from one decode. Empty where the video is too short to be cut, or does not state its length.
 */
export function planPieces(seconds: number | null, rate: FrameRate, rungs: readonly Rung[]): Piece[] {
  const whole = pieceFrames(rate)
  const frames = seconds === null ? 0 : Math.ceil((seconds * rate.frames) / rate.seconds - 1e-6)
  // The last piece takes what is left, up to one and a half, so that none is only a moment.
  const count = Math.max(1, Math.round(frames / whole))
  if (count === 1) return []
  const [lowest, ...others] = rungs
  const groups = [lowest ? [lowest] : [], others].filter((group) => group.length > 0)
  return groups.flatMap((group) =>
    Array.from({ length: count }, (_, at) => ({
      name: `${group.map((rung) => rung.name).join('+')}-${String(at).padStart(4, '0')}`,
      at,
      rungs: group,
      frames: at === count - 1 ? null : whole,
    })),
  )
}

/** Where pieces that are done are kept. */
export interface PieceStore {
  /** Names of those that are there, whole. */
  list(): Promise<Set<string>>
  /** Puts a piece's files into a folder. */
  fetch(name: string, dir: string): Promise<void>
  /** Keeps the files of a folder; it counts as there only once all are. */
  save(name: string, dir: string): Promise<void>
}

/** Keeps nothing: for a video that is rendered in one go. */
export const noPieceStore: PieceStore = {
  list: async () => new Set(),
  fetch: async () => {},
  save: async () => {},
}
