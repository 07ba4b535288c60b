// Transactions that several requests share: one commit for many, and still each his own.
import { type Collection, MongoClient } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import { createTransact, isDuplicate, type OutboxRow, type Transact } from './mongo.ts'
import type { Platform } from './service.ts'

interface Account {
  _id: string
  balance: number
  name?: string
}

/** A process: its own client, and so its own transactions. */
interface Branch {
  transact: Transact<'engagement'>
  accounts: Collection<Account>
}

let platform: Platform
let stack: AsyncDisposableStack
let here: Branch
let there: Branch
/** Names of the commands that `here` sends. */
const commands: string[] = []
/** The events that it commits. */
const committed: OutboxRow[] = []

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  const client = new MongoClient(platform.config.mongodbUri, { monitorCommands: true })
  stack.defer(() => client.close())
  client.on('commandStarted', ({ commandName }) => commands.push(commandName))
  const db = platform.db('engagement')
  there = { transact: platform.transact('engagement'), accounts: db.collection<Account>('accounts') }
  await there.accounts.createIndex({ name: 1 }, { name: 'name', unique: true, sparse: true })
  const own = client.db(db.databaseName)
  const onCommit = (rows: readonly OutboxRow[]) => void committed.push(...rows)
  here = { transact: createTransact(client, own, onCommit), accounts: own.collection<Account>('accounts') }
})
afterAll(() => stack.disposeAsync())

const liked = (id: string) => ({ postId: newId('post'), userId: id })

/** Pays in by reading and writing, as a careless program does. */
const payIn = ({ transact, accounts }: Branch, id: string) =>
  transact.together(id, async (tx) => {
    const { balance = 0 } = (await tx.find(accounts, id)) ?? {}
    const replacement = { _id: id, balance: balance + 1 }
    tx.write(accounts, { replaceOne: { filter: { _id: id }, replacement, upsert: true } })
    tx.emit('post.liked', liked(id))
    return balance + 1
  })

test('who comes at the same moment shares a commit, and each has his answer and his event', async () => {
  const ids = Array.from({ length: 40 }, () => newId('user'))
  commands.length = 0
  committed.length = 0
  expect(await Promise.all(ids.map((id) => payIn(here, id)))).toEqual(ids.map(() => 1))
  expect(commands).toEqual(['find', 'update', 'insert', 'commitTransaction'])
  expect(await there.accounts.countDocuments({ _id: { $in: ids }, balance: 1 })).toBe(40)
  expect(committed.map(({ payload }) => payload.userId)).toEqual(ids)
  const kept = platform.db('engagement').collection<OutboxRow>('outbox')
  expect(await kept.countDocuments({ _id: { $in: committed.map(({ _id }) => _id) } })).toBe(40)
})

test('those of one key come one after the other, here and in other processes (C2, C3)', async () => {
  const ids = Array.from({ length: 5 }, () => newId('user'))
  const calls = Array.from({ length: 100 }, (_, i) =>
    payIn(i % 3 === 0 ? there : here, ids[i % ids.length] as string),
  )
  const answers = await Promise.all(calls)
  expect(await there.accounts.countDocuments({ _id: { $in: ids }, balance: 20 })).toBe(5)
  expect(answers.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, i) => 1 + (i - (i % 5)) / 5),
  )
})

test('who is prompt does not wait behind what is bulky', async () => {
  const gate = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const bulky = () =>
    here.transact.together(
      newId('user'),
      async () => {
        entered.resolve()
        await gate.promise
        return 'done'
      },
      'BULKY',
    )
  const all = [bulky()]
  await entered.promise
  // More of it than there are places comes, a wave after the other.
  for (let i = 0; i < 4; i++) {
    all.push(bulky())
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await Promise.race([payIn(here, newId('user')), gate.promise])).toBe(1)
  gate.resolve()
  expect(await Promise.all(all)).toEqual(Array(5).fill('done'))
})

test('a body that throws writes nothing, and the others nonetheless', async () => {
  const ids = Array.from({ length: 6 }, () => newId('user'))
  committed.length = 0
  const outcomes = await Promise.allSettled(
    ids.map((_id, i) =>
      here.transact.together(_id, async (tx) => {
        tx.write(here.accounts, { insertOne: { document: { _id, balance: i } } })
        tx.emit('post.liked', liked(_id))
        if (i === 3) throw new Error('not he')
        return i
      }),
    ),
  )
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, false, true, true])
  expect(outcomes[3]).toMatchObject({ reason: { message: 'not he' } })
  expect(await there.accounts.countDocuments({ _id: { $in: ids } })).toBe(5)
  expect(committed).toHaveLength(5)
})

test('a value that is taken is the refusal of him who wants it, and of nobody else', async () => {
  const ids = Array.from({ length: 6 }, () => newId('user'))
  committed.length = 0
  const outcomes = await Promise.allSettled(
    ids.map((_id, i) =>
      here.transact.together(_id, async (tx) => {
        // The last two want the same name.
        const name = i < 4 ? `name-${_id}` : `name-${ids[4]}`
        tx.write(here.accounts, { insertOne: { document: { _id, balance: i, name } } })
        tx.emit('post.liked', liked(_id))
        return i
      }),
    ),
  )
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(refused).toHaveLength(1)
  expect(isDuplicate(refused[0]?.reason, 'name')).toBe(true)
  expect(outcomes.slice(0, 4).every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(await there.accounts.countDocuments({ _id: { $in: ids } })).toBe(5)
  expect(committed).toHaveLength(5)
})
