// The order of a feed: newest first, and by id within a millisecond.
import type { PostPosition } from '#platform/posts.ts'

/** Negative when `a` stands before `b`. */
export function comparePositions(a: PostPosition, b: PostPosition): number {
  if (a.publishedAt !== b.publishedAt) return b.publishedAt - a.publishedAt
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0
}

/** The first `limit` of several ordered lists together, each post once. */
export function mergePositions(lists: readonly (readonly PostPosition[])[], limit: number): PostPosition[] {
  const heads = lists.map(() => 0)
  const merged: PostPosition[] = []
  while (merged.length < limit) {
    let next: PostPosition | undefined
    lists.forEach((list, i) => {
      const head = list[heads[i] ?? 0]
      if (head && (!next || comparePositions(head, next) < 0)) next = head
    })
    if (!next) break
    const { id, publishedAt } = next
    merged.push({ id, publishedAt })
    lists.forEach((list, i) => {
      if (list[heads[i] ?? 0]?.id === id) heads[i] = (heads[i] ?? 0) + 1
    })
  }
  return merged
}

/** Where the posts at or below a floor begin. No id sorts after a tilde. */
export function floorPosition(floor: number): PostPosition {
  return { publishedAt: floor, id: '~' }
}

/** The later of two positions; null is the beginning. */
export function laterPosition(a: PostPosition | null, b: PostPosition): PostPosition {
  return a && comparePositions(a, b) > 0 ? a : b
}
