import { expect, test } from 'vitest'
import { createBegunUploads } from './begun-uploads.ts'

const film = (name: string, lastModified = 1) =>
  new File(['bytes'], name, { type: 'video/mp4', lastModified })

function memory(content: string | null = null) {
  return {
    getItem: () => content,
    setItem: (_: string, value: string) => {
      content = value
    },
    removeItem: () => {
      content = null
    },
  }
}

test('an upload is found again by the same file, until it is completed or too old', () => {
  const storage = memory()
  let now = 1_000
  const begun = createBegunUploads(storage, () => now).of('user_1')
  begun.keep(film('a.mp4'), 'media_a')
  begun.keep(film('b.mp4'), 'media_b')
  // Another page of the same browser.
  const again = createBegunUploads(storage, () => now).of('user_1')
  expect([again.find(film('a.mp4')), again.find(film('a.mp4', 2)), again.find(film('c.mp4'))]).toEqual([
    'media_a',
    null,
    null,
  ])
  expect(again.names()).toEqual(['b.mp4', 'a.mp4'])
  again.forget(film('a.mp4'))
  expect(begun.names()).toEqual(['b.mp4'])
  now += 48 * 3_600_000
  expect(begun.find(film('b.mp4'))).toBeNull()
})

test('what one account began is no other’s, and gone when somebody signs out', () => {
  const storage = memory()
  const uploads = createBegunUploads(storage)
  uploads.of('user_1').keep(film('passport.mp4'), 'media_a')
  uploads.of(undefined).keep(film('of nobody.mp4'), 'media_b')
  for (const other of ['user_2', undefined]) {
    expect(uploads.of(other).names()).toEqual([])
    expect(uploads.of(other).find(film('passport.mp4'))).toBeNull()
    uploads.of(other).forget(film('passport.mp4'))
  }
  expect(uploads.of('user_1').names()).toEqual(['passport.mp4'])
  uploads.clear()
  expect(storage.getItem()).toBeNull()
  expect(uploads.of('user_1').names()).toEqual([])
})

test('a storage that is closed, or holds something else, holds nobody up', () => {
  const closed = {
    getItem(): string {
      throw new Error('closed')
    },
    setItem() {
      throw new Error('closed')
    },
    removeItem() {
      throw new Error('closed')
    },
  }
  for (const storage of [closed, memory('{'), memory('{"a":1}'), memory('[["a"]]')]) {
    const uploads = createBegunUploads(storage)
    const begun = uploads.of('user_1')
    expect(begun.find(film('a.mp4'))).toBeNull()
    expect(() => begun.keep(film('a.mp4'), 'media_a')).not.toThrow()
    expect(() => uploads.clear()).not.toThrow()
  }
})
