import { expect, test } from 'vitest'
import type { NotificationActorRow, NotificationRow } from '../model.ts'
import { groupMs, planNotifications } from './grouping.ts'
import type { NotificationWish } from './notifications.ts'

const hour = 3_600_000
const likes = (actorId: string, atMs: number, wanted = true): NotificationWish => ({
  ...{ kind: 'POST_LIKE', recipientId: 'alice', subjectId: 'p', postId: 'p', threadId: null },
  ...{ actorId, wanted, at: new Date(atMs) },
})

/** Rows as a database would hold them, changed by one batch after the other. */
function inbox() {
  const actors = new Map<string, NotificationActorRow>()
  const rows = new Map<string, NotificationRow>()
  let ids = 0
  return {
    handle(wishes: NotificationWish[], nowMs = 0): string[] {
      const plan = planNotifications(
        wishes,
        [...actors.values()],
        [...rows.values()],
        () => `n${++ids}`,
        new Date(nowMs),
      )
      for (const actor of plan.actors) actors.set(actor._id, actor)
      for (const row of plan.notifications) rows.set(row._id, row)
      return plan.announced
    },
    shown: () =>
      [...rows.values()]
        .filter((row) => !row.withdrawnAt)
        .map((row) => [row._id, row.actorCount, ...row.actorIds]),
    row: (id: string) => rows.get(id),
    read(id: string) {
      const row = rows.get(id)
      if (row) rows.set(id, { ...row, readAt: new Date(0) })
    },
  }
}

test('a batch of likes is one notification, announced once, newest first', () => {
  const box = inbox()
  expect(box.handle([likes('bob', 1), likes('carol', 2), likes('dave', 3)])).toEqual(['n1'])
  expect(box.shown()).toEqual([['n1', 3, 'dave', 'carol', 'bob']])
  expect(box.row('n1')).toMatchObject({ createdAt: new Date(1), updatedAt: new Date(3), readAt: null })
})

test('C10: the same batch again changes nothing and announces nothing', () => {
  const box = inbox()
  box.handle([likes('bob', 1)])
  const before = box.row('n1')
  expect(box.handle([likes('bob', 1)])).toEqual([])
  expect(box.row('n1')).toEqual(before)
})

test('what comes within 12 hours joins and is unread again; later things begin anew', () => {
  const box = inbox()
  box.handle([likes('bob', 0)])
  box.read('n1')
  expect(box.handle([likes('carol', groupMs - 1)])).toEqual(['n1'])
  expect(box.row('n1')).toMatchObject({ actorCount: 2, readAt: null })
  expect(box.handle([likes('dave', groupMs)])).toEqual(['n2'])
  expect(box.shown()).toEqual([
    ['n1', 2, 'carol', 'bob'],
    ['n2', 1, 'dave'],
  ])
  expect([box.row('n1')?.open, box.row('n2')?.open]).toEqual([false, true])
})

test('N2: like, unlike, like is one, and is no news', () => {
  const box = inbox()
  box.handle([likes('bob', 0), likes('carol', 1)])
  box.read('n1')
  expect(box.handle([likes('bob', hour, false)])).toEqual([])
  expect(box.shown()).toEqual([['n1', 1, 'carol']])
  expect(box.handle([likes('bob', 2 * hour)])).toEqual([])
  expect(box.shown()).toEqual([['n1', 2, 'bob', 'carol']])
  expect(box.row('n1')).toMatchObject({ readAt: new Date(0), updatedAt: new Date(1) })
})

test('the last one who leaves takes the notification along; who returns brings it back', () => {
  const box = inbox()
  box.handle([likes('bob', 0)])
  expect(box.handle([likes('bob', 1, false)], 5)).toEqual(['n1'])
  expect(box.shown()).toEqual([])
  expect(box.row('n1')?.withdrawnAt).toEqual(new Date(5))
  expect(box.handle([likes('bob', 2)])).toEqual(['n1'])
  expect(box.shown()).toEqual([['n1', 1, 'bob']])
})

test('an unlike that comes before its like leaves a mark, and the like counts when it stands after all', () => {
  const box = inbox()
  expect(box.handle([likes('bob', 0, false)])).toEqual([])
  expect(box.shown()).toEqual([])
  expect(box.handle([likes('bob', 1)])).toEqual(['n1'])
  expect(box.handle([likes('bob', 2, false), likes('carol', 3)])).toEqual(['n1'])
  expect(box.shown()).toEqual([['n1', 1, 'carol']])
})

test('at most 100 are named; a gap among them is told', () => {
  const wishes = Array.from({ length: 130 }, (_, n) => likes(`u${n}`, n))
  const box = inbox()
  box.handle(wishes)
  expect(box.row('n1')?.actorCount).toBe(130)
  expect(box.row('n1')?.actorIds).toHaveLength(100)
  const row = box.row('n1') as NotificationRow
  const actor = { _id: 'alice:POST_LIKE:p:u129', notificationId: 'n1', actorId: 'u129' }
  const plan = planNotifications(
    [likes('u129', 200, false)],
    [{ ...actor, at: new Date(129), withdrawnAt: null }],
    [row],
    () => 'x',
    new Date(),
  )
  expect(plan.short).toEqual(['n1'])
})
