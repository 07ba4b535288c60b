import { expect, test } from 'vitest'
import type { AppRow } from '#platform/apps.ts'
import { heapBytes } from '../tests/heap.ts'
import { createDocuments } from './documents.ts'
import { maxDocumentId } from './documents-manifest.ts'
import { documentsByMode } from './documents-modes.ts'
import { remember } from './remember.ts'

const appId = 'app_1'
const text = '{ __typename }'
const longest = 'i'.repeat(maxDocumentId)

const documents = documentsByMode({
  documents: createDocuments({ redis: null, namespace: '' }),
  apps: { find: async () => ({ documentMode: 'REQUIRE_ID' }) as AppRow } as never,
  store: { findText: async (_, by) => ('documentId' in by && by.documentId === longest ? text : null) },
  usage: { count() {} },
  webRequiresId: true,
})
const asks = (documentId: string) =>
  Promise.resolve(documents.textOf({ documentId, variables: {}, extensions: {} } as never, { appId })).catch(
    ({ code }) => code,
  )

test('ids longer than any that is registered are unknown, and nothing is kept of them (G10)', async () => {
  expect(await asks(longest)).toBe(text)
  const before = heapBytes()
  for (let i = 0; i < 1_000; i++)
    expect(await asks(`${i}`.padEnd(100_000, 'x'))).toBe('PERSISTED_QUERY_NOT_FOUND')
  expect(heapBytes() - before).toBeLessThan(20 * 1024 * 1024)
})

test('an answer that is too old is kept no longer (G10)', async () => {
  let key = 0
  const load = remember(async () => Buffer.alloc(100_000, 'x').toString('latin1'), 0)
  await load('first')
  const before = heapBytes()
  while (key < 500) await load(String(++key))
  expect(heapBytes() - before).toBeLessThan(20 * 1024 * 1024)
})
