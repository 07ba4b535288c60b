// Stories: made, published, listed, deleted. A story ends by time alone: every read asks the clock (S1).
import type { Transact, Transaction } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import { withinContactPolicy } from '#platform/policy.ts'
import { maxActiveStories, type Stories, storyMs } from '#platform/stories.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { StoryFacts } from '#schema/facts.ts'
import { isId, newId } from '#schema/ids.ts'
import type { MediaRow, StoryRow } from '../model.ts'
import type { Store } from '../store.ts'
import { mentionedIds, readStickers, type StickerDraft, stickersField } from './story-stickers.ts'
import { checkStrikes } from './strikes.ts'

export interface StoryDraft {
  mediaId: string
  audience?: StoryFacts['audience'] | null
  stickers?: StickerDraft | null
}

const mediaField = { field: ['input', 'mediaId'] }

/** Whether an item of the author's can be a story now. Throws NOT_FOUND, INVALID or CONFLICT. */
function checkStoryMedia(media: MediaRow | undefined): asserts media is MediaRow {
  if (!media) throw notFound(mediaField.field)
  if (media.kind !== 'IMAGE' && media.kind !== 'VIDEO') {
    throw new AppError('INVALID', 'A story shows a picture or a video.', mediaField)
  }
  if (media.status === 'PENDING') {
    throw new AppError(
      'CONFLICT',
      'The item still waits for its bytes: complete its upload first.',
      mediaField,
    )
  }
  if (media.labels?.includes('BLOCKED')) {
    throw new AppError('BLOCKED_BY_POLICY', 'The item shows what was taken down before.', mediaField)
  }
  if (media.status === 'FAILED') {
    throw new AppError('CONFLICT', 'The item could not be processed: upload it again.', mediaField)
  }
}

/** Checks that the author may mention these accounts (V7). Throws NOT_FOUND or BLOCKED_BY_POLICY. */
async function checkMentions(
  visibility: Visibility,
  authorId: string,
  userIds: readonly string[],
): Promise<void> {
  const checks = userIds.map(async (userId) => {
    const account = await visibility.account(userId)
    if (!account) throw notFound(stickersField)
    const relation = await visibility.relation(userId)
    if (!withinContactPolicy(authorId, account, account.mentionPolicy, relation)) {
      throw new AppError('BLOCKED_BY_POLICY', 'This account does not let you mention it.', {
        field: stickersField,
      })
    }
  })
  await Promise.all(checks)
}

/** Says that a story is there, and to whom it speaks. */
function announce(tx: Transaction<'content'>, story: StoryRow): void {
  const { _id: storyId, authorId } = story
  tx.emit('story.published', { storyId, authorId })
  for (const userId of mentionedIds(story.stickers)) {
    if (userId !== authorId) tx.emit('story.mentioned', { storyId, authorId, userId })
  }
}

/**
 * Makes a story and answers its id. Others see it at once when its item is READY, otherwise from `publishWaitingStories` on; its
 * day begins now in either case. Throws the refusals of `readStickers` and `checkStoryMedia`, NOT_FOUND or BLOCKED_BY_POLICY for
 * mentions and for an account of three copyright strikes, and TOO_MANY beyond 100 stories at a time.
 */
export async function createStory(
  deps: Pick<Store, 'insertStory' | 'countActiveStories' | 'takeMedia' | 'countStrikes'> & {
    transact: Transact<'content'>
    stories: Pick<Stories, 'changing'>
    visibility: Visibility
    limited: boolean
    now: () => Date
  },
  authorId: string,
  draft: StoryDraft,
): Promise<string> {
  const parts = readStickers(draft.stickers)
  await checkStrikes(deps, authorId)
  const mentions = parts.stickers.filter(({ kind }) => kind === 'MENTION')
  await checkMentions(
    deps.visibility,
    authorId,
    mentions.map(({ userId }) => userId ?? ''),
  )
  const at = deps.now()
  const storyId = newId('story')
  const work = () =>
    deps.transact(async (tx) => {
      const { session } = tx
      if (deps.limited && (await deps.countActiveStories(authorId, at, session)) >= maxActiveStories) {
        throw new AppError('TOO_MANY', `At most ${maxActiveStories} stories at a time.`, mediaField)
      }
      // Taking the item and its becoming READY conflict: either it is seen READY here, or the story is seen there.
      const taken = await deps.takeMedia(authorId, [draft.mediaId], session)
      const media = taken.get(draft.mediaId)
      checkStoryMedia(media)
      const story: StoryRow = {
        _id: storyId,
        authorId,
        audience: draft.audience ?? 'FOLLOWERS',
        status: media.status === 'READY' ? 'PUBLISHED' : 'PROCESSING',
        createdAt: at,
        expiresAt: new Date(at.getTime() + storyMs),
        highlightCount: 0,
        version: 1,
        mediaId: media._id,
        ...parts,
      }
      await deps.insertStory(story, session)
      if (story.status === 'PUBLISHED') announce(tx, story)
      return storyId
    })
  return deps.stories.changing([storyId], work)
}

/** Publishes the stories that waited for these items, which are READY. */
export async function publishWaitingStories(
  deps: Pick<Store, 'findWaitingStoryIds' | 'getStory' | 'publishStory'> & {
    transact: Transact<'content'>
    stories: Pick<Stories, 'changing'>
  },
  mediaIds: readonly string[],
): Promise<void> {
  for (const storyId of await deps.findWaitingStoryIds(mediaIds)) {
    const work = () =>
      deps.transact(async (tx) => {
        const story = await deps.getStory(storyId, tx.session)
        if (story && (await deps.publishStory(storyId, tx.session))) announce(tx, story)
      })
    await deps.stories.changing([storyId], work)
  }
}

/** A story that the viewer may see, for him to do something with. Throws NOT_FOUND. */
export async function visibleStory(
  deps: Pick<Store, 'getStory'> & { visibility: Visibility },
  storyId: string,
): Promise<StoryRow> {
  const facts = isId(storyId, 'story') ? await deps.visibility.story(storyId) : null
  const story = facts && (await deps.getStory(storyId))
  if (!story) throw notFound(['input', 'storyId'])
  return story
}

/** Makes a story of the viewer's a tombstone and answers it as it was. Throws NOT_FOUND or FORBIDDEN. */
export async function deleteStory(
  deps: Pick<Store, 'getStory' | 'deleteStory' | 'removeFromHighlights'> & {
    transact: Transact<'content'>
    stories: Pick<Stories, 'changing'>
    visibility: Visibility
    now: () => Date
  },
  viewerId: string,
  storyId: string,
): Promise<StoryRow> {
  const field = ['input', 'storyId']
  const { authorId } = await visibleStory(deps, storyId)
  if (authorId !== viewerId) throw new AppError('FORBIDDEN', 'Only its author may delete a story.', { field })
  return deps.stories.changing([storyId], () =>
    deps.transact(async (tx) => {
      const story = await deps.deleteStory(storyId, viewerId, tx.session)
      if (!story) throw notFound(field)
      await deps.removeFromHighlights(viewerId, storyId, deps.now(), tx.session)
      tx.emit('story.deleted', { storyId, authorId: viewerId })
      return story
    }),
  )
}

interface ListDeps {
  cursors: Cursors
  visibility: Visibility
}

/** A page of an account's stories that are not over, oldest first; null when the viewer may not see what it publishes. */
export async function listActiveStories(
  deps: Pick<Store, 'listActiveStories'> & ListDeps & { now: () => Date },
  authorId: string,
  args: PageArguments,
): Promise<Page<StoryRow> | null> {
  const { visibility } = deps
  const now = deps.now()
  return storyPage(deps, `User.stories:${authorId}`, args, async () => {
    if (!(await visibility.content(authorId))) return null
    return (after, limit) => deps.listActiveStories(authorId, now, after, limit)
  })
}

/** A page of all stories of the viewer, newest first (S3). */
export async function listStoryArchive(
  deps: Pick<Store, 'listStories'> & ListDeps,
  viewerId: string,
  args: PageArguments,
): Promise<Page<StoryRow> | null> {
  return storyPage(
    deps,
    'Viewer.storyArchive',
    args,
    async () => (before, limit) => deps.listStories(viewerId, before, limit),
  )
}

async function storyPage(
  { cursors, visibility }: ListDeps,
  list: string,
  args: PageArguments,
  open: () => Promise<((afterId: string | null, limit: number) => Promise<StoryRow[]>) | null>,
): Promise<Page<StoryRow> | null> {
  const size = pageSize(args.first)
  const scope = { list, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  const read = await open()
  if (!read) return null
  const { items, hasNextPage, last } = await fillPage<StoryRow>({
    size,
    read: (previous, limit) => read(previous?._id ?? (start && String(start[0])), limit),
    visible: (stories) => visibility.filterByStory(stories, (story) => story._id),
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
