// Progress as it is told to clients: often enough to be seen moving, seldom enough to cost nothing.

const stepPercent = 5
const stepMs = 250

/**
 * Passes on a rising percentage in steps of at least 5 % and 250 ms, one write at a time. A write that fails is only a step
 * less. 100 is never passed on: that the item is READY says so.
 */
export function createProgress(
  write: (percent: number) => Promise<unknown>,
  now: () => number = Date.now,
): { report(percent: number): void; settled(): Promise<void> } {
  let told = 0
  let toldAt = Number.NEGATIVE_INFINITY
  let writing: Promise<void> = Promise.resolve()
  return {
    report(percent) {
      const whole = Math.min(99, Math.floor(percent))
      if (whole < told + stepPercent || now() < toldAt + stepMs) return
      told = whole
      toldAt = now()
      writing = writing
        .then(() => write(whole))
        .then(
          () => {},
          () => {},
        )
    },
    settled: () => writing,
  }
}
