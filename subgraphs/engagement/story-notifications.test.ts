// What the author of a story is told of it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StoryFactsRow } from '#platform/stories.ts'
import { storyRow } from '../../tests/rows.ts'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

/** A story as Content would write it. */
async function story(author: Asker): Promise<string> {
  const row = storyRow({ authorId: author.id })
  await engagement.platform.db('content').collection<StoryFactsRow>('stories').insertOne(row)
  return row._id
}
async function told(who: Asker) {
  const { notifications } = await who.sees(
    'Viewer',
    who.id,
    'notifications(first: 50) { nodes { kind actorCount actors(first: 5) { edges { node { id } } } subject { __typename id } } }',
  )
  return notifications.nodes.map(
    (node: { actors: { edges: { node: { id: string } }[] }; subject: { id: string } | null }) => ({
      ...node,
      actors: node.actors.edges.map((edge) => edge.node.id),
    }),
  )
}
const follows = async (who: Asker, other: Asker) => {
  const at = new Date()
  await engagement.relates(who, other, { follow: 'FOLLOWING', followAt: at })
  await engagement.relates(other, who, { followedBy: 'FOLLOWING', followedByAt: at })
}
const changes = (recipientId: string) =>
  engagement.platform
    .db('engagement')
    .collection('outbox')
    .countDocuments({ name: 'notification.changed', 'payload.recipientId': recipientId })

test('who looks at a story is told in one line, however many they are; never its author; a replay adds nobody (N1, N3)', async () => {
  const { accounts, consumers } = engagement
  const [alice, ...viewers] = (await accounts(31)) as [Asker, ...Asker[]]
  const storyId = await story(alice)
  const hears = consumers['engagement.notifications']['story.viewed']
  const events = [alice, ...viewers].map(({ id }) =>
    eventOf('story.viewed', { storyId, authorId: alice.id, userId: id }),
  )
  await hears(events.slice(0, 11))
  await hears(events.slice(11))
  await hears(events)
  const [line, ...more] = await told(alice)
  expect(more).toEqual([])
  expect(line).toMatchObject({
    kind: 'STORY_VIEW',
    actorCount: 30,
    subject: { __typename: 'Story', id: storyId },
  })
  expect(line.actors).not.toContain(alice.id)
  // As often as there were batches that brought somebody.
  expect(await changes(alice.id)).toBe(2)
})

test('a reaction to a story is told until it is taken back, an answer to its question beside it (N2)', async () => {
  const { account, consumers } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const storyId = await story(alice)
  const heard = consumers['engagement.notifications']
  const by = (who: Asker) => ({ storyId, authorId: alice.id, userId: who.id })
  await heard['story.reacted']([eventOf('story.reacted', by(bob)), eventOf('story.reacted', by(carol))])
  await heard['story.answered']([eventOf('story.answered', by(carol))])
  const subject = { __typename: 'Story', id: storyId }
  const answer = { kind: 'STORY_ANSWER', actorCount: 1, actors: [carol.id], subject }
  const reaction = { kind: 'STORY_REACTION', subject }
  expect(await told(alice)).toEqual([
    answer,
    { ...reaction, actorCount: 2, actors: expect.arrayContaining([bob.id, carol.id]) },
  ])
  await heard['story.unreacted']([eventOf('story.unreacted', by(carol))])
  expect(await told(alice)).toEqual([answer, { ...reaction, actorCount: 1, actors: [bob.id] }])
  await heard['story.unreacted']([eventOf('story.unreacted', by(bob))])
  expect(await told(alice)).toEqual([answer])
  await heard['story.deleted']([eventOf('story.deleted', { storyId, authorId: alice.id })])
  expect(await told(alice)).toEqual([])
})

test('who is named in a story is told of it, unless he mutes the stories of its author (N5)', async () => {
  const { account, consumers } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  for (const who of [bob, carol]) await follows(who, alice)
  await engagement.relates(carol, alice, { mutesStoriesAt: new Date() })
  const storyId = await story(alice)
  await consumers['engagement.notifications']['story.mentioned'](
    [bob, carol].map(({ id }) => eventOf('story.mentioned', { storyId, authorId: alice.id, userId: id })),
  )
  expect(await told(bob)).toMatchObject([
    { kind: 'MENTION', actors: [alice.id], subject: { __typename: 'Story', id: storyId } },
  ])
  expect(await told(carol)).toEqual([])
})
