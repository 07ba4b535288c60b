import { expect, test } from 'vitest'
import { chunksOf, createLanes, inBatches, inParallel } from './parallel.ts'
import { withinOrNull } from './within.ts'

test('so many at once and no more, in their order, until the first failure', async () => {
  const begun: number[] = []
  const open = new Map<number, PromiseWithResolvers<void>>()
  const all = inParallel([1, 2, 3, 4, 5], 2, (item) => {
    begun.push(item)
    const end = Promise.withResolvers<void>()
    open.set(item, end)
    return end.promise
  })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  expect(begun).toEqual([1, 2])
  open.get(2)?.resolve()
  await turn()
  expect(begun).toEqual([1, 2, 3])
  open.get(3)?.reject(new Error('broken'))
  await turn()
  // What runs is waited for, what waits is not begun.
  open.get(1)?.resolve()
  await expect(all).rejects.toThrow('broken')
  expect(begun).toEqual([1, 2, 3])
})

test('nothing to do is done at once', async () => {
  await expect(inParallel([], 4, () => Promise.reject(new Error('called')))).resolves.toBeUndefined()
})

test('of tasks that come as they come no more than the width run at once, each of them once, one that fails included', async () => {
  const inLane = createLanes(3)
  let running = 0
  let most = 0
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      inLane(async () => {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running--
        if (i % 4 === 0) throw new Error(String(i))
        return i
      }),
    ),
  )
  expect(most).toBe(3)
  expect(
    outcomes.map((one) => (one.status === 'fulfilled' ? one.value : Number(one.reason.message))),
  ).toEqual(Array.from({ length: 20 }, (_, i) => i))
  expect(await inLane(async () => 'after')).toBe('after')
})

test('work that does not end gives its lane to the next', async () => {
  const inLane = createLanes(1)
  const stuck = inLane(() => withinOrNull(1, new Promise<string>(() => {})))
  const next = inLane(() => withinOrNull(60_000, Promise.resolve('next')))
  expect(await Promise.all([stuck, next])).toEqual([null, 'next'])
  await expect(withinOrNull(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})

test('what is taken in batches is read no further than the batch that is asked for, and keeps its order', async () => {
  let read = 0
  async function* rows() {
    for (; read < 25; read += 1) yield read
  }
  const sizes: number[] = []
  const shown: number[] = []
  const odd = inBatches(rows(), 10, async (batch) => {
    sizes.push(batch.length)
    return batch.filter((n) => n % 2 === 1)
  })
  for await (const n of odd) {
    shown.push(n)
    expect(read).toBeLessThan(n + 10)
  }
  expect(sizes).toEqual([10, 10, 5])
  expect(shown).toEqual(Array.from({ length: 12 }, (_, i) => 2 * i + 1))
})

test('items in chunks: in their order, none left out, none twice', () => {
  expect([...chunksOf([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]])
  expect([...chunksOf([1, 2], 2)]).toEqual([[1, 2]])
  expect([...chunksOf([], 2)]).toEqual([])
})
