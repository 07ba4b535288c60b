// What Content does when an account ends, and what it has for a copy of his data. What was published goes the way of anything
// that is deleted, with its events; the tombstones that remain name nobody.
import type { ClientSession, Db } from 'mongodb'
import {
  type AccountPart,
  type ErasureStep,
  indexing,
  ownKeys,
  removing,
  rowsOf,
} from '#platform/account-lifecycle.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { PostFacts, StoryFacts } from '#schema/facts.ts'
import { nobodyId } from '#schema/ids.ts'
import type {
  LivePost,
  MediaRow,
  PlaceRow,
  PostRow,
  ReviewItemRow,
  RevisionRow,
  StoryRow,
  TagRow,
} from '../model.ts'

const chunk = 100

/** The indexes by which an account's rows are found, where nothing else needs them. */
export async function prepareAccountPart(db: Db): Promise<void> {
  const indexed = indexing(db)
  await Promise.all([
    indexed('posts', 'mentions.userId', 'mentioned', true),
    indexed('revisions', 'tags.userId', 'tagged', true),
    indexed('stories', 'stickers.userId', 'mentioned', true),
    indexed('storyVotes', 'voterId', 'voter'),
    indexed('storyAnswers', 'authorId', 'author'),
    indexed('tags', 'authorId', 'author'),
    indexed('places', 'creatorId', 'creator'),
    indexed('reviewItems', 'decidedBy', 'moderator', true),
    indexed('reviewItems', 'subjectId', 'subject'),
    indexed('reviewItems', 'ring', 'ring', true),
    indexed('reports', 'subjectId', 'subject'),
  ])
}

interface Deps {
  db: Db
  transact: Transact<'content'>
  posts: Pick<FactModel<PostFacts>, 'changing'>
  stories: Pick<FactModel<StoryFacts>, 'changing'>
  /** Makes a post a tombstone; the post as it was, null when it is one already. */
  deletePost(id: string, authorId: string, at: Date, session: ClientSession): Promise<LivePost | null>
  /** The same of a story. */
  deleteStory(id: string, authorId: string, session: ClientSession): Promise<StoryRow | null>
  /** Takes a deleted post off the pages of its topics. */
  leaveTopics(tx: Transaction, post: LivePost): Promise<void>
  now(): Date
}

/** Content's part. */
export function createAccountPart(deps: Deps): AccountPart {
  const { db, transact } = deps
  const posts = db.collection<PostRow>('posts')
  const stories = db.collection<StoryRow>('stories')
  const media = db.collection<MediaRow>('media')
  const places = db.collection<PlaceRow>('places')
  const reviews = db.collection<ReviewItemRow>('reviewItems')

  const deletePosts: ErasureStep = async (userId) => {
    const filter = { authorId: userId, status: { $ne: 'DELETED' as never } }
    const rows = await posts
      .find(filter, { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    for (const { _id } of rows) {
      await deps.posts.changing([_id], () =>
        transact(async (tx) => {
          const post = await deps.deletePost(_id, userId, deps.now(), tx.session)
          if (!post) return
          await deps.leaveTopics(tx, post)
          tx.emit('post.deleted', { postId: _id, authorId: userId })
        }),
      )
    }
    return rows.length === chunk
  }

  const deleteStories: ErasureStep = async (userId) => {
    const filter = { authorId: userId, status: { $ne: 'DELETED' as const } }
    const rows = await stories
      .find(filter, { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    for (const { _id } of rows) {
      await deps.stories.changing([_id], () =>
        transact(async (tx) => {
          if (await deps.deleteStory(_id, userId, tx.session))
            tx.emit('story.deleted', { storyId: _id, authorId: userId })
        }),
      )
    }
    return rows.length === chunk
  }

  // The rows first: the objects follow by the event, so that they go also when the process dies in between.
  const deleteMedia: ErasureStep = async (userId) => {
    const rows = await media
      .find({ ownerId: userId }, { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    for (const { _id } of rows) {
      await transact(async (tx) => {
        const { deletedCount } = await media.deleteOne({ _id, ownerId: userId }, { session: tx.session })
        if (deletedCount > 0) tx.emit('media.deleted', { mediaId: _id, ownerId: userId })
      })
    }
    return rows.length === chunk
  }

  /** Tombstones stay, so that what is on its way meets them; whose they were is nobody's concern any more. */
  const anonymisePosts: ErasureStep = async (userId) => {
    const empty = { authorId: nobodyId, mediaIds: [], hashtags: [], mentions: [], placeId: null }
    await posts.updateMany({ authorId: userId, status: 'DELETED' as never }, { $set: empty })
    return false
  }
  const anonymiseStories: ErasureStep = async (userId) => {
    await stories.updateMany({ authorId: userId, status: 'DELETED' }, { $set: { authorId: nobodyId } })
    return false
  }

  const leaveOthers: ErasureStep = async (userId) => {
    await posts.updateMany({ 'mentions.userId': userId }, { $pull: { mentions: { userId } } })
    const revisions = db.collection<RevisionRow>('revisions')
    await revisions.updateMany({ 'tags.userId': userId }, { $pull: { tags: { userId } } })
    await stories.updateMany({ 'stickers.userId': userId }, { $pull: { stickers: { userId } } })
    // A place is everybody's: who brought it first is forgotten.
    await places.updateMany({ creatorId: userId }, [{ $set: { creatorId: nobodyId, key: '$_id' } }])
    return false
  }

  /** What he decided as a moderator stays decided; who did it is nobody any more, and so is whom others acted as one with. */
  const leaveReviews: ErasureStep = async (userId) => {
    await reviews.updateMany({ decidedBy: userId }, { $set: { decidedBy: nobodyId } })
    await reviews.updateMany({ ring: userId }, { $pull: { ring: userId } })
    return false
  }

  const person = (userId: string) => ({ userId })
  const own = (userId: string) => ({ _id: userId as never })
  const author = (userId: string) => ({ authorId: userId })
  return {
    erase: [
      deletePosts,
      deleteStories,
      removing(db, 'highlights', author),
      deleteMedia,
      anonymisePosts,
      anonymiseStories,
      leaveOthers,
      removing(db, 'storyViews', (userId) => ({ viewerId: userId })),
      removing(db, 'storyVotes', (userId) => ({ voterId: userId })),
      removing(db, 'storyAnswers', author),
      removing(db, 'tags', person),
      removing(db, 'tags', author),
      removing(db, 'reviewItems', (userId) => ({ subjectId: userId })),
      leaveReviews,
      removing(db, 'reports', (userId) => ({ subjectId: userId })),
      removing(db, 'hashtagFollows', person),
      removing(db, 'authors', own),
      removing(db, 'recentSearches', own),
      removing(db, 'reports', (userId) => ({ reporterId: userId })),
      removing(db, 'reviewItems', (userId) => ({ ownerId: userId })),
      removing(db, 'copyrightClaims', (userId) => ({ claimantId: userId })),
      removing(db, 'copyrightClaims', (userId) => ({ ownerId: userId })),
      removing(db, 'uploadQuotas', ownKeys),
      removing(db, 'idempotency', ownKeys),
    ],
    sections: {
      posts: rowsOf(db, 'posts', (userId) => ({ authorId: userId, status: { $ne: 'DELETED' } }), [
        ...['authorId', 'version', 'mentions', 'limited'],
      ]),
      stories: rowsOf(db, 'stories', (userId) => ({ authorId: userId, status: { $ne: 'DELETED' } }), [
        ...['authorId', 'version'],
      ]),
      highlights: rowsOf(db, 'highlights', author, ['authorId']),
      async *media(userId) {
        for await (const row of media.find({ ownerId: userId })) {
          const { _id, kind, contentType, byteSize, altText, status, createdAt } = row
          yield { id: _id, kind, contentType, byteSize, altText, status, createdAt, file: fileOf(row)?.path }
        }
      },
      // Where others show him, as far as he let them: which post, not what it says.
      async *tags(userId) {
        const tags = db.collection<TagRow>('tags')
        for await (const { postId, state, at } of tags.find({ userId })) yield { postId, state, at }
      },
      'copyright-claims': rowsOf(db, 'copyrightClaims', (userId) => ({ claimantId: userId }), [
        ...['claimantId', 'ownerId', 'itemId', 'answer'],
      ]),
      'followed-hashtags': rowsOf(db, 'hashtagFollows', person, ['_id', 'userId']),
      'story-answers': rowsOf(db, 'storyAnswers', author, ['_id', 'authorId']),
      'story-votes': rowsOf(db, 'storyVotes', (userId) => ({ voterId: userId }), ['_id', 'voterId']),
      'stories-you-saw': rowsOf(db, 'storyViews', (userId) => ({ viewerId: userId }), ['_id', 'viewerId']),
      searches: rowsOf(db, 'recentSearches', own, ['_id']),
      reports: rowsOf(db, 'reports', (userId) => ({ reporterId: userId }), ['_id', 'reporterId', 'itemId']),
    },
    async *files(userId) {
      for await (const row of media.find({ ownerId: userId, status: 'READY' })) {
        const file = fileOf(row)
        if (file) yield file
      }
    },
  }
}

const endings: Readonly<Record<string, string>> = { 'image/webp': 'webp', 'image/jpeg': 'jpg' }

/** What a copy holds of an item: the picture at full size, or the largest that is one object. */
function fileOf(row: MediaRow): { key: string; path: string } | null {
  const largest = row.renditions?.toSorted((a, b) => b.width - a.width).at(0)
  const key = row.originalKey ?? row.fileKey ?? largest?.key
  if (!key) return null
  const ending = /\.([a-z0-9]{2,5})$/.exec(key)?.[1] ?? endings[row.contentType] ?? 'bin'
  return { key, path: `media/${row._id}.${ending}` }
}
