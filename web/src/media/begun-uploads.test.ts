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
  }
}

test('an upload is found again by the same file, until it is completed or too old', () => {
  const storage = memory()
  let now = 1_000
  const begun = createBegunUploads(storage, () => now)
  begun.keep(film('a.mp4'), 'media_a')
  begun.keep(film('b.mp4'), 'media_b')
  // Another page of the same browser.
  const again = createBegunUploads(storage, () => now)
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

test('a storage that is closed, or holds something else, holds nobody up', () => {
  const closed = {
    getItem(): string {
      throw new Error('closed')
    },
    setItem() {
      throw new Error('closed')
    },
  }
  for (const storage of [closed, memory('{'), memory('{"a":1}'), memory('[["a"]]')]) {
    const begun = createBegunUploads(storage)
    expect(begun.find(film('a.mp4'))).toBeNull()
    expect(() => begun.keep(film('a.mp4'), 'media_a')).not.toThrow()
  }
})
