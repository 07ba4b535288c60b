// Insights as those see them who may.
import { requireSignedIn } from '#platform/viewer.ts'
import { AppError } from '#schema/errors.ts'
import type { Context } from './context.ts'
import { addSums, anonymous, anonymousHours, dayOf, type InsightSums } from './domain/insights.ts'
import type { ReachGroup } from './store/insights.ts'
import type {
  AudienceDimension,
  AudienceGroup,
  Insights,
  PlatformInsights,
  QueryResolvers,
  Surface,
} from './types.gen.ts'

const dayMs = 86_400_000
const maxDays = 366
const usualDays = 28
/** Before the first post and after the last. */
const always = { from: '0000-01-01', to: '9999-12-31' }

interface Days {
  from: string
  to: string
}

/** The days to sum up. Throws BAD_USER_INPUT for a range that is empty or too long. */
function daysOf(range: Days | null | undefined, now: Date): Days {
  if (!range) return { from: dayOf(new Date(now.getTime() - (usualDays - 1) * dayMs)), to: dayOf(now) }
  const days = (Date.parse(range.to) - Date.parse(range.from)) / dayMs + 1
  if (days >= 1 && days <= maxDays) return range
  throw new AppError('BAD_USER_INPUT', `A range has 1 to ${maxDays} days: \`from\` comes first.`)
}

/** Figures of a subject, or of an owner. */
async function insightsOf(
  { store }: Context,
  of: string,
  { from, to }: Days,
  own: 'post' | 'account',
): Promise<Insights> {
  const [days, reached, reachedByHour] = await Promise.all([
    store.listDays(of, from, to),
    store.countReach(of, from, to),
    store.countReachByHour(of, from, to),
  ])
  const sums = days.reduce<InsightSums>((all, { sums: more }) => addSums(all, more), {})
  const byHour = Array.from({ length: 24 }, (_, hour) =>
    days.reduce((sum, row) => sum + (row.hours?.[String(hour)] ?? 0), 0),
  )
  const { watched = 0, watchMs = 0, storyImpressions = 0, storyCompletions = 0 } = sums
  const perDay = days.map(({ day, sums: { followerGrowth, ...one } }) => ({
    day,
    ...counts(one),
    followerGrowth: followerGrowth ?? 0,
  }))
  return {
    ...counts(sums),
    reach: reached.reduce((sum, { accounts }) => sum + accounts, 0),
    storyCompletionRate: storyImpressions > 0 ? storyCompletions / storyImpressions : null,
    averageWatchMs: watched > 0 ? Math.round(watchMs / watched) : null,
    followerGrowth: own === 'account' ? (sums.followerGrowth ?? 0) : null,
    audience: [
      ...groupsOf(reached, 'AGE_BAND', ({ ageBand }) => ageBand),
      ...groupsOf(reached, 'COUNTRY', ({ country }) => country),
    ],
    hours: anonymousHours(byHour, reachedByHour),
    days: perDay,
    csv: csvOf(perDay),
  }
}

/** An audience by one thing, the largest group first, without those that are too small to be told. */
function groupsOf(
  reached: readonly ReachGroup[],
  dimension: AudienceDimension,
  named: (group: ReachGroup) => string | null,
): AudienceGroup[] {
  const groups = [...Map.groupBy(reached, named)].map(([value, group]) => ({
    value,
    accounts: group.reduce((sum, { accounts }) => sum + accounts, 0),
  }))
  return anonymous(groups).flatMap(({ value, accounts }) =>
    value === null ? [] : [{ dimension, value, accounts }],
  )
}

const counts = ({
  impressions = 0,
  views = 0,
  likes = 0,
  comments = 0,
  shares = 0,
  saves = 0,
}: InsightSums) => ({
  impressions,
  views,
  likes,
  comments,
  shares,
  saves,
})

/** Days and whole numbers need no quotes. */
function csvOf(days: readonly Insights['days'][number][]): string {
  const columns = [
    'day',
    'impressions',
    'views',
    'likes',
    'comments',
    'shares',
    'saves',
    'followerGrowth',
  ] as const
  const lines = days.map((row) => columns.map((column) => String(row[column])).join(','))
  return [columns.join(','), ...lines, ''].join('\r\n')
}

async function platformInsightsOf({ store }: Context, { from, to }: Days): Promise<PlatformInsights> {
  const afterDays = [1, 7, 28]
  const [learned, activeAccounts, days, surfaces, ...returning] = await Promise.all([
    store.findUpliftModel(),
    store.countActive(from, to),
    store.listActivity(from, to),
    store.countSurfaces(from, to),
    ...afterDays.map((n) => store.countReturning(from, to, n)),
  ])
  return {
    activeAccounts,
    newAccounts: returning[0]?.began ?? 0,
    retention: returning.map(({ began, returned }, i) => ({
      afterDays: afterDays[i] ?? 0,
      share: began > 0 ? returned / began : null,
    })),
    timeSpentMs: days.reduce((sum, { dwellMs }) => sum + dwellMs, 0),
    featureUse: surfaces.map(({ surface, impressions }) => ({ surface: surface as Surface, impressions })),
    days: days.map(({ dwellMs, ...day }) => ({ ...day, timeSpentMs: dwellMs })),
    pushDigest: learned && {
      at: learned.at,
      drawn: learned.trials,
      chosenShare: learned.verdict.share,
      uplift: learned.verdict.uplift,
      upliftAtLeast: learned.verdict.least,
      savedShare: learned.verdict.saved,
    },
  }
}

export const insightQueries = {
  async postInsights(_parent, { postId }, context) {
    const { userId } = requireSignedIn(context.viewer)
    const post = await context.visibility.post(postId)
    return post?.authorId === userId ? insightsOf(context, postId, always, 'post') : null
  },
  async accountInsights(_parent, { range }, context) {
    const { userId } = requireSignedIn(context.viewer)
    return insightsOf(context, userId, daysOf(range, context.now()), 'account')
  },
  async platformInsights(_parent, { range }, context) {
    const { userId } = requireSignedIn(context.viewer)
    if ((await context.accounts.get([userId])).get(userId)?.role !== 'STAFF') {
      throw new AppError('FORBIDDEN', 'This is for staff.')
    }
    return platformInsightsOf(context, daysOf(range, context.now()))
  },
} satisfies QueryResolvers
