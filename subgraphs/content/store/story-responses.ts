// What people do with a story: `storyViews` with their reactions, `storyVotes` and `storyAnswers`, a row each for every person.
import type { ClientSession, Db } from 'mongodb'
import { storyViewId } from '#platform/stories.ts'
import type { StoryAnswerRow, StoryViewRow, StoryVoteRow } from '../model.ts'

/** Where a row of these lists stands: newest first, then by id. */
export interface ResponsePosition {
  at: Date
  id: string
}

/** Indexes of the three collections. */
export async function prepareStoryResponses(db: Db): Promise<void> {
  await Promise.all([
    db.collection('storyViews').createIndexes([
      { key: { storyId: 1, viewedAt: -1, _id: -1, viewerId: 1 }, name: 'story' },
      { key: { viewerId: 1, storyId: 1, viewedAt: 1 }, name: 'viewer' },
    ]),
    db.collection('storyVotes').createIndexes([{ key: { storyId: 1, option: 1 }, name: 'story' }]),
    db.collection('storyAnswers').createIndexes([{ key: { storyId: 1, at: -1, _id: -1 }, name: 'story' }]),
  ])
}

/** Reads and writes of what people do with stories. */
export function createStoryResponseStore(db: Db) {
  const views = db.collection<StoryViewRow>('storyViews')
  const votes = db.collection<StoryVoteRow>('storyVotes')
  const answers = db.collection<StoryAnswerRow>('storyAnswers')
  const below = (field: 'viewedAt' | 'at', after: ResponsePosition | null) =>
    after === null
      ? {}
      : { [field]: { $lte: after.at }, $or: [{ [field]: { $lt: after.at } }, { _id: { $lt: after.id } }] }

  return {
    /** Notes that someone has seen a story; whether it is for the first time. */
    async insertStoryView(
      storyId: string,
      viewerId: string,
      at: Date,
      session: ClientSession,
    ): Promise<boolean> {
      const { upsertedCount } = await views.updateOne(
        { _id: storyViewId(storyId, viewerId) },
        { $setOnInsert: { storyId, viewerId, viewedAt: at, reaction: null, reactedAt: null } },
        { upsert: true, session },
      )
      return upsertedCount === 1
    },
    /** Sets or takes back a reaction of someone who has seen the story; the reaction that there was before. */
    async setStoryReaction(
      storyId: string,
      viewerId: string,
      reaction: string | null,
      at: Date,
      session: ClientSession,
    ): Promise<string | null> {
      const before = await views.findOneAndUpdate(
        { _id: storyViewId(storyId, viewerId) },
        { $set: { reaction, reactedAt: reaction === null ? null : at } },
        { session, returnDocument: 'before' },
      )
      return before?.reaction ?? null
    },
    /** Someone's views of these stories. */
    findStoryViews(viewerId: string, storyIds: readonly string[]): Promise<StoryViewRow[]> {
      return views.find({ viewerId, storyId: { $in: [...storyIds] } }).toArray()
    },
    /** Views of a story, newest first, after a position. */
    listStoryViews(storyId: string, after: ResponsePosition | null, limit: number): Promise<StoryViewRow[]> {
      return views
        .find({ storyId, ...below('viewedAt', after) })
        .sort({ viewedAt: -1, _id: -1 })
        .limit(limit)
        .toArray()
    },
    /** Who has seen any of these stories: at most `limit` pairs. */
    findStoryViewers(
      storyIds: readonly string[],
      limit: number,
    ): Promise<Pick<StoryViewRow, 'storyId' | 'viewerId'>[]> {
      return views
        .find({ storyId: { $in: [...storyIds] } }, { projection: { _id: 0, storyId: 1, viewerId: 1 } })
        .limit(limit)
        .toArray()
    },
    /** How many have seen each of these stories. */
    async countStoryViews(storyIds: readonly string[]): Promise<Map<string, number>> {
      const counts = await views
        .aggregate<{ _id: string; count: number }>([
          { $match: { storyId: { $in: [...storyIds] } } },
          { $group: { _id: '$storyId', count: { $sum: 1 } } },
        ])
        .toArray()
      return new Map(counts.map(({ _id, count }) => [_id, count]))
    },

    async insertStoryVote(
      storyId: string,
      voterId: string,
      option: number,
      at: Date,
      session: ClientSession,
    ): Promise<void> {
      await votes.insertOne({ _id: storyViewId(storyId, voterId), storyId, voterId, option, at }, { session })
    },
    /** Someone's votes in these stories' polls. */
    findStoryVotes(voterId: string, storyIds: readonly string[]): Promise<StoryVoteRow[]> {
      return votes.find({ _id: { $in: storyIds.map((id) => storyViewId(id, voterId)) } }).toArray()
    },
    /** Votes for each option of these stories' polls, by story. */
    async countStoryVotes(storyIds: readonly string[]): Promise<Map<string, Map<number, number>>> {
      const counts = await votes
        .aggregate<{ _id: { storyId: string; option: number }; count: number }>([
          { $match: { storyId: { $in: [...storyIds] } } },
          { $group: { _id: { storyId: '$storyId', option: '$option' }, count: { $sum: 1 } } },
        ])
        .toArray()
      const byStory = new Map<string, Map<number, number>>()
      for (const { _id, count } of counts) {
        const options = byStory.get(_id.storyId) ?? new Map<number, number>()
        byStory.set(_id.storyId, options.set(_id.option, count))
      }
      return byStory
    },

    /** Sets someone's answer to a story's question; his later one replaces the earlier. */
    async setStoryAnswer(
      storyId: string,
      authorId: string,
      text: string,
      at: Date,
      session: ClientSession,
    ): Promise<void> {
      await answers.updateOne(
        { _id: storyViewId(storyId, authorId) },
        { $set: { storyId, authorId, text, at } },
        { upsert: true, session },
      )
    },
    /** Someone's answers to these stories' questions. */
    findStoryAnswers(authorId: string, storyIds: readonly string[]): Promise<StoryAnswerRow[]> {
      return answers.find({ _id: { $in: storyIds.map((id) => storyViewId(id, authorId)) } }).toArray()
    },
    /** Answers to a story's question, newest first, after a position. */
    listStoryAnswers(
      storyId: string,
      after: ResponsePosition | null,
      limit: number,
    ): Promise<StoryAnswerRow[]> {
      return answers
        .find({ storyId, ...below('at', after) })
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .toArray()
    },

    /** Removes all that people did with a story. */
    async removeStoryResponses(storyId: string): Promise<void> {
      await Promise.all([
        views.deleteMany({ storyId }),
        votes.deleteMany({ storyId }),
        answers.deleteMany({ storyId }),
      ])
    },
  }
}
