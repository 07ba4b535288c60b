import type { PostFacts } from '#schema/facts.ts'

/** What has been learned that concerns one viewer's look: numbers from 0 to 1. */
export interface Knowledge {
  /** How much he has lately cared for an author; 0 when nothing is known. */
  affinity(authorId: string): number
  /** How often he lately passed an author's posts by. */
  aversion(authorId: string): number
  /** How many of those who had a post on their screens did something with it; of a new one, what is usual. */
  engagementRate(postId: string): number
  /** How near a post is to what he lately liked, in what it is about; 0 when nothing is known. */
  interest(postId: string): number
  /** How much more of what he lately did was with posts of a kind than of what he is offered is of it; 0 while little is known. */
  contentType(kind: PostFacts['kind']): number
  /** 1 for an author with whose posts he did something in this session, else how near a post is to what he did something with. */
  session(post: { id: string; authorId: string }): number
  /** How much is done with a post lately. */
  popularity(postId: string): number
}

/** Nothing is known. */
export const noKnowledge: Knowledge = {
  affinity: () => 0,
  aversion: () => 0,
  engagementRate: () => 0,
  interest: () => 0,
  contentType: () => 0,
  session: () => 0,
  popularity: () => 0,
}

/** What has to be known of an author for half of the certainty. */
const halfCertain = 3

/** How sure one is of an author of whom deeds of some worth are known: from 0 to 1. */
export const certaintyOf = (worth: number): number => worth / (worth + halfCertain)

/** What is believed of a post that nobody has seen, and after how many looks its own rate counts half. */
export const usualRate = 0.05
const usualLooks = 10

/** The rate of a post's weighted deeds, pulled towards what is usual while few have seen it. */
export function rateOf(stats: { deeds: number; shows: number } | undefined): number {
  if (!stats) return usualRate
  // Clients that report no looks do deeds all the same.
  const looks = Math.max(stats.shows, stats.deeds)
  return Math.min(1, (stats.deeds + usualRate * usualLooks) / (looks + usualLooks))
}
