import { mkdtemp, rm, writeFile as writeToDisk } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { claimEvents, prepareConsumers } from '#platform/bus.ts'
import { prepareOutbox } from '#platform/outbox.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { prepareJobs } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import type { EventName, EventPayload } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import {
  dayOf,
  type InsightSums,
  pseudonym,
  type WarehouseEvent,
} from '#subgraphs/engagement/domain/insights.ts'
import {
  createInsightStore,
  type InsightStore,
  prepareInsights,
} from '#subgraphs/engagement/store/insights.ts'
import { testPlatform } from '../../tests/platform.ts'
import { accountRow, postRow } from '../../tests/rows.ts'
import { mergeFiles, removeExpired, requestMerges } from './compaction.ts'
import { countEvents, type WarehouseDeps } from './consumers.ts'
import { type WriterDeps, writeFile } from './jobs.ts'

let platform: Platform
let stack: AsyncDisposableStack
let store: InsightStore
let counting: WarehouseDeps
let writing: WriterDeps
beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  const db = platform.db('engagement')
  await Promise.all([prepareInsights(db), prepareConsumers(db), prepareJobs(db), prepareOutbox(db)])
  store = createInsightStore(db)
  const transact = platform.transact('engagement')
  const { accounts, posts } = platform.facts
  counting = {
    ...{ store, transact, accounts, posts, jobs: platform.jobs, secret: platform.config.secret },
    claim: (tx, batch) => claimEvents(tx, db, 'warehouse.events', batch),
  }
  writing = { store, transact, storage: platform.storage, now: () => new Date() }
})
afterAll(() => stack.disposeAsync())

const account = async (change: Partial<AccountRow> = {}) => {
  const row = accountRow(change)
  await platform.db('user').collection<AccountRow>('users').insertOne(row)
  return row._id
}
const post = async (authorId: string) => {
  const row = postRow({ authorId })
  await platform.db('content').collection<PostFactsRow>('posts').insertOne(row)
  return row._id
}
const event = <N extends EventName>(name: N, payload: EventPayload<N>, at = new Date()) =>
  ({ id: newId('event'), name, at, payload }) as unknown as WarehouseEvent
const seen = (userId: string, subjectId: string, authorId: string, dwellMs: number, at = new Date()) =>
  event(
    'impressions.recorded',
    {
      userId,
      impressions: [
        {
          ...{ subjectId, authorId, surface: 'HOME' as const, position: 3, dwellMs, watchedMs: 0 },
          ...{ clicked: false, viewed: dwellMs >= 1_000 },
        },
      ],
    },
    at,
  )

/** Writes every file that waits. */
async function writeAll(): Promise<void> {
  const chunks = platform.db('engagement').collection<{ _id: string }>('warehouseChunks')
  for (const { _id } of await chunks.find().toArray()) await writeFile(writing, _id)
}

/** Asks DuckDB about the files of some days, which it reads as they lie in the object store. */
async function askFiles(sql: string, from: string, to: string) {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-warehouse-'))
  try {
    for (const { _id, key } of await store.listFiles(from, to)) {
      await writeToDisk(join(dir, `${_id}.parquet`), await buffer(await platform.storage.read(key)))
    }
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const result = await connection.runAndReadAll(sql.replace('$files', `read_parquet('${dir}/*.parquet')`))
    connection.closeSync()
    return result.getRowObjectsJson()
  } finally {
    await rm(dir, { recursive: true })
  }
}

const sumsOfDays = async (of: string): Promise<InsightSums> => {
  const [row] = await store.listDays(of, '0000', '9999')
  return row?.sums ?? {}
}

test('the sums equal a recomputation from the raw files, also when every event comes twice (C10)', async () => {
  const [author, ...people] = await Promise.all([account(), ...Array.from({ length: 12 }, () => account())])
  const [one, other] = [await post(author as string), await post(author as string)]
  const batch = people.flatMap((person, i) => [
    seen(person, one, author as string, 300 * i),
    seen(person, one, author as string, 2_000),
    event('post.liked', { postId: one, userId: person }),
    ...(i % 3 === 0 ? [event('post.unliked', { postId: one, userId: person })] : []),
    ...(i % 4 === 0 ? [event('post.saved', { postId: other, userId: person })] : []),
    event('comment.created', {
      commentId: newId('comment'),
      postId: other,
      authorId: person,
      parentId: null,
    }),
  ])
  for (const part of [batch.slice(0, 20), batch, batch.slice(10)]) await countEvents(counting, part)
  await writeAll()
  await countEvents(counting, batch)
  await writeAll()

  const raw = await askFiles(
    `select subject_id,
       count(*) filter (kind = 'IMPRESSION')::int as impressions,
       count(*) filter (viewed)::int as views,
       (count(*) filter (kind = 'LIKE') - count(*) filter (kind = 'UNLIKE'))::int as likes,
       (count(*) filter (kind = 'COMMENT'))::int as comments,
       (count(*) filter (kind = 'SAVE'))::int as saves,
       count(distinct actor) filter (kind = 'IMPRESSION')::int as reach
     from $files where subject_id in ('${one}', '${other}') group by subject_id`,
    '0000',
    '9999',
  )
  const rawOf = (id: string) => raw.find((row) => row.subject_id === id)
  const reach = async (of: string) =>
    (await store.countReach(of, '0000', '9999')).reduce((sum, { accounts }) => sum + accounts, 0)
  const { impressions, views, likes } = await sumsOfDays(one)
  expect({ impressions, views, likes, reach: await reach(one) }).toEqual({
    impressions: 24,
    views: 12 + people.filter((_, i) => 300 * i >= 1_000).length,
    likes: 8,
    reach: 12,
  })
  expect(rawOf(one)).toMatchObject({ impressions, views, likes, reach: 12 })
  const { comments, saves } = await sumsOfDays(other)
  expect({ comments, saves }).toEqual({ comments: 12, saves: 3 })
  expect(rawOf(other)).toMatchObject({ comments: 12, saves: 3 })
  const ofAuthor = await sumsOfDays(author as string)
  expect(ofAuthor).toMatchObject({ impressions: 24, likes: 8, comments: 12, saves: 3 })
})

test('files name accounts by pseudonyms alone, and not at all who refuses analytics (A9)', async () => {
  const at = new Date(Date.UTC(2026, 1, 3, 12))
  const [author, fan, shy] = [await account(), await account(), await account({ refusesAnalytics: true })]
  const posted = await post(author)
  await countEvents(counting, [
    event('post.liked', { postId: posted, userId: fan }, at),
    event('post.liked', { postId: posted, userId: shy }, at),
    event('follow.created', { userId: fan, otherId: author, accepted: false }, at),
    event('follow.created', { userId: shy, otherId: author, accepted: false }, at),
  ])
  const chunks = await platform.db('engagement').collection('warehouseChunks').find().toArray()
  for (const id of [author, fan, shy]) expect(JSON.stringify(chunks)).not.toContain(id)
  await writeAll()

  const rows = await askFiles(
    'select kind, actor, age_band, subject_id, owner_id from $files',
    '2026-02-03',
    '2026-02-03',
  )
  const nobody = { actor: '0'.repeat(16), age_band: null }
  const by = (id: string) => pseudonym(platform.config.secret, id)
  const [like, follow] = [
    { kind: 'LIKE', subject_id: posted, owner_id: by(author) },
    { kind: 'FOLLOW', subject_id: by(author), owner_id: by(author) },
  ]
  expect(rows).toHaveLength(4)
  expect(rows).toEqual(
    expect.arrayContaining([
      { ...like, actor: by(fan), age_band: '35-44' },
      { ...like, ...nobody },
      { ...follow, actor: by(fan), age_band: '35-44' },
      { ...follow, ...nobody },
    ]),
  )
  // What he did counts all the same, and is taken back exactly; that he was there on a day is not kept.
  expect(await sumsOfDays(author)).toMatchObject({ likes: 2, followerGrowth: 2 })
  await countEvents(counting, [
    event('follow.ended', { userId: shy, otherId: author }, new Date(at.getTime() + 1)),
  ])
  expect(await sumsOfDays(author)).toMatchObject({ likes: 2, followerGrowth: 1 })
  const activity = platform.db('engagement').collection('insightActivity')
  expect(await activity.countDocuments({ actor: { $in: [by(shy), '0'.repeat(16)] } })).toBe(0)
})

test('a follow counts once, and the end of a mere request counts nothing', async () => {
  const [alice, bob] = [await account(), await account()]
  const relation = { userId: bob, otherId: alice }
  const at = (second: number) => new Date(Date.UTC(2026, 0, 5, 12, 0, second))
  await countEvents(counting, [event('follow.ended', relation, at(1))])
  expect(await sumsOfDays(alice)).toEqual({})
  const created = (second: number) => event('follow.created', { ...relation, accepted: false }, at(second))
  await countEvents(counting, [created(2), created(2)])
  expect(await sumsOfDays(alice)).toEqual({ followerGrowth: 1 })
  // He goes and comes back, and the events of the return are heard first.
  await countEvents(counting, [created(5)])
  await countEvents(counting, [event('follow.ended', relation, at(4))])
  expect(await sumsOfDays(alice)).toEqual({ followerGrowth: 1 })
  await countEvents(counting, [event('follow.ended', relation, at(9))])
  expect(await sumsOfDays(alice)).toEqual({ followerGrowth: 0 })
})

test('a writer that dies after its bytes arrived, and two that race, leave each deed in one file (X1)', async () => {
  const [author, reader] = [await account(), await account()]
  const id = await post(author)
  const at = new Date(Date.UTC(2025, 5, 1))
  for (let i = 0; i < 3; i++) await countEvents(counting, [seen(reader, id, author, 100 + i, at)])
  const chunks = await platform
    .db('engagement')
    .collection<{ _id: string; day: string }>('warehouseChunks')
    .find({ day: dayOf(at) })
    .toArray()
  expect(chunks).toHaveLength(3)
  const first = chunks[0]?._id ?? ''
  const dies: WriterDeps = {
    ...writing,
    storage: {
      async write(...object) {
        await platform.storage.write(...object)
        throw new Error('killed')
      },
    },
  }
  await expect(writeFile(dies, first)).rejects.toThrow('killed')
  expect(await store.listFiles(dayOf(at), dayOf(at))).toEqual([])
  await Promise.allSettled(chunks.flatMap(({ _id }) => [writeFile(writing, _id), writeFile(writing, _id)]))
  await writeAll()
  expect(await askFiles('select dwell_ms from $files order by 1', dayOf(at), dayOf(at))).toEqual(
    [100, 101, 102].map((dwell_ms) => ({ dwell_ms })),
  )
})

test('who comes back is told by the days on which he was there', async () => {
  const day = (n: number) => new Date(Date.UTC(2024, 2, n, 8))
  const [author, ...people] = await Promise.all(
    Array.from({ length: 5 }, (_, i) => account({ createdAt: i === 0 ? day(-60) : day(1) })),
  )
  const id = await post(author as string)
  const visit = (person: string | undefined, n: number) =>
    seen(person ?? '', id, author as string, 1_500, day(n))
  await countEvents(counting, [
    ...people.map((person) => visit(person, 1)),
    visit(people[0], 2),
    visit(people[1], 2),
    visit(people[1], 8),
    visit(author, 2),
  ])
  expect(await store.countReturning('2024-03-01', '2024-03-01', 1)).toEqual({ began: 4, returned: 2 })
  expect(await store.countReturning('2024-03-01', '2024-03-01', 7)).toEqual({ began: 4, returned: 1 })
  expect(await store.countActive('2024-03-01', '2024-03-08')).toBe(5)
  expect(await store.listActivity('2024-03-01', '2024-03-02')).toEqual([
    { day: '2024-03-01', activeAccounts: 4, dwellMs: 6_000 },
    { day: '2024-03-02', activeAccounts: 3, dwellMs: 4_500 },
  ])
  expect(await store.countSurfaces('2024-03-01', '2024-03-08')).toEqual([{ surface: 'HOME', impressions: 8 }])
})

test('a closed day ends in one file with every deed once, though the merge dies and runs twice (X1)', async () => {
  const [author, reader] = [await account(), await account()]
  const id = await post(author)
  const at = new Date(`${dayOf(new Date(Date.now() - 5 * 86_400_000))}T12:00:00Z`)
  const day = dayOf(at)
  const dwells = Array.from({ length: 4 }, (_, i) => 200 + i)
  for (const dwellMs of dwells) {
    await countEvents(counting, [seen(reader, id, author, dwellMs, at)])
    await writeAll()
  }
  const raw = () =>
    askFiles(
      'select id, "at"::varchar as moment, dwell_ms, surface, age_band from $files order by id',
      day,
      day,
    )
  const before = await raw()
  expect([before.length, (await store.listFiles(day, day)).length]).toEqual([4, 4])

  let enqueued: object[] = []
  const jobs = { ...platform.jobs, enqueue: async (...job: unknown[]) => void enqueued.push(job) }
  const deps = { ...writing, storage: platform.storage }
  await requestMerges({ store, now: () => new Date(at.getTime() + 3_600_000), jobs })
  expect(JSON.stringify(enqueued)).not.toContain(day)
  enqueued = []
  await requestMerges({ store, now: () => new Date(at.getTime() + 86_400_000), jobs })
  expect(JSON.stringify(enqueued)).toContain(`{"day":"${day}","kind":"IMPRESSION"}`)

  const work = { day, kind: 'IMPRESSION' } as const
  const dies = {
    ...deps,
    storage: {
      ...platform.storage,
      async write() {
        throw new Error('killed')
      },
    },
  }
  await expect(mergeFiles(dies, work)).rejects.toThrow('killed')
  // Until the one file is there, the four are.
  expect(await raw()).toEqual(before)
  await Promise.all([mergeFiles(deps, work), mergeFiles(deps, work)])
  await mergeFiles(deps, work)
  expect(await store.listFiles(day, day)).toMatchObject([{ rows: 4 }])
  expect(await raw()).toEqual(before)

  // What is late joins them.
  await countEvents(counting, [seen(reader, id, author, 999, at)])
  await writeAll()
  await mergeFiles(deps, work)
  expect((await raw()).map((row) => row.dwell_ms).toSorted()).toEqual([...dwells, 999])

  // The old files go when nobody can be reading them, all of it when it is old.
  const objects = () => platform.storage.list(`warehouse/day=${day}/`)
  const later = (ms: number) => ({ ...deps, now: () => new Date(Date.now() + ms) })
  await removeExpired(later(0))
  expect((await objects()).length).toBe(7)
  await removeExpired(later(3_601_000))
  expect((await objects()).length).toBe(1)
  expect((await raw()).length).toBe(5)
  await removeExpired(later(800 * 86_400_000))
  expect([await objects(), await store.listFiles(day, day)]).toEqual([[], []])
})
