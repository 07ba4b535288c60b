// How well vectors foretell what people do later.

interface Deed {
  viewerId: string
  postId: string
}

/** What is held back to judge by: the last tenth. */
const heldBack = 0.1
/** Posts that each puts first. */
const first = 100

/** Deeds in the order of time, cut where the last tenth begins. */
export function splitDeeds<D extends Deed>(deeds: readonly D[]): { earlier: D[]; later: D[] } {
  const border = Math.floor(deeds.length * (1 - heldBack))
  return { earlier: deeds.slice(0, border), later: deeds.slice(border) }
}

/** Vectors of viewers and of posts, whose product says how much one likes the other. */
export interface Vectors {
  viewers: ReadonlyMap<string, ArrayLike<number>>
  posts: ReadonlyMap<string, ArrayLike<number>>
}

/** Of what viewers did later, how much is among the hundred posts that the vectors put first, of those that they had not met before. */
export function measureRecall(
  { viewers, posts }: Vectors,
  earlier: readonly Deed[],
  later: readonly Deed[],
): number {
  const before = Map.groupBy(earlier, ({ viewerId }) => viewerId)
  let [found, wanted] = [0, 0]
  for (const [viewerId, done] of Map.groupBy(later, (deed) => deed.viewerId)) {
    const viewer = viewers.get(viewerId)
    const known = new Set((before.get(viewerId) ?? []).map(({ postId }) => postId))
    const ranked = viewer
      ? [...posts]
          .filter(([id]) => !known.has(id))
          .map(([id, vector]) => ({ id, liking: product(viewer, vector) }))
          .sort((a, b) => b.liking - a.liking)
          .slice(0, first)
      : []
    const top = new Set(ranked.map(({ id }) => id))
    for (const { postId } of done) {
      if (known.has(postId)) continue
      wanted += 1
      if (top.has(postId)) found += 1
    }
  }
  return wanted === 0 ? 0 : found / wanted
}

/** How much a viewer likes a post, by their vectors. */
export function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}
