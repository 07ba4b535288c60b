import { expect, test } from 'vitest'
import { createDocumentCache } from './document-cache.ts'

const fields = (count: number, prefix: string) =>
  `{${Array.from({ length: count }, (_, i) => ` ${prefix}${i}: n`).join('')} }`

test('a document that comes again is the same object, whatever came in between as long as there is room', () => {
  const cache = createDocumentCache(1024 * 1024)
  const first = cache.parsed('{ n }')
  for (let i = 0; i < 50; i++) cache.parsed(fields(1, `a${i}_`))
  expect(cache.parsed('{ n }')).toBe(first)
})

test('documents of any length are held up to a bound, those in use rather than those sent once (G10)', () => {
  const maxBytes = 4 * 1024 * 1024
  const cache = createDocumentCache(maxBytes)
  const used = cache.parsed('{ n }')
  for (let i = 0; i < 200; i++) {
    cache.parsed(fields(1_000, `a${i}_`))
    expect(cache.bytes).toBeLessThanOrEqual(maxBytes)
    expect(cache.parsed('{ n }')).toBe(used)
  }
  // Their number alone would have bounded nothing.
  expect(cache.count).toBeLessThan(20)
})
