// A populated system: rows written straight into the databases, as the subgraphs would have written them.

import { createRandom } from '#platform/random.ts'
import { type RelationRow, relationKey } from '#platform/relations.ts'
import type { Platform } from '#platform/service.ts'
import { createTokenIssuer } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import type { LivePost, MediaRow } from '#subgraphs/content/model.ts'
import {
  type CommentRow,
  type CounterRow,
  type ReactionRow,
  reactionId,
} from '#subgraphs/engagement/model.ts'
import type { RelationDoc } from '#subgraphs/graph/model.ts'
import type { UserRow } from '#subgraphs/user/model.ts'

export interface Person {
  id: string
  token: string
}

export interface World {
  viewers: Person[]
  authorIds: string[]
  /** Newest first. */
  posts: { id: string; authorId: string }[]
}

export interface WorldSize {
  viewers: number
  authors: number
  /** Authors whom each viewer follows. */
  follows: number
  posts: number
}

/** Likes of a post, and those who save it, on average: however many viewers there are. */
const likesEach = 20
const savesEach = 5

/** Fills an empty system whose indexes are there already. */
export async function populate(platform: Platform, size: WorldSize): Promise<World> {
  const random = createRandom(20)
  const upTo = (most: number) => Math.floor(random() * (most + 1))
  const start = Date.now() - size.posts * 60_000 - 60_000

  const accounts = Array.from({ length: size.viewers + size.authors }, (_, i) => userRow(i, start))
  const ids = accounts.map((row) => row._id)
  const viewerIds = ids.slice(0, size.viewers)
  const authorIds = ids.slice(size.viewers)

  const relations = viewerIds.flatMap((viewerId, v) =>
    Array.from({ length: size.follows }, (_, i) => {
      const otherId = authorIds[(v * 7 + i * 3) % authorIds.length] as string
      return followRows(viewerId, otherId, new Date(start + i))
    }).flat(),
  )

  const media: MediaRow[] = []
  const posts: LivePost[] = []
  const reactions: { likes: ReactionRow[]; saves: ReactionRow[] } = { likes: [], saves: [] }
  const comments: CommentRow[] = []
  const counters: CounterRow[] = []
  for (let i = 0; i < size.posts; i++) {
    const authorId = authorIds[i % authorIds.length] as string
    const at = new Date(start + i * 60_000)
    const isVideo = i % 10 === 0
    const items = Array.from({ length: isVideo ? 1 : 1 + upTo(2) }, () => mediaRow(authorId, isVideo, at))
    media.push(...items)
    const post = postRow(authorId, at, items)
    posts.push(post)
    const likers = viewerIds.filter(() => random() < Math.min(0.2, likesEach / size.viewers))
    const savers = viewerIds.filter(() => random() < Math.min(0.05, savesEach / size.viewers))
    reactions.likes.push(...likers.map((userId) => reactionRow(post._id, userId, at)))
    reactions.saves.push(...savers.map((userId) => reactionRow(post._id, userId, at)))
    const written = Array.from({ length: upTo(4) }, (_, c) =>
      commentRow(post, ids[(i * 11 + c * 5) % ids.length] as string, new Date(at.getTime() + 1_000 + c)),
    )
    comments.push(...written)
    counters.push({
      _id: post._id,
      likes: likers.length,
      saves: savers.length,
      comments: written.length,
      newest: written.map((comment) => comment._id).reverse(),
      checkedAt: new Date(),
    })
  }

  const insert = async <T extends object>(owner: Parameters<Platform['db']>[0], name: string, rows: T[]) => {
    if (rows.length > 0) await platform.db(owner).collection(name).insertMany(rows)
  }
  await Promise.all([
    insert('user', 'users', accounts),
    insert('graph', 'relations', unique(relations)),
    insert('content', 'media', media),
    insert('content', 'posts', posts),
    insert('engagement', 'likes', reactions.likes),
    insert('engagement', 'saves', reactions.saves),
    insert('engagement', 'comments', comments),
    insert('engagement', 'postCounters', counters),
  ])

  const issuer = createTokenIssuer(platform.config)
  const viewers = await Promise.all(
    viewerIds.map(async (userId) => {
      const { token } = await issuer.issue({ userId, sessionId: newId('session') }, new Date())
      return { id: userId, token }
    }),
  )
  return {
    viewers,
    authorIds,
    posts: posts.toReversed().map((post) => ({ id: post._id, authorId: post.authorId })),
  }
}

export function userRow(i: number, start: number): UserRow {
  const _id = newId('user')
  const folder = `public/avatars/${_id}/`
  const username = `person.${i}`
  return {
    _id,
    username,
    email: `${username}@example.org`,
    emailFolded: `${username}@example.org`,
    emailVerifiedAt: null,
    passwordHash: '',
    birthDate: '1990-05-17',
    displayName: `Person ${i}`,
    bio: 'Takes pictures of what stands still long enough.',
    website: null,
    pronouns: null,
    avatar:
      i % 10 === 0
        ? null
        : {
            mediaId: newId('media'),
            folder,
            renditions: [150, 320, 640].map((width) => ({
              key: `${folder}${width}x${width}.webp`,
              width,
              height: width,
            })),
          },
    isVerified: i % 9 === 0,
    accountType: 'PERSONAL',
    isPrivate: false,
    status: 'ACTIVE',
    version: 1,
    createdAt: new Date(start),
  }
}

/** Both rows of a follow. */
export function followRows(viewerId: string, otherId: string, at: Date): [RelationDoc, RelationDoc] {
  const row = (from: string, to: string, follows: boolean): RelationDoc => ({
    _id: relationKey(from, to),
    viewerId: from,
    otherId: to,
    ...({
      follow: follows ? 'FOLLOWING' : 'NONE',
      followAt: follows ? at : null,
      followedBy: follows ? 'NONE' : 'FOLLOWING',
      followedByAt: follows ? null : at,
      blocksAt: null,
      blockedByAt: null,
      mutesAt: null,
      mutesUntil: null,
      version: 1,
    } satisfies Omit<RelationRow, '_id' | 'viewerId' | 'otherId'>),
    counted: follows,
    countDue: false,
  })
  return [row(viewerId, otherId, true), row(otherId, viewerId, false)]
}

function unique<R extends { _id: string }>(rows: readonly R[]): R[] {
  return [...new Map(rows.map((row) => [row._id, row])).values()]
}

/** A READY item with the renditions that the transcoding worker makes. */
export function mediaRow(ownerId: string, isVideo: boolean, at: Date): MediaRow {
  const _id = newId('media')
  const prefix = `public/media/${_id}/0f3a5c7e9b1d2f4a/`
  const renditions = ['webp', 'jpeg'].flatMap((format) =>
    [150, 320, 640, 1080, 1440].map((width) => {
      const height = width === 150 ? 150 : Math.round(width * 1.25)
      return { key: `${prefix}${width}x${height}.${format}`, width, height, contentType: `image/${format}` }
    }),
  )
  return {
    _id,
    ownerId,
    kind: isVideo ? 'VIDEO' : 'IMAGE',
    status: 'READY',
    contentType: isVideo ? 'video/mp4' : 'image/jpeg',
    byteSize: 2_400_000,
    failure: null,
    progress: 100,
    altText: 'A harbour in the evening, boats in a row.',
    uses: 1,
    fence: 1,
    width: 1440,
    height: 1800,
    durationMs: isVideo ? 12_000 : null,
    placeholder: '3OcRJYB4d3h/iIeHeEh3eIhw+j2w',
    dominantColor: '#8a6f5c',
    exposure: 'public',
    prefix,
    renditions,
    originalKey: isVideo ? null : `${prefix}original.jpeg`,
    hlsKey: isVideo ? `${prefix}hls/master.m3u8` : null,
    posterKey: isVideo ? `${prefix}1440x1800.jpeg` : null,
    createdAt: at,
    updatedAt: at,
  }
}

/** A published post. */
export function postRow(authorId: string, at: Date, media: readonly MediaRow[]): LivePost {
  return {
    _id: newId('post', at.getTime()),
    authorId,
    audience: 'PUBLIC',
    status: 'PUBLISHED',
    publishedAt: at,
    version: 1,
    kind: 'POST',
    caption: 'Low water, and the light that comes with it. Stayed until the last boat was in.',
    mediaIds: media.map((item) => item._id),
    createdAt: at,
    updatedAt: at,
  }
}

function reactionRow(targetId: string, userId: string, at: Date): ReactionRow {
  return { _id: reactionId(targetId, userId), targetId, userId, state: 'ON', uncounted: 0, at }
}

function commentRow(post: Pick<LivePost, '_id' | 'authorId'>, authorId: string, at: Date): CommentRow {
  return {
    _id: newId('comment', at.getTime()),
    postId: post._id,
    ownerId: post.authorId,
    authorId,
    parentId: null,
    text: 'The colours in the second one!',
    createdAt: at,
    score: 0,
    deletedAt: null,
    uncounted: 0,
  }
}
