// Mixed loads through the gateway: who reads, who looks around, who writes, at the rate at which they come.
import type { DocumentNode } from 'graphql'
import { createRandom } from '#platform/random.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { settle } from '../tests/settle.ts'
import * as op from '../web/src/operations.gen.ts'
import type { Figure } from './figure.ts'
import { type Call, highestRate, runOpenLoop } from './open-loop.ts'
import { asSent } from './operation.ts'
import { scaled } from './size.ts'
import { openSystem } from './system.ts'
import { mediaRow, type Person, populate, type World } from './world.ts'

const size = {
  viewers: scaled(1_000, 50),
  authors: scaled(1_000, 200),
  follows: 150,
  posts: scaled(20_000, 500),
}
const stepSeconds = scaled(20, 3)
const lowestRate = 5
/** Of each person, to be shown in what he publishes. */
const mediaEach = 4

type Act =
  | 'homeFeed'
  | 'userTimeline'
  | 'publish'
  | 'like'
  | 'profile'
  | 'post'
  | 'comments'
  | 'comment'
  | 'stories'
  | 'explore'
  | 'notifications'
  | 'follow'

/** Parts of a hundred. */
const mixes = {
  social: {
    what: '60 % home timelines, 30 % timelines of one account, 10 % new posts, as DeathStarBench’s social network has it',
    parts: { homeFeed: 60, userTimeline: 30, publish: 10 },
  },
  reads: { what: '99 % home timelines, 1 % likes', parts: { homeFeed: 99, like: 1 } },
  photos: {
    what: 'what people do who look at pictures: 40 % home timelines, 12 % story trays, 10 % posts, 8 % explore, 7 % comments, 6 % profiles, 5 % notifications, 8 % likes, 2 % comments written, 1.5 % follows, 0.5 % new posts',
    parts: {
      ...{ homeFeed: 40, stories: 12, post: 10, explore: 8, comments: 7, profile: 6, notifications: 5 },
      ...{ like: 8, comment: 2, follow: 1.5, publish: 0.5 },
    },
  },
} as const satisfies Record<string, { what: string; parts: Partial<Record<Act, number>> }>

/** Opens the figure of one mix. */
export async function mixed(stack: AsyncDisposableStack, name: keyof typeof mixes): Promise<Figure> {
  const { platform, start } = await openSystem(stack, { PUBLIC_URL: 'http://localhost:4000' })
  const { port } = await start('gateway/all-in-one.ts')
  const url = `http://127.0.0.1:${port}/graphql`
  await start('workers/all.ts')
  const world = await populate(platform, size)
  const own = new Map(world.viewers.map(({ id }) => [id, mediaOf(id)]))
  await platform
    .db('content')
    .collection<MediaRow>('media')
    .insertMany([...own.values()].flat())

  const { what, parts } = mixes[name]
  const next = callsOf(world, own, parts)
  const run = async (rate: number) => {
    const measured = await runOpenLoop(url, rate, stepSeconds, createRandom(3), next)
    await settle(platform)
    return measured
  }
  // Everybody's timeline is built, and the code is warm.
  for (let start = 0; start < world.viewers.length; start += 8) {
    const some = world.viewers.slice(start, start + 8)
    await Promise.all(some.map((viewer) => ask(url, callOf('homeFeed', viewer, world, own, 0))))
  }
  await run(lowestRate)
  return {
    name: `mixed-${name}`,
    what: `Requests in open loop, each due at a moment that does not depend on the answers: ${what}. ${size.viewers.toLocaleString('en-US')} viewers in turn, each following ${size.follows}; ${size.posts.toLocaleString('en-US')} posts. The highest rate at which 99 of 100 wait less than 200 ms and nothing fails, and how long they wait then.`,
    units: { rate: 'requests/s', p50: 'ms', p90: 'ms', p99: 'ms', p999: 'ms' },
    better: 'more',
    product: {
      name: 'the gateway with the six subgraphs in one process, and the workers in another',
      measure: async () => {
        const { rate, p50, p90, p99, p999 } = await highestRate(lowestRate, run)
        return { rate, p50, p90, p99, p999 }
      },
    },
    baseline: null,
    aim: null,
  }
}

function mediaOf(ownerId: string): MediaRow[] {
  return Array.from({ length: mediaEach }, () => mediaRow(ownerId, false, new Date()))
}

async function ask(url: string, { token, body }: Call): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const response = await fetch(url, { method: 'POST', headers, body })
  const text = await response.text()
  if (!response.ok || text.includes('"errors":[')) throw new Error(text.slice(0, 500))
}

/** Calls of a mix, in an order that looks random and is the same in every run. */
function callsOf(
  world: World,
  own: ReadonlyMap<string, readonly MediaRow[]>,
  parts: Partial<Record<Act, number>>,
): () => Call {
  const random = createRandom(11)
  let to = 0
  const acts = (Object.entries(parts) as [Act, number][]).map(([act, part]) => {
    to += part
    return { act, to }
  })
  let count = 0
  return () => {
    const viewer = world.viewers[(count * 7) % world.viewers.length] as Person
    const drawn = random() * 100
    const act = acts.find(({ to }) => drawn < to)?.act ?? 'homeFeed'
    return callOf(act, viewer, world, own, count++)
  }
}

function callOf(
  act: Act,
  viewer: Person,
  world: World,
  own: ReadonlyMap<string, readonly MediaRow[]>,
  count: number,
): Call {
  const author = (count * 31) % world.authorIds.length
  const username = `person.${size.viewers + author}`
  const postId = world.posts[(count * 13) % world.posts.length]?.id
  const mediaId = own.get(viewer.id)?.[count % mediaEach]?._id
  const calls: Record<Act, [DocumentNode, object]> = {
    homeFeed: [op.HomeFeedDocument, { first: 20 }],
    userTimeline: [op.UserPostsDocument, { username, first: 20 }],
    profile: [op.UserProfileDocument, { username }],
    post: [op.PostDocument, { id: postId }],
    comments: [op.CommentsDocument, { postId, first: 20 }],
    stories: [op.StoryTrayDocument, { first: 20 }],
    explore: [op.ExploreDocument, { first: 20 }],
    notifications: [op.NotificationsDocument, { first: 20 }],
    publish: [op.CreatePostDocument, { input: { mediaIds: [mediaId], caption: `Number ${count}` } }],
    like: [op.LikePostDocument, { input: { postId } }],
    comment: [op.CreateCommentDocument, { input: { postId, text: `What a light! ${count}` } }],
    follow: [op.FollowUserDocument, { input: { userId: world.authorIds[author] } }],
  }
  const [document, variables] = calls[act]
  return { token: viewer.token, body: JSON.stringify({ query: textOf(document), variables }) }
}

const texts = new Map<DocumentNode, string>()

function textOf(document: DocumentNode): string {
  const text = texts.get(document) ?? asSent(document)
  texts.set(document, text)
  return text
}
