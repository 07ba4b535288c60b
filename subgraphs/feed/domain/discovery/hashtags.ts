// Hashtags that trend, and those that may please a viewer.
import type { Hashtags } from '#platform/hashtags.ts'
import { pageSize } from '#platform/page.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { Store } from '../../store.ts'
import { recentDeeds } from '../personal.ts'
import { readEvery } from './read-every.ts'
import { trendsOf } from './trends.ts'

export interface HashtagDeps {
  store: Pick<Store, 'trends' | 'signals' | 'descriptions'>
  visibility: Visibility
  hashtags: Pick<Hashtags, 'visibleIdsByName' | 'followedIds'>
  /** Names of what trends, as a process remembers them for a moment. */
  trendingNames: () => Promise<string[]>
}

/** Reads what trends at most every 30 seconds. */
export function createTrending(store: Pick<Store, 'trends'>, now: () => number): () => Promise<string[]> {
  return readEvery(30_000, now, async (at) => trendsOf(await store.trends.usesAt(at)))
}

/** Hashtags that more accounts use than usual, the strongest first. */
export async function trendingHashtags(deps: HashtagDeps, first: number): Promise<{ id: string }[]> {
  const size = pageSize(first)
  const names = await deps.trendingNames()
  return withIds(deps, names, size, new Set())
}

/** Looks at so many of the viewer's last deeds, and leaves out so many of the hashtags that he follows. */
const bounds = { deeds: 60, followed: 1_000 }

/** Hashtags of what the viewer likes, less those that he follows; then what trends. */
export async function suggestedHashtags(
  deps: HashtagDeps,
  viewerId: string | null,
  first: number,
): Promise<{ id: string }[]> {
  const size = pageSize(first)
  if (viewerId === null) return trendingHashtags(deps, first)
  const [recent, followed, trending] = await Promise.all([
    recentDeeds(deps, bounds.deeds),
    deps.hashtags.followedIds(viewerId, bounds.followed),
    deps.trendingNames(),
  ])
  const rows = await deps.store.descriptions.heads(recent.map(({ postId }) => postId))
  const counts = new Map<string, number>()
  for (const { hashtags } of rows.values()) {
    for (const name of hashtags) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const liked = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([name]) => name)
  return withIds(deps, [...new Set([...liked, ...trending])], size, new Set(followed))
}

async function withIds(
  { hashtags, visibility }: Pick<HashtagDeps, 'hashtags' | 'visibility'>,
  names: readonly string[],
  size: number,
  without: ReadonlySet<string>,
): Promise<{ id: string }[]> {
  const ids = await hashtags.visibleIdsByName(visibility, names)
  return names
    .flatMap((name) => ids.get(name) ?? [])
    .filter((id) => !without.has(id))
    .slice(0, size)
    .map((id) => ({ id }))
}
