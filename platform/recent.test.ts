import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPlatform } from '../tests/platform.ts'
import { createRecent } from './recent.ts'
import type { Platform } from './service.ts'

interface Row {
  _id: string
  text: string
}

/** A read whose answer waits for `go`; `read` says that MongoDB has given it. */
interface Hold {
  read: PromiseWithResolvers<void>
  go: PromiseWithResolvers<void>
}

let platform: Platform
let close: () => Promise<void>

beforeAll(async () => {
  const { platform: started, stack } = await testPlatform()
  platform = started
  close = () => stack.disposeAsync()
})
afterAll(() => close())

/** A recent read of one row, at times that the test chooses; `reads` counts how often MongoDB was asked. */
async function readerOf(id: string, { busy }: { busy: boolean }) {
  const db = platform.db('content')
  const rows = db.collection<Row>('recentRows')
  await rows.insertOne({ _id: id, text: 'first' })
  const clock = { now: 0 }
  let reads = 0
  let held: Hold | undefined
  const read = createRecent<Row>(
    db,
    async (keys) => {
      reads++
      const hold = held
      held = undefined
      const found = await rows.find({ _id: { $in: [...keys] } }).toArray()
      hold?.read.resolve()
      await hold?.go.promise
      return new Map(found.map((row) => [row._id, row]))
    },
    () => clock.now,
  )
  if (busy) for (let i = 0; i < 50; i++) await read([], true)
  reads = 0
  return {
    clock,
    reads: () => reads,
    /** Holds the answer to the next read back. */
    holdsNext(): Hold {
      held = { read: Promise.withResolvers(), go: Promise.withResolvers() }
      return held
    },
    /** A read of something else. */
    other: () => read(['absent'], true),
    text: async (recent = true, isOwn = false) => (await read([id], recent, () => isOwn)).get(id)?.text,
    /** As another process would: nobody here hears of it. */
    changedElsewhere: (text: string) => rows.updateOne({ _id: id }, { $set: { text } }),
    changed: (text: string) =>
      platform.transact('content')(({ session }) =>
        rows.updateOne({ _id: id }, { $set: { text } }, { session }),
      ),
  }
}

test('what another process changed is seen within a second, however busy this one is (V)', async () => {
  const row = await readerOf('elsewhere', { busy: true })
  expect(await row.text()).toBe('first')
  await row.changedElsewhere('second')
  row.clock.now = 400
  expect(await row.text()).toBe('first')
  row.clock.now = 999
  expect(await row.text()).toBe('second')
})

test('what this process commits is seen at once, also by a read that had begun before', async () => {
  const row = await readerOf('here', { busy: true })
  const { read, go } = row.holdsNext()
  const early = row.text()
  await read.promise
  await row.changed('second')
  // Whoever reads anything else meanwhile has seen the commit; what the early read found is old all the same.
  await row.other()
  go.resolve()
  expect(await early).toBe('first')
  expect(await row.text()).toBe('second')
  await row.changed('third')
  expect(await row.text()).toBe('third')
})

test('one’s own rows, mutations and the events of subscriptions read the latest', async () => {
  const row = await readerOf('own', { busy: true })
  expect(await row.text()).toBe('first')
  await row.changedElsewhere('second')
  expect(await row.text(true, true)).toBe('second')
  await row.changedElsewhere('third')
  expect(await row.text(false)).toBe('third')
})

test('what somebody reads of his own is kept for nobody: it may not be published yet (V18)', async () => {
  const row = await readerOf('draft', { busy: true })
  expect(await row.text(true, true)).toBe('first')
  await row.changedElsewhere('second')
  expect(await row.text()).toBe('second')
})

test('a busy process asks once for what many want; one that is not asks each time', async () => {
  const busy = await readerOf('busy', { busy: true })
  for (let i = 0; i < 20; i++) await busy.text()
  expect(busy.reads()).toBe(1)
  const idle = await readerOf('idle', { busy: false })
  for (let i = 0; i < 20; i++) await idle.text()
  expect(idle.reads()).toBe(20)
})
