// Pages of moderation: the queue and the log for moderators; what somebody reported, and what was decided about him.
import type { Accounts } from '#platform/accounts.ts'
import { type Cursors, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import type { Viewer } from '#platform/viewer.ts'
import { isId } from '#schema/ids.ts'
import type { AuditRow, ReportRow, ReviewItemRow, ReviewView } from '../model.ts'
import type { Store } from '../store.ts'
import { requireModerator } from './moderation.ts'

interface ListDeps {
  cursors: Cursors
  viewer: Viewer
  accounts: Pick<Accounts, 'get'>
}

/** A page of rows that are sorted by id alone. */
async function pageById<T extends { _id: string | number }>(
  cursors: Cursors,
  scope: { list: string; viewerId: string },
  args: PageArguments,
  read: (after: T['_id'] | null, limit: number) => Promise<T[]>,
): Promise<Page<T>> {
  const size = pageSize(args.first)
  const [after = null] = cursors.decode(scope, args.after) ?? []
  const rows = await read(after as T['_id'] | null, size + 1)
  return pageOf(
    cursors,
    scope,
    rows.slice(0, size).map((node) => ({ node })),
    { keyOf: ({ node }) => [node._id], hasNextPage: rows.length > size, hasPreviousPage: after !== null },
  )
}

/** Reviews, the most urgent or the last decided first. Throws FORBIDDEN. */
export async function listQueue(
  deps: ListDeps & Pick<Store, 'listReviews'> & { now(): Date },
  { view, ...args }: PageArguments & { view?: ReviewView | null | undefined },
): Promise<Page<ReviewItemRow>> {
  const { userId: viewerId } = await requireModerator(deps, deps.viewer)
  const size = pageSize(args.first)
  const of = { view: view ?? 'OPEN', moderatorId: viewerId, now: deps.now() }
  const scope = { list: `reviewQueue.${of.view}`, viewerId }
  const key = deps.cursors.decode(scope, args.after)
  const after = key && { rank: Number(key[0]), id: String(key[1]) }
  const rows = await deps.listReviews(of, after, size + 1)
  return pageOf(
    deps.cursors,
    scope,
    rows.slice(0, size).map((node) => ({ node })),
    {
      keyOf: ({ node }) => [
        of.view === 'DECIDED' ? (node.decidedAt?.getTime() ?? 0) : node.priority,
        node._id,
      ],
      hasNextPage: rows.length > size,
      hasPreviousPage: after !== null,
    },
  )
}

/** The audit log, the last first. Throws FORBIDDEN. */
export async function listAudit(
  deps: ListDeps & Pick<Store, 'listAudit'>,
  args: PageArguments,
): Promise<Page<AuditRow>> {
  const { userId: viewerId } = await requireModerator(deps, deps.viewer)
  return pageById<AuditRow>(deps.cursors, { list: 'auditLog', viewerId }, args, deps.listAudit)
}

/** What the viewer reported, the last first. */
export function listReports(
  deps: { cursors: Cursors } & Pick<Store, 'listReports'>,
  viewerId: string,
  args: PageArguments,
): Promise<Page<ReportRow>> {
  return pageById<ReportRow>(deps.cursors, { list: 'Viewer.reports', viewerId }, args, (after, limit) =>
    deps.listReports(viewerId, after, limit),
  )
}

/** What was decided about the viewer and what is his, the last first. */
export function listDecisions(
  deps: { cursors: Cursors } & Pick<Store, 'listDecided'>,
  viewerId: string,
  args: PageArguments,
): Promise<Page<ReviewItemRow>> {
  const scope = { list: 'Viewer.moderationDecisions', viewerId }
  return pageById<ReviewItemRow>(deps.cursors, scope, args, (after, limit) =>
    deps.listDecided(viewerId, after, limit),
  )
}

/** The media that things show, by the things' ids; whoever may see them. */
export async function mediaShown(
  deps: Pick<Store, 'findPosts' | 'findStories'>,
  subjectIds: readonly string[],
): Promise<Map<string, string[]>> {
  const of = (prefix: 'post' | 'story' | 'media') => subjectIds.filter((id) => isId(id, prefix))
  const [postIds, storyIds] = [of('post'), of('story')]
  const [posts, stories] = await Promise.all([
    postIds.length > 0 ? deps.findPosts(postIds) : [],
    storyIds.length > 0 ? deps.findStories(storyIds) : [],
  ])
  return new Map<string, string[]>([
    ...of('media').map((id): [string, string[]] => [id, [id]]),
    ...posts.map(({ _id, mediaIds }): [string, string[]] => [_id, mediaIds]),
    ...stories.map(({ _id, mediaId }): [string, string[]] => [_id, mediaId ? [mediaId] : []]),
  ])
}
