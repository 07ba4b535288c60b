// The home feed as someone would write it by hand: one `node:http` handler that reads what the product reads, from the
// same places, in as few rounds as the data allows, and writes the same JSON. It knows this one question only, and no
// cold caches, no second page and no failures.
import { createServer, type IncomingMessage } from 'node:http'
import { importJWK, type JWK, jwtVerify } from 'jose'
import { readConfig } from '#platform/config.ts'
import { codecOf } from '#platform/facts.ts'
import { createLog } from '#platform/log.ts'
import { connectMongo, databaseName } from '#platform/mongo.ts'
import { createCursors } from '#platform/page.ts'
import { canViewAccount, canViewComment, canViewPost, wantsInFeed } from '#platform/policy.ts'
import { connectCache } from '#platform/redis.ts'
import { relationKey } from '#platform/relations.ts'
import { createSealer, createSigner } from '#platform/secrets.ts'
import { type AccountFacts, type PostFacts, type Relation, stranger } from '#schema/facts.ts'
import type { LivePost, MediaRow } from '#subgraphs/content/model.ts'
import type { CommentRow } from '#subgraphs/engagement/model.ts'
import type { UserRow } from '#subgraphs/user/model.ts'

const first = 20
const previewed = 2
const activeSeconds = 14 * 86_400

const config = readConfig()
const { namespace } = config
const log = createLog('baseline', config.logLevel)
const mongo = await connectMongo(config.mongodbUri)
const redis = connectCache(config.redisUrl, log)
const cursors = createCursors(
  createSigner(config.secret, 'cursor'),
  createSealer(config.secret, 'sealed-cursor'),
)
const { d: _private, ...publicJwk } = JSON.parse(config.authPrivateKey) as JWK
const key = await importJWK(publicJwk, 'EdDSA')

const contentDb = mongo.db(databaseName(namespace, 'content'))
const engagementDb = mongo.db(databaseName(namespace, 'engagement'))
const posts = contentDb.collection<LivePost>('posts')
const commentRows = engagementDb.collection<CommentRow>('comments')
const media = contentDb.collection<MediaRow>('media')
const hidings = mongo
  .db(databaseName(namespace, 'feed'))
  .collection<{ viewerId: string; subjectId: string }>('hidden')
const users = mongo.db(databaseName(namespace, 'user')).collection<UserRow>('users')
const publicRoot = `${config.s3.publicEndpoint}/${namespace}-media/`
const urlOf = (objectKey: string) => publicRoot + objectKey

const counts = ['likes', 'comments', 'shares', 'views', 'withheld'] as const

interface FigureRow extends Partial<Record<(typeof counts)[number], number>> {
  _id: string
  /** Ids of the newest comments: those that are counted, or of those that are not. */
  newest?: string[]
  counter?: (typeof counts)[number] | 'saves'
  add?: number
  own?: 'liked' | 'saved'
  on?: boolean
}

type Figures = Record<(typeof counts)[number], number> & { liked: boolean; saved: boolean; newest: string[] }

const tokens = new Map<string, { userId: string; expiresAt: number }>()

async function viewerOf(request: IncomingMessage): Promise<string> {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
  let known = tokens.get(token)
  if (!known || known.expiresAt < Date.now()) {
    const { payload } = await jwtVerify(token, key, { issuer: namespace, audience: 'heliograph' })
    known = { userId: payload.sub ?? '', expiresAt: (payload.exp ?? 0) * 1000 }
    tokens.set(token, known)
  }
  return known.userId
}

/** Facts out of Redis, as texts; they must be there. */
async function texts(keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return []
  const values = await redis.mget(keys as string[])
  return values.map((value) => {
    if (!value) throw new Error('a cache is cold')
    return value.slice(value.indexOf('|') + 3)
  })
}

async function facts<F>(keys: readonly string[]): Promise<(F | null)[]> {
  return (await texts(keys)).map((text) => JSON.parse(text) as F | null)
}

const { decode } = codecOf(stranger)

/** How accounts stand to each other, by `relationKey`. */
async function relations(keys: readonly string[]): Promise<Map<string, Relation>> {
  const found = await texts(keys.map((pair) => `${namespace}:relation:${pair}`))
  return new Map(found.map((text, i) => [keys[i] as string, text === 'null' ? stranger : decode(text)]))
}

async function readTimeline(viewerId: string): Promise<{ id: string; publishedAt: number }[]> {
  const timeline = `${namespace}:timeline:{${viewerId}}`
  const answers = await redis
    .multi()
    .zscore(timeline, 'floor')
    .zrangebyscore(timeline, 'inf', 'inf')
    .zrevrangebyscore(timeline, '(inf', '(0', 'WITHSCORES', 'LIMIT', 0, first + 1)
    .expire(timeline, activeSeconds)
    .exec()
  const [floor, celebrities, flat] = (answers ?? []).map(([, value]) => value) as [string, string[], string[]]
  if (floor !== '0' || celebrities.length > 0) throw new Error('a timeline is cold')
  return Array.from({ length: flat.length / 2 }, (_, i) => ({
    id: flat[2 * i] as string,
    publishedAt: Number(flat[2 * i + 1]),
  }))
}

function ownPosts(viewerId: string) {
  return posts
    .find({ authorId: { $in: [viewerId] }, status: 'PUBLISHED' }, { projection: { publishedAt: 1 } })
    .sort({ publishedAt: -1, _id: -1 })
    .limit(first + 1)
    .map((row) => ({ id: row._id, publishedAt: row.publishedAt?.getTime() ?? 0 }))
    .toArray()
}

/** Posts and accounts that the viewer hides. */
async function hiddenBy(viewerId: string): Promise<Set<string>> {
  const rows = hidings.find({ viewerId }, { projection: { _id: 0, subjectId: 1 } })
  return new Set(await rows.map((row) => row.subjectId).toArray())
}

/** How accounts stand, by id: their facts and the viewer's relations. */
async function standings(viewerId: string, ids: readonly string[]) {
  const others = ids.filter((id) => id !== viewerId)
  const [accounts, stands] = await Promise.all([
    facts<AccountFacts>(ids.map((id) => `${namespace}:account:${id}`)),
    relations(others.map((id) => relationKey(viewerId, id))),
  ])
  return new Map(
    ids.map((id, i) => [
      id,
      { account: accounts[i] ?? null, relation: stands.get(relationKey(viewerId, id)) ?? stranger },
    ]),
  )
}

/** What the posts' authors are to those who wrote under them: whom they restrict. */
async function relationsUnder(byPost: ReadonlyMap<string, PostFacts>, comments: readonly CommentRow[]) {
  const pairs = new Set(
    comments.flatMap(({ postId, authorId }) => {
      const author = byPost.get(postId)?.authorId
      return author === undefined || author === authorId ? [] : [relationKey(author, authorId)]
    }),
  )
  return relations([...pairs])
}

async function figuresOf(viewerId: string, ids: readonly string[]): Promise<Map<string, Figures>> {
  const own = (from: string, counter: string, name: string) => ({
    $unionWith: {
      coll: from,
      pipeline: [
        { $match: { _id: { $in: ids.map((id) => `${id}:${viewerId}`) } } },
        {
          $project: {
            _id: '$targetId',
            counter: { $literal: counter },
            add: '$uncounted',
            own: { $literal: name },
            on: { $eq: ['$state', 'ON'] },
          },
        },
      ],
    },
  })
  const lacking = (from: string, by: string, counter: string, filter: object, also = {}) => ({
    $unionWith: {
      coll: from,
      pipeline: [
        { $match: { [by]: { $in: ids }, uncounted: { $in: [-1, 1] }, ...filter } },
        { $limit: 5_000 },
        { $group: { _id: `$${by}`, add: { $sum: '$uncounted' }, ...also } },
        { $set: { counter: { $literal: counter } } },
      ],
    },
  })
  const isNewest = { $and: [{ $eq: ['$uncounted', 1] }, { $eq: ['$parentId', null] }] }
  const newest = { $maxN: { n: 8, input: { $cond: [isNewest, '$_id', null] } } }
  const withheld = {
    $unionWith: {
      coll: 'comments',
      pipeline: [
        {
          $match: {
            postId: { $in: ids },
            withheld: { $gt: '' },
            deletedAt: null,
            authorId: { $ne: viewerId },
          },
        },
        { $limit: 5_000 },
        { $group: { _id: '$postId', add: { $sum: 1 } } },
        { $set: { counter: { $literal: 'withheld' } } },
      ],
    },
  }
  const rows = await engagementDb
    .collection('postCounters')
    .aggregate<FigureRow>(
      [
        { $match: { _id: { $in: ids } } },
        { $unset: 'checkedAt' },
        own('likes', 'likes', 'liked'),
        lacking('likes', 'targetId', 'likes', { userId: { $ne: viewerId } }),
        own('saves', 'saves', 'saved'),
        lacking('shares', 'targetId', 'shares', {}),
        lacking('views', 'targetId', 'views', {}),
        lacking('comments', 'postId', 'comments', {}, { newest }),
        withheld,
      ],
      { readConcern: { level: 'snapshot' } },
    )
    .toArray()
  const none = { likes: 0, comments: 0, shares: 0, views: 0, withheld: 0, liked: false, saved: false }
  const figures = new Map<string, Figures>(ids.map((id) => [id, { ...none, newest: [] }]))
  for (const row of rows) {
    const of = figures.get(row._id)
    if (!of) continue
    if (row.newest) of.newest = [...row.newest, ...of.newest].sort().reverse()
    if (!row.counter) {
      for (const name of counts) of[name] += row[name] ?? 0
    } else {
      if (row.counter !== 'saves') of[row.counter] += row.add ?? 0
      if (row.own) of[row.own] = row.on === true
    }
  }
  return figures
}

/** The newest comments of posts. Here none is hidden or gone. */
async function newestComments(figures: ReadonlyMap<string, Figures>): Promise<Map<string, CommentRow[]>> {
  const idsOf = (of: Figures) => of.newest.slice(0, previewed)
  const all = [...figures.values()].flatMap(idsOf)
  const rows = await byId(commentRows.find({ _id: { $in: all }, deletedAt: null }).toArray())
  return new Map([...figures].map(([id, of]) => [id, idsOf(of).flatMap((one) => rows.get(one) ?? [])]))
}

async function byId<R extends { _id: string }>(found: Promise<R[]>): Promise<Map<string, R>> {
  return new Map((await found).map((row) => [row._id, row]))
}

function mediaOf(item: MediaRow) {
  return {
    id: item._id,
    kind: item.kind,
    status: item.status,
    width: item.width,
    height: item.height,
    placeholder: item.placeholder,
    dominantColor: item.dominantColor,
    altText: item.altText,
    renditions: item.renditions.map(({ key: objectKey, width, height, contentType }) => ({
      url: urlOf(objectKey),
      width,
      height,
      contentType,
      __typename: 'MediaRendition',
    })),
    __typename: 'Media',
    progress: item.progress,
    durationMs: item.durationMs,
    hlsUrl: item.hlsKey && urlOf(item.hlsKey),
    posterUrl: item.posterKey && urlOf(item.posterKey),
    captions: [],
    failure: item.failure && { ...item.failure, __typename: 'MediaFailure' },
  }
}

function authorOf(row: UserRow, follow: string) {
  const renditions = row.avatar?.renditions ?? []
  const avatar = renditions.find(({ width }) => width >= 150) ?? renditions.at(-1)
  return {
    id: row._id,
    username: row.username,
    displayName: row.displayName,
    isVerified: row.isVerified,
    avatar: avatar
      ? { url: urlOf(avatar.key), width: avatar.width, height: avatar.height, __typename: 'Image' }
      : null,
    __typename: 'User',
    viewerFollowState: follow,
  }
}

async function homeFeed(viewerId: string) {
  const now = Date.now()
  const [timeline, own, hidden] = await Promise.all([
    readTimeline(viewerId),
    ownPosts(viewerId),
    hiddenBy(viewerId),
  ])
  const candidates = [...timeline, ...own]
    .sort((a, b) => b.publishedAt - a.publishedAt || (a.id < b.id ? 1 : -1))
    .slice(0, first + 1)
  const postFacts = (await facts<PostFacts>(candidates.map(({ id }) => `${namespace}:post:${id}`))).filter(
    (post) => post !== null,
  )
  const authorIds = [...new Set(postFacts.map((post) => post.authorId))]
  const authors = await standings(viewerId, authorIds)
  const shown = postFacts.filter((post) => {
    const { account, relation } = authors.get(post.authorId) ?? { account: null, relation: stranger }
    if (!account || !canViewPost(viewerId, post, account, relation)) return false
    if (hidden.has(post.id) || hidden.has(post.authorId)) return false
    return post.authorId === viewerId || (relation.follow === 'FOLLOWING' && wantsInFeed(relation, now))
  })
  const page = shown.slice(0, first)
  const ids = page.map((post) => post.id)

  const [rows, figures] = await Promise.all([
    byId(posts.find({ _id: { $in: ids }, status: { $in: ['PROCESSING', 'PUBLISHED'] } }).toArray()),
    figuresOf(viewerId, ids),
  ])
  const comments = await newestComments(figures)
  const mediaIds = [...rows.values()].flatMap((row) => row.mediaIds)
  const writerIds = [...new Set([...comments.values()].flat().map((row) => row.authorId))]
  const byPost = new Map(page.map((post) => [post.id, post]))
  const [writers, between] = await Promise.all([
    standings(viewerId, writerIds),
    relationsUnder(byPost, [...comments.values()].flat()),
  ])
  const previews = new Map(
    [...comments].map(([postId, list]) => [
      postId,
      list
        .filter((row) => {
          const { account, relation } = writers.get(row.authorId) ?? { account: null, relation: stranger }
          const post = byPost.get(postId) as PostFacts
          const toWriter = between.get(relationKey(post.authorId, row.authorId)) ?? stranger
          return (
            account &&
            canViewAccount(viewerId, account, relation) &&
            canViewComment(viewerId, row, post, toWriter)
          )
        })
        .reverse(),
    ]),
  )
  const named = new Set([
    ...page.map((post) => post.authorId),
    ...[...previews.values()].flat().map((row) => row.authorId),
  ])
  const [items, accounts] = await Promise.all([
    byId(media.find({ _id: { $in: mediaIds } }).toArray()),
    byId(
      users
        .find({ _id: { $in: [...named] } }, { projection: { passwordHash: 0, birthDate: 0, emailFolded: 0 } })
        .toArray(),
    ),
  ])

  const nodes = page.flatMap(({ id }) => {
    const row = rows.get(id)
    const author = row && accounts.get(row.authorId)
    const of = figures.get(id)
    if (!row || !author || !of) return []
    const follow = row.authorId === viewerId ? 'SELF' : (authors.get(row.authorId)?.relation.follow ?? 'NONE')
    return {
      id,
      likeCount: Math.max(0, of.likes),
      commentCount: Math.max(0, of.comments - of.withheld),
      shareCount: Math.max(0, of.shares),
      viewCount: Math.max(0, of.views),
      viewerHasLiked: of.liked,
      viewerHasSaved: of.saved,
      __typename: 'Post',
      url: `${config.publicUrl}/p/${id}`,
      kind: row.kind,
      status: row.status,
      audience: row.audience,
      commentsDisabled: row.commentsDisabled ?? false,
      sensitive: row.sensitive ?? false,
      caption: row.caption,
      // The captions and items of this world have none of these.
      captionEntities: [],
      place: null,
      createdAt: row.createdAt.toISOString(),
      author: authorOf(author, follow),
      media: row.mediaIds.flatMap((mediaId) => {
        const item = items.get(mediaId)
        return item ? mediaOf(item) : []
      }),
      previewComments: (previews.get(id) ?? []).map((comment) => ({
        id: comment._id,
        text: comment.text,
        author: {
          id: comment.authorId,
          username: accounts.get(comment.authorId)?.username,
          __typename: 'User',
        },
        __typename: 'Comment',
      })),
    }
  })
  const scope = { list: 'homeFeed:CHRONOLOGICAL', viewerId }
  const cursorOf = (post: PostFacts | undefined) =>
    post ? cursors.encode(scope, [post.publishedAt ?? 0, post.id]) : null
  const edges = nodes.map(({ id, author }) => ({
    node: { id, __typename: 'Post' },
    reason: reasonOf(viewerId, author.id, authors.get(author.id)?.relation ?? stranger),
    isNew: null,
    __typename: 'FeedEdge',
  }))
  return {
    data: {
      homeFeed: {
        edges,
        nodes,
        pageInfo: {
          hasNextPage: shown.length > first,
          hasPreviousPage: false,
          startCursor: cursorOf(page[0]),
          endCursor: cursorOf(page.at(-1)),
          __typename: 'PageInfo',
        },
        __typename: 'FeedConnection',
      },
    },
  }
}

function reasonOf(viewerId: string, authorId: string, { favorite, followedBy }: Relation): string {
  if (authorId === viewerId) return 'OWN'
  if (favorite) return 'FAVORITE'
  return followedBy === 'FOLLOWING' ? 'FRIEND' : 'FOLLOWING'
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

const server = createServer(async (request, response) => {
  try {
    const viewerId = await viewerOf(request)
    const { variables } = JSON.parse(await readBody(request)) as { variables: { first: number } }
    if (variables.first !== first) throw new Error('this handler knows one page only')
    const text = JSON.stringify(await homeFeed(viewerId))
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    })
    response.end(text)
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
})
server.listen(config.port, config.host, () => {
  log.info({ port: (server.address() as { port: number }).port }, 'ready')
})
process.once('SIGTERM', async () => {
  server.closeAllConnections()
  server.close()
  redis.disconnect()
  await mongo.close()
})
