// Hashtags: found by name, followed.
import { foldHashtag, isHashtagName } from '#platform/entities.ts'
import { byId } from '#platform/loader.ts'
import type { Transact } from '#platform/mongo.ts'
import { type Cursors, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import { notFound } from '#schema/errors.ts'
import type { HashtagRow } from '../model.ts'
import type { Store } from '../store.ts'

/** Longest text that is looked at as a name, in UTF-16 code units: folding makes none of them shorter than the limit. */
const maxNameText = 1_000

/** The folded name that a text with or without `#` stands for; null when it can be none. */
export function hashtagName(text: string): string | null {
  if (text.length > maxNameText) return null
  const name = foldHashtag(text.replace(/^[#＃﹟]/u, ''))
  return isHashtagName(name) ? name : null
}

/** Follows a hashtag, or no longer. Answers its id. Throws NOT_FOUND. */
export async function followHashtag(
  deps: Pick<Store, 'insertHashtagFollow' | 'deleteHashtagFollow'> & {
    visibleHashtag: (hashtagId: string) => Promise<HashtagRow | null>
    transact: Transact<'content'>
    now: () => Date
  },
  viewerId: string,
  hashtagId: string,
  follows: boolean,
): Promise<string> {
  if (!(await deps.visibleHashtag(hashtagId))) throw notFound(['input', 'hashtagId'])
  return deps.transact(async ({ session }) => {
    if (follows) await deps.insertHashtagFollow(viewerId, hashtagId, deps.now(), session)
    else await deps.deleteHashtagFollow(viewerId, hashtagId, session)
    return hashtagId
  })
}

/** A page of the hashtags that the viewer follows, the last followed first. */
export async function listFollowedHashtags(
  deps: Pick<Store, 'listHashtagFollows' | 'findHashtags'> & { cursors: Cursors },
  viewerId: string,
  args: PageArguments,
): Promise<Page<HashtagRow>> {
  const size = pageSize(args.first)
  const scope = { list: 'Viewer.followedHashtags', viewerId }
  const start = deps.cursors.decode(scope, args.after)
  const after = start && { at: new Date(Number(start[0])), id: String(start[1]) }
  const rows = await deps.listHashtagFollows(viewerId, after, size + 1)
  const hashtags = byId(await deps.findHashtags(rows.map((row) => row.hashtagId)))
  const edges = rows.slice(0, size).flatMap((row) => {
    const node = hashtags.get(row.hashtagId)
    return node ? [{ node, follow: row }] : []
  })
  return pageOf(deps.cursors, scope, edges, {
    keyOf: ({ follow }) => [follow.at.getTime(), follow._id],
    hasNextPage: rows.length > size,
    hasPreviousPage: start !== null,
  })
}
