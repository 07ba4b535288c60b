// Every place where the system keeps or says something, searched for texts: in the clear, and as base64 or hexadecimal digits.
import { text as readAll } from 'node:stream/consumers'
import { BSON, type Document, Timestamp } from 'mongodb'
import type { CacheClient } from '#platform/redis.ts'
import type { Platform } from '#platform/service.ts'

/** The forms in which a text may stand somewhere. Base64 has three, by the place in its group of three bytes. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  const shifted = [0, 1, 2].map((shift) => {
    const base64 = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    // The characters at the ends hold bits of the neighbours.
    return base64.slice(shift === 0 ? 0 : 4, base64.length - 4)
  })
  return [text, ...shifted, bytes.toString('hex')]
}

/** Which of some texts, which all begin with `mark`, stand in a haystack. The forms of the mark make the search a quick one. */
export function createSearch(mark: string, canaries: readonly string[]) {
  const marks = formsOf(mark)
  const forms = canaries.map((canary) => [canary, formsOf(canary)] as const)
  return (haystack: string): string[] =>
    marks.some((form) => haystack.includes(form.slice(0, 12)))
      ? forms.filter(([, all]) => all.some((form) => haystack.includes(form))).map(([canary]) => canary)
      : []
}

/** The time from which the replica set's log is searched. */
export async function operationTime(platform: Platform): Promise<Timestamp> {
  const { operationTime: time } = (await platform.mongo.db('admin').command({ ping: 1 })) as {
    operationTime?: Timestamp
  }
  return time ?? new Timestamp({ t: Math.floor(Date.now() / 1000), i: 0 })
}

const jsonOf = (row: Document) => BSON.EJSON.stringify(row)

/** Every document of every database of the system, and what the replica set's log has of any since a moment. */
export async function* inMongo(platform: Platform, since: Timestamp): AsyncGenerator<string> {
  const { databases } = await platform.mongo.db('admin').admin().listDatabases({ nameOnly: true })
  for (const { name } of databases.filter((database) =>
    database.name.startsWith(platform.config.namespace),
  )) {
    for (const collection of await platform.mongo.db(name).listCollections().toArray()) {
      for await (const row of platform.mongo.db(name).collection(collection.name).find()) yield jsonOf(row)
    }
  }
  const log = platform.mongo.db('local').collection('oplog.rs')
  for await (const row of log.find({ ts: { $gte: since } })) yield jsonOf(row)
}

async function contentOf(redis: CacheClient, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.getBuffer(key))?.toString('latin1')
    case 'hash':
      return redis.hgetall(key)
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'set':
      return redis.smembers(key)
    case 'zset':
      return redis.zrange(key, 0, -1)
    case 'stream':
      return redis.xrange(key, '-', '+')
    default:
      return null
  }
}

/** Every key of Redis with its value. */
export async function* inRedis(platform: Platform): AsyncGenerator<string> {
  for (const redis of [platform.cache, platform.queueRedis]) {
    for (const key of await redis.keys('*')) yield `${key} ${JSON.stringify(await contentOf(redis, key))}`
  }
}

/** Every message that a stream of the system still has. */
export async function* inStreams(platform: Platform): AsyncGenerator<string> {
  for await (const { config, state } of platform.streams.streams.list()) {
    if (!config.name.startsWith(platform.config.namespace)) continue
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await platform.streams.streams.getMessage(config.name, { seq }).catch(() => null)
      if (message) yield `${message.subject} ${Buffer.from(message.data).toString('latin1')}`
    }
  }
}

/** Every object of the store, its key included. */
export async function* inStore(platform: Platform): AsyncGenerator<string> {
  for (const key of await platform.storage.listAll('')) {
    const body = await platform.storage.read(key)
    body.setEncoding('latin1')
    yield `${key} ${await readAll(body)}`
  }
}
