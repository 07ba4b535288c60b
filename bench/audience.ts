// An author with many followers, and what he publishes through the gateway.
import type { Platform } from '#platform/service.ts'
import { createTokenIssuer } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { noFloor } from '#subgraphs/feed/model.ts'
import { createStore } from '#subgraphs/feed/store.ts'
import type { RelationDoc } from '#subgraphs/graph/model.ts'
import type { UserRow } from '#subgraphs/user/model.ts'
import { CreatePostDocument } from '../web/src/operations.gen.ts'
import { asSent, headersOf } from './operation.ts'
import { followRows, mediaRow, type Person, userRow } from './world.ts'

export interface Audience {
  author: Person
  /** Followers who have accounts and read feeds. */
  readers: Person[]
  followerIds: string[]
}

const readers = 20
const chunk = 10_000

/** An author with so many followers. `place` tells authors of one system apart. */
export async function audienceOf(platform: Platform, followers: number, place: number): Promise<Audience> {
  const start = Date.now() - 60_000
  const accounts = Array.from({ length: 1 + readers }, (_, i) =>
    userRow(1_000_000 * (place + 1) + i, start - 1_000),
  )
  await platform.db('user').collection<UserRow>('users').insertMany(accounts)
  const issuer = createTokenIssuer(platform.config)
  const people = await Promise.all(
    accounts.map(async ({ _id: id }) => {
      const { token } = await issuer.issue({ userId: id, sessionId: newId('session') }, new Date())
      return { id, token }
    }),
  )
  const [author, ...reading] = people as [Person, ...Person[]]
  const relations = platform.db('graph').collection<RelationDoc>('relations')
  const followerIds = reading.map(({ id }) => id)
  await relations.insertMany(followerIds.flatMap((id) => followRows(id, author.id, new Date(start))))
  while (followerIds.length < followers) {
    const ids = Array.from({ length: Math.min(chunk, followers - followerIds.length) }, () => newId('user'))
    // Of those who read nothing the author's side alone is looked at.
    const rows = ids.map((id) => followRows(id, author.id, new Date(start))[1])
    await relations.insertMany(rows, { ordered: false, writeConcern: { w: 1 } })
    followerIds.push(...ids)
  }
  return { author, readers: reading, followerIds }
}

/** Opens empty timelines: these viewers are active. */
export async function openTimelines(platform: Platform, viewerIds: readonly string[]): Promise<void> {
  const { timelines } = createStore(platform.db('feed'), platform.cache, platform.config.namespace)
  for (let from = 0; from < viewerIds.length; from += 500) {
    await Promise.all(
      viewerIds.slice(from, from + 500).map(async (viewerId) => {
        const token = await timelines.beginBuild(viewerId)
        if (token === null) throw new Error('a timeline is there already')
        await timelines.finishBuild(viewerId, token, { posts: [], completeAbove: noFloor, celebrityIds: [] })
      }),
    )
  }
}

/** Pictures of an author's that are ready to be published. */
export async function picturesOf(platform: Platform, { id }: Person, count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, () => mediaRow(id, false, new Date()))
  await platform.db('content').collection<MediaRow>('media').insertMany(rows)
  return rows.map(({ _id }) => _id)
}

const createPost = asSent(CreatePostDocument)

/** Publishes a picture, and answers the post's id. */
export async function publish(url: string, { token }: Person, mediaId: string): Promise<string> {
  const variables = { input: { mediaIds: [mediaId], caption: 'What a light!' } }
  const response = await fetch(url, {
    method: 'POST',
    headers: headersOf(token),
    body: JSON.stringify({ query: createPost, variables }),
  })
  const answer = (await response.json()) as { data?: { createPost?: { post?: { id: string } | null } } }
  const id = answer.data?.createPost?.post?.id
  if (!id) throw new Error(JSON.stringify(answer))
  return id
}
