// How large the figures are. As they stand they are for a quiet machine; `BENCH_SCALE=0.05 npm run bench` tries them out.

const scale = Number(process.env.BENCH_SCALE || 1)
if (!(scale > 0 && scale <= 1)) throw new Error('BENCH_SCALE is a number above 0, at most 1')

/** Whether figures are as large as they should be. */
export const isFull: boolean = scale === 1

/** A number of rows, calls or seconds: `full`, or the part of it that is asked for, and never less than `least`. */
export function scaled(full: number, least = 1): number {
  return Math.max(least, Math.round(full * scale))
}
