// The story tray: who of the viewer's people has stories at this moment, in the order in which he probably wants to see them.
// Content's published read model tells in one query who has any, so that a tray costs the same for ten followees as for thousands.
import {
  type Cursors,
  type Page,
  type PageArguments,
  pageOf,
  pageSize,
  type SortKey,
} from '#platform/page.ts'
import { wantsStories } from '#platform/policy.ts'
import type { Relations } from '#platform/relations.ts'
import type { Stories } from '#platform/stories.ts'
import type { Visibility } from '#platform/visibility.ts'
import { type Relation, type StoryFacts, stranger } from '#schema/facts.ts'
import { featuresOf } from './ranking/features.ts'
import { scoreOf } from './ranking/score.ts'
import { weights } from './ranking/weights.ts'
import { maxFollowing } from './sources.ts'

export interface StoryTrayDeps {
  stories: Pick<Stories, 'activeByAuthors' | 'seenBy'>
  relations: Pick<Relations, 'followingIds'>
  visibility: Visibility
  cursors: Cursors
  now: () => number
}

/** One author in the tray. */
export interface TrayEdge {
  author: { id: string }
  hasUnseen: boolean
  stories: { id: string }[]
}

/** An author with the stories that the viewer may see, oldest first. */
interface Ring {
  authorId: string
  stories: StoryFacts[]
  relation: Relation
}

/** How much the viewer cares for an account: what the ranking of the feed makes of the relation, doubled for those he chose. */
export function closeness(viewerId: string, authorId: string, relation: Relation): number {
  const features = featuresOf(
    { id: '', authorId, kind: 'POST', publishedAt: 0, relation },
    { viewerId, seenIds: new Set(), now: 0 },
  )
  const chosen = Number(relation.favorite) + Number(relation.closeFriend)
  return scoreOf(features, weights) + chosen
}

/**
 * Where a ring stands: one's own first, then those with something unseen, then the closer, then the later. `seenAt` says when
 * the viewer saw a story; only what was there, and was seen, when the walk began counts, so that the order holds for the walk.
 */
export function ringKey(
  viewerId: string,
  ring: Ring,
  seenAt: ReadonlyMap<string, number>,
  startedAt: number,
): SortKey {
  const { authorId, stories, relation } = ring
  const then = stories.filter((story) => story.createdAt <= startedAt)
  const isOwn = authorId === viewerId
  const unseen = then.some((story) => (seenAt.get(story.id) ?? Number.POSITIVE_INFINITY) > startedAt)
  return [
    isOwn ? 0 : unseen ? 1 : 2,
    isOwn ? 0 : -closeness(viewerId, authorId, relation),
    -(then.at(-1)?.createdAt ?? 0),
    authorId,
  ]
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [i, part] of a.entries()) {
    const other = b[i]
    if (part === other || other === undefined) continue
    return part < other ? -1 : 1
  }
  return 0
}

/** Those of the authors whose stories the viewer wants and may see, with these stories. */
async function ringsOf(
  deps: StoryTrayDeps,
  viewerId: string,
  byAuthor: ReadonlyMap<string, StoryFacts[]>,
): Promise<Ring[]> {
  const { visibility } = deps
  const now = deps.now()
  const rings = [...byAuthor].map(async ([authorId, all]): Promise<Ring | null> => {
    const isOwn = authorId === viewerId
    const relation = isOwn ? stranger : await visibility.relation(authorId)
    // Somebody who is no longer followed may still be among the ids that were read.
    if (!isOwn && (relation.follow !== 'FOLLOWING' || !wantsStories(relation, now))) return null
    const stories = await visibility.filterStories(all)
    return stories.length > 0 ? { authorId, stories, relation } : null
  })
  return (await Promise.all(rings)).filter((ring) => ring !== null)
}

/** A page of the viewer's tray. Signed out it is empty. */
export async function storyTray(
  deps: StoryTrayDeps,
  viewerId: string | null,
  args: PageArguments,
): Promise<Pick<Page<never, TrayEdge>, 'pageInfo'> & { edges: (TrayEdge & { cursor: string })[] }> {
  const size = pageSize(args.first)
  const scope = { list: 'storyTray', viewerId }
  const start = deps.cursors.decode(scope, args.after)
  const startedAt = start ? Number(start[0]) : deps.now()
  const sorted = viewerId === null ? [] : await sortedRings(deps, viewerId, startedAt)
  const rest = start ? sorted.filter(({ key }) => compareKeys(key, start.slice(1)) > 0) : sorted
  const { edges, pageInfo } = pageOf(
    deps.cursors,
    scope,
    rest.slice(0, size).map(({ edge, key }) => ({ ...edge, node: null, key })),
    {
      keyOf: ({ key }) => [startedAt, ...key],
      hasNextPage: rest.length > size,
      hasPreviousPage: start !== null,
    },
  )
  return { edges, pageInfo }
}

async function sortedRings(
  deps: StoryTrayDeps,
  viewerId: string,
  startedAt: number,
): Promise<{ edge: TrayEdge; key: SortKey }[]> {
  const followingIds = await deps.relations.followingIds(viewerId, maxFollowing)
  const byAuthor = await deps.stories.activeByAuthors([viewerId, ...followingIds], deps.now())
  const rings = await ringsOf(deps, viewerId, byAuthor)
  const seenAt = await deps.stories.seenBy(
    viewerId,
    rings.flatMap((ring) => (ring.authorId === viewerId ? [] : ring.stories.map((story) => story.id))),
  )
  return rings
    .map((ring) => ({
      key: ringKey(viewerId, ring, seenAt, startedAt),
      edge: {
        author: { id: ring.authorId },
        hasUnseen: ring.authorId !== viewerId && ring.stories.some((story) => !seenAt.has(story.id)),
        stories: ring.stories.map(({ id }) => ({ id })),
      },
    }))
    .sort((a, b) => compareKeys(a.key, b.key))
}
