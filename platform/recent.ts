// Rows that a busy process has just read, for queries that need not have the latest of what is others'.
import type { Db } from 'mongodb'
import type { Read } from './loader.ts'
import { commitsOf } from './mongo.ts'

/** Milliseconds for which a row is kept, counted from before it was asked for: people see within a second what others changed. */
const keptMs = 500
/** Reads of one kind within a second that make a process busy. Below, each one has the latest, and little is gained otherwise. */
const busyReads = 50
const maxKept = 20_000

/**
 * How a request reads: with `recent`, what is half a second old will do, unless it is the viewer's own. What its owner reads is not
 * kept for others either: it may be something that they shall never see.
 */
type RecentRead<V> = (
  keys: readonly string[],
  recent: boolean,
  isOwn?: (value: V) => boolean,
) => Promise<Map<string, V>>

/**
 * A read of rows of one database that keeps them for half a second while the process is busy. What this process commits there
 * is seen at once, by whoever asks; what others commit, within that time. Values are shared: nobody may change them.
 */
export function createRecent<V>(db: Db, read: Read<V>, now = () => performance.now()): RecentRead<V> {
  /** About in the order of their times. */
  const kept = new Map<string, { value: V; at: number }>()
  /** How many commits there were when what is kept was read. */
  let committed = commitsOf(db)
  /** When the last reads were, each in the place of the one that was `busyReads` before it. */
  const times = new Array<number>(busyReads).fill(Number.NEGATIVE_INFINITY)
  let turn = 0

  return async (keys, recent, isOwn = () => false) => {
    const at = now()
    const isBusy = at - (times[turn] as number) < 1_000
    times[turn] = at
    turn = (turn + 1) % busyReads
    const began = commitsOf(db)
    if (!isBusy || committed !== began) kept.clear()
    committed = began
    if (!recent || !isBusy) return read(keys)
    for (const [key, known] of kept) {
      if (at - known.at <= keptMs) break
      kept.delete(key)
    }
    if (kept.size > maxKept) kept.clear()
    const found = new Map<string, V>()
    const missing = keys.filter((key) => {
      const known = kept.get(key)
      if (!known || at - known.at > keptMs || isOwn(known.value)) return true
      found.set(key, known.value)
      return false
    })
    if (missing.length === 0) return found
    const rows = await read(missing)
    // What was read before a commit is not kept after it.
    const isLatest = began === commitsOf(db)
    for (const key of missing) {
      const value = rows.get(key)
      if (value === undefined) continue
      found.set(key, value)
      if (isLatest && !isOwn(value)) kept.set(key, { value, at })
    }
    return found
  }
}
