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
