import type { Size } from './image-sizes.ts'

/** One video rendition of the ladder. Bit rates are in bits a second, `bufferSize` in bits. */
export type Rung = {
  /** Folder and label: `720p`, or the source's own shorter side. */
  name: string
  width: number
  height: number
  /** Peak over the buffer; the encoder spends less on what needs less (constant quality below this cap). */
  maxRate: number
  bufferSize: number
  /** Constant-quality target of x264. */
  crf: number
  profile: 'main' | 'high'
  /** H.264 level such as `3.1`, the lowest that size and frame rate fit into. */
  level: string
}

/** A frame rate as a fraction, frames over seconds: 30000/1001. */
export type FrameRate = { frames: number; seconds: number }

export type LadderSource = Size & { frameRate: FrameRate }

/** Rungs by shorter side, with the cap for 16:9 at up to 30 frames a second. */
const STEPS = [
  { short: 240, maxRate: 500_000 },
  { short: 360, maxRate: 1_000_000 },
  { short: 480, maxRate: 1_800_000 },
  { short: 720, maxRate: 3_500_000 },
  { short: 1080, maxRate: 6_000_000 },
] as const

const LONGEST_SIDE = 4096

/** ITU-T H.264 table A-1: macroblocks a second and macroblocks a frame. */
const LEVELS = [
  ['3.0', 40_500, 1_620],
  ['3.1', 108_000, 3_600],
  ['3.2', 216_000, 5_120],
  ['4.0', 245_760, 8_192],
  ['4.2', 522_240, 8_704],
  ['5.0', 589_824, 22_080],
  ['5.1', 983_040, 36_864],
  ['5.2', 2_073_600, 36_864],
] as const

/** The lowest H.264 level that admits a frame size at a rate; a side may not exceed √(8 × frame size) (A.3.1). */
export function levelFor({ width, height }: Size, rate: FrameRate): string {
  const columns = Math.ceil(width / 16)
  const rows = Math.ceil(height / 16)
  const perSecond = (columns * rows * rate.frames) / rate.seconds
  const fits = LEVELS.find(
    ([, maxPerSecond, maxFrame]) =>
      perSecond <= maxPerSecond && columns * rows <= maxFrame && Math.max(columns, rows) ** 2 <= 8 * maxFrame,
  )
  return fits?.[0] ?? '5.2'
}

/** 4:2:0 needs even sides; rounding down keeps a rung from exceeding its source. */
const even = (side: number) => Math.max(2, Math.floor(side / 2 + 1e-6) * 2)

function rungOf(source: LadderSource, short: number, cap: number): Rung {
  const scale = Math.min(
    short / Math.min(source.width, source.height),
    LONGEST_SIDE / Math.max(source.width, source.height),
    1,
  )
  const size = { width: even(source.width * scale), height: even(source.height * scale) }
  // A square frame has fewer pixels than 16:9 of the same shorter side, 60 frames a second need about half as much again.
  const shape = (size.width * size.height) / ((short * short * 16) / 9)
  const motion = source.frameRate.frames / source.frameRate.seconds > 31 ? 1.5 : 1
  const maxRate = Math.max(150_000, Math.round((cap * Math.min(shape, 2) * motion) / 1000) * 1000)
  return {
    name: `${short}p`,
    ...size,
    maxRate,
    bufferSize: maxRate * 2,
    crf: short < 480 ? 25 : 23,
    profile: short < 720 ? 'main' : 'high',
    level: levelFor(size, source.frameRate),
  }
}

/** The cap for a shorter side between two steps, in proportion to the pixels. */
function capFor(short: number): number {
  const above = STEPS.find((step) => step.short >= short) ?? STEPS[STEPS.length - 1]
  return above ? above.maxRate * Math.min(1, (short / above.short) ** 2) : 0
}

/**
 * The rungs for a source, ascending, by its shorter side so that portrait gets the same quality as landscape. None is larger than
 * the source. A source more than a tenth larger than its highest standard rung gets one of its own size (up to 1080), and a source
 * below 240 only that one.
 * @param source upright size with square pixels, and the output's frame rate
 */
export function ladderFor(source: LadderSource): Rung[] {
  const short = Math.min(source.width, source.height)
  const rungs = STEPS.filter((step) => step.short <= short).map((step) =>
    rungOf(source, step.short, step.maxRate),
  )
  const highest = STEPS.findLast((step) => step.short <= short)?.short ?? 0
  if (highest < 1080 && short > highest * 1.1) rungs.push(rungOf(source, short, capFor(short)))
  // The longest side that is drawn can make two steps of a very long frame the same size.
  return rungs.filter(
    (rung, at) => at === 0 || rung.width !== rungs[at - 1]?.width || rung.height !== rungs[at - 1]?.height,
  )
}

const MAX_RATE = 60
const MIN_RATE = 10

/**
 * The constant frame rate that a source is brought to: its own, at most 60 (a faster one is halved until it fits), at least 10.
 * An unbelievable one (browser recordings state 1000) becomes 30.
 */
export function outputRate(average: FrameRate): FrameRate {
  const value = average.frames / average.seconds
  if (!Number.isFinite(value) || value <= 0 || value > 480) return { frames: 30, seconds: 1 }
  const halvings = Math.max(0, Math.ceil(Math.log2(value / (MAX_RATE + 0.5))))
  const halved = value / 2 ** halvings
  if (halved < MIN_RATE) return { frames: MIN_RATE, seconds: 1 }
  const whole = Math.round(halved)
  // 23.976, 29.97 and 59.94 are whole rates slowed by 1000/1001.
  if (Math.abs(halved - (whole * 1000) / 1001) < 0.005) return { frames: whole * 1000, seconds: 1001 }
  return { frames: whole, seconds: 1 }
}
