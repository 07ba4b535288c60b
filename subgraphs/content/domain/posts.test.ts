// What can be a post.
import { expect, test } from 'vitest'
import type { MediaRow } from '../model.ts'
import { checkMedia } from './post-changes.ts'
import { type PostDraft, readDraft } from './posts.ts'

const now = new Date('2026-01-31T12:00:00Z')
const at = (ms: number) => new Date(now.getTime() + ms)
const ids = (count: number) => Array.from({ length: count }, (_, i) => `media_${i}`)

test('a draft gets its defaults', () => {
  expect(readDraft({ mediaIds: ['media_1'] }, now)).toEqual({
    altTexts: [],
    asDraft: false,
    edits: [],
    tags: [],
    post: {
      mediaIds: ['media_1'],
      audience: 'PUBLIC',
      kind: 'POST',
      commentsDisabled: false,
      hidesLikeCount: false,
      sensitive: false,
      scheduledAt: null,
    },
  })
})

test.each<[string, PostDraft, string | null]>([
  ['20 items', { mediaIds: ids(20) }, null],
  ['21 items', { mediaIds: ids(21) }, 'TOO_MANY mediaIds'],
  ['no item', { mediaIds: [] }, 'INVALID mediaIds'],
  ['an item twice', { mediaIds: ['media_1', 'media_1'] }, 'INVALID mediaIds'],
  ['a description fewer', { mediaIds: ids(2), altTexts: [null] }, null],
  ['a description more', { mediaIds: ids(1), altTexts: ['a', 'b'] }, 'TOO_MANY altTexts'],
  ['a schedule in a second', { mediaIds: ids(1), scheduledAt: at(1_000) }, null],
  ['a schedule in 366 days', { mediaIds: ids(1), scheduledAt: at(366 * 86_400_000) }, null],
  [
    'a schedule in 366 days and 1 ms',
    { mediaIds: ids(1), scheduledAt: at(366 * 86_400_000 + 1) },
    'INVALID scheduledAt',
  ],
  ['a schedule now', { mediaIds: ids(1), scheduledAt: now }, 'INVALID scheduledAt'],
  ['a scheduled draft', { mediaIds: ids(1), scheduledAt: at(1_000), asDraft: true }, 'INVALID asDraft'],
  ['a description of 1,001', { mediaIds: ids(1), altTexts: ['a'.repeat(1_001)] }, 'TOO_LONG altTexts'],
])('%s: %s → %s', (_, draft, refusal) => {
  const [code, field] = refusal?.split(' ') ?? []
  if (!refusal) expect(() => readDraft(draft, now)).not.toThrow()
  else expect(() => readDraft(draft, now)).toThrow(expect.objectContaining({ code, field: ['input', field] }))
})

const item = (status: MediaRow['status'], kind: MediaRow['kind'] = 'IMAGE') => ({ status, kind }) as MediaRow

test.each<[string, 'POST' | 'REEL', (MediaRow | undefined)[], string | null]>([
  ['ready and processing items', 'POST', [item('READY'), item('PROCESSING')], null],
  ['an absent one', 'POST', [item('READY'), undefined], 'NOT_FOUND'],
  ['one without bytes', 'POST', [item('PENDING')], 'CONFLICT'],
  ['one that failed', 'POST', [item('FAILED')], 'CONFLICT'],
  ['a reel of a video', 'REEL', [item('READY', 'VIDEO')], null],
  ['a reel of a picture', 'REEL', [item('READY')], 'INVALID'],
  ['a reel of two videos', 'REEL', [item('READY', 'VIDEO'), item('READY', 'VIDEO')], 'INVALID'],
])('%s', (_, kind, media, code) => {
  const check = () => checkMedia(kind, media)
  if (code === null) expect(check).not.toThrow()
  else expect(check).toThrow(expect.objectContaining({ code, field: ['input', 'mediaIds'] }))
})
