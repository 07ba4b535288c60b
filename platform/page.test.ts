import { expect, test } from 'vitest'
import { createCursors, fillPage, type ListScope, pageOf, pageSize } from './page.ts'
import { createSealer, createSigner } from './secrets.ts'

const secret = 's'.repeat(43)
const cursors = createCursors(createSigner(secret, 'cursor'), createSealer(secret, 'sealed-cursor'))
const scope: ListScope = { list: 'Post.likers:post_1', viewerId: 'user_1' }

test('a cursor gives back its sort key, to its own viewer and list only (F7)', () => {
  for (const encode of [cursors.encode, cursors.seal]) {
    const cursor = encode(scope, [1_700_000_000_000, 'post_1'])
    expect(cursors.decode(scope, cursor)).toEqual([1_700_000_000_000, 'post_1'])
    refusesElsewhere(cursor)
  }
})

function refusesElsewhere(cursor: string): void {
  const elsewhere: [ListScope, string][] = [
    [{ ...scope, viewerId: 'user_2' }, cursor],
    [{ ...scope, viewerId: null }, cursor],
    [{ ...scope, list: 'Post.likers:post_2' }, cursor],
    [scope, `${cursor}x`],
    [scope, cursor.replace(/^./, 'X')],
    [scope, cursor.replace(/^(.)./, '$1!')],
    [scope, cursor.slice(0, 20)],
    [scope, ''],
    [scope, '.'],
    [scope, 'x'.repeat(10_000)],
  ]
  for (const [wrongScope, wrong] of elsewhere) {
    expect(() => cursors.decode(wrongScope, wrong), wrong.slice(0, 40)).toThrow(
      expect.objectContaining({ code: 'BAD_CURSOR' }),
    )
  }
}

test('where a page was given up tells nothing of the hidden item that was read last (V1)', () => {
  const end = [1_700_000_000_000, 'user_hidden'] as const
  const { pageInfo } = pageOf<number, { node: number }>(cursors, scope, [{ node: 1 }], {
    keyOf: ({ node }) => [node],
    hasNextPage: true,
    hasPreviousPage: false,
    end,
  })
  const endCursor = pageInfo.endCursor ?? ''
  expect(cursors.decode(scope, endCursor)).toEqual(end)
  for (const part of endCursor.split(/[.~]/)) {
    expect(Buffer.from(part, 'base64url').toString('latin1')).not.toMatch(/user_hidden|1700000000000/)
  }
})

test.each([null, undefined, 0, -1, 101, 1.5, Number.NaN])('page size %s is refused', (size) => {
  expect(() => pageSize(size)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }))
})

test('a page is filled past hidden items, and short only at the end (F8)', async () => {
  const items = Array.from({ length: 100 }, (_, i) => i)
  const read = async (after: number | null, limit: number) => {
    const from = after === null ? 0 : after + 1
    return items.slice(from, from + limit)
  }
  const oneInTen = async (batch: number[]) => batch.filter((n) => n % 10 === 0)
  expect(await fillPage({ size: 5, read, visible: oneInTen })).toEqual({
    items: [0, 10, 20, 30, 40],
    hasNextPage: true,
    last: null,
  })
  expect(await fillPage({ size: 10, read, visible: oneInTen })).toMatchObject({ hasNextPage: false })
})

test('a page that is given up says where the list goes on: a walk is whole, however much is hidden on the way (F8)', async () => {
  const items = Array.from({ length: 20_000 }, (_, i) => i)
  const shown = new Set([0, 9_000, 9_001, 9_002, 19_999])
  const visible = async (batch: number[]) => batch.filter((n) => shown.has(n))
  const pageAfter = async (cursor: string | null) => {
    const start = cursors.decode(scope, cursor)
    const {
      items: found,
      hasNextPage,
      last,
    } = await fillPage<number>({
      size: 2,
      read: async (previous, limit) => {
        const from = (previous ?? Number(start?.[0] ?? -1)) + 1
        return items.slice(from, from + limit)
      },
      visible,
    })
    const edges = found.map((node) => ({ node }))
    return pageOf<number, { node: number }>(cursors, scope, edges, {
      keyOf: ({ node }) => [node],
      hasNextPage,
      hasPreviousPage: start !== null,
      end: last === null ? null : [last],
    })
  }
  const pages: number[][] = []
  let after: string | null = null
  do {
    const { nodes, pageInfo }: Awaited<ReturnType<typeof pageAfter>> = await pageAfter(after)
    pages.push(nodes)
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
    expect(pageInfo.hasNextPage).toBe(after !== null)
  } while (after)
  expect(pages.flat()).toEqual([...shown])
  // Some 4,500 items are looked at for a page: one is short, others have nothing.
  expect(pages).toContainEqual([0])
  expect(pages).toContainEqual([])
})
