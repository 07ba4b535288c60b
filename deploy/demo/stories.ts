// How the cast tells its stories: within a day, every step can be repeated and happens once.
import type { Work } from './gallery.ts'
import type { Person } from './person.ts'
import { processed, upload } from './publish.ts'
import { type Story, stories } from './world-stories.ts'

/** What lies on a story: `mention` needs the ids of the cast. */
function stickersOf(story: Story, cast: ReadonlyMap<string, Person>): object {
  const { poll, question, location, link } = story
  return {
    poll: poll && { question: poll.question, options: poll.options, y: 0.72 },
    question: question && { prompt: question.prompt, y: 0.72 },
    mention: story.mentions?.flatMap((username) => {
      const person = cast.get(username)
      return person ? [{ userId: person.id, x: 0.5, y: 0.2 }] : []
    }),
    location: location && { ...location, y: 0.2 },
    hashtag: story.hashtags?.map((name) => ({ name, y: 0.28 })),
    link: link && { ...link, y: 0.36 },
  }
}

/** Tells a story, unless it is being told, and answers its id. */
async function tell(
  cast: ReadonlyMap<string, Person>,
  story: Story,
  work: Work,
  signal: AbortSignal,
): Promise<string> {
  const author = cast.get(story.author) as Person
  const mediaId = await upload(author, `story:${story.key}`, work, signal)
  await processed(author, mediaId, signal)
  if (work.alt) await author.does('UpdateMedia', { input: { mediaId, altText: work.alt } })
  const input = {
    mediaId,
    audience: story.audience ?? 'FOLLOWERS',
    stickers: stickersOf(story, cast),
    // As long as a story lasts, a key is remembered: told again, it is the same one.
    idempotencyKey: `demo:${story.key}:${mediaId}`,
  }
  const { createStory } = await author.does<{ createStory: { story: { id: string } } }>('CreateStory', {
    input,
  })
  return createStory.story.id
}

/** What the others do with a story. */
async function answer(cast: ReadonlyMap<string, Person>, story: Story, storyId: string): Promise<void> {
  for (const [username, emoji] of Object.entries(story.seenBy ?? {})) {
    const person = cast.get(username)
    await person?.does('MarkStoryViewed', { input: { storyId } })
    if (emoji) await person?.does('ReactToStory', { input: { storyId, emoji } })
  }
  for (const [username, optionIndex] of Object.entries(story.poll?.votes ?? {})) {
    await cast.get(username)?.doesOnce('VoteStoryPoll', { storyId, optionIndex }, ['CONFLICT'])
  }
  for (const [username, text] of Object.entries(story.question?.answers ?? {})) {
    await cast.get(username)?.does('AnswerStoryQuestion', { input: { storyId, text } })
  }
}

/** Makes the highlights that are missing, of the stories of this telling. */
async function keep(cast: ReadonlyMap<string, Person>, told: ReadonlyMap<Story, string>): Promise<void> {
  const kept = Map.groupBy(told, ([{ author, highlight }]) => (highlight ? `${author} ${highlight}` : ''))
  for (const [key, group] of kept) {
    const [username = '', title] = key.split(' ')
    const author = cast.get(username)
    if (!author || !title) continue
    const { user } = await author.does<{
      user: { highlights: { nodes: { title: string }[] } | null } | null
    }>('UserHighlights', { username, first: 100 })
    if (user?.highlights?.nodes.some((highlight) => highlight.title === title)) continue
    await author.does('CreateHighlight', { input: { title, storyIds: group.map(([, id]) => id) } })
  }
}

/**
 * Tells the world's stories with the works that `workOf` finds for them, and answers them. Each goes through `attempt`, which
 * decides what a failure means.
 */
export async function tellStories(
  cast: ReadonlyMap<string, Person>,
  workOf: (story: Story, index: number) => Work,
  attempt: (what: string, work: () => Promise<void>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const told = new Map<Story, string>()
  for (const [index, story] of stories.entries()) {
    await attempt(`story ${story.key}`, async () => {
      const storyId = await tell(cast, story, workOf(story, index), signal)
      told.set(story, storyId)
      await answer(cast, story, storyId)
    })
  }
  await attempt('highlights', () => keep(cast, told))
}
