// What the ranking knows of a candidate.
import type { Relation } from '#schema/facts.ts'

/** A post that may stand on the feed: published, visible to the viewer, and wanted by him. */
export interface Candidate {
  id: string
  authorId: string
  /** In milliseconds since 1970. */
  publishedAt: number
  /** How the viewer stands to its author; a stranger's for his own posts. */
  relation: Relation
}

/** The look at the feed that candidates are ranked for. */
export interface Look {
  viewerId: string
  /** Posts that earlier first pages have shown. */
  seenIds: ReadonlySet<string>
  /** In milliseconds since 1970. */
  now: number
}

/** What speaks for a post, each from 0 to 1: the chance that the viewer cares for it, as one circumstance tells. */
export interface Signals {
  /** He follows its author. */
  following: number
  /** It is his own. */
  own: number
  /** He and its author follow each other. */
  mutual: number
  /** Likes, comments and saves by those who saw it. Engagement publishes no such facts, so it is left out. */
  engagementRate?: number
}

export interface Features {
  /** Since publication, in milliseconds; 0 for a post whose server's clock is ahead. */
  ageMs: number
  seen: boolean
  signals: Signals
}

/** The features of a candidate. */
export function featuresOf(candidate: Candidate, look: Look): Features {
  const { relation } = candidate
  const isOwn = candidate.authorId === look.viewerId
  const follows = relation.follow === 'FOLLOWING'
  return {
    ageMs: Math.max(0, look.now - candidate.publishedAt),
    seen: look.seenIds.has(candidate.id),
    signals: {
      following: follows ? 1 : 0,
      own: isOwn ? 1 : 0,
      mutual: follows && relation.followedBy === 'FOLLOWING' ? 1 : 0,
    },
  }
}
