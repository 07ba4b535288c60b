// Content's published topics: what posts are about, for suggestions and search. A topic is `#` and the folded name of a hashtag, or
// the id of a place.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'
import type { Visibility } from './visibility.ts'

/** The topic of a hashtag, by its folded name. */
export const hashtagTopic = (name: string): string => `#${name}`

/** A post, and what it is about. */
interface PostTopics {
  postId: string
  authorId: string
  topicIds: string[]
}

/** Posts of a topic that are looked at, the newest: one that somebody sees makes it exist for him. */
export const postsLookedAt = 40

/** Nobody's policy is asked here. */
export interface Topics {
  /** What the newest published posts by these authors are about, at most `limit` of them together. One query. */
  ofAuthors(authorIds: readonly string[], limit: number): Promise<PostTopics[]>
  /** The hashtags that somebody follows, the last first. One query. */
  followedBy(userId: string, limit: number): Promise<string[]>
  /** The newest posts on topics' pages, at most `perTopic` of each. One query, however many topics. */
  newestPosts(topicIds: readonly string[], perTopic: number): Promise<{ topicId: string; postId: string }[]>
}

/** The published fields of a row of Content's `posts` that tell what it is about. */
interface PostTopicsRow {
  _id: string
  authorId: string
  hashtags?: string[]
  placeId?: string | null
}

/** Reads topics. */
export function createTopics(mongo: MongoClient, namespace: string): Topics {
  const content = mongo.db(databaseName(namespace, 'content'))
  const posts = content.collection<PostTopicsRow>('posts')
  return {
    async ofAuthors(authorIds, limit) {
      if (authorIds.length === 0) return []
      const found = await posts
        .find(
          { authorId: { $in: [...authorIds] }, status: 'PUBLISHED' },
          { projection: { authorId: 1, hashtags: 1, placeId: 1 } },
        )
        .sort({ publishedAt: -1, _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(({ _id, authorId, hashtags = [], placeId }) => ({
        postId: _id,
        authorId,
        topicIds: [...hashtags.map(hashtagTopic), ...(placeId ? [placeId] : [])],
      }))
    },
    async followedBy(userId, limit) {
      const found = await content
        .collection('hashtagFollows')
        .aggregate<{ name: string }>([
          { $match: { userId } },
          { $sort: { at: -1, _id: -1 } },
          { $limit: limit },
          { $lookup: { from: 'hashtags', localField: 'hashtagId', foreignField: '_id', as: 'hashtag' } },
          { $unwind: '$hashtag' },
          { $project: { _id: 0, name: '$hashtag.name' } },
        ])
        .toArray()
      return found.map(({ name }) => hashtagTopic(name))
    },
    async newestPosts(topicIds, perTopic) {
      if (topicIds.length === 0) return []
      return content
        .aggregate<{ topicId: string; postId: string }>([
          { $documents: topicIds.map((topicId) => ({ topicId: { $literal: topicId } })) },
          {
            $lookup: {
              from: 'topicPosts',
              localField: 'topicId',
              foreignField: 'topicId',
              pipeline: [
                { $match: { shown: true } },
                { $sort: { publishedAt: -1, postId: -1 } },
                { $limit: perTopic },
                { $project: { _id: 0, postId: 1 } },
              ],
              as: 'posts',
            },
          },
          { $unwind: '$posts' },
          { $project: { topicId: 1, postId: '$posts.postId' } },
        ])
        .toArray()
    },
  }
}

/** Those of some topics that exist for the viewer: he may see one of their newest `perTopic` posts. */
export async function visibleTopics(
  topics: Pick<Topics, 'newestPosts'>,
  visibility: Visibility,
  topicIds: readonly string[],
  perTopic = postsLookedAt,
): Promise<ReadonlySet<string>> {
  const posts = await topics.newestPosts(topicIds, perTopic)
  return new Set((await visibility.filterByPost(posts, ({ postId }) => postId)).map(({ topicId }) => topicId))
}
