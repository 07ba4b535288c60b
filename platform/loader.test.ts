// Reads that requests share: few calls, each as fresh as one of its own.
import { expect, test } from 'vitest'
import { createGatherer } from './loader.ts'

/** A store that answers when it is told to. */
function slowStore() {
  const rows = new Map<string, string>()
  const calls: { keys: readonly string[]; answer(): void; fail(): void }[] = []
  const gather = createGatherer<string>((keys) => {
    const { promise, resolve, reject } = Promise.withResolvers<Map<string, string>>()
    calls.push({
      keys,
      answer: () =>
        resolve(new Map(keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key) ?? '']] : [])))),
      fail: () => reject(new Error('the store is gone')),
    })
    return promise
  })
  const called = (times: number) => expect.poll(() => calls.length, { interval: 1 }).toBe(times)
  return { rows, calls, gather, called }
}

test('what is asked for at the same moment is one read, each key once, and everyone gets his own', async () => {
  const { rows, calls, gather, called } = slowStore()
  rows.set('a', 'A').set('b', 'B')
  const answers = Promise.all([gather(['a', 'b']), gather(['b', 'nobody']), gather([])])
  await called(1)
  expect(calls[0]?.keys).toEqual(['a', 'b', 'nobody'])
  calls[0]?.answer()
  expect(await answers).toEqual([
    new Map([
      ['a', 'A'],
      ['b', 'B'],
    ]),
    new Map([['b', 'B']]),
    new Map(),
  ])
})

test('what is asked for while others are answered is read together, after it was asked for', async () => {
  const { rows, calls, gather, called } = slowStore()
  rows.set('a', 'old')
  const first = gather(['a'])
  await called(1)
  const second = gather(['b'])
  await called(2)
  const waiting = [gather(['a']), gather(['c'])]
  // Written and acknowledged before the third read begins: whoever asks now must see it.
  rows.set('a', 'new')
  calls[0]?.answer()
  await called(3)
  expect(calls[2]?.keys).toEqual(['a', 'c'])
  for (const call of calls) call.answer()
  expect((await waiting[0])?.get('a')).toBe('new')
  await Promise.all([first, second, ...waiting])
})

test('a read that fails fails for those who share it, and for nobody after them', async () => {
  const { rows, calls, gather, called } = slowStore()
  rows.set('a', 'A')
  const shared = Promise.allSettled([gather(['a']), gather(['b'])])
  await called(1)
  calls[0]?.fail()
  expect((await shared).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const again = gather(['a'])
  await called(2)
  calls[1]?.answer()
  expect((await again).get('a')).toBe('A')
})

test('nobody waits for ever behind reads that hang, nor behind one that is full', async () => {
  const { calls, gather, called } = slowStore()
  const stuck = [gather(['a'])]
  await called(1)
  stuck.push(gather(['b']))
  await called(2)
  const third = gather(['c'])
  await called(3)
  calls[2]?.answer()
  await third
  const many = Array.from({ length: 400 }, (_, i) => `many-${i}`)
  const full = [gather(many), gather(many.map((key) => `more-${key}`))]
  await called(5)
  for (const call of calls) call.answer()
  await Promise.all([...stuck, ...full])
})
