import { expect, test } from 'vitest'
import type { CommentRow, ReactionRow } from '../model.ts'
import { commentFoldPlan, foldPlan } from './counters.ts'

const at = new Date(0)
const reaction = (
  targetId: string,
  userId: string,
  state: ReactionRow['state'],
  uncounted: ReactionRow['uncounted'],
): ReactionRow => ({ _id: `${targetId}:${userId}`, targetId, userId, state, uncounted, at })

test('a batch is one difference for each target; what is taken back goes', () => {
  const rows = [
    reaction('p', 'a', 'ON', 1),
    reaction('p', 'b', 'ON', 1),
    reaction('p', 'c', 'OFF', -1),
    reaction('q', 'a', 'OFF', -1),
  ]
  expect(foldPlan(rows)).toEqual({
    sums: new Map([
      ['p', 1],
      ['q', -1],
    ]),
    settled: ['p:a', 'p:b'],
    gone: ['p:c', 'q:a'],
  })
})

test('reactions to what is gone go without a trace', () => {
  const rows = [reaction('p', 'a', 'ON', 1), reaction('q', 'a', 'ON', 1)]
  expect(foldPlan(rows, (row) => row.targetId === 'p')).toEqual({
    sums: new Map([['p', 1]]),
    settled: ['p:a'],
    gone: ['q:a'],
  })
})

const comment = (
  _id: string,
  parentId: string | null,
  uncounted: CommentRow['uncounted'],
  deleted = false,
): CommentRow => ({
  ...{
    _id,
    postId: 'p',
    ownerId: 'o',
    authorId: 'a',
    parentId,
    text: '',
    createdAt: at,
    score: 0,
    uncounted,
  },
  deletedAt: deleted ? at : null,
})
const dead = () => true
const alive = () => false

test.each([
  { what: 'a new comment', row: comment('c', null, 1), gone: alive, comments: 1, goes: false },
  { what: 'a counted one, again', row: comment('c', null, 0), gone: alive, comments: 0, goes: false },
  { what: 'a deleted one', row: comment('c', null, -1, true), gone: alive, comments: -1, goes: true },
  { what: 'a new reply', row: comment('c', 'r', 1), gone: alive, comments: 1, replies: 1, goes: false },
  {
    what: 'a deleted reply',
    row: comment('c', 'r', -1, true),
    gone: dead,
    comments: -1,
    replies: -1,
    goes: true,
  },
  {
    what: 'an orphan, uncounted',
    row: comment('c', 'r', 1),
    gone: dead,
    comments: 0,
    replies: 0,
    goes: true,
  },
  {
    what: 'an orphan, counted',
    row: comment('c', 'r', 0),
    gone: dead,
    comments: -1,
    replies: -1,
    goes: true,
  },
])('$what', ({ row, gone, comments, replies, goes }) => {
  const plan = commentFoldPlan([row], gone)
  expect(plan.comments).toEqual(new Map([['p', comments]]))
  expect(plan.replies).toEqual(new Map(replies === undefined ? [] : [['r', replies]]))
  expect(plan.gone).toEqual(goes ? ['c'] : [])
  expect(plan.settled).toEqual(!goes && row.uncounted !== 0 ? ['c'] : [])
})
