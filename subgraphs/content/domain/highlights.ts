// Highlights: stories that their author keeps on his profile. Each keeps its audience (S2): a highlight shows a viewer those of
// its stories that he may see, and whoever sees none of them never hears of it (V17).
import type { Transact } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import type { Stories } from '#platform/stories.ts'
import { boundedList, textOf } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { HighlightRow, StoryRow } from '../model.ts'
import type { Store } from '../store.ts'

const maxStories = 100
const maxHighlights = 100
const defaultTitle = 'Highlights'

export interface HighlightDraft {
  title?: string | null
  storyIds?: readonly string[] | null
  coverStoryId?: string | null
}

const titleOf = (given: string) => textOf(given, { field: 'title', min: 1, max: 30 })

function storyIdsOf(given: readonly string[]): string[] {
  const storyIds = [...boundedList(given, { field: 'storyIds', min: 1, max: maxStories })]
  if (new Set(storyIds).size < storyIds.length) {
    throw new AppError('INVALID', 'Each story can be in a highlight once.', { field: ['input', 'storyIds'] })
  }
  return storyIds
}

function checkCover(storyIds: readonly string[], coverStoryId: string | null): void {
  if (coverStoryId === null || storyIds.includes(coverStoryId)) return
  throw new AppError('INVALID', 'The cover is one of the stories of the highlight.', {
    field: ['input', 'coverStoryId'],
  })
}

interface Deps
  extends Pick<
    Store,
    | 'findStories'
    | 'addHighlightCounts'
    | 'countHighlights'
    | 'insertHighlight'
    | 'getHighlight'
    | 'replaceHighlight'
    | 'removeHighlight'
  > {
  transact: Transact<'content'>
  stories: Pick<Stories, 'changing'>
  now: () => Date
}

/** Takes stories into a highlight or out of one. The counts are in the stories' rows, so racing changes conflict. */
async function move(
  deps: Deps,
  tx: Parameters<Parameters<Transact<'content'>>[0]>[0],
  authorId: string,
  storyIds: readonly string[],
  difference: 1 | -1,
): Promise<void> {
  await deps.addHighlightCounts(authorId, storyIds, difference, tx.session)
  for (const storyId of storyIds) tx.emit('story.changed', { storyId, authorId })
}

/** Checks that all of them are stories of the author. Throws NOT_FOUND. */
async function checkStories(
  deps: Pick<Store, 'findStories'>,
  tx: Parameters<Parameters<Transact<'content'>>[0]>[0],
  authorId: string,
  storyIds: readonly string[],
): Promise<void> {
  const found = await deps.findStories(storyIds, tx.session)
  const own = found.filter((story) => story.authorId === authorId)
  if (own.length < storyIds.length) throw notFound(['input', 'storyIds'])
}

/** Makes a highlight of stories of the viewer's and answers its id. Throws INVALID, TOO_LONG, TOO_MANY or NOT_FOUND. */
export async function createHighlight(deps: Deps, authorId: string, draft: HighlightDraft): Promise<string> {
  const at = deps.now()
  const highlight: HighlightRow = {
    _id: newId('highlight'),
    authorId,
    title: titleOf(draft.title ?? defaultTitle),
    storyIds: storyIdsOf(draft.storyIds ?? []),
    coverStoryId: draft.coverStoryId ?? null,
    createdAt: at,
    updatedAt: at,
  }
  checkCover(highlight.storyIds, highlight.coverStoryId)
  return deps.stories.changing(highlight.storyIds, () =>
    deps.transact(async (tx) => {
      if ((await deps.countHighlights(authorId, tx.session)) >= maxHighlights) {
        throw new AppError('TOO_MANY', `At most ${maxHighlights} highlights.`, { field: ['input'] })
      }
      await checkStories(deps, tx, authorId, highlight.storyIds)
      await move(deps, tx, authorId, highlight.storyIds, 1)
      await deps.insertHighlight(highlight, tx.session)
      return highlight._id
    }),
  )
}

/**
 * Changes a highlight of the viewer's; what is left out stays, `storyIds` replaces all of them. Throws NOT_FOUND, FORBIDDEN, and
 * the refusals of `createHighlight`.
 */
export async function updateHighlight(
  deps: Deps & { visibility: Visibility },
  viewerId: string,
  highlightId: string,
  draft: HighlightDraft,
): Promise<string> {
  const title = draft.title === null || draft.title === undefined ? null : titleOf(draft.title)
  const wanted = draft.storyIds ? storyIdsOf(draft.storyIds) : null
  const before = await ownHighlight(deps, viewerId, highlightId)
  const touched = [...new Set([...before.storyIds, ...(wanted ?? [])])]
  return deps.stories.changing(touched, () =>
    deps.transact(async (tx) => {
      const row = await deps.getHighlight(highlightId, tx.session)
      if (!row) throw notFound(['input', 'highlightId'])
      const storyIds = wanted ?? row.storyIds
      const added = storyIds.filter((id) => !row.storyIds.includes(id))
      const removed = row.storyIds.filter((id) => !storyIds.includes(id))
      const kept = row.coverStoryId !== null && storyIds.includes(row.coverStoryId) ? row.coverStoryId : null
      const coverStoryId = draft.coverStoryId === undefined ? kept : draft.coverStoryId
      checkCover(storyIds, coverStoryId)
      await checkStories(deps, tx, viewerId, added)
      await move(deps, tx, viewerId, added, 1)
      await move(deps, tx, viewerId, removed, -1)
      await deps.replaceHighlight(
        { ...row, title: title ?? row.title, storyIds, coverStoryId, updatedAt: deps.now() },
        tx.session,
      )
      return highlightId
    }),
  )
}

/** Removes a highlight of the viewer's and answers it as it was; its stories stay in his archive. Throws NOT_FOUND or FORBIDDEN. */
export async function deleteHighlight(
  deps: Deps & { visibility: Visibility },
  viewerId: string,
  highlightId: string,
): Promise<HighlightRow> {
  const before = await ownHighlight(deps, viewerId, highlightId)
  return deps.stories.changing(before.storyIds, () =>
    deps.transact(async (tx) => {
      const row = await deps.getHighlight(highlightId, tx.session)
      if (!row) throw notFound(['input', 'highlightId'])
      await deps.removeHighlight(highlightId, tx.session)
      await move(deps, tx, viewerId, row.storyIds, -1)
      return row
    }),
  )
}

async function ownHighlight(
  deps: Pick<Store, 'getHighlight'> & { visibility: Visibility },
  viewerId: string,
  highlightId: string,
): Promise<HighlightRow> {
  const field = ['input', 'highlightId']
  const row = isId(highlightId, 'highlight') ? await deps.getHighlight(highlightId) : null
  if (!row || (await visibleHighlights(deps, [row])).length === 0) throw notFound(field)
  if (row.authorId !== viewerId) throw new AppError('FORBIDDEN', 'Only its owner may do this.', { field })
  return row
}

/** Those highlights of which the viewer may see a story; his own in any case. */
export async function visibleHighlights(
  { visibility }: { visibility: Visibility },
  rows: readonly HighlightRow[],
): Promise<HighlightRow[]> {
  const seen = await Promise.all(
    rows.map(async ({ authorId, storyIds }) => {
      if (authorId === visibility.viewerId) return true
      return (await visibility.filterByStory(storyIds, (id) => id)).length > 0
    }),
  )
  return rows.filter((_, i) => seen[i])
}

/** A page of an account's highlights, newest first; null when the viewer may not see what it publishes. */
export async function listHighlights(
  deps: Pick<Store, 'listHighlights'> & { cursors: Cursors; visibility: Visibility },
  authorId: string,
  args: PageArguments,
): Promise<Page<HighlightRow> | null> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list: `User.highlights:${authorId}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  if (!(await visibility.content(authorId))) return null
  const { items, hasNextPage, last } = await fillPage<HighlightRow>({
    size,
    read: (previous, limit) =>
      deps.listHighlights(authorId, previous?._id ?? (start && String(start[0])), limit),
    visible: (rows) => visibleHighlights(deps, rows),
  })
  return pageOf(
    cursors,
    scope,
    items.map((node) => ({ node })),
    {
      keyOf: ({ node }) => [node._id],
      hasNextPage,
      hasPreviousPage: start !== null,
      end: last && [last._id],
    },
  )
}

/** A page of those stories of a highlight that the viewer may see, in the author's order. */
export async function listHighlightStories(
  deps: {
    cursors: Cursors
    visibility: Visibility
    loadStories(ids: readonly string[]): Promise<StoryRow[]>
  },
  highlight: HighlightRow,
  args: PageArguments,
): Promise<Page<StoryRow>> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list: `Highlight.stories:${highlight._id}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  // The last id seen says where to go on, also when the highlight has changed meanwhile.
  const from = start ? highlight.storyIds.indexOf(String(start[0])) + 1 : 0
  const visible = await visibility.filterByStory(highlight.storyIds.slice(from), (id) => id)
  const stories = await deps.loadStories(visible.slice(0, size))
  return pageOf(
    cursors,
    scope,
    stories.map((node) => ({ node })),
    {
      keyOf: ({ node }) => [node._id],
      hasNextPage: visible.length > size,
      hasPreviousPage: start !== null,
    },
  )
}

/** The story whose picture stands for a highlight: the chosen one if the viewer may see it, else the first that he may; null: none. */
export async function coverStoryId(
  { visibility }: { visibility: Visibility },
  { storyIds, coverStoryId: chosen }: HighlightRow,
): Promise<string | null> {
  if (chosen !== null && (await visibility.story(chosen))) return chosen
  return (await visibility.filterByStory(storyIds, (id) => id))[0] ?? null
}
