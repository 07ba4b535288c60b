// How long a post is on its way to 9,000 active followers while the home feed is read at half its highest rate.
import { setTimeout as delay } from 'node:timers/promises'
import type { JobRow } from '#platform/queue.ts'
import { createRandom } from '#platform/random.ts'
import type { Platform } from '#platform/service.ts'
import type { LivePost } from '#subgraphs/content/model.ts'
import { settle } from '../tests/settle.ts'
import { HomeFeedDocument } from '../web/src/operations.gen.ts'
import { audienceOf, openTimelines, picturesOf, publish } from './audience.ts'
import { type Figure, type Measurement, percentile } from './figure.ts'
import { type Call, closedLoopRate, runOpenLoop } from './open-loop.ts'
import { asSent } from './operation.ts'
import { scaled } from './size.ts'
import { openSystem } from './system.ts'
import { type Person, populate } from './world.ts'

const size = { viewers: scaled(1_000, 50), authors: 500, follows: 150, posts: 2_000 }
const followers = 9_000
const posts = scaled(30, 5)
const everyMs = 1_000
const connections = 16
const warmSeconds = scaled(15, 3)
const measureSeconds = scaled(8, 3)
const body = JSON.stringify({ query: asSent(HomeFeedDocument), variables: { first: 20 } })

/** Opens the figure. */
export async function fanOutLag(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, start } = await openSystem(stack, { PUBLIC_URL: 'http://localhost:4000' })
  const { port } = await start('gateway/all-in-one.ts')
  await start('workers/all.ts')
  const url = `http://127.0.0.1:${port}/graphql`
  const { viewers } = await populate(platform, size)
  const audience = await audienceOf(platform, followers, 1)
  await openTimelines(platform, audience.followerIds)

  let turn = 0
  const next = (): Call => ({ token: (viewers[turn++ % viewers.length] as Person).token, body })
  // The first look at each feed builds it.
  await closedLoopRate(url, connections, warmSeconds, next)
  const highest = await closedLoopRate(url, connections, measureSeconds, next)
  return {
    name: 'fan-out-lag',
    what: `Posts of an author whom ${followers.toLocaleString('en-US')} active people follow, one a second, while home feeds are read in open loop at half the rate that ${size.viewers.toLocaleString('en-US')} viewers reach on ${connections} connections. From the moment of publication until a post is on a follower’s timeline, by groups of a thousand followers.`,
    units: { p99: 'ms', p50: 'ms', reads: 'requests/s' },
    better: 'less',
    product: {
      name: 'the gateway with the six subgraphs in one process, and the workers in another',
      measure: async (): Promise<Measurement> => {
        const pictures = await picturesOf(platform, audience.author, posts)
        const reads = highest / 2
        const reading = runOpenLoop(url, reads, (posts * everyMs) / 1_000, createRandom(5), next)
        const published: string[] = []
        for (const picture of pictures) {
          const pause = delay(everyMs)
          published.push(await publish(url, audience.author, picture))
          await pause
        }
        const { failed } = await reading
        if (failed > 0) throw new Error(`${failed} reads failed`)
        await settle(platform)
        const lags = await lagsOf(platform, published)
        return { p99: percentile(lags, 0.99), p50: percentile(lags, 0.5), reads }
      },
    },
    baseline: null,
    aim: null,
    limits: { p99: 2_000 },
    rounds: 3,
  }
}

/** Milliseconds from the publication of posts to the end of each job that delivered them. */
async function lagsOf(platform: Platform, postIds: readonly string[]): Promise<number[]> {
  const rows = platform.db('content').collection<LivePost>('posts')
  const published = await rows.find({ _id: { $in: [...postIds] } }).toArray()
  const at = new Map(published.map((row) => [row._id, row.publishedAt?.getTime() ?? Number.NaN]))
  const jobs = await platform
    .db('feed')
    .collection<JobRow>('jobs')
    .find({ name: 'fanout.deliverPost', 'payload.postId': { $in: [...postIds] } })
    .toArray()
  // A thousand followers a job; the last one finds nobody.
  if (jobs.length !== postIds.length * (followers / 1_000 + 1)) throw new Error(`${jobs.length} jobs`)
  return jobs.map(({ payload, finishedAt }) => {
    const lag = (finishedAt?.getTime() ?? Number.NaN) - (at.get(String(payload.postId)) ?? Number.NaN)
    if (Number.isNaN(lag)) throw new Error('a job did not end')
    return lag
  })
}
