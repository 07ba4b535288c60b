import type { InsightFieldsFragment } from '../operations.gen.ts'
import { formatCount } from '../text/count.ts'

/** The figures that there are, by name, as people read them. */
export function figuresOf(insights: InsightFieldsFragment): { name: string; value: string }[] {
  const { storyCompletionRate, averageWatchMs, followerGrowth } = insights
  const counted = (['impressions', 'reach', 'views', 'likes', 'comments', 'shares', 'saves'] as const).map(
    (name) => ({ name: `${name[0]?.toUpperCase()}${name.slice(1)}`, value: formatCount(insights[name]) }),
  )
  const others = [
    { name: 'Stories seen to the end', value: storyCompletionRate, text: percent },
    { name: 'Watched on average', value: averageWatchMs, text: seconds },
    { name: 'Followers won', value: followerGrowth, text: signed },
  ]
  return [
    ...counted,
    ...others.flatMap(({ name, value, text }) => (value === null ? [] : [{ name, value: text(value) }])),
  ]
}

const percent = (share: number) => `${Math.round(share * 100)} %`
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
const signed = (count: number) => (count > 0 ? `+${formatCount(count)}` : formatCount(count))

/** The range of the last `count` days, today included, UTC. */
export function lastDays(count: number, now: Date): { from: string; to: string } {
  const day = (ago: number) => new Date(now.getTime() - ago * 86_400_000).toISOString().slice(0, 10)
  return { from: day(count - 1), to: day(0) }
}
