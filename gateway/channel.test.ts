import { expect, test } from 'vitest'
import { createChannel } from './channel.ts'

function open(limit = 2) {
  let closed = 0
  const channel = createChannel<number>(limit, () => {
    closed += 1
  })
  return { channel, closed: () => closed }
}

test('gives values in order, waiting or not', async () => {
  const { channel } = open()
  const first = channel.next()
  expect([channel.push(1), channel.push(2), channel.push(3)]).toEqual([true, true, true])
  expect([await first, await channel.next(), await channel.next()].map(({ value }) => value)).toEqual([
    1, 2, 3,
  ])
})

test('takes no more than its limit', () => {
  const { channel } = open()
  expect([channel.push(1), channel.push(2), channel.push(3)]).toEqual([true, true, false])
  expect(channel.queued).toBe(2)
})

test('is read to its end, then closed once', async () => {
  const { channel, closed } = open()
  channel.push(1)
  channel.end()
  expect(channel.push(2)).toBe(false)
  expect(await channel.next()).toEqual({ value: 1, done: false })
  expect(closed()).toBe(0)
  expect((await channel.next()).done).toBe(true)
  await channel.return()
  expect(closed()).toBe(1)
})

test('return ends a read that waits', async () => {
  const { channel, closed } = open()
  const waiting = channel.next()
  await channel.return()
  expect((await waiting).done).toBe(true)
  expect(closed()).toBe(1)
})

test('keeps the newest of each key once many wait', async () => {
  const channel = createChannel<{ post: string; count: number }>(4, () => {}, {
    from: 2,
    key: ({ post }) => post,
  })
  for (let count = 1; count <= 100; count++) expect(channel.push({ post: 'a', count })).toBe(true)
  expect(channel.queued).toBe(2)
  expect([channel.push({ post: 'b', count: 1 }), channel.push({ post: 'b', count: 2 })]).toEqual([true, true])
  channel.end()
  const read: unknown[] = []
  for await (const value of channel) read.push(value)
  expect(read).toEqual([
    { post: 'a', count: 1 },
    { post: 'a', count: 100 },
    { post: 'b', count: 2 },
  ])
})

test('what is not coalesced overflows', () => {
  const channel = createChannel<number>(3, () => {}, { from: 1, key: String })
  expect([1, 2, 3, 4, 3].map((value) => channel.push(value))).toEqual([true, true, true, false, true])
})
