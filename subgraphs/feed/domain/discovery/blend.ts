// The order of suggestions: what the sources say, weighed, with a share for what nobody knows yet. Pure: same in, same out.
import type { SuggestedPostReason } from '../../model.ts'
import { diversify } from '../ranking/diversity.ts'

/** A post that may be suggested, with what the sources say for it: each from 0 to 1. */
export interface Suggestion {
  id: string
  authorId: string
  /** In milliseconds since 1970. */
  publishedAt: number
  /** People liked it who like what the viewer likes. */
  coEngaged: number
  /** It is about what he likes. */
  similar: number
  /** The topic that he likes and that it is of, with its name if it has one; null for none. Whatever it is worth, `similar` says. */
  topic: { name: string | null } | null
  /** The two towers foresee that he will like it. */
  foreseen: number
  /** Much is done with it lately. */
  trending: number
  /** How many of those who see it do something with it. */
  rate: number
  /** How much of it is watched by those who watch it, as far as can be told; null for what does not move. */
  completion: number | null
  /** How many viewers have had it on their screens. */
  shows: number
  seen: boolean
}

/** What the sources count. Completion stands for the whole feed of reels and for nothing in explore. */
const weights = {
  /** What each is worth of which nothing is known. */
  any: 0.5,
  coEngaged: 1,
  similar: 1,
  foreseen: 2,
  trending: 0.4,
  rate: 4,
  completion: 0.8,
} as const
/** What is left of the worth of a post that was seen. */
const seenFactor = 1 / 64
/** What is left with each post of an author that stands before. */
const repetitionFactor = 0.9
/** After so long a post is worth half, after twice as long a third, and so on: attention fades fast at first and slowly then. */
const fadeMs = 12 * 3_600_000
/** One place in so many is for a post that few have seen. */
export const explorationEvery = 8
/** Few. */
const fewShows = 50

/** What a suggestion is worth now. */
export function worthOfSuggestion(suggestion: Suggestion, now: number): number {
  const { coEngaged, similar, foreseen, trending, rate, completion, seen, publishedAt } = suggestion
  const said =
    weights.any +
    weights.coEngaged * coEngaged +
    weights.similar * similar +
    weights.foreseen * foreseen +
    weights.trending * trending +
    weights.rate * rate +
    weights.completion * (completion ?? 0)
  const age = Math.max(0, now - publishedAt)
  return (said / (1 + age / fadeMs)) * (seen ? seenFactor : 1)
}

/** The order, best first, with a reason for each. All of them, each once. */
export function blend(
  suggestions: readonly Suggestion[],
  now: number,
): { id: string; reason: SuggestedPostReason; topic: string | null }[] {
  const byId = new Map(suggestions.map((suggestion) => [suggestion.id, suggestion]))
  const scored = suggestions.map((candidate) => ({
    candidate,
    score: Math.log2(worthOfSuggestion(candidate, now)),
  }))
  const ranked = diversify(scored, repetitionFactor).map(({ id }) => id)
  const unknown = suggestions
    .filter(({ shows, seen }) => !seen && shows < fewShows)
    .sort((a, b) => a.shows - b.shows || b.publishedAt - a.publishedAt || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id)
  const order: { id: string; reason: SuggestedPostReason; topic: string | null }[] = []
  const placed = new Set<string>()
  const place = (id: string | undefined, reason?: SuggestedPostReason) => {
    const suggestion = byId.get(id ?? '')
    if (!suggestion || placed.has(suggestion.id)) return
    placed.add(suggestion.id)
    const said = reason ?? reasonOf(suggestion)
    const topic = said === 'TOPIC' ? (suggestion.topic?.name ?? null) : null
    order.push({ id: suggestion.id, reason: said, topic })
  }
  let next = 0
  for (const id of ranked) {
    if (order.length % explorationEvery === explorationEvery - 1) {
      while (next < unknown.length && placed.has(unknown[next] as string)) next++
      place(unknown[next++], 'NEW')
    }
    place(id)
  }
  return order
}

/** What says the most for it. */
function reasonOf({ coEngaged, similar, topic, foreseen, trending }: Suggestion): SuggestedPostReason {
  const said: [SuggestedPostReason, number][] = [
    ['CO_ENGAGED', weights.coEngaged * coEngaged],
    [topic ? 'TOPIC' : 'SIMILAR', weights.similar * similar],
    ['CO_ENGAGED', weights.foreseen * foreseen],
    ['TRENDING', weights.trending * trending],
  ]
  const [reason, most] = said.reduce((best, other) => (other[1] > best[1] ? other : best))
  if (most > 0) return reason
  return topic ? 'TOPIC' : 'NEW'
}
