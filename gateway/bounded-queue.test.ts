import { expect, test } from 'vitest'
import { BoundedQueue } from './bounded-queue.ts'

function readAll<T>(queue: BoundedQueue<T>): T[] {
  const read: T[] = []
  for (let value = queue.shift(); value !== undefined; value = queue.shift()) read.push(value)
  return read
}

test('gives values in order, and takes no more than its limit', () => {
  const queue = new BoundedQueue<number>(2)
  expect([queue.push(1), queue.push(2), queue.push(3)]).toEqual([true, true, false])
  expect(queue.length).toBe(2)
  expect(queue.shift()).toBe(1)
  expect(queue.push(4)).toBe(true)
  expect(readAll(queue)).toEqual([2, 4])
  expect(queue.push(5)).toBe(true)
  queue.clear()
  expect(queue.length).toBe(0)
})

test('keeps the newest of each key once many wait', () => {
  const queue = new BoundedQueue<{ post: string; count: number }>(4, { from: 2, key: ({ post }) => post })
  for (let count = 1; count <= 100; count++) expect(queue.push({ post: 'a', count })).toBe(true)
  expect(queue.length).toBe(2)
  expect([queue.push({ post: 'b', count: 1 }), queue.push({ post: 'b', count: 2 })]).toEqual([true, true])
  expect(readAll(queue)).toEqual([
    { post: 'a', count: 1 },
    { post: 'a', count: 100 },
    { post: 'b', count: 2 },
  ])
})

test('what is not coalesced overflows', () => {
  const queue = new BoundedQueue<number>(3, { from: 1, key: String })
  expect([1, 2, 3, 4, 3].map((value) => queue.push(value))).toEqual([true, true, true, false, true])
})
