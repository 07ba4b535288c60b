// Turns: work with the same key runs one after the other in this process. Transactions that all count up one row would
// otherwise abort each other; between processes they still may, and are repeated.

/** Runs `work` when all earlier work with the same key has ended. */
export type InTurn = <R>(key: string, work: () => Promise<R>) => Promise<R>

/** The turns of one process. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, mine)
    try {
      return await mine
    } finally {
      if (last.get(key) === mine) last.delete(key)
    }
  }
}
