// What our ranking learns of a past, by the code that learns in production.

import { interestIn } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { affinityHalfLifeMs, popularityOf, worthAt } from '#subgraphs/feed/domain/heat.ts'
import { certaintyOf, type Knowledge, rateOf } from '#subgraphs/feed/domain/ranking/knowledge.ts'
import { sessionOf, tasteDeeds, tasteOf } from '#subgraphs/feed/domain/ranking/taste.ts'
import { type Lesson, lessonOf, pairKey } from '#subgraphs/feed/domain/signals.ts'
import type { World } from './world.ts'

export interface Learned {
  lesson: Lesson
  /** What a viewer did something with, the last first. */
  recent(viewerId: string): string[]
  seen(viewerId: string): ReadonlySet<string>
  knowledge(viewerId: string): Knowledge
}

/** Learns the whole past of a world. */
export function learnFrom(world: World): Learned {
  const posts = new Map(
    world.posts.map((post) => [post.id, { authorId: post.authorId, kind: 'POST' as const }]),
  )
  const deeds = world.past
    .filter(({ engaged }) => engaged)
    .map(({ viewerId, postId, at }) => ({ viewerId, postId, kind: 'LIKE' as const, undone: false, at }))
  const looks = world.past.map(({ viewerId, postId, at }) => ({
    viewerId,
    postId,
    surface: 'HOME',
    // How long people look is not made up: a second speaks neither for nor against.
    dwellMs: 1_000,
    watchedMs: 0,
    at,
  }))
  const lesson = lessonOf(deeds, looks, { engagements: new Map(), seen: new Set(), posts })
  const seen = Map.groupBy(looks, (look) => look.viewerId)
  const done = Map.groupBy(deeds, (deed) => deed.viewerId)
  const certainty = (heat: number | null | undefined) =>
    certaintyOf(worthAt(heat, world.now, affinityHalfLifeMs))
  const vectors = new Map(world.posts.map((post) => [post.id, post.vector]))
  const recentOf = (viewerId: string) => (done.get(viewerId) ?? []).map(({ postId }) => postId).reverse()
  const nearTo = (of: readonly { postId: string }[]) =>
    interestIn(
      of.flatMap(({ postId }) => vectors.get(postId) ?? []),
      vectors,
    )
  const tasteAt = (viewerId: string) => {
    const last = (done.get(viewerId) ?? []).slice(-tasteDeeds).map((deed) => ({
      ...deed,
      authorId: posts.get(deed.postId)?.authorId ?? '',
      at: new Date(deed.at),
    }))
    // There are no reels in this world: nobody does more with pictures than is usual.
    return tasteOf(last, [], world.now, nearTo(last), nearTo(sessionOf(last, world.now)))
  }
  return {
    lesson,
    recent: recentOf,
    seen: (viewerId) => new Set((seen.get(viewerId) ?? []).map(({ postId }) => postId)),
    knowledge: (viewerId) => ({
      affinity: (authorId) => certainty(lesson.affinities.get(pairKey(viewerId, authorId))?.warmth),
      aversion: (authorId) => certainty(lesson.affinities.get(pairKey(viewerId, authorId))?.coolness),
      engagementRate: (postId) => rateOf(lesson.posts.get(postId)),
      popularity: (postId) => popularityOf(lesson.posts.get(postId)?.heat, world.now),
      ...tasteAt(viewerId),
    }),
  }
}
