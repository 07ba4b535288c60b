// When a notification is pushed. It grows quietly: a post that ten thousand like makes a handful of pushes (N3).

/** How many actors make the next push of a notification. */
const levels = [1, 2, 5, 10, 50, 100, 1_000, 10_000, 100_000, 1_000_000]

/** The level of a notification with so many actors; 0 for none. */
export function pushLevel(actorCount: number): number {
  return levels.filter((level) => level <= actorCount).length
}
