// What people do with a story: they see it, react, vote and answer. A row each for every person, so that nothing counts twice.
import type { Transact } from '#platform/mongo.ts'
import { isDuplicate } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import { textOf } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError } from '#schema/errors.ts'
import type { StoryAnswerRow, StoryRow, StoryViewRow } from '../model.ts'
import type { Store } from '../store.ts'
import { visibleStory } from './stories.ts'

interface Deps extends Pick<Store, 'getStory'> {
  visibility: Visibility
  now: () => Date
}
type Writes<K extends keyof Store> = Deps & Pick<Store, K> & { transact: Transact<'content'> }

/** Notes that the viewer has seen a story; his own do not count. Throws NOT_FOUND. */
export async function markStoryViewed(
  deps: Writes<'insertStoryView'>,
  viewerId: string,
  storyId: string,
): Promise<string> {
  const { authorId } = await visibleStory(deps, storyId)
  return deps.transact(async (tx) => {
    if (authorId !== viewerId && (await deps.insertStoryView(storyId, viewerId, deps.now(), tx.session))) {
      tx.emit('story.viewed', { storyId, authorId, userId: viewerId })
    }
    return storyId
  })
}

/** One emoji: a single character as people see them, with a pictograph, a flag or a keycap in it. */
function emojiOf(given: string): string {
  const text = textOf(given, { field: 'emoji', min: 1, max: 16 })
  const characters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)]
  if (characters.length !== 1 || !/\p{Extended_Pictographic}|\p{RI}\p{RI}|\u20e3/u.test(text)) {
    throw new AppError('INVALID', 'A reaction is one emoji.', { field: ['input', 'emoji'] })
  }
  return text
}

/**
 * Reacts to a story with an emoji, or takes the reaction back with null; who reacts has seen it. Throws NOT_FOUND, INVALID or
 * TOO_LONG, FORBIDDEN for one's own, EXPIRED for one that only a highlight still shows.
 */
export async function reactToStory(
  deps: Writes<'insertStoryView' | 'setStoryReaction'>,
  viewerId: string,
  storyId: string,
  emoji: string | null,
): Promise<string> {
  const reaction = emoji === null ? null : emojiOf(emoji)
  const { authorId } = await openStory(deps, viewerId, storyId)
  const payload = { storyId, authorId, userId: viewerId }
  return deps.transact(async (tx) => {
    const at = deps.now()
    const isFirst = await deps.insertStoryView(storyId, viewerId, at, tx.session)
    if (isFirst) tx.emit('story.viewed', payload)
    const before = await deps.setStoryReaction(storyId, viewerId, reaction, at, tx.session)
    if (reaction !== null && before === null) tx.emit('story.reacted', payload)
    if (reaction === null && before !== null) tx.emit('story.unreacted', payload)
    return storyId
  })
}

/** A story of someone else that is not over. Throws NOT_FOUND, FORBIDDEN or EXPIRED. */
async function openStory(deps: Deps, viewerId: string, storyId: string): Promise<StoryRow> {
  const story = await visibleStory(deps, storyId)
  const field = ['input', 'storyId']
  if (story.authorId === viewerId) {
    throw new AppError('FORBIDDEN', 'This is for those who see your story.', { field })
  }
  if (story.expiresAt <= deps.now()) throw new AppError('EXPIRED', 'This story is over.', { field })
  return story
}

/**
 * Votes in a story's poll. A vote is cast once and stays (C5): the same again changes nothing, another is a CONFLICT. Throws also
 * NOT_FOUND, FORBIDDEN for one's own, EXPIRED, and INVALID for an option that there is not.
 */
export async function voteStoryPoll(
  deps: Writes<'insertStoryVote' | 'findStoryVotes'>,
  viewerId: string,
  storyId: string,
  option: number,
): Promise<string> {
  const { poll } = await openStory(deps, viewerId, storyId)
  const field = ['input', 'optionIndex']
  if (!poll) {
    throw new AppError('CONFLICT', 'This story has no poll.', { field: ['input', 'storyId'] })
  }
  if (!(option in poll.options)) throw new AppError('INVALID', 'There is no such option.', { field })
  try {
    return await deps.transact(async (tx) => {
      await deps.insertStoryVote(storyId, viewerId, option, deps.now(), tx.session)
      return storyId
    })
  } catch (error) {
    if (!isDuplicate(error)) throw error
    const [earlier] = await deps.findStoryVotes(viewerId, [storyId])
    if (earlier?.option === option) return storyId
    throw new AppError('CONFLICT', 'You have voted already; a vote stays.', { field })
  }
}

/**
 * Answers a story's question; a later answer replaces the earlier. Throws NOT_FOUND, INVALID, TOO_LONG, FORBIDDEN for one's own,
 * EXPIRED, and CONFLICT when the story asks nothing.
 */
export async function answerStoryQuestion(
  deps: Writes<'setStoryAnswer'>,
  viewerId: string,
  storyId: string,
  given: string,
): Promise<string> {
  const text = textOf(given, { field: 'text', min: 1, max: 500 })
  const { question, authorId } = await openStory(deps, viewerId, storyId)
  if (!question) {
    throw new AppError('CONFLICT', 'This story asks no question.', { field: ['input', 'storyId'] })
  }
  return deps.transact(async (tx) => {
    await deps.setStoryAnswer(storyId, viewerId, text, deps.now(), tx.session)
    tx.emit('story.answered', { storyId, authorId, userId: viewerId })
    return storyId
  })
}

interface ListDeps {
  cursors: Cursors
  visibility: Visibility
}

/** A page of those who have seen a story, latest first; null for anyone but its author. */
export async function listStoryViewers(
  deps: Pick<Store, 'listStoryViews'> & ListDeps,
  story: StoryRow,
  args: PageArguments,
): Promise<Page<{ id: string }, { viewedAt: Date; reaction: string | null }> | null> {
  const { visibility, cursors } = deps
  const size = pageSize(args.first)
  if (story.authorId !== visibility.viewerId) return null
  const scope = { list: `Story.viewers:${story._id}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  const from = start && { at: new Date(Number(start[0])), id: String(start[1]) }
  const { items, hasNextPage, last } = await fillPage<StoryViewRow>({
    size,
    read: (previous, limit) =>
      deps.listStoryViews(story._id, previous ? { at: previous.viewedAt, id: previous._id } : from, limit),
    visible: (views) => visibility.filterByAccount(views, (view) => view.viewerId),
  })
  const edges = items.map(({ _id, viewerId, viewedAt, reaction }) => ({
    ...{ node: { id: viewerId }, viewedAt, reaction },
    key: [viewedAt.getTime(), _id] as const,
  }))
  return pageOf(cursors, scope, edges, {
    keyOf: ({ key }) => key,
    hasNextPage,
    end: last && [last.viewedAt.getTime(), last._id],
    hasPreviousPage: start !== null,
  })
}

/** A page of the answers to a story's question, latest first; null for anyone but its author. */
export async function listStoryAnswers(
  deps: Pick<Store, 'listStoryAnswers'> & ListDeps,
  story: StoryRow,
  args: PageArguments,
): Promise<Page<StoryAnswerRow> | null> {
  const { visibility, cursors } = deps
  const size = pageSize(args.first)
  if (story.authorId !== visibility.viewerId) return null
  const scope = { list: `StoryQuestion.answers:${story._id}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  const from = start && { at: new Date(Number(start[0])), id: String(start[1]) }
  const { items, hasNextPage, last } = await fillPage<StoryAnswerRow>({
    size,
    read: (previous, limit) =>
      deps.listStoryAnswers(story._id, previous ? { at: previous.at, id: previous._id } : from, limit),
    visible: (answers) => visibility.filterByAccount(answers, (answer) => answer.authorId),
  })
  return pageOf(
    cursors,
    scope,
    items.map((node) => ({ node })),
    {
      keyOf: ({ node }) => [node.at.getTime(), node._id],
      hasNextPage,
      end: last && [last.at.getTime(), last._id],
      hasPreviousPage: start !== null,
    },
  )
}

/** Views that are looked at one by one at most, in order to count those whom the author may see. */
const maxCountedOneByOne = 5_000

/**
 * How many have seen each story, as its author may know it: the count is the length of `viewers` (C6). With more than 5,000
 * views on the page accounts that are hidden from him by now count, too.
 */
export async function countStoryViewers(
  deps: Pick<Store, 'findStoryViewers' | 'countStoryViews'> & { visibility: Visibility },
  storyIds: readonly string[],
): Promise<Map<string, number>> {
  const views = await deps.findStoryViewers(storyIds, maxCountedOneByOne + 1)
  if (views.length > maxCountedOneByOne) return deps.countStoryViews(storyIds)
  const visible = await deps.visibility.filterByAccount(views, (view) => view.viewerId)
  const counts = new Map<string, number>()
  for (const { storyId } of visible) counts.set(storyId, (counts.get(storyId) ?? 0) + 1)
  return counts
}
