// A page costs a constant number of round trips to the databases, however long it is.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import { subgraphNames } from '#schema/sdl.ts'
import { populate } from '../bench/world.ts'
import { HomeFeedDocument } from '../web/src/operations.gen.ts'
import { send } from './person.ts'
import { startSystem } from './system.ts'

/** Collections that the system looks through by itself, again and again. */
const background = ['outbox', 'jobs', 'sessions', 'system.profile', 'streams']

interface Costs {
  /** Commands to MongoDB, as `<database>.<collection>`. */
  mongo: string[]
  /** Names of the commands to the cache. */
  redis: string[]
}

/** What `work` costs. Commands within Redis scripts are no round trips. */
async function costsOf(platform: Platform, work: () => Promise<void>): Promise<Costs> {
  const { namespace } = platform.config
  const redis: string[] = []
  const end = randomBytes(8).toString('hex')
  // Spoken by hand: ioredis mistakes what others send for the answer when it comes too soon.
  const { hostname, port } = new URL(platform.config.redisUrl)
  const monitor = connect(Number(port), hostname)
  monitor.write('MONITOR\r\n')
  const began = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  createInterface({ input: monitor }).on('line', (line) => {
    // `+<time> [<database> <client, or "lua">] "<command>" "<argument>" …`
    const [, source, command = ''] = /^\+[\d.]+ \[\d+ (\S+)\] "(\w+)"/.exec(line) ?? []
    if (line === '+OK') began.resolve()
    else if (line.includes(end)) ended.resolve()
    // What requests cost is written down later.
    else if (line.includes(`"${namespace}:cost:`)) return
    else if (source !== 'lua' && line.includes(`"${namespace}:`)) redis.push(command.toLowerCase())
  })
  await began.promise
  const databases = subgraphNames.map((name) => platform.db(name))
  await Promise.all(databases.map((db) => db.command({ profile: 2 })))
  try {
    await work()
    await platform.cache.echo(end)
    await ended.promise
  } finally {
    await Promise.all(databases.map((db) => db.command({ profile: 0 })))
    monitor.destroy()
  }
  const rows = await Promise.all(
    databases.map(async (db) => {
      const found = await db
        .collection<{ _id: never; ns: string; op: string }>('system.profile')
        // What a process looks for by itself says so.
        .find({ 'command.comment': { $ne: 'background' } })
        .toArray()
      await db.dropCollection('system.profile')
      return found
    }),
  )
  const mongo = rows
    .flat()
    .map(({ ns }) => ns.slice(ns.indexOf('_') + 1))
    .filter((ns) => !background.some((collection) => ns.endsWith(`.${collection}`)))
  return { mongo: mongo.sort(), redis: redis.sort() }
}

test('a home page of 20 posts costs no more round trips than one of 5', async () => {
  // What a process does by itself now and then is not the page's cost.
  await using system = await startSystem({ env: { CHORES: 'off' } })
  const { viewers } = await populate(system.platform, { viewers: 5, authors: 40, follows: 10, posts: 200 })
  const token = viewers[0]?.token ?? ''
  const feed = async (first: number, order: 'RANKED' | 'CHRONOLOGICAL') => {
    const { data, errors } = await send(system.url, HomeFeedDocument, { first, order }, token)
    expect(errors).toEqual([])
    return data?.homeFeed.nodes
  }
  // The timeline is built, and the facts of the whole feed are cached: a ranked page shows other posts each time.
  await feed(60, 'CHRONOLOGICAL')
  await feed(1, 'RANKED')

  // Eight reads for what is shown, and one for what the viewer hides. A ranked first page asks the cache twice more: for
  // the posts that were seen, and to keep the order, and MongoDB twice more: for what the viewer did last, and for whom he cares.
  for (const [order, redis, mongo] of [
    ['CHRONOLOGICAL', 7, 9],
    ['RANKED', 9, 11],
  ] as const) {
    const ask = async (first: number) => {
      expect(await feed(first, order)).toHaveLength(first)
    }
    const short = await costsOf(system.platform, () => ask(5))
    const long = await costsOf(system.platform, () => ask(20))
    // What is asked for in one turn of the event loop is one read: how many of a page's waves meet is chance, what they read is not.
    expect({ mongo: [...new Set(long.mongo)], redis: [...new Set(long.redis)] }).toEqual({
      mongo: [...new Set(short.mongo)],
      redis: [...new Set(short.redis)],
    })
    for (const { mongo: commands, redis: asked } of [short, long]) {
      expect(commands.length).toBeLessThanOrEqual(mongo)
      expect(asked.length).toBeLessThanOrEqual(redis)
    }
  }
})
