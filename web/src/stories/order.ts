/** Where one is in the tray: an author's place in it, and the place of one of his stories. */
export interface Place {
  readonly ring: number
  readonly story: number
}

interface Ring {
  readonly stories: readonly { readonly viewerHasSeen: boolean }[]
}

/** Where an author's stories begin for the viewer: at the first unseen one, or at the first when he has seen all. */
export function beginning(rings: readonly Ring[], ring: number): Place {
  const unseen = rings[ring]?.stories.findIndex((story) => !story.viewerHasSeen) ?? 0
  return { ring, story: Math.max(0, unseen) }
}

/** One story on, and from the last of an author to the next one; null at the end of the tray. */
export function next(rings: readonly Ring[], { ring, story }: Place): Place | null {
  if (story + 1 < (rings[ring]?.stories.length ?? 0)) return { ring, story: story + 1 }
  return ring + 1 < rings.length ? beginning(rings, ring + 1) : null
}

/** One story back, and from the first of an author to the one before; null at the beginning of the tray. */
export function previous(_rings: readonly Ring[], { ring, story }: Place): Place | null {
  if (story > 0) return { ring, story: story - 1 }
  return ring > 0 ? { ring: ring - 1, story: 0 } : null
}
