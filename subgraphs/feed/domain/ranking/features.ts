// What the ranking knows of a candidate.
import type { PostFacts, Relation } from '#schema/facts.ts'
import { type Knowledge, noKnowledge } from './knowledge.ts'

/** A post that may stand on the feed: published, visible to the viewer, and wanted by him. */
export interface Candidate {
  id: string
  authorId: string
  kind: PostFacts['kind']
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
  /** What has been learned; nothing when left out. */
  knowledge?: Knowledge
}

type Signal = (candidate: Candidate, look: Look) => number

const when = (condition: boolean) => (condition ? 1 : 0)

/**
 * What speaks for a post or against it, a row each: from 0 to 1, as one circumstance tells. A row here is a name in the weights;
 * `weightProblems` compares the two.
 */
export const signals = {
  /** It is new: 1 at once, half after an hour, a tenth after nine. */
  recency: ({ publishedAt }, { now }) => 1 / (1 + Math.max(0, now - publishedAt) / 3_600_000),
  /** He follows its author. */
  following: ({ relation }) => when(relation.follow === 'FOLLOWING'),
  /** It is his own. */
  own: ({ authorId }, { viewerId }) => when(authorId === viewerId),
  /** He and its author follow each other. */
  mutual: ({ relation }) => when(relation.follow === 'FOLLOWING' && relation.followedBy === 'FOLLOWING'),
  /** Its author is one of his favourites. */
  favorite: ({ relation }) => when(relation.favorite),
  /** He has lately cared for its author's posts. */
  affinity: ({ authorId }, { knowledge = noKnowledge }) => knowledge.affinity(authorId),
  /** He has lately passed its author's posts by, or hid one. */
  aversion: ({ authorId }, { knowledge = noKnowledge }) => knowledge.aversion(authorId),
  /** Those who saw it did something with it. */
  engagementRate: ({ id }, { knowledge = noKnowledge }) => knowledge.engagementRate(id),
  /** It is about what he has lately liked. */
  interest: ({ id }, { knowledge = noKnowledge }) => knowledge.interest(id),
  /** It is of a kind, picture or reel, with which he does more than is usual. */
  contentType: ({ kind }, { knowledge = noKnowledge }) => knowledge.contentType(kind),
  /** It is by whom, or about what, he did something with within the last half hour. */
  session: (candidate, { knowledge = noKnowledge }) => knowledge.session(candidate),
  /** Much is done with it lately. */
  popularity: ({ id }, { knowledge = noKnowledge }) => knowledge.popularity(id),
} as const satisfies Record<string, Signal>

export type SignalName = keyof typeof signals
export type Signals = Record<SignalName, number>
export const signalNames = Object.keys(signals) as SignalName[]
/** Nothing speaks for a post or against it. */
export const noSignals = Object.fromEntries(signalNames.map((name) => [name, 0])) as Signals

export interface Features {
  /** Since publication, in milliseconds; 0 for a post whose server's clock is ahead. */
  ageMs: number
  seen: boolean
  signals: Signals
}

/** The features of a candidate. */
export function featuresOf(candidate: Candidate, look: Look): Features {
  const worth = {} as Signals
  for (const name of signalNames) worth[name] = signals[name](candidate, look)
  return {
    ageMs: Math.max(0, look.now - candidate.publishedAt),
    seen: look.seenIds.has(candidate.id),
    signals: worth,
  }
}
