// What moderation has to do, told to whoever runs the whole.
import type { Chore } from '#platform/chores.ts'
import type { Figures } from '#platform/figures.ts'
import { measureReviews } from './domain/transparency.ts'
import type { Store } from './store.ts'

/** Measures the queue now, and tells it. */
export async function tellReviewFigures(
  store: Parameters<typeof measureReviews>[0] & Pick<Store, 'countUnlabelled'>,
  figures: Figures,
  now: number,
): Promise<void> {
  const [reviews, unlabelled] = await Promise.all([measureReviews(store), store.countUnlabelled()])
  const { backlog, oldestOpenedAt, medianLatencyMs, overturnRate } = reviews
  await figures.tell({
    heliograph_review_backlog: backlog,
    heliograph_review_oldest_seconds: oldestOpenedAt ? Math.max(0, now - oldestOpenedAt.getTime()) / 1000 : 0,
    heliograph_review_latency_seconds: (medianLatencyMs ?? 0) / 1000,
    heliograph_review_overturn_rate: overturnRate ?? 0,
    heliograph_media_unlabelled: unlabelled,
  })
}

/** The same now and then. */
export const reviewFigures = (store: Store, figures: Figures, now: () => number): Chore => ({
  name: 'review-figures',
  everyMs: 30_000,
  run: () => tellReviewFigures(store, figures, now()),
})
