// What a post of someone with a million followers costs until they can see it, against one of someone with 9,000.
import { setTimeout as delay } from 'node:timers/promises'
import type { JobRow } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { createStore } from '#subgraphs/feed/store.ts'
import { settle } from '../tests/settle.ts'
import { HomeFeedDocument } from '../web/src/operations.gen.ts'
import { type Audience, audienceOf, openTimelines, picturesOf, publish } from './audience.ts'
import type { Figure, Measurement } from './figure.ts'
import { asSent, headersOf } from './operation.ts'
import { processorSeconds } from './pinned.ts'
import { scaled } from './size.ts'
import { openSystem } from './system.ts'
import type { Person } from './world.ts'

const ordinary = 9_000
const many = scaled(1_000_000, 12_000)
const posts = 20
const followersPerJob = 1_000
const body = JSON.stringify({
  query: asSent(HomeFeedDocument),
  variables: { first: 20, order: 'CHRONOLOGICAL' },
})

/** Opens the figure. */
export async function celebrity(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, start } = await openSystem(stack, { PUBLIC_URL: 'http://localhost:4000', CHORES: 'off' })
  const gateway = await start('gateway/all-in-one.ts')
  const workers = await start('workers/all.ts')
  const url = `http://127.0.0.1:${gateway.port}/graphql`
  const [famous, known] = [
    await audienceOf(platform, many, 1),
    await audienceOf(platform, ordinary, 2),
  ] as const
  await openTimelines(platform, known.followerIds)
  await makeCelebrity(platform, famous)

  const processes = [gateway.process.pid as number, workers.process.pid as number]
  const measure = async (audience: Audience, jobs: number): Promise<Measurement> => {
    const pictures = await picturesOf(platform, audience.author, posts)
    await settle(platform)
    const before = await spent(platform, processes)
    let looks = 0
    for (const [i, picture] of pictures.entries()) {
      const postId = await publish(url, audience.author, picture)
      looks += await delivered(platform, postId, jobs)
      const first = await firstPost(url, audience.readers[i % audience.readers.length] as Person)
      if (first !== postId) throw new Error('a follower does not see the post')
    }
    const after = await spent(platform, processes)
    return {
      cpu: ((after.seconds - before.seconds) * 1_000) / posts,
      // The looks are the bench's own.
      operations: (after.operations - before.operations - looks) / posts,
    }
  }
  const measures = {
    famous: () => measure(famous, 1),
    // The last job finds nobody.
    known: () => measure(known, ordinary / followersPerJob + 1),
  }
  await measures.famous()
  await measures.known()
  return {
    name: 'celebrity',
    what: `A post through the gateway until all of its delivery is done and a follower has read it at the top of his feed: processor time of gateway, workers, MongoDB and Redis, and commands that the two databases got. ${posts} posts one after the other; of the 9,000 all are active.`,
    units: { cpu: 'ms a post', operations: 'commands a post' },
    better: 'less',
    product: { name: `by someone with ${many.toLocaleString('en-US')} followers`, measure: measures.famous },
    baseline: { name: `by someone with ${ordinary.toLocaleString('en-US')}`, measure: measures.known },
    // At most 1.5 times as much.
    aim: 0.67,
  }
}

/** Leaves what the workers leave once an author has so many followers that his posts are fetched. */
async function makeCelebrity(platform: Platform, { author, readers }: Audience): Promise<void> {
  const { celebrities, timelines } = createStore(
    platform.db('feed'),
    platform.cache,
    platform.config.namespace,
  )
  const readerIds = readers.map(({ id }) => id)
  await openTimelines(platform, readerIds)
  await celebrities.insert(author.id)
  await timelines.mark(readerIds, author.id)
  await celebrities.setMarked(author.id)
}

/** What the processes and the databases have spent until now. */
async function spent(
  { mongo, cache }: Platform,
  processes: readonly number[],
): Promise<{ seconds: number; operations: number }> {
  const { pid, opcounters } = (await mongo.db('admin').command({ serverStatus: 1 })) as {
    pid: number
    opcounters: Record<string, number>
  }
  const info = await cache.info()
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
  const pids = [...processes, Number(pid), field('process_id')]
  const seconds = pids.reduce((sum, one) => sum + processorSeconds(one), 0)
  const operations = ['insert', 'query', 'update', 'delete', 'getmore', 'command'].reduce(
    (sum, name) => sum + Number(opcounters[name]),
    field('total_commands_processed'),
  )
  return { seconds, operations }
}

/** Resolves when all jobs that deliver a post are done, with how often it looked. */
async function delivered({ db }: Platform, postId: string, jobs: number): Promise<number> {
  const deadline = Date.now() + 60_000
  for (let looks = 1; ; looks++) {
    const done = await db('feed')
      .collection<JobRow>('jobs')
      .countDocuments({ name: 'fanout.deliverPost', 'payload.postId': postId, state: 'DONE' })
    if (done >= jobs) return looks
    if (Date.now() > deadline) throw new Error(`${done} jobs of ${jobs}`)
    await delay(20)
  }
}

/** Id of the first post of a person's feed. */
async function firstPost(url: string, { token }: Person): Promise<string | undefined> {
  const response = await fetch(url, { method: 'POST', headers: headersOf(token), body })
  const { data } = (await response.json()) as { data: { homeFeed: { nodes: { id: string }[] } } }
  return data.homeFeed.nodes[0]?.id
}
