import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { claimEvents, prepareConsumers } from '#platform/bus.ts'
import { prepareOutbox } from '#platform/outbox.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { prepareJobs } from '#platform/queue.ts'
import { createRandom } from '#platform/random.ts'
import type { Platform } from '#platform/service.ts'
import type { EventName, EventPayload } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import {
  addSums,
  dayOf,
  type InsightSums,
  insightSums,
  nobodysPseudonym,
  pseudonym,
  type WarehouseEvent,
} from '#subgraphs/engagement/domain/insights.ts'
import {
  createInsightStore,
  type DayRow,
  type InsightStore,
  prepareInsights,
} from '#subgraphs/engagement/store/insights.ts'
import { testPlatform } from '../../tests/platform.ts'
import { accountRow, postRow } from '../../tests/rows.ts'
import { checkDay, fetchFiles, requestCheck } from './checking.ts'
import { mergeFiles, removeExpired, requestMerges } from './compaction.ts'
import { countEvents, type WarehouseDeps } from './consumers.ts'
import { type WriterDeps, writeFile } from './jobs.ts'
import { rollUp } from './rollup.ts'

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

/** The files of some days as they lie in the object store, on the local disk. */
async function filesOf(from: string, to: string) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'heliograph-warehouse-'))
  const paths = await fetchFiles(platform.storage, await store.listFiles(from, to), folder.path)
  return Object.assign(folder, { paths })
}

/** Asks DuckDB about files. */
async function ask(folder: { path: string }, sql: string) {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const files = `read_parquet('${folder.path}/*.parquet')`
  const result = await connection.runAndReadAll(sql.replace('$files', files))
  connection.closeSync()
  return result.getRowObjectsJson()
}

/** Asks DuckDB about the files of some days. */
async function askFiles(sql: string, from: string, to: string) {
  await using folder = await filesOf(from, to)
  return await ask(folder, sql)
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

/** Two days of which a test has figures compared. */
const [from, to] = ['2026-03-10', '2026-03-11']

/** What insights are made of, of a subject or an owner: every figure. */
async function figuresOf(of: string) {
  const [days, reached, reachedByHour] = await Promise.all([
    store.listDays(of, from, to),
    store.countReach(of, from, to),
    store.countReachByHour(of, from, to),
  ])
  const hours: Record<string, number> = {}
  for (const day of days)
    for (const [hour, count] of Object.entries(day.hours ?? {})) hours[hour] = (hours[hour] ?? 0) + count
  const sums = days.reduce<InsightSums>((all, { sums }) => addSums(all, sums), {})
  return {
    figures: { sums, hours },
    reached: reached.map(({ ageBand, country, accounts }) => [ageBand, country, accounts]).toSorted(),
    reachedByHour: [...reachedByHour].toSorted(),
  }
}

/** The same out of the raw files. */
async function recomputed(
  of: string,
  files: Awaited<ReturnType<typeof filesOf>>,
): Promise<Awaited<ReturnType<typeof figuresOf>>> {
  const name = of.startsWith('user_') ? pseudonym(platform.config.secret, of) : of
  const looks = `$files where '${name}' in (subject_id, owner_id) and kind = 'IMPRESSION' and actor <> '${nobodysPseudonym}'`
  const reachBy = async (what: string) => {
    const sql = `select ${what}, count(distinct actor)::int as accounts from ${looks} group by all`
    return (await ask(files, sql)).map((row) => Object.values(row)).toSorted() as never
  }
  return {
    figures: (await rollUp(files.paths)).get(name) ?? { sums: {}, hours: {} },
    reached: await reachBy('age_band, country'),
    reachedByHour: await reachBy('(epoch_ms("at") // 3600000 % 24)::int as hour'),
  }
}

test('every figure of insights is what the raw files say: reach by age and country, hours, stories, follows and all sums (C10)', async () => {
  const random = createRandom(11)
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
  const [author, shy] = [await account(), await account({ refusesAnalytics: true })]
  const people = await Promise.all(
    Array.from({ length: 20 }, (_, i) => account({ birthDate: `${1950 + 3 * i}-04-01` })),
  )
  // A device says where it is; some do not.
  const countries = new Map(people.map((id, i) => [id, ['DE', 'IN', 'JP', undefined][i % 4]]))
  const [postId, storyId] = [await post(author), newId('story')]
  const look = (userId: string, at: Date) => {
    const subjectId = pick([postId, storyId, author])
    const dwellMs = Math.floor(random() * 9_000)
    const watchedMs = pick([0, 0, 1_500, 8_000])
    const country = countries.get(userId)
    const impression = {
      ...{
        subjectId,
        authorId: subjectId === author ? null : author,
        surface: 'HOME' as const,
        position: null,
      },
      ...{ dwellMs, watchedMs, clicked: false, viewed: subjectId === postId && dwellMs >= 1_000 },
    }
    return event(
      'impressions.recorded',
      { userId, impressions: [impression], ...(country && { country }) },
      at,
    )
  }
  const deed = (userId: string, at: Date) =>
    pick([
      () => event('post.liked', { postId, userId }, at),
      () => event('post.unliked', { postId, userId }, at),
      () => event('post.saved', { postId, userId }, at),
      () => event('post.unsaved', { postId, userId }, at),
      () => event('post.shared', { shareId: newId('share'), postId, userId }, at),
      () => event('follow.created', { userId, otherId: author, accepted: false }, at),
      () => event('follow.ended', { userId, otherId: author }, at),
      () => {
        const comment = { commentId: newId('comment'), postId, authorId: userId, parentId: null }
        return event(pick(['comment.created', 'comment.created', 'comment.deleted']), comment, at)
      },
    ])()
  const batch = Array.from({ length: 600 }, () => {
    const userId = pick([...people, shy])
    const at = new Date(`${pick([from, to])}T00:00:00Z`).getTime() + Math.floor(random() * 86_400_000)
    return (random() < 0.6 ? look : deed)(userId, new Date(at))
  })
  for (const part of [batch.slice(0, 300), batch.slice(300)]) {
    await countEvents(counting, part)
    // Some come again.
    await countEvents(counting, part.slice(0, 50))
    await writeAll()
  }
  await using files = await filesOf(from, to)
  for (const of of [postId, storyId, author]) {
    const told = await figuresOf(of)
    expect(told).toEqual(await recomputed(of, files))
    expect(told.reached.length).toBeGreaterThan(4)
    expect(Object.keys(told.figures.hours)).toHaveLength(24)
  }
  // Nothing is equal because it is nothing.
  expect(Object.keys((await figuresOf(author)).figures.sums).toSorted()).toEqual([...insightSums].toSorted())
  // A day that is too large at once is gone through in parts, each with names of its own.
  const parts: [string, object][] = []
  for (let part = 0; part < 7; part++) parts.push(...(await rollUp(files.paths, { part, of: 7 })))
  const whole = await rollUp(files.paths)
  expect([parts.length, new Map(parts)]).toEqual([whole.size, whole])
})

test('sums of a closed day that are off are mended from its files, and nothing while a part of it waits (C9)', async () => {
  const [author, reader] = [await account(), await account()]
  const [id, other] = [await post(author), await post(author)]
  const at = new Date('2026-04-02T10:30:00Z')
  const day = dayOf(at)
  const deps = { ...counting, storage: platform.storage, log: platform.log }
  await countEvents(counting, [
    seen(reader, id, author, 2_000, at),
    seen(reader, id, author, 3_000, at),
    event('follow.created', { userId: reader, otherId: author, accepted: false }, at),
    event('post.liked', { postId: other, userId: reader }, at),
  ])
  await expect(checkDay(deps, day)).rejects.toThrow('not whole')
  await writeAll()
  expect(await checkDay(deps, day)).toBe(0)
  const days = platform.db('engagement').collection<DayRow>('insightDays')
  const right = await days.find({ day }).sort({ _id: 1 }).toArray()
  await days.updateOne({ of: id, day }, { $inc: { 'sums.impressions': 5, 'hours.3': 5 } })
  await days.updateOne({ of: author, day }, { $unset: { 'sums.followerGrowth': 1 } })
  // What was erased is not to come back.
  await days.deleteOne({ of: other, day })

  // Something that comes at the last moment is not lost: its rows are left as they are.
  const late = event('post.liked', { postId: id, userId: reader }, at)
  const disturbed = {
    ...deps,
    store: {
      ...store,
      async mendDay(...mend: Parameters<InsightStore['mendDay']>) {
        await countEvents(counting, [late])
        await store.mendDay(...mend)
      },
    },
  }
  expect(await checkDay(disturbed, day, 2)).toBe(2)
  expect(await days.findOne({ of: id, day })).toMatchObject({ sums: { impressions: 7, likes: 1 } })
  await writeAll()
  expect(await checkDay(deps, day)).toBe(2)
  expect(await checkDay(deps, day)).toBe(0)
  const liked = (row: DayRow) => ({ ...row, sums: { ...row.sums, likes: (row.sums.likes ?? 0) + 1 } })
  expect(await days.find({ day }).sort({ _id: 1 }).toArray()).toEqual(
    right.filter(({ of }) => of !== other).map(liked),
  )
})

test('a check takes nothing back that is counted, and goes into its file, while it looks (C9)', async () => {
  const [author, reader] = [await account(), await account()]
  const id = await post(author)
  const at = new Date('2026-04-05T10:30:00Z')
  const day = dayOf(at)
  await countEvents(counting, [seen(reader, id, author, 2_000, at)])
  await writeAll()
  const disturbed = {
    ...counting,
    ...{ storage: platform.storage, log: platform.log },
    store: {
      ...store,
      async *readDay(of: string) {
        await countEvents(counting, [event('post.liked', { postId: id, userId: reader }, at)])
        yield* store.readDay(of)
      },
      async listFiles(...days: Parameters<InsightStore['listFiles']>) {
        const found = await store.listFiles(...days)
        await writeAll()
        return found
      },
    },
  }
  await expect(checkDay(disturbed, day)).rejects.toThrow('not whole')
  expect(await sumsOfDays(id)).toMatchObject({ impressions: 1, likes: 1 })
})

test('a closed day is asked for in each turn until a check of it came about, and again when something was late', async () => {
  const [author, reader] = [await account(), await account()]
  const id = await post(author)
  const day = '2026-05-10'
  const look = async (dwellMs: number) => {
    await countEvents(counting, [seen(reader, id, author, dwellMs, new Date(`${day}T12:00:00Z`))])
    await writeAll()
  }
  const asked = async (now: string) => {
    const keys: string[] = []
    const enqueue = async (_name: string, key: string) => void keys.push(key)
    const jobs = { ...platform.jobs, enqueue }
    const count = await requestCheck({ store, jobs, now: () => new Date(now) })
    expect(keys.every((key) => key.startsWith(day))).toBe(true)
    expect(new Set(keys).size).toBe(count)
    return keys
  }
  await look(1_000)
  expect(await asked('2026-05-11T05:50:00Z')).toEqual([])
  const [first] = await asked('2026-05-11T06:10:00Z')
  const [second] = await asked('2026-05-12T06:10:00Z')
  expect([typeof first, typeof second, first === second]).toEqual(['string', 'string', false])
  const deps = { ...counting, storage: platform.storage, log: platform.log }
  expect(await checkDay(deps, day)).toBe(0)
  expect(await asked('2026-05-12T06:20:00Z')).toEqual([])
  await look(2_000)
  expect(await asked('2026-05-12T06:30:00Z')).toHaveLength(1)
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
  // Some at a time.
  while ((await removeExpired(later(800 * 86_400_000))) > 0);
  expect([await objects(), await store.listFiles(day, day)]).toEqual([[], []])
})
