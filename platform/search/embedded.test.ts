import { expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { conforms } from '../../tests/search-engine.ts'
import { createEmbeddedSearch } from './embedded.ts'
import { searchTypes } from './engine.ts'
import { queryTerms } from './text.ts'

conforms(async () => createEmbeddedSearch())

test('it holds the newest of each type up to its capacity', async () => {
  const engine = createEmbeddedSearch({ USER: 10, HASHTAG: 10, POST: 100, PLACE: 10, COMMENT: 10 })
  const posts = Array.from({ length: 150 }, () => newId('post'))
  const documents = posts.map((id) => ({
    ...{ id, type: 'POST' as const, title: '', text: 'wave', authorId: null, at: 0 },
    ...{ mediaTypes: [], placeId: null, point: null, popularity: 0 },
  }))
  for (const document of documents) {
    await engine.write({ documents: [document], removedIds: [], readAt: 1 })
  }
  const hits = await engine.query({
    ...{ terms: queryTerms('wave'), types: searchTypes, filter: {}, titlesOnly: false },
    ...{ favoredIds: [], askedAt: 0, after: null, limit: 1_000 },
  })
  expect(hits.length).toBeLessThanOrEqual(100)
  expect(hits.length).toBeGreaterThanOrEqual(99)
  expect(new Set(hits.map(({ id }) => id))).toEqual(new Set(posts.slice(-hits.length)))
})
